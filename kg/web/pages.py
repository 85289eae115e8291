"""Pages of linked data: every IRI of the graph answers with HTML or RDF, by what the client takes; `/entity/<id>.ttl` names one of them.

A thing's address answers 200 with `Content-Location`, 301 where it is now another, 410 where it was retracted, else 404. Links are those of
Signposting (signposting.org, FAIR level 1): cite-as, describedby, type, license, collection, item.
"""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup
from pyoxigraph import NamedNode, RdfFormat, Triple, parse
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kg import catalog
from kg.model.vocabulary import load_vocabulary
from kg.publication import terms_text
from kg.rdf.description import describe, description_text, known_sizes
from kg.rdf.ontology import ontology_text
from kg.resources import data_path
from kg.stores._results import TRIPLES, write_triples
from kg.web.documents import KINDS, MOST, Document, document, framed, others, results, said
from kg.web.http import Refused, tagged
from kg.web.negotiation import best_media
from kg.web.site import Served, Site

_HTML = "text/html"
_ENDINGS = {
    "html": _HTML, "ttl": "text/turtle", "jsonld": "application/ld+json", "nt": "application/n-triples", "rdf": "application/rdf+xml",
    "trig": "application/trig", "nq": "application/n-quads",
}  # fmt: skip
_ENDING_OF = {media: ending for ending, media in _ENDINGS.items()}
_OFFERED = [_HTML, *TRIPLES]
_ROWS = 50  # statements of one kind on a page
_SHOWN = ("rdfs:label", "skos:prefLabel", "dcterms:title", "dcterms:abstract", "skos:altLabel", "label", "key", "rdf:type", "dcterms:creator",
          "skos:exactMatch", "owl:sameAs", "schema:sameAs", "schema:url", "skos:inScheme", "skos:broader", "dcterms:isPartOf", "states",
          *(kind.iri for kind in (*load_vocabulary().roles.values(), *load_vocabulary().relations.values())))  # fmt: skip


