"""What is asked of each service, page by page, and which of our formats its answers have."""

from __future__ import annotations

import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kg.model.errors import UnknownName

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PAGE = 100  # papers that are asked for at once, where the service does not set that
_S2_FIELDS = "externalIds,url,title,abstract,authors,year,venue,publicationDate,citationCount,openAccessPdf,fieldsOfStudy"


@dataclass(frozen=True)
class Request:
    """One page: its address and parameters; `start` counts the papers of the pages before."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    start: int = 0


@dataclass(frozen=True)
class Answer:
    """What a page says besides its papers: how many there are in all, if told, and the page behind it, if any."""

    total: int | None
    following: Request | None


@dataclass(frozen=True)
class Service(ABC):
    """A service: its address, the least time between two requests that it asks for, in seconds, and the ingest format of its answers."""

    name: str
    base: str
    pause: float
    format: str

    @abstractmethod
    def first(self, query: str, base: str, contact: str) -> Request:
        """The first page of a search."""

    @abstractmethod
    def read(self, request: Request, body: bytes, papers: int) -> Answer:
        """What an answer with that many papers says; raises ValueError for one that is not whole."""

    def headers(self) -> dict[str, str]:
        """Headers that it wants, such as a key from the environment."""
        return {}

    def secrets(self) -> dict[str, str]:
        """Parameters that it wants and that are written down nowhere, such as a key from the environment."""
        return {}


@dataclass(frozen=True)
class _Arxiv(Service):
    def first(self, query: str, base: str, contact: str) -> Request:
        asked = query if re.search(r"\b(?:all|ti|au|abs|cat|id):", query) else f'all:"{query}"'
        return Request(base, {"search_query": asked, "start": "0", "max_results": str(_PAGE), "sortBy": "submittedDate"})

    def read(self, request: Request, body: bytes, papers: int) -> Answer:
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            feed = etree.fromstring(body, parser)
        except etree.XMLSyntaxError as error:
            raise ValueError(f"the answer is not whole: {error.msg}") from error
        told = next((one.text for one in feed.iter() if isinstance(one.tag, str) and one.tag.endswith("totalResults")), None)
        total = int(told) if told and told.strip().isdecimal() else None
        start = request.start + papers
        if papers == 0 and total is not None and request.start < total:
            raise ValueError("a page without papers, before the end")  # arXiv's service does that now and then
        more = papers > 0 and (total is None or start < total)
        return Answer(total, replace(request, params={**request.params, "start": str(start)}, start=start) if more else None)


@dataclass(frozen=True)
class _OpenAlex(Service):
    def secrets(self) -> dict[str, str]:
        key = os.environ.get("OPENALEX_API_KEY", "")
        return {"api_key": key} if key else {}

    def first(self, query: str, base: str, contact: str) -> Request:
        return Request(base, {"search": query, "per-page": "200", "cursor": "*", **({"mailto": contact} if contact else {})})

    def read(self, request: Request, body: bytes, papers: int) -> Answer:
        meta = _object(_json(body), "meta")
        cursor, count = meta.get("next_cursor"), meta.get("count")
        following = None
        if isinstance(cursor, str) and cursor and papers:
            following = replace(request, params={**request.params, "cursor": cursor}, start=request.start + papers)
        return Answer(count if isinstance(count, int) else None, following)


@dataclass(frozen=True)
class _SemanticScholar(Service):
    def first(self, query: str, base: str, contact: str) -> Request:
        return Request(base, {"query": query, "fields": _S2_FIELDS})

    def read(self, request: Request, body: bytes, papers: int) -> Answer:
        data = _object({"": _json(body)}, "")
        total = data.get("total")
        following = None
        for key, name in (("token", "token"), ("next", "offset")):
            if data.get(key) and papers and following is None:
                following = replace(request, params={**request.params, name: str(data[key])}, start=request.start + papers)
        return Answer(total if isinstance(total, int) else None, following)

    def headers(self) -> dict[str, str]:
        key = os.environ.get("S2_API_KEY", "")
        return {"x-api-key": key} if key else {}


@dataclass(frozen=True)
class _HuggingFace(Service):
    def first(self, query: str, base: str, contact: str) -> Request:
        if _DATE.fullmatch(query):
            return Request(f"{base}/daily_papers", {"date": query, "limit": str(_PAGE), "p": "0"})
        return Request(f"{base}/papers/search", {"q": query})

    def read(self, request: Request, body: bytes, papers: int) -> Answer:
        rows = _json(body)
        if not isinstance(rows, list):
            raise ValueError("the answer is no list")
        if "p" not in request.params or len(rows) < _PAGE:
            return Answer(None, None)
        page = str(int(request.params["p"]) + 1)
        return Answer(None, replace(request, params={**request.params, "p": page}, start=request.start + papers))


_SERVICES: dict[str, Service] = {
    one.name: one
    for one in (
        _Arxiv("arxiv", "https://export.arxiv.org/api/query", 3.0, "arxiv-atom"),
        _OpenAlex("openalex", "https://api.openalex.org/works", 0.15, "openalex"),
        _HuggingFace("hf", "https://huggingface.co/api", 0.5, "hf-daily"),
        _SemanticScholar("s2", "https://api.semanticscholar.org/graph/v1/paper/search/bulk", 1.1, "semantic-scholar"),
    )
}


def service(name: str) -> Service:
    """A service by name.

    Raises:
        UnknownName: there is no such one.
    """
    if name not in _SERVICES:
        raise UnknownName(f"no service named {name!r}; known: {', '.join(_SERVICES)}")
    return _SERVICES[name]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the answer is not whole: {error}") from error


def _object(data: Any, name: str) -> Mapping[str, Any]:
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, dict):
        raise ValueError("the answer is not as expected")
    return value
