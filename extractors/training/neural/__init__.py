"""Training of the neural reader (torch; never imported at run time)."""
