"""JATS: articles as journals, PubMed Central and preprint servers publish them; only what stands before the body is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kg.ingest._xml import child, children, content, every, local, opens, rows
from kg.ingest.base import Item
from kg.ingest.fields import code_links, make_paper
from kg.ingest.source import Source
from kg.model.records import Paper

_BLOCKS = ("p", "title", "sec", "list", "list-item", "disp-formula")
_IDS = {"doi": "doi", "pmid": "pmid", "arxiv": "arxiv"}
_HREF = "{http://www.w3.org/1999/xlink}href"


def sniff(source: Source) -> int:
    """Whether an article of JATS opens."""
    return 3 if opens(source, "article", "pmc-articleset") and opens(source, "front", "article-meta", "journal-meta") else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per article."""
    return rows(source, "article", _paper)


def _paper(article: Any) -> Paper:
    front = child(article, "front", "front-stub")
    meta = child(front, "article-meta") if front is not None and local(front) == "front" else front
    if meta is None:
        raise ValueError("an article without article-meta")
    kept = [one for one in children(meta, "abstract") if one.get("abstract-type") in (None, "", "summary")]
    ids = {one.get("pub-id-type", ""): content(one).strip() for one in children(meta, "article-id")}
    title = child(meta, "title-group")
    date = _date(meta)
    journal = next(every(front, "journal-title"), None)
    self_uri = next((one.get(_HREF, "") for one in children(meta, "self-uri")), "")
    licence = next(every(meta, "license"), None)
    pmcid = ids.get("pmcid") or ids.get("pmc", "")
    return make_paper(
        {
            "id": ids.get("doi") or pmcid or ids.get("pmid", ""),
            "title": content(child(title, "article-title")) if title is not None else "",
            "abstract": content(kept[0], _BLOCKS) if kept else "",
            "authors": list(_people(meta)),
            "year": date[:4],
            "date": date,
            "venue": content(journal),
            "url": self_uri or (f"https://doi.org/{ids['doi']}" if ids.get("doi") else ""),
            "identifiers": {
                **{scheme: ids.get(kind, "") for kind, scheme in _IDS.items()},
                "pmcid": pmcid,
            },
            "licence": licence.get(_HREF, "") or content(licence).strip() if licence is not None else "",
            "keywords": [content(one) for one in every(meta, "kwd")],
            "links": code_links(one.get(_HREF, "") for one in every(meta, "ext-link")),
            "references": list(_references(article)),
        },
        "jats",
    )


def _date(meta: Any) -> str:
    """The earliest full publication date, else the first year."""
    found = []
    for one in every(meta, "pub-date"):
        parts = [content(child(one, name)).strip() for name in ("year", "month", "day")]
        numbers = [part.zfill(2) if part.isdecimal() else "" for part in parts]
        found.append("-".join(numbers[: numbers.index("")] if "" in numbers else numbers))
    return max(found, key=len, default="")


def _people(meta: Any) -> Iterator[dict[str, Any]]:
    places = {one.get("id", ""): _place(one) for one in every(meta, "aff")}
    for one in every(meta, "contrib"):
        if one.get("contrib-type", "author") != "author":
            continue
        name = child(one, "name") if child(one, "name") is not None else next(every(one, "name"), None)
        if name is not None:
            whole = f"{content(child(name, 'given-names'))} {content(child(name, 'surname'))}"
        else:
            whole = content(child(one, "string-name", "collab"))
        links = [places.get(x.get("rid", ""), "") for x in children(one, "xref") if x.get("ref-type") == "aff"]
        yield {
            "name": whole,
            "orcid": next((content(x) for x in children(one, "contrib-id") if x.get("contrib-id-type") == "orcid"), ""),
            "affiliations": [*map(_place, children(one, "aff")), *filter(None, links)],
        }


def _place(affiliation: Any) -> str:
    return "".join(_without_label(affiliation)).strip()


def _without_label(affiliation: Any) -> Iterator[str]:
    yield affiliation.text or ""
    for one in affiliation:
        if local(one) not in ("label", "institution-id"):
            yield from _without_label(one)
        yield one.tail or ""


def _references(article: Any) -> Iterator[str]:
    for one in every(article, "pub-id"):
        scheme = _IDS.get(one.get("pub-id-type", ""))
        if scheme:
            yield f"{scheme}:{content(one).strip()}"
