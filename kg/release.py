"""The number of this release, for those who must not import the package's front door."""

from __future__ import annotations

RELEASE = "0.1.0"
LAYOUT = 3  # raised when the same tables are laid out in the engines in another way: their indexes are then made anew
