"""OpenAlex works: an answer of its API, a list, or the JSON Lines of its snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.ingest._json import rows
from kg.ingest.base import MAX_CHARACTERS, Item
from kg.ingest.fields import code_links, make_paper, object_of, objects, text
from kg.ingest.source import Source
from kg.model.records import Paper

_ID = re.compile(r'"id"\s*:\s*"https://openalex\.org/W')
_PARTS = ("primary_location", "best_oa_location")


def sniff(source: Source) -> int:
    """Whether objects have OpenAlex's ids."""
    return 3 if source.first in ("{", "[") and _ID.search(source.text) else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per work."""
    return rows(source, _paper)


def _paper(data: dict[str, Any]) -> Paper:
    places = [data[name] for name in _PARTS if isinstance(data.get(name), dict)]
    ids = object_of(data.get("ids"))
    sources = [object_of(place.get("source")) for place in places]
    work = text(data.get("id"))
    pages = [url for place in places if (url := text(place.get("landing_page_url")))]
    open_page = text(object_of(data.get("open_access")).get("oa_url"))
    return make_paper(
        {
            "id": work.rsplit("/", 1)[-1],
            "title": text(data.get("title")) or text(data.get("display_name")),
            "abstract": abstract_of(data.get("abstract_inverted_index")),
            "authors": [_person(one) for one in objects(data.get("authorships"))],
            "year": data.get("publication_year"),
            "date": data.get("publication_date"),
            "venue": next((name for one in sources if (name := text(one.get("display_name")))), ""),
            "url": next(iter(pages), work),
            "identifiers": {
                "openalex": work,
                "doi": text(data.get("doi")) or text(ids.get("doi")),
                "pmid": text(ids.get("pmid")),
                "pmcid": text(ids.get("pmcid")),
                "mag": text(ids.get("mag")),
                "arxiv": next((url for url in [*pages, open_page] if "arxiv.org/" in url), ""),
            },
            "licence": next((name for place in places if (name := text(place.get("license")))), ""),
            "keywords": [text(one.get("display_name")) for one in objects(data.get("keywords"))],
            "links": [
                *(("pdf", url) for place in places if (url := text(place.get("pdf_url")))),
                *code_links([*pages, open_page]),
                *(("page", url) for url in [*pages[1:], open_page] if url and url not in pages[:1]),
            ],
            "references": [f"openalex:{one}" for one in data.get("referenced_works") or () if isinstance(one, str)],
            "citations": data.get("cited_by_count"),
        },
        "openalex",
    )


def abstract_of(index: Any) -> str:
    """The words of an inverted index at their places, one space between; places that no word has are passed over.

    >>> abstract_of({"show": [1], "We": [0, 3], "it.": [2]})
    'We show it. We'

    Raises:
        ValueError: the index is none, or longer than any abstract.
    """
    if not index:
        return ""
    if not isinstance(index, Mapping):
        raise ValueError("abstract_inverted_index must be an object of words and their places")
    found = [(place, word) for word, places in index.items() for place in places if isinstance(place, int)]
    if len(found) > MAX_CHARACTERS:
        raise ValueError("abstract_inverted_index is longer than any abstract")
    return " ".join(word for _, word in sorted(found))


def _person(one: Mapping[str, Any]) -> dict[str, Any]:
    author = object_of(one.get("author"))
    known = [text(place.get("display_name")) for place in objects(one.get("institutions"))]
    return {
        "name": text(author.get("display_name")) or text(one.get("raw_author_name")),
        "orcid": text(author.get("orcid")),
        "affiliations": [name for name in known if name] or one.get("raw_affiliation_strings"),
    }
