"""arXiv over OAI-PMH, in its formats arXiv, arXivRaw and Dublin Core."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.ingest._table import names
from kg.ingest._xml import child, children, content, every, opens, rows
from kg.ingest.base import Item
from kg.ingest.fields import links_in, make_paper
from kg.ingest.source import Source
from kg.model.records import Paper

_MONTHS = {
    name: number
    for number, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1)
}
_DATE = re.compile(rf"[A-Z][a-z]{{2}},\s+(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})\b")


def sniff(source: Source) -> int:
    """Whether it is an OAI-PMH answer, or records of one."""
    return 3 if opens(source, "OAI-PMH", "ListRecords", "GetRecord", "arXiv", "arXivRaw") else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per record; deleted ones are passed over."""
    return rows(source, "record", _paper)


def _paper(record: Any) -> Paper | None:
    header = child(record, "header")
    if header is not None and header.get("status") == "deleted":
        return None
    for form, read_form in (("arXiv", _arxiv), ("arXivRaw", _raw), ("dc", _dublin)):
        if (data := next(every(record, form), None)) is not None:
            return make_paper(read_form(data), "arxiv")
    raise ValueError("a record without metadata that we know (arXiv, arXivRaw, oai_dc)")


def _arxiv(data: Any) -> Mapping[str, Any]:
    people = [
        {
            "name": " ".join(
                filter(None, (content(child(one, "forenames")), content(child(one, "keyname")), content(child(one, "suffix"))))
            ),
            "affiliations": [content(place) for place in children(one, "affiliation")],
        }
        for one in every(data, "author")
    ]
    return {**_shared(data), "authors": people, "date": content(child(data, "created"))}


def _raw(data: Any) -> Mapping[str, Any]:
    versions = children(data, "version")
    last = versions[-1].get("version", "") if versions else ""
    return {
        **_shared(data),
        "authors": list(names(content(child(data, "authors")))),
        "date": date_of(content(child(versions[0], "date")) if versions else ""),
        "version": last,
    }


def _dublin(data: Any) -> Mapping[str, Any]:
    identifiers = [content(one) for one in children(data, "identifier")]
    address = next((one for one in identifiers if "arxiv.org/abs/" in one), "")
    return {
        "title": content(child(data, "title")),
        "abstract": content(child(data, "description")),
        "authors": [name for one in children(data, "creator") for name in names(content(one))],
        "date": content(child(data, "date")),
        "url": address,
        "arxiv": address,
        "doi": next((one for one in identifiers if one.startswith(("doi:", "10.")) or "doi.org/" in one), ""),
        "keywords": [content(one) for one in children(data, "subject")],
    }


def _shared(data: Any) -> dict[str, Any]:
    arxiv = content(child(data, "id")).strip()
    return {
        "id": arxiv,
        "title": content(child(data, "title")),
        "abstract": content(child(data, "abstract")),
        "arxiv": arxiv,
        "url": f"https://arxiv.org/abs/{arxiv}" if arxiv else "",
        "doi": content(child(data, "doi")).split(" ")[0],
        "venue": content(child(data, "journal-ref")),
        "licence": content(child(data, "license")),
        "keywords": content(child(data, "categories")).split(),
        "links": links_in(content(child(data, "comments"))),
    }


def date_of(value: str) -> str:
    """A date such as `Mon, 2 Apr 2007 19:18:42 GMT` in ISO form; others as they are.

    >>> date_of("Mon, 2 Apr 2007 19:18:42 GMT")
    '2007-04-02'
    """
    match = _DATE.match(value)
    return f"{match.group(3)}-{_MONTHS[match.group(2)]:02d}-{int(match.group(1)):02d}" if match else value
