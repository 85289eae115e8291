"""How a graph is published: `publish.toml` in its directory, read wherever IRIs are made or the graph is described.

    base = "https://example.org/kg/"     # IRIs of papers, entities and the rest
    title = "Papers of our group"
    description = "What their abstracts say."
    licence = "https://creativecommons.org/licenses/by/4.0/"
    publisher = "Example University"
    published = 2026-11-26

All of it may be left out.
"""

from __future__ import annotations

import datetime
import functools
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from kg.model.errors import UsageError
from kg.model.vocabulary import load_vocabulary

FILE = "publish.toml"


@dataclass(frozen=True)
class Publication:
    """Where and under what terms a graph is published; `published` is a date as YYYY-MM-DD, empty where it is not told."""

    base: str
    title: str = "Knowledge graph of papers"
    description: str = "Papers, models, methods, datasets, metrics, tasks and results, with the sentences that speak of them."
    licence: str = ""
    publisher: str = ""
    published: str = ""


def read_publication(directory: Path) -> Publication:
    """The settings of a graph directory; the vocabulary's base IRI and plain words where there are none.

    Raises:
        UsageError: the file is no TOML, holds an unknown key, or a value that cannot be used.
    """
    path = directory / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error})") from error
    return _parsed(text, str(path))


@functools.lru_cache(maxsize=16)
def _parsed(text: str, path: str) -> Publication:
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}") from None
    known = [field.name for field in fields(Publication)]
    for name, value in given.items():
        if name not in known:
            raise UsageError(f"{path}: unknown setting {name!r}; known: {', '.join(known)}")
        if not isinstance(value, datetime.date if name == "published" else str):
            raise UsageError(f"{path}: {name} must be a {'date such as 2026-11-26' if name == 'published' else 'text in quotes'}")
    for name in ("base", "licence"):
        if name in given and not _is_address(given[name]):
            raise UsageError(f"{path}: {name} must be an absolute http or https address, found {given[name]!r}")
    if not (base := given.get("base", load_vocabulary().base)).endswith(("/", "#")):
        raise UsageError(f"{path}: base must end in / or #, found {base!r}")
    return Publication(**{**given, "base": base, "published": str(given.get("published", ""))[:10]})


def terms_text(told: Publication) -> str:
    """What a graph's terms of use are, in words."""
    terms = f"The graph is published under {told.licence}" if told.licence else "No licence was named for the graph"
    return f"{terms}.\nAbstracts belong to their authors; where the source names their licence, the graph has it with each paper.\n"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not any(c in text for c in '<>"{}|\\^` \n\t')
