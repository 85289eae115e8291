"""Tables → triples: what is a paper, person, venue or entity here; statements and their proofs are in `kg.rdf.statements`.

Order is fixed: papers, citations, authors and venues, entities, their schemes, what others call them, ids that lead to others, roles, relations, results, readers,
passages, evidence, supporting papers. Rows are read portion by portion, so that memory hardly grows with the graph.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.changes import Part
from kg.model.identifiers import addresses, digest, entity_keys, paper_keys
from kg.model.vocabulary import load_vocabulary
from kg.projection import authors_and_venues
from kg.publication import read_publication
from kg.rdf.source import Row, Source, all_rows
from kg.rdf.statements import STATEMENTS, classes, own
from kg.rdf.terms import based, integer, node, source_graph, term, uri_literal
from kg.tables import Version, retired

_TYPE = term("rdf:type")
Shard = tuple[int, int]


def to_triples(version: Version, *, rdf12: bool = False, shard: Shard = (0, 1)) -> Iterator[Triple]:
    """All triples of a version, each once; with `rdf12` statement nodes are reifiers of triple terms instead of `rdf:Statement`s.

    `shard` is the number of a share, from 0, and how many there are: together they have all triples, none twice.
    """
    return based(triples_of(version, rdf12=rdf12, shard=shard), read_publication(version.path.parent).base)


def triples_of(rows: Any, *, rdf12: bool = False, shard: Shard = (0, 1)) -> Iterator[Triple]:
    """The triples of a version, or of rows read like one, under our own base IRI."""
    return itertools.chain.from_iterable(
        itertools.chain.from_iterable(
            map(
                source.reified if rdf12 and source.reified else source.triples,
                itertools.islice(source.rows(rows), shard[0], None, shard[1]),
            )
        )
        for source in SOURCES
    )


def retired_triples(version: Version) -> Iterator[Triple]:
    """What the graph held once and holds no more is deprecated: told in files that are published, not in indexes, which know the tables only."""
    directory = version.path.parent
    deprecated, true = term("owl:deprecated"), Literal(True)
    old = (Triple(node(*one.split("/", 1)), deprecated, true) for one in sorted(retired(directory)))
    return based(old, read_publication(directory).base)


def to_quads(version: Version, *, rdf12: bool = False) -> Iterator[Quad]:
    """The same with a named graph per source of papers, and one, `…/graph/resolved`, of what was put together from several papers."""
    base = read_publication(version.path.parent).base
    graphs = {row["id"]: source_graph(row["source"], base) for row in version.each("papers", ["id", "source"])}
    graphs[""] = source_graph("resolved", base)
    for paper, found in itertools.groupby(_placed_triples(version, rdf12), key=lambda pair: pair[0]):
        for triple in based((triple for _, triple in found), base):
            yield Quad(triple.subject, triple.predicate, triple.object, graphs[paper])


def _placed_triples(version: Any, rdf12: bool) -> Iterator[tuple[str, Triple]]:
    """Each triple with the one paper that it comes from, or nothing."""
    for source in SOURCES:
        make = source.reified if rdf12 and source.reified else source.triples
        for row in source.rows(version):
            paper = row[source.paper] if source.paper else ""
            for triple in make(row):
                yield paper, triple


def _paper(row: Row) -> Iterator[Triple]:
    paper = node("paper", row["id"])
    yield from classes(paper, "Paper")
    yield Triple(paper, own("label"), Literal("Paper"))
    yield Triple(paper, term("dcterms:title"), Literal(row["title"]))
    if row["abstract"]:
        yield Triple(paper, term("dcterms:abstract"), Literal(row["abstract"]))
    yield Triple(paper, term("dcterms:identifier"), Literal(row["own_id"]))
    if row["year"]:
        yield Triple(paper, own("year"), integer(row["year"]))
    if row["date"]:
        yield Triple(paper, term("dcterms:issued"), Literal(row["date"]))
    for pair in row["identifiers"]:
        if (text := f"{pair['scheme']}:{pair['value']}") != row["own_id"]:
            yield Triple(paper, term("dcterms:identifier"), Literal(text))
    for address in addresses((pair["scheme"], pair["value"]) for pair in row["identifiers"]):
        yield Triple(paper, term("schema:sameAs"), NamedNode(address))
    for url in sorted({x["url"] for x in row["links"]} | ({row["url"]} if row["url"] else set())):
        yield Triple(paper, term("schema:url"), uri_literal(url))
    for url in sorted({x["url"] for x in row["links"] if x["type"] == "code"}):
        yield Triple(paper, own("code"), uri_literal(url))
    for key in paper_keys(row):
        yield Triple(paper, own("key"), Literal(key))
    if row["licence"]:
        yield Triple(paper, term("dcterms:license"), Literal(row["licence"]))
    if row["version"]:
        yield Triple(paper, own("version"), Literal(row["version"]))
    if row["language"]:
        yield Triple(paper, term("dcterms:language"), Literal(row["language"]))
    for word in row["keywords"]:
        yield Triple(paper, term("schema:keywords"), Literal(word))
    if row["citations"] is not None:
        yield Triple(paper, own("citations"), integer(row["citations"]))
    for name in dict.fromkeys(row["authors"]):
        yield Triple(paper, term("dcterms:creator"), node("author", digest("Author", name)))
    if row["venue"]:
        yield Triple(paper, term("dcterms:isPartOf"), node("venue", digest("Venue", row["venue"])))


def _cites(row: Row) -> Iterator[Triple]:
    yield Triple(node("paper", row["paper"]), term("cito:cites"), node("paper", row["cited"]))


def _things(version: Version | Part) -> Iterable[Row]:
    """Authors and venues."""
    authors, venues = authors_and_venues(version)
    yield from ({"label": "Author", **one} for one in authors)
    yield from ({"label": "Venue", "name": name, "orcids": (), "affiliations": ()} for name in venues)


def _thing(row: Row) -> Iterator[Triple]:
    thing = node(row["label"].lower(), digest(row["label"], row["name"]))
    yield from classes(thing, row["label"])
    yield Triple(thing, own("label"), Literal(row["label"]))
    yield Triple(thing, term("rdfs:label"), Literal(row["name"]))
    for orcid in row["orcids"]:
        yield Triple(thing, term("schema:sameAs"), NamedNode(f"https://orcid.org/{orcid}"))
    for place in row["affiliations"]:
        yield Triple(thing, own("affiliation"), Literal(place))


def _entity(row: Row) -> Iterator[Triple]:
    entity = node("entity", row["id"])
    yield from classes(entity, row["type"])
    yield Triple(entity, _TYPE, own("Entity"))
    if scheme := load_vocabulary().entities[row["type"]].scheme:
        yield Triple(entity, _TYPE, term("skos:Concept"))
        yield Triple(entity, term("skos:inScheme"), node("scheme", scheme))
    yield Triple(entity, own("label"), Literal(row["type"]))
    yield Triple(entity, term("rdfs:label"), Literal(row["name"]))
    yield Triple(entity, term("skos:prefLabel"), Literal(row["name"]))
    for alias in row["aliases"]:
        yield Triple(entity, term("skos:altLabel"), Literal(alias))
    for key in entity_keys(row["name"], row["aliases"]):
        yield Triple(entity, own("key"), Literal(key))
    yield Triple(entity, own("papers"), integer(row["papers"]))
    if row["first_year"]:
        yield Triple(entity, own("firstYear"), integer(row["first_year"]))
    for url in row["links"]:
        yield Triple(entity, term("schema:url"), uri_literal(url))


def _schemes(_: object) -> Iterable[Row]:
    schemes = dict.fromkeys(kind.scheme for kind in load_vocabulary().entities.values() if kind.scheme)
    return ({"scheme": scheme} for scheme in schemes)


def _scheme(row: Row) -> Iterator[Triple]:
    yield Triple(node("scheme", row["scheme"]), _TYPE, term("skos:ConceptScheme"))
    yield Triple(node("scheme", row["scheme"]), term("rdfs:label"), Literal(row["scheme"].title(), language="en"))


def _elsewhere(row: Row) -> Iterator[Triple]:
    yield Triple(node("entity", row["entity"]), term(row["relation"]), NamedNode(row["iri"]))


def _replaced(row: Row) -> Iterator[Triple]:
    yield Triple(node("entity", row["old"]), term("dcterms:isReplacedBy"), node("entity", row["new"]))


SOURCES = (
    Source(all_rows("papers"), ("id",), _paper, paper="id"),
    Source(all_rows("cites"), ("paper", "cited"), _cites, paper="paper"),
    Source(_things, ("label", "name"), _thing),
    Source(all_rows("entities"), ("id",), _entity),
    Source(_schemes, ("scheme",), _scheme),
    Source(all_rows("external"), ("entity", "relation", "iri"), _elsewhere),
    Source(all_rows("redirects"), ("old",), _replaced),
    *STATEMENTS,
)
