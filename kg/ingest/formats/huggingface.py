"""Text of a Hugging Face papers page: page chrome, then title and abstract in turn, a line each.

A line is an abstract when it is long, a title when it is short; chrome (subscribe box, dates, counts,
submitters) is dropped. A short line that no abstract follows, or an abstract without title, is set aside.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from kg.ingest.base import Item, Line, Place, reject
from kg.ingest.fields import make_paper
from kg.ingest.source import Source

_LONG = 250  # characters from which a line is an abstract
_MEDIUM = 100  # characters from which a line that reads as sentences is an abstract
_CHROME = re.compile(
    r"""^(?:new|hot|trending|daily\ papers|papers?|get\ trending\ papers\ in\ your\ email\ inbox!?|subscribe|upvote
    |by\s?AK(?:\ and\ the\ research\ community)?|submitted\ by.*|(?:·\s*)?\d+\ authors?|-?\d+(?:\.\d+)?k?
    |previous|next|view\ all.*|log\ in|sign\ up|(?:published\ on\ )?
    (?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?\ \d{1,2}(?:,?\ \d{4})?)$""",
    re.IGNORECASE | re.VERBOSE,
)


def sniff(source: Source) -> int:
    """Whether some long line follows directly on a short one, and the text is not markup or JSON; surer where that happens twice."""
    if source.first in ("{", "[", "<", "@", "%") or source.text.startswith(("---\n", "---\r\n", "TY  -", "# ")):
        return 0
    return min(2, pairs(source.text))


def pairs(text: str) -> int:
    """How often a long line follows directly on a short one."""
    lengths = [_is_abstract(line) for line in text.splitlines() if line.strip()]
    return sum(b and not a for a, b in itertools.pairwise(lengths))


def read(source: Source) -> Iterator[Item]:
    """Papers in page order; chrome before the first title is skipped, later strays are reported."""
    title: Line | None = None
    started, count = False, itertools.count(1)
    for line in source.lines():
        text = line.text.strip()
        if not text or _CHROME.match(text):
            continue
        if _is_abstract(text) or line.fault:
            yield _pair(title, line, next(count))
            title, started = None, True
        else:
            if title and started:
                yield reject(_place(title, next(count)), "a title without abstract", title.text)
            title = line
    if title:
        yield reject(_place(title, next(count)), "a title without abstract", title.text)


def _is_abstract(text: str) -> bool:
    text = text.strip()
    return len(text) >= _LONG or (len(text) >= _MEDIUM and text.endswith((".", "!", "?")))


def _place(line: Line, record: int) -> Place:
    return Place(record, line.number, line.offset)


def _pair(title: Line | None, abstract: Line, record: int) -> Item:
    if abstract.fault or title is None:
        raw = f"{title.text}\n{abstract.text}" if title else abstract.text
        return reject(_place(abstract, record), abstract.fault or "an abstract without title", raw)
    try:
        return _place(title, record), make_paper({"title": title.text, "abstract": abstract.text}, "huggingface")
    except ValueError as error:
        return reject(_place(title, record), str(error), title.text)
