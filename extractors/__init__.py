"""Reads papers: spaCy pipelines, the neural reader below them, a server's language model."""

DEFAULT_MODEL = "accurate"  # here, and nothing else: the command line names it before anything is loaded
