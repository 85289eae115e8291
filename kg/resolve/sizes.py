"""Models that are one size of another by their name: `Llama-2-7B`, `BERT-large`."""

from __future__ import annotations

import re

_SIZE = re.compile(
    r"(?P<model>.*\w)[\s_-]+(?:(?:\d+\s?[x×]\s?)?\d+(?:\.\d+)?\s?[BM]|[Bb]ase|[Ll]arge|[Ss]mall|[Tt]iny|[Mm]edium|[Mm]ini|[Hh]uge|[Gg]iant)"
)  # fmt: skip


def model_of_size(name: str) -> str:
    """The model that a name tells a size of; empty if it tells none.

    >>> model_of_size("Llama-2-7B"), model_of_size("Mixtral 8x7B"), model_of_size("BERT-large"), model_of_size("GPT-4")
    ('Llama-2', 'Mixtral', 'BERT', '')
    """
    found = _SIZE.fullmatch(name)
    return found["model"] if found else ""
