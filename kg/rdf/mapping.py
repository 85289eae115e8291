"""Tables → triples: what is a paper, person, venue or entity here; statements and their proofs are in `kg.rdf.statements`.

Order is fixed: papers, citations, authors and venues, entities, their schemes, what others call them, ids that lead to others, roles, relations, results, readers,
passages, evidence, supporting papers. Rows are read portion by portion, so that memory hardly grows with the graph.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from kg.changes import Part
from kg.model.identifiers import addresses, digest, entity_keys, paper_keys
from kg.model.vocabulary import load_vocabulary
from kg.projection import authors_and_venues
from kg.publication import read_publication
from kg.rdf.lines import Place, boolean, in_graph, integer, iri, line, literal, pattern, prefixed, uri_literal
from kg.rdf.source import Row, Source, all_rows
from kg.rdf.statements import STATEMENTS, class_lines
from kg.tables import Version, retired

_PAPER_TEXTS = {"licence": "dcterms:license", "version": "kg:version", "language": "dcterms:language"}
Shard = tuple[int, int]


def to_lines(version: Version, *, rdf12: bool = False, shard: Shard = (0, 1)) -> Iterator[str]:
    """All triples of a version, each once, as N-Triples, row by row; with `rdf12` statement nodes are reifiers of triple terms.

    `shard` is the number of a share, from 0, and how many there are: together they have all triples, none twice.
    """
    return lines_of(version, Place(read_publication(version.path.parent).base, rdf12), shard)


def lines_of(rows: Any, place: Place, shard: Shard = (0, 1)) -> Iterator[str]:
    """The same of a version or of rows read like one."""
    for source in SOURCES:
        lines = source.lines
        for row in itertools.islice(source.rows(rows), shard[0], None, shard[1]):
            yield lines(row, place)


def retired_lines(version: Version) -> Iterator[str]:
    """What the graph held once and holds no more is deprecated: told in files that are published, not in indexes, which know the tables only."""
    directory = version.path.parent
    place = Place(read_publication(directory).base)
    return (line(place.node(*one.split("/", 1)), "owl:deprecated", boolean(True)) for one in sorted(retired(directory)))


def to_quad_lines(version: Version, *, rdf12: bool = False) -> Iterator[str]:
    """N-Quads with a named graph per source of papers, and one, `…/graph/resolved`, of what was put together from several papers."""
    place = Place(read_publication(version.path.parent).base, rdf12)
    graphs = {row["id"]: place.graph(row["source"]) for row in version.each("papers", ["id", "source"])}
    resolved = place.graph("resolved")
    for source in SOURCES:
        for row in source.rows(version):
            yield in_graph(source.lines(row, place), graphs[row[source.paper]] if source.paper else resolved)


def _paper(row: Row, place: Place) -> str:
    paper = place.node("paper", row["id"])
    found = [class_lines(paper, "Paper")]

    def tell(predicate: str, value: str) -> None:
        found.append(line(paper, predicate, value))

    tell("kg:label", '"Paper"')
    tell("dcterms:title", literal(row["title"]))
    if row["abstract"]:
        tell("dcterms:abstract", literal(row["abstract"]))
    tell("dcterms:identifier", literal(row["own_id"]))
    if row["year"]:
        tell("kg:year", integer(row["year"]))
    if row["date"]:
        tell("dcterms:issued", literal(row["date"]))
    pairs = [(pair["scheme"], pair["value"]) for pair in row["identifiers"]]
    for text in (f"{scheme}:{value}" for scheme, value in pairs):
        if text != row["own_id"]:
            tell("dcterms:identifier", literal(text))
    for address in addresses(pairs):
        tell("schema:sameAs", iri(address))
    for url in sorted({x["url"] for x in row["links"]} | ({row["url"]} if row["url"] else set())):
        tell("schema:url", uri_literal(url))
    for url in sorted({x["url"] for x in row["links"] if x["type"] == "code"}):
        tell("kg:code", uri_literal(url))
    for key in paper_keys(row):
        tell("kg:key", literal(key))
    for column, predicate in _PAPER_TEXTS.items():
        if row[column]:
            tell(predicate, literal(row[column]))
    for word in row["keywords"]:
        tell("schema:keywords", literal(word))
    if row["citations"] is not None:
        tell("kg:citations", integer(row["citations"]))
    for author in dict.fromkeys(row["authors"]):
        tell("dcterms:creator", place.node("author", digest("Author", author)))
    if row["venue"]:
        tell("dcterms:isPartOf", place.node("venue", digest("Venue", row["venue"])))
    return "".join(found)


def _cites(row: Row, place: Place) -> str:
    return line(place.node("paper", row["paper"]), "cito:cites", place.node("paper", row["cited"]))


def _things(version: Version | Part) -> Iterable[Row]:
    """Authors and venues."""
    authors, venues = authors_and_venues(version)
    yield from ({"label": "Author", **one} for one in authors)
    yield from ({"label": "Venue", "name": name, "orcids": (), "affiliations": ()} for name in venues)


def _thing(row: Row, place: Place) -> str:
    thing = place.node(row["label"].lower(), digest(row["label"], row["name"]))
    found = [class_lines(thing, row["label"]), line(thing, "kg:label", literal(row["label"]))]
    found.append(line(thing, "rdfs:label", literal(row["name"])))
    found += [line(thing, "schema:sameAs", iri(f"https://orcid.org/{orcid}")) for orcid in row["orcids"]]
    found += [line(thing, "kg:affiliation", literal(affiliation)) for affiliation in row["affiliations"]]
    return "".join(found)


_CONCEPT = pattern("""
    {entity} a skos:Concept
    {entity} skos:inScheme {scheme}
""")
_NAMED = pattern("""
    {entity} kg:label {label}
    {entity} rdfs:label {name}
    {entity} skos:prefLabel {name}
""")


def _entity(row: Row, place: Place) -> str:
    entity = place.node("entity", row["id"])
    scheme = load_vocabulary().entities[row["type"]].scheme
    found = [class_lines(entity, row["type"]), line(entity, "a", prefixed("kg:Entity"))]
    if scheme:
        found.append(_CONCEPT(entity=entity, scheme=place.node("scheme", scheme)))
    found.append(_NAMED(entity=entity, label=literal(row["type"]), name=literal(row["name"])))
    found += [line(entity, "skos:altLabel", literal(alias)) for alias in row["aliases"]]
    found += [line(entity, "kg:key", literal(key)) for key in entity_keys(row["name"], row["aliases"])]
    found.append(line(entity, "kg:papers", integer(row["papers"])))
    found.append(line(entity, "kg:users", integer(row["users"])))
    if row["first_year"]:
        found.append(line(entity, "kg:firstYear", integer(row["first_year"])))
    found += [line(entity, "schema:url", uri_literal(url)) for url in row["links"]]
    return "".join(found)


def _schemes(_: object) -> Iterable[Row]:
    schemes = dict.fromkeys(kind.scheme for kind in load_vocabulary().entities.values() if kind.scheme)
    return ({"scheme": scheme} for scheme in schemes)


def _scheme(row: Row, place: Place) -> str:
    scheme = place.node("scheme", row["scheme"])
    return line(scheme, "a", prefixed("skos:ConceptScheme")) + line(scheme, "rdfs:label", literal(row["scheme"].title()) + "@en")


def _elsewhere(row: Row, place: Place) -> str:
    return line(place.node("entity", row["entity"]), row["relation"], iri(row["iri"]))


def _replaced(row: Row, place: Place) -> str:
    return line(place.node("entity", row["old"]), "dcterms:isReplacedBy", place.node("entity", row["new"]))


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
