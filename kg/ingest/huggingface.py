"""Text of a Hugging Face papers page: page chrome, then title and abstract in turn, a line each.

A line is an abstract when it is long, a title when it is short; chrome (subscribe box, dates, counts,
submitters) is dropped. A short line that no abstract follows, or an abstract without title, is set aside.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from kg.ingest.base import Item, Line, reject
from kg.ingest.normalise import normalise_text
from kg.model.records import Paper

_LONG = 250  # characters from which a line is an abstract
_MEDIUM = 100  # characters from which a line that reads as sentences is an abstract
_CHROME = re.compile(
    r"""^(?:new|hot|trending|daily\ papers|papers?|get\ trending\ papers\ in\ your\ email\ inbox!?|subscribe|upvote
    |by\s?AK(?:\ and\ the\ research\ community)?|submitted\ by.*|(?:·\s*)?\d+\ authors?|-?\d+(?:\.\d+)?k?
    |previous|next|view\ all.*|log\ in|sign\ up|(?:published\ on\ )?
    (?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?\ \d{1,2}(?:,?\ \d{4})?)$""",
    re.IGNORECASE | re.VERBOSE,
)


def sniff(head: str) -> bool:
    """Whether some long line follows directly on a short one, and the text is not markup or JSON."""
    if head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[", "<", "@", "%"):
        return False
    lengths = [_is_abstract(line) for line in head.splitlines() if line.strip()]
    return any(b and not a for a, b in itertools.pairwise(lengths))


def read(lines: Iterator[Line]) -> Iterator[Item]:
    """Papers in page order; chrome before the first title is skipped, later strays are reported."""
    title: Line | None = None
    started = False
    for line in lines:
        text = line.text.strip().lstrip("\ufeff")
        if not text or _CHROME.match(text):
            continue
        if _is_abstract(text) or line.fault:
            yield _pair(title, line)
            title, started = None, True
        else:
            if title and started:
                yield reject(title, "a title without abstract")
            title = line
    if title:
        yield reject(title, "a title without abstract")


def _is_abstract(text: str) -> bool:
    text = text.strip()
    return len(text) >= _LONG or (len(text) >= _MEDIUM and text.endswith((".", "!", "?")))


def _pair(title: Line | None, abstract: Line) -> Item:
    if abstract.fault or title is None:
        raw = f"{title.text}\n{abstract.text}" if title else abstract.text
        return reject(abstract, abstract.fault or "an abstract without title", raw=raw)
    clean_title, clean_abstract = normalise_text(title.text), normalise_text(abstract.text)
    paper = Paper(
        id="",
        title=clean_title,
        abstract=clean_abstract,
        source="huggingface",
        original_title=title.text if title.text.strip() != clean_title else "",
        original_abstract=abstract.text if abstract.text.strip() != clean_abstract else "",
    )
    return title, replace(paper, id=paper.canonical_id)
