"""What the graph as a whole is: a `void:Dataset` and `dcat:Dataset` with its terms, sizes, examples and ways to get it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from kg.model.vocabulary import load_vocabulary
from kg.publication import read_publication
from kg.rdf.lines import each_line, prefixed
from kg.rdf.terms import PREFIXES, SCHEMA, integer, node, term
from kg.tables import Version

_USED = {"void": "http://rdfs.org/ns/void#", "foaf": "http://xmlns.com/foaf/0.1/"}
_IANA = "https://www.iana.org/assignments/media-types/"
_TYPE = term("rdf:type")
_A = prefixed("a")


@dataclass
class Sizes:
    """How often each class and each property stands in triples."""

    triples: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    properties: Counter[str] = field(default_factory=Counter)

    def counting(self, texts: Iterable[str]) -> Iterator[str]:
        """Lines of N-Triples as they come, counted."""
        for text in texts:
            for _, predicate, value in (one.split(" ", 2) for one in each_line(text)):
                self.triples += 1
                self.properties[predicate[1:-1]] += 1
                if predicate == _A:
                    self.classes[value.partition(">")[0][1:]] += 1
            yield text


def known_sizes(version: Version, triples: int) -> Sizes:
    """Sizes without a look at the triples: members of our own classes, from the tables."""
    entities = Counter(version.read("entities", ["type"])["type"].to_pylist())
    found = {"Paper": version.counts["papers"], "Result": version.counts["results"], **entities}
    return Sizes(triples, Counter({SCHEMA + name: number for name, number in found.items()}))


def describe(
    version: Version, sizes: Sizes, *, endpoint: str = "", pages: str = "", dumps: Mapping[str, str] | None = None
) -> Iterator[Triple]:
    """The description: `endpoint` is the address of a SPARQL service, `pages` one to look at, `dumps` addresses of files with all triples and
    their media types."""
    told = read_publication(version.path.parent)
    mine = NamedNode(f"{told.base}dataset")
    yield from _about(version, mine, sizes, told.base)
    for name, text in (("title", told.title), ("description", told.description)):
        yield Triple(mine, term(f"dcterms:{name}"), Literal(text))
    if told.licence:
        yield Triple(mine, term("dcterms:license"), NamedNode(told.licence))
    if told.publisher:
        publisher = NamedNode(f"{told.base}publisher")
        yield Triple(mine, term("dcterms:publisher"), publisher)
        yield Triple(publisher, _TYPE, _used("foaf:Agent"))
        yield Triple(publisher, _used("foaf:name"), Literal(told.publisher))
    if told.published:
        yield Triple(mine, term("dcterms:issued"), Literal(told.published, datatype=term("xsd:date")))
    yield Triple(mine, _used("void:uriSpace"), Literal(told.base))
    if pages:
        yield Triple(mine, term("dcat:landingPage"), NamedNode(pages))
    if endpoint:
        yield Triple(mine, _used("void:sparqlEndpoint"), NamedNode(endpoint))
        yield from _distribution(mine, "sparql", "dcat:accessURL", endpoint, "application/sparql-results+json")
    for address, kind in (dumps or {}).items():
        yield Triple(mine, _used("void:dataDump"), NamedNode(address))
        yield from _distribution(mine, address.rpartition("/")[2], "dcat:downloadURL", address, kind)


def description_text(triples: Iterable[Triple], syntax: ox.RdfFormat = ox.RdfFormat.TURTLE) -> bytes:
    """A description in a syntax of RDF."""
    buffer = io.BytesIO()
    prefixes = {**PREFIXES, **_USED} if syntax in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG) else None
    ox.serialize(sorted(triples, key=lambda triple: str(triple.subject)), buffer, format=syntax, prefixes=prefixes)
    return buffer.getvalue()


def _used(name: str) -> NamedNode:
    prefix, local = name.split(":", 1)
    return NamedNode(_USED[prefix] + local)


def _about(version: Version, thing: NamedNode, sizes: Sizes, base: str) -> Iterator[Triple]:
    for kind in ("void:Dataset", "dcat:Dataset", "schema:Dataset"):
        yield Triple(thing, _TYPE, _used(kind) if kind.startswith("void:") else term(kind))
    yield Triple(thing, _used("void:triples"), integer(sizes.triples))
    yield Triple(
        thing, _used("void:entities"), integer(version.counts["papers"] + version.counts["entities"] + version.counts["results"])
    )
    for namespace in sorted(
        {SCHEMA, *(PREFIXES[p] for p in ("dcterms", "skos", "schema", "oa", "prov", "mls", "fair4ml", "fabio"))}
    ):
        yield Triple(thing, _used("void:vocabulary"), NamedNode(namespace))
    for name in load_vocabulary().looks:
        for members in sorted(x for x in sizes.classes if x == SCHEMA + name):
            part = NamedNode(f"{thing.value}#{name}")
            yield Triple(thing, _used("void:classPartition"), part)
            yield Triple(part, _used("void:class"), NamedNode(members))
            yield Triple(part, _used("void:entities"), integer(sizes.classes[members]))
    for iri in sorted(sizes.properties):
        if iri.startswith(SCHEMA):
            part = NamedNode(f"{thing.value}#{iri[len(SCHEMA) :]}")
            yield Triple(thing, _used("void:propertyPartition"), part)
            yield Triple(part, _used("void:property"), NamedNode(iri))
            yield Triple(part, _used("void:triples"), integer(sizes.properties[iri]))
    for example in _examples(version, base):
        yield Triple(thing, _used("void:exampleResource"), example)


def _examples(version: Version, base: str) -> list[NamedNode]:
    """The first paper, and the entities that most papers name."""
    entities = sorted(version.rows("entities", ["id", "papers"]), key=lambda row: (-row["papers"], row["id"]))[:3]
    papers = version.read("papers", ["id"]).slice(0, 1)["id"].to_pylist()
    return [node("paper", paper, base) for paper in papers] + [node("entity", row["id"], base) for row in entities]


def _distribution(thing: NamedNode, name: str, how: str, address: str, kind: str) -> Iterator[Triple]:
    part = NamedNode(f"{thing.value}#{name}")
    yield Triple(thing, term("dcat:distribution"), part)
    yield Triple(part, _TYPE, term("dcat:Distribution"))
    yield Triple(part, term(how), NamedNode(address))
    yield Triple(part, term("dcat:mediaType"), NamedNode(_IANA + kind))