class Pages:
    """The pages, as ASGI endpoints."""

    def __init__(self, served: Served) -> None:
        self._served = served
        loader = jinja2.FileSystemLoader(data_path("web", "ui", "templates"))
        self._templates = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self._templates.filters["address"] = lambda iri: self._address(self._served.site(), iri)

    def thing(self, request: Request) -> Response:
        """A thing of the graph."""
        site = self._served.site()
        kind, name = request.path_params["kind"], request.path_params["name"]
        identifier, ending = _parted(name)
        if kind not in KINDS:
            raise Refused(404, f"there are no pages of this kind; there are {', '.join(KINDS)}")
        if kind == "entity" and identifier in site.moved:
            suffix = f".{ending}" if ending else ""
            return RedirectResponse(f"/entity/{site.moved[identifier]}{suffix}", 301)
        if f"{kind}/{identifier}" in site.gone:
            raise Refused(410, f"this {kind} was retracted: the graph held it once")
        media = self._media(request, ending)
        found = document(site, kind, identifier)
        if found is None:
            raise Refused(404, f"the graph has no {kind} of this id")
        location = f"/{kind}/{quote(identifier)}"
        headers = self._headers(site, f"{site.base}{kind}/{identifier}", location, media, not ending, found)
        return tagged(request, site.stamp, lambda: self._thing_data(site, found, media, location), media, headers)

    def dataset(self, request: Request) -> Response:
        """The graph as a whole: its description, or the landing page."""
        site = self._served.site()
        ending = _parted(request.url.path)[1]
        media = self._media(request, ending)
        location = "/dataset"
        headers = self._headers(site, f"{site.base}dataset", location, media, not ending, None)
        if media == _HTML:
            return tagged(request, site.stamp, lambda: self._landing(site), media, headers)
        return tagged(request, site.stamp, lambda: self._description(site, media), media, headers)

    def void(self, request: Request) -> Response:
        """`/.well-known/void`."""
        site = self._served.site()
        media = best_media(request.headers.get("accept"), list(TRIPLES)) or "text/turtle"
        headers = {"Vary": "Accept", "Content-Location": "/.well-known/void"}
        return tagged(request, site.stamp, lambda: self._description(site, media), media, headers)

    def terms(self, request: Request) -> Response:
        """The terms of use, in words."""
        site = self._served.site()
        return tagged(request, site.stamp, terms_text(site.publication).encode(), "text/plain")

    def schema(self, request: Request) -> Response:
        """The ontology."""
        site = self._served.site()
        media = best_media(request.headers.get("accept"), list(TRIPLES)) or "text/turtle"
        buffer = io.BytesIO()
        triples = (Triple(*list(quad)[:3]) for quad in parse(ontology_text(), RdfFormat.TURTLE))
        write_triples(triples, media, buffer)
        return tagged(request, site.stamp, buffer.getvalue(), media, {"Vary": "Accept"})

    def query(self, request: Request) -> Response:
        """The page for questions."""
        site = self._served.site()
        questions = [catalog.saved_query(name) for name in catalog.saved_names()]
        texts = {name: catalog.saved_query(name, "sparql").text for name in catalog.saved_names("sparql")}
        data = self._render("query.html", site, questions=questions, texts=texts)
        return tagged(request, site.stamp, data, _HTML)

    def search(self, request: Request) -> Response:
        """Things by name."""
        site = self._served.site()
        text = request.query_params.get("q", "")[:200]
        found = site.names.find(text, most=100)
        return tagged(request, site.stamp, self._render("search.html", site, text=text, found=found), _HTML)

    def refusal(self, request: Request, status: int, words: str) -> Response:
        """An error as a page."""
        site = self._served.site()
        return Response(
            self._render("refusal.html", site, status=status, words=words), status, media_type="text/html; charset=utf-8"
        )

    def _thing_data(self, site: Site, found: Document, media: str, location: str) -> bytes:
        if media == _HTML:
            shown = {group: (rows[:_ROWS], len(rows)) for group, rows in said(found).items()}
            data = _embedded(framed(found))
            return self._render(
                "thing.html", site, thing=found, groups=shown, results=results(found)[:_ROWS], others=others(found, _SHOWN), data=data,
                location=location, endings=[e for e in _ENDINGS if e != "html"], most=MOST,
            )  # fmt: skip
        if media == "application/ld+json":
            return json.dumps(framed(found), ensure_ascii=False, indent=1).encode()
        buffer = io.BytesIO()
        write_triples(found.triples, media, buffer)
        return buffer.getvalue()

    def _landing(self, site: Site) -> bytes:
        vocabulary = load_vocabulary()
        questions = [catalog.saved_query(name) for name in catalog.saved_names()]
        facts = {
            "base": site.base, "schema": vocabulary.schema,
            "iris": {p.edge: p.iri for p in (*vocabulary.roles.values(), *vocabulary.relations.values())},
            "looks": [{"name": n, "colour": look.colour, "shape": look.shape} for n, look in vocabulary.looks.items() if n in ("Paper", *vocabulary.entities)],
        }  # fmt: skip
        return self._render(
            "explore.html", site, counts=site.counts, best=site.names.best(24), questions=questions, facts=_embedded(facts)
        )

    def _description(self, site: Site, media: str) -> bytes:
        address = site.settings.address
        triples = describe(site.version, known_sizes(site.version, site.triples), endpoint=f"{address}/sparql", pages=f"{address}/")
        return description_text(triples, TRIPLES[media])

    def _render(self, name: str, site: Site, **values: Any) -> bytes:
        return self._templates.get_template(name).render(site=site, **values).encode()

    def _media(self, request: Request, ending: str) -> str:
        media = _ENDINGS[ending] if ending else best_media(request.headers.get("accept"), _OFFERED)
        if media is None:
            raise Refused(406, f"this can be had as {', '.join(_OFFERED)}")
        return media

    def _headers(self, site: Site, iri: str, location: str, media: str, negotiated: bool, found: Document | None) -> dict[str, str]:
        links = [(iri, {"rel": "cite-as"})]
        links += [(f"{location}.{_ENDING_OF[other]}", {"rel": "describedby", "type": other}) for other in TRIPLES if other != media]
        if media != _HTML:
            links.append((f"{location}.html", {"rel": "alternate", "type": _HTML}))
        links.append(("https://schema.org/AboutPage" if media == _HTML else "https://schema.org/Dataset", {"rel": "type"}))
        if found is not None:
            links += [(kind, {"rel": "type"}) for kind in found.values("rdf:type")]
            links.append((f"{site.base}dataset", {"rel": "collection", "type": "text/turtle"}))
            links.append((f"{location}.ttl", {"rel": "item", "type": "text/turtle"}))
        else:
            links += [(f"/entity/{name.id}", {"rel": "item"}) for name in site.names.best(5)]
        licence = next(
            (x for x in (found.values("dcterms:license") if found else []) if x.startswith("http")), site.publication.licence
        )
        links.append((licence or "/terms", {"rel": "license"}))
        told = {"Link": ", ".join(_link(target, facts) for target, facts in links), "Vary": "Accept"}
        return {**told, "Content-Location": f"{location}.{_ENDING_OF[media]}"} if negotiated else told

    def _address(self, site: Site, iri: Any) -> str:
        """Where a page links to for an IRI: our own pages by their path."""
        text = iri.value if isinstance(iri, NamedNode) else str(iri)
        if text.startswith(site.base) and text[len(site.base) :].partition("/")[0] in KINDS:
            return "/" + text[len(site.base) :]
        return text if text.startswith(("http://", "https://")) else ""


def _embedded(value: Any) -> Markup:
    """JSON to stand in a page: no end tag can be in it."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))


def _link(target: str, facts: dict[str, str]) -> str:
    safe = quote(target, safe=":/#?&=%,;+@!$'()*~[]")
    return f"<{safe}>" + "".join(f'; {name}="{value}"' for name, value in facts.items())


def _parted(name: str) -> tuple[str, str]:
    """An id and the ending that asks for one media type."""
    stem, _, ending = name.rpartition(".")
    return (stem, ending) if ending in _ENDINGS else (name, "")


def wants_html(accept: str | None) -> bool:
    """Whether a client would rather read a page than a line of text."""
    return best_media(accept, ["text/plain", _HTML]) == _HTML
