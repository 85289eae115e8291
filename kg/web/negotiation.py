"""Which media type to answer with: the `Accept` header of RFC 9110, section 12.5.1, with its q-values."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RANGE = re.compile(r"\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^;,]*)*)")
_LONGEST = 4096


def best_media(accept: str | None, offered: Sequence[str]) -> str | None:
    """The offered type that a client likes best, of equals the first; None if it takes none of them.

    The most specific range that fits a type gives its quality. A header that says nothing that can be read is as none at all.

    >>> best_media("text/html, text/turtle;q=0.9, */*;q=0.1", ["text/turtle", "application/ld+json"])
    'text/turtle'
    >>> best_media("image/png", ["text/turtle"])
    """
    ranges = _ranges(accept or "")
    if not ranges:
        return offered[0]
    liked = [(quality, -number, media) for number, media in enumerate(offered) if (quality := _quality(ranges, media)) > 0]
    return max(liked)[2] if liked else None


def _ranges(accept: str) -> list[tuple[str, str, float]]:
    found = []
    for part in accept[:_LONGEST].split(","):
        if match := _RANGE.fullmatch(part.rstrip()):
            quality = re.search(r";\s*q\s*=\s*([\d.]+)", match[3])
            try:
                found.append((match[1].lower(), match[2].lower(), min(1.0, float(quality[1])) if quality else 1.0))
            except ValueError:
                continue
    return found


def _quality(ranges: Sequence[tuple[str, str, float]], media: str) -> float:
    kind, _, sub = media.partition("/")
    for wanted in ((kind, sub), (kind, "*"), ("*", "*")):
        qualities = [quality for *names, quality in ranges if tuple(names) == wanted]
        if qualities:
            return max(qualities)
    return 0.0
