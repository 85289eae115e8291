"""Stable ids and normal forms of names and identifiers.

Ids are the first 16 hex digits of the SHA-256 of canonical text, so the same thing gets the same id on
any machine and in any order.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

SCHEMES = ("arxiv", "doi", "acl", "openalex", "s2", "hf")  # strongest first
_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?$")
_SPACE = re.compile(r"[\s_/\u2010-\u2015\u2212-]+")
_PUNCTUATION = re.compile(r"[^\w+#*. ]|(?<!\d)\.|\.(?!\d)")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?<![siu])s\b")
_PREFIXES = {
    "arxiv": re.compile(r"^(?:https?://)?(?:www\.)?(?:arxiv\.org/(?:abs|pdf|html)/|arxiv:)", re.I),
    "doi": re.compile(r"^(?:https?://)?(?:dx\.)?(?:doi\.org/|doi:)", re.I),
    "acl": re.compile(r"^(?:https?://)?(?:www\.)?aclanthology\.org/", re.I),
    "openalex": re.compile(r"^(?:https?://)?(?:api\.)?openalex\.org/(?:works/)?", re.I),
    "s2": re.compile(r"^(?:https?://)?(?:www\.)?semanticscholar\.org/paper/(?:.*/)?", re.I),
    "hf": re.compile(r"^(?:https?://)?huggingface\.co/papers/", re.I),
}

_RESOLVERS = {
    "arxiv": "https://arxiv.org/abs/",
    "doi": "https://doi.org/",
    "acl": "https://aclanthology.org/",
    "openalex": "https://openalex.org/",
    "s2": "https://www.semanticscholar.org/paper/",
    "hf": "https://huggingface.co/papers/",
}


def digest(*parts: str) -> str:
    """16 hex digits that identify the given texts in this order."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@functools.lru_cache(maxsize=1 << 16)
def fold_name(name: str) -> str:
    """A name's key for exact matching: NFKC, lower case, hyphens, underscores, slashes and spaces as one
    space, other punctuation dropped, a plain plural `s` dropped.

    >>> fold_name("Large-Language Models") == fold_name("large language model")
    True
    >>> fold_name("C++"), fold_name("LLaMA-2") == fold_name("LLaMA")
    ('c++', False)
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = _SPACE.sub(" ", text)
    text = _PUNCTUATION.sub("", text)
    text = _PLURAL.sub("", " ".join(text.split()))
    return text or unicodedata.normalize("NFKC", name).casefold().strip()


@functools.lru_cache(maxsize=1 << 17)
def fold_title(title: str) -> str:
    """A title's key for finding the same paper: letters and digits only, case folded."""
    folded = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", title).casefold()).strip()
    return folded or title.strip()


def normalise_identifier(scheme: str, value: str) -> str:
    """One spelling per identifier: resolver prefixes dropped, arXiv without version, DOI in lower case.

    Returns an empty string for a value that is not an identifier of that scheme.

    >>> normalise_identifier("arxiv", "https://arxiv.org/abs/1706.03762v5")
    '1706.03762'
    >>> normalise_identifier("doi", "https://doi.org/10.18653/V1/N19-1423")
    '10.18653/v1/n19-1423'
    """
    bare = _PREFIXES[scheme].sub("", value.strip()).rstrip("/")
    if scheme == "arxiv":
        match = _ARXIV.match(bare.removesuffix(".pdf"))
        return match.group(1) if match else ""
    if scheme == "doi":
        return bare.lower() if bare.startswith("10.") else ""
    return bare if bare and not re.search(r"\s", bare) else ""


def addresses(identifiers: Iterable[tuple[str, str]]) -> list[str]:
    """Where a paper with these (scheme, value) pairs is found on the web; only addresses that are valid IRIs, sorted.

    >>> addresses([("arxiv", "1706.03762"), ("doi", "10.1/a b")])
    ['https://arxiv.org/abs/1706.03762', 'https://doi.org/10.1/a%20b']
    """
    return sorted({_RESOLVERS[scheme] + quote(value, safe="/:;()._-") for scheme, value in identifiers if scheme in _RESOLVERS})


def entity_keys(name: str, aliases: Iterable[str]) -> list[str]:
    """What an entity may be asked for by: its name and aliases in lower case, sorted."""
    return sorted({form.lower() for form in (name, *aliases)})


def paper_keys(row: Mapping[str, Any]) -> list[str]:
    """What a paper may be asked for by: its ids, identifiers with and without their scheme, and title, in lower case, sorted.

    `row` is one of the table of papers.
    """
    pairs = [(pair["scheme"], pair["value"]) for pair in row["identifiers"]]
    forms = [
        row["id"],
        row["own_id"],
        row["title"],
        *(value for _, value in pairs),
        *(f"{scheme}:{value}" for scheme, value in pairs),
    ]
    return sorted({form.lower() for form in forms if form})
