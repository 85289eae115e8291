"""PubMed's XML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kg.ingest._xml import child, children, content, every, opens, rows
from kg.ingest.base import Item
from kg.ingest.fields import make_paper
from kg.ingest.source import Source
from kg.model.records import Paper

_MONTHS = {
    name: f"{number:02d}"
    for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)
}
_SCHEMES = {"doi": "doi", "pubmed": "pmid", "pmc": "pmcid"}


def sniff(source: Source) -> int:
    """Whether a set of PubMed articles opens."""
    return 3 if opens(source, "PubmedArticleSet", "PubmedArticle", "MedlineCitation") else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per article."""
    return rows(source, "PubmedArticle", _paper)


def _paper(record: Any) -> Paper:
    citation = child(record, "MedlineCitation")
    article = child(citation, "Article") if citation is not None else None
    if article is None:
        raise ValueError("a record without an Article")
    journal, abstract = child(article, "Journal"), child(article, "Abstract")
    ids = dict(_ids(child(record, "PubmedData")))
    pmid = content(child(citation, "PMID")).strip()
    date = _date(child(article, "ArticleDate")) or _date(next(every(article, "PubDate"), None))
    return make_paper(
        {
            "id": pmid,
            "title": content(child(article, "ArticleTitle")).strip().removeprefix("[").removesuffix("].")
            or content(child(article, "VernacularTitle")),
            "abstract": "\n".join(map(_part, children(abstract, "AbstractText"))) if abstract is not None else "",
            "authors": [_person(one) for one in every(article, "Author")],
            "year": date[:4],
            "date": date,
            "venue": content(child(journal, "Title")) if journal is not None else "",
            "url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else "",
            "identifiers": {**ids, "pmid": pmid},
            "licence": content(child(abstract, "CopyrightInformation")) if abstract is not None else "",
            "keywords": [content(one) for one in every(citation, "Keyword")],
            "references": list(_references(record)),
        },
        "pubmed",
    )


def _part(text: Any) -> str:
    label = text.get("Label", "")
    return f"{label}: {content(text)}" if label and label.upper() != "UNLABELLED" else content(text)


def _person(author: Any) -> dict[str, Any]:
    parts = (content(child(author, "ForeName", "Initials")), content(child(author, "LastName")))
    return {
        "name": " ".join(filter(None, parts)) or content(child(author, "CollectiveName")),
        "orcid": next((content(one) for one in children(author, "Identifier") if one.get("Source") == "ORCID"), ""),
        "affiliations": [content(one) for one in every(author, "Affiliation")],
    }


def _date(date: Any) -> str:
    if date is None:
        return ""
    year, month, day = (content(child(date, name)).strip() for name in ("Year", "Month", "Day"))
    month = month.zfill(2) if month.isdecimal() else _MONTHS.get(month[:3].lower(), "")
    return (
        "-".join([year, *([month, *([day.zfill(2)] if day else [])] if month else [])])
        if year
        else content(child(date, "MedlineDate"))[:4]
    )


def _ids(data: Any) -> Iterator[tuple[str, str]]:
    """Of the article itself, not of those that it cites."""
    for one in (
        children(child(data, "ArticleIdList"), "ArticleId") if data is not None and child(data, "ArticleIdList") is not None else ()
    ):
        if one.get("IdType") in _SCHEMES:
            yield _SCHEMES[one.get("IdType")], content(one).strip()


def _references(record: Any) -> Iterator[str]:
    for reference in every(record, "Reference"):
        for one in every(reference, "ArticleId"):
            if scheme := _SCHEMES.get(one.get("IdType", "")):
                yield f"{scheme}:{content(one).strip()}"
