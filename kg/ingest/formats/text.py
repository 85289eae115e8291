"""A file of plain text that is one paper: the title in the first line or paragraph, the abstract below."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.ingest.base import MAX_CHARACTERS, Item, Place, reject
from kg.ingest.fields import make_paper
from kg.ingest.formats.huggingface import pairs
from kg.ingest.source import Source

_TITLE = 300  # characters that a title has at most
_BODY = 100  # characters that an abstract has at least, for a text to be taken for a paper
_PARTED = re.compile(r"\A\s*\S[^\n]*\n(?:[ \t\r]*\n|[ \t]*abstract\b)", re.IGNORECASE)
_PARTS = re.compile(r"\A\s*(.+?)(?:\r?\n[ \t]*\r?\n|\r?\n(?=\s*abstract\b)|\r?\n(?=[^\n]{200,}))(.*)\Z", re.DOTALL | re.IGNORECASE)


def sniff(source: Source) -> int:
    """Whether a short first part is followed by a longer one, and it is no markup."""
    if source.first in ("{", "[", "<", "@", "%") or source.text.startswith("---"):
        return 0
    title, body = _split(source.text)
    if not (0 < len(title) <= _TITLE and len(body) >= _BODY):
        return 0
    return 2 if _PARTED.match(source.text) and pairs(source.text) <= 1 else 1


def read(source: Source) -> Iterator[Item]:
    """The one paper of the file."""
    place, (page, fault) = Place(1, 1, 0), whole_text(source)
    if not fault:
        title, body = _split(page)
        fault = "" if len(title) <= _TITLE else "no title: the first part is longer than any"
    if fault:
        yield reject(place, fault, page)
        return
    try:
        yield place, make_paper({"title": title, "abstract": body}, "text")
    except ValueError as error:
        yield reject(place, str(error), page)


def whole_text(source: Source) -> tuple[str, str]:
    """All of a text, and what is wrong with it; no more of one that is too long."""
    parts, size = [], 0
    for line in source.lines():
        parts.append(line.text)
        size += len(line.text) + 1
        if line.fault or size > MAX_CHARACTERS:
            return "\n".join(parts), line.fault or f"longer than {MAX_CHARACTERS:,} characters; not read as a paper"
    return "\n".join(parts), ""


def _split(page: str) -> tuple[str, str]:
    if parts := _PARTS.match(page[:MAX_CHARACTERS]):
        return " ".join(parts.group(1).split()), parts.group(2).strip()
    first, _, rest = page.strip().partition("\n")
    return first.strip(), rest.strip()
