"""SHACL shapes of the graph, `schema/shapes.ttl`. Written anew by: python -m kg.rdf.shapes

What the vocabulary says of classes, domains and ranges is made from it; what else a graph must be is the text below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.model.vocabulary import load_vocabulary
from kg.rdf.terms import PREFIXES
from kg.resources import data_path

_TOLD = {"label", "key", "papers", "confidence", "edge"}  # told with the classes that have them
_HEAD = """# SHACL shapes of a paperkg graph, made from vocabulary.toml by: python -m kg.rdf.shapes
@prefix sh: <http://www.w3.org/ns/shacl#> .
{prefixes}
@prefix shapes: <{base}shapes#> .

shapes: a <http://www.w3.org/2002/07/owl#Ontology> ;
    sh:declare {declared} .
"""

_BODY = """
shapes:Paper a sh:NodeShape ; sh:targetClass kg:Paper ;
    sh:property [ sh:path dcterms:title ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:minLength 1 ;
        sh:message "a paper has one title, which is not empty" ] ,
    [ sh:path dcterms:abstract ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:message "a paper has one abstract at most" ] ,
    [ sh:path dcterms:identifier ; sh:minCount 1 ; sh:datatype xsd:string ; sh:message "a paper has an identifier" ] ,
    [ sh:path kg:label ; sh:minCount 1 ; sh:maxCount 1 ; sh:hasValue "Paper" ; sh:message "a paper's label is Paper" ] ,
    [ sh:path kg:key ; sh:minCount 1 ; sh:datatype xsd:string ; sh:message "a paper can be asked for by a key" ] ,
    [ sh:path kg:year ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:minInclusive 1000 ; sh:maxInclusive 2999 ;
        sh:message "a paper has one year at most, of four digits" ] ,
    [ sh:path dcterms:creator ; sh:class kg:Author ; sh:message "who wrote a paper is an author" ] ,
    [ sh:path dcterms:isPartOf ; sh:maxCount 1 ; sh:class kg:Venue ; sh:message "a paper has one venue at most" ] ,
    [ sh:path cito:cites ; sh:class kg:Paper ; sh:message "what a paper cites is a paper" ] ,
    [ sh:path dcterms:language ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:pattern "^[a-z][a-z][a-z]?$" ;
        sh:message "a paper has one language at most, a code of ISO 639" ] ,
    [ sh:path kg:citations ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:minInclusive 0 ; sh:message "a paper has one count of citations at most" ] ,
    [ sh:path schema:sameAs ; sh:nodeKind sh:IRI ; sh:message "what a paper is elsewhere is an IRI" ] .

shapes:Named a sh:NodeShape ; sh:targetClass kg:Entity , kg:Author , kg:Venue ;
    sh:property [ sh:path rdfs:label ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:minLength 1 ;
        sh:message "an entity, author or venue has one name, which is not empty" ] ,
    [ sh:path kg:label ; sh:minCount 1 ; sh:maxCount 1 ; sh:in ( {labels} ) ; sh:message "a label is the name of a class" ] .

shapes:Entity a sh:NodeShape ; sh:targetClass kg:Entity ;
    sh:property [ sh:path kg:label ; sh:in ( {types} ) ; sh:message "an entity's label is one of the types" ] ,
    [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:maxCount 1 ; sh:equals rdfs:label ;
        sh:message "the preferred label of an entity is its name" ] ,
    [ sh:path skos:altLabel ; sh:datatype xsd:string ; sh:minLength 1 ; sh:message "an alias is text" ] ,
    [ sh:path kg:key ; sh:minCount 1 ; sh:datatype xsd:string ; sh:message "an entity can be asked for by a key" ] ,
    [ sh:path kg:papers ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:minInclusive 1 ;
        sh:message "an entity is named by one paper at least" ] ,
    [ sh:path kg:users ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:minInclusive 0 ;
        sh:message "an entity has the number of papers that work with it" ] ,
    [ sh:path kg:firstYear ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:message "an entity has one first year at most" ] ,
    [ sh:path skos:broader ; sh:class skos:Concept ; sh:message "what is broader is a concept" ] .

shapes:Statement a sh:NodeShape ; sh:targetClass rdf:Statement ;
    sh:property [ sh:path rdf:subject ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ; sh:message "a statement is about one thing" ] ,
    [ sh:path ( rdf:subject kg:label ) ; sh:minCount 1 ; sh:in ( "Paper" {types} ) ; sh:message "a statement is about a paper or entity" ] ,
    [ sh:path rdf:predicate ; sh:minCount 1 ; sh:maxCount 1 ; sh:in ( {predicates} ) ;
        sh:message "a statement has one predicate, a role or relation of the vocabulary" ] ,
    [ sh:path rdf:object ; sh:minCount 1 ; sh:maxCount 1 ; sh:class kg:Entity ; sh:message "a statement leads to one entity" ] ,
    [ sh:path kg:edge ; sh:minCount 1 ; sh:maxCount 1 ; sh:in ( {edges} ) ; sh:message "a statement has the edge of a role or relation" ] ,
    [ sh:path kg:papers ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:minInclusive 1 ;
        sh:message "a statement has the number of papers that support it" ] ;
    sh:node shapes:Proven , shapes:Sure .

shapes:Result a sh:NodeShape ; sh:targetClass kg:Result ;
    sh:or ( [ sh:path kg:byMetric ; sh:minCount 1 ] [ sh:path kg:onDataset ; sh:minCount 1 ] ) ;
    sh:message "a result has a metric or a dataset" ;
    sh:property [ sh:path kg:value ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:decimal ; sh:message "a result has one value, a decimal" ] ,
    [ sh:path kg:printed ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:minLength 1 ;
        sh:message "a result has its value as printed" ] ,
    [ sh:path kg:byMetric ; sh:maxCount 1 ; sh:message "a result has one metric at most" ] ,
    [ sh:path kg:onDataset ; sh:maxCount 1 ; sh:message "a result has one dataset at most" ] ,
    [ sh:path kg:ofSubject ; sh:maxCount 1 ; sh:message "a result has one subject at most" ] ,
    [ sh:path kg:forTask ; sh:maxCount 1 ; sh:message "a result has one task at most" ] ,
    [ sh:path kg:against ; sh:maxCount 1 ; sh:message "a result has one baseline at most" ] ,
    [ sh:path kg:kind ; sh:minCount 1 ; sh:maxCount 1 ; sh:in ( "absolute" "delta" ) ; sh:message "a result is absolute or a delta" ] ,
    [ sh:path kg:better ; sh:minCount 1 ; sh:maxCount 1 ; sh:in ( "higher" "lower" "unknown" ) ;
        sh:message "a result says which values are better: higher, lower or unknown" ] ,
    [ sh:path kg:higherIsBetter ; sh:maxCount 1 ; sh:datatype xsd:boolean ; sh:message "whether higher is better is a boolean" ] ,
    [ sh:path [ sh:inversePath kg:states ] ; sh:minCount 1 ; sh:maxCount 1 ; sh:class kg:Paper ; sh:message "one paper states a result" ] ;
    sh:node shapes:Proven , shapes:Sure .

shapes:Proven a sh:NodeShape ;
    sh:property [ sh:path [ sh:inversePath oa:hasBody ] ; sh:minCount 1 ; sh:class oa:Annotation ;
        sh:message "a statement or result has evidence" ] ,
    [ sh:path prov:wasDerivedFrom ; sh:minCount 1 ; sh:class kg:Paper ; sh:message "a statement or result comes from a paper" ] .

shapes:Sure a sh:NodeShape ;
    sh:property [ sh:path kg:confidence ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:decimal ; sh:minInclusive 0 ; sh:maxInclusive 1 ;
        sh:message "a confidence is one decimal from 0 to 1" ] .

shapes:Evidence a sh:NodeShape ; sh:targetClass oa:Annotation ;
    sh:property [ sh:path oa:hasBody ; sh:minCount 1 ; sh:maxCount 1 ; sh:message "evidence bears out one thing" ] ,
    [ sh:path ( oa:hasBody prov:wasDerivedFrom ) ; sh:minCount 1 ; sh:message "evidence bears out a statement or result" ] ,
    [ sh:path oa:hasTarget ; sh:minCount 1 ; sh:maxCount 1 ; sh:class oa:SpecificResource ; sh:message "evidence is one passage" ] ,
    [ sh:path prov:wasGeneratedBy ; sh:maxCount 1 ; sh:class prov:Activity ; sh:message "evidence was found by one run of a reader" ] ;
    sh:node shapes:Sure .

shapes:Passage a sh:NodeShape ; sh:targetClass oa:SpecificResource ;
    sh:property [ sh:path oa:hasSource ; sh:minCount 1 ; sh:maxCount 1 ; sh:class kg:Paper ; sh:message "a passage is of one paper" ] ,
    [ sh:path kg:sentence ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:message "a passage has its words" ] .

shapes:Selected a sh:NodeShape ; sh:targetSubjectsOf oa:hasSelector ;
    sh:property [ sh:path ( oa:hasSelector oa:exact ) ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:minLength 1 ;
        sh:message "a passage is quoted" ] ,
    [ sh:path ( oa:hasSelector oa:start ) ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:minInclusive 0 ;
        sh:message "a passage begins at a place in the text" ] ,
    [ sh:path ( oa:hasSelector oa:end ) ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:message "a passage ends at a place in the text" ] .

# What needs two nodes is asked of the whole graph at once, of the namespace as it were; the report's value is the node that is wrong.
shapes:Graph a sh:NodeShape ; sh:targetNode shapes: ;
    sh:sparql [ sh:prefixes shapes: ; sh:message "what has a label is of the class of that name" ;
        sh:select \"\"\"SELECT $this ?value WHERE {{
            ?value kg:label ?label . BIND(IRI(CONCAT("{schema}", ?label)) AS ?class) FILTER NOT EXISTS {{ ?value a ?class }} }}\"\"\" ] ,
    [ sh:prefixes shapes: ; sh:message "a statement is said directly too" ;
        sh:select \"\"\"SELECT $this ?value WHERE {{
            ?value a rdf:Statement ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o . FILTER NOT EXISTS {{ ?s ?p ?o }} }}\"\"\" ] ,
    [ sh:prefixes shapes: ; sh:message "a passage lies in its paper's text, which has the quoted words there" ;
        sh:select \"\"\"SELECT $this ?value WHERE {{
            ?value oa:hasSource ?paper ; oa:hasSelector ?quote , ?place . ?quote oa:exact ?exact . ?place oa:start ?start ; oa:end ?end .
            ?paper dcterms:title ?title . OPTIONAL {{ ?paper dcterms:abstract ?abstract }}
            BIND(CONCAT(?title, "\\\\n", COALESCE(?abstract, "")) AS ?text)
            FILTER(?end > STRLEN(?text) || SUBSTR(?text, ?start + 1, ?end - ?start) != ?exact) }}\"\"\" ] .
"""


def shapes_text() -> str:
    """The shapes in Turtle."""
    vocabulary = load_vocabulary()
    predicates = (*vocabulary.roles.values(), *vocabulary.relations.values())
    return "".join((
        _HEAD.format(
            prefixes="\n".join(f"@prefix {prefix}: <{iri}> ." for prefix, iri in PREFIXES.items()), base=vocabulary.base,
            declared=" ,\n        ".join(f'[ sh:prefix "{p}" ; sh:namespace "{iri}"^^xsd:anyURI ]' for p, iri in PREFIXES.items()),
        ),
        _BODY.format(
            labels=" ".join(f'"{name}"' for name in vocabulary.looks),
            types=" ".join(f'"{name}"' for name in vocabulary.entities),
            schema=vocabulary.schema,
            predicates=" ".join(f"kg:{kind.iri}" for kind in predicates),
            edges=" ".join(dict.fromkeys(f'"{kind.edge}"' for kind in predicates)),
        ),
        *_of_classes(),
        *_of_properties(),
    ))  # fmt: skip


def _of_classes() -> Iterator[str]:
    """One shape per class: its members have its label, and so no other class of ours."""
    for name in load_vocabulary().looks:
        yield (
            f"\nshapes:{name}Label a sh:NodeShape ; sh:targetClass kg:{name} ;\n"
            f'    sh:property [ sh:path kg:label ; sh:minCount 1 ; sh:maxCount 1 ; sh:hasValue "{name}" ; sh:message "the label of a {name} is that" ] .\n'
        )


def _of_properties() -> Iterator[str]:
    """One shape per property: of what it tells, and what."""
    vocabulary = load_vocabulary()
    for predicate in (*vocabulary.roles.values(), *vocabulary.relations.values()):
        yield _of_property(predicate.iri, predicate.source, predicate.target)
    for name, known in vocabulary.properties.items():
        if name not in _TOLD:
            yield _of_property(name, known.domain, (known.range,))


def _of_property(name: str, domain: Sequence[str], range_: Sequence[str]) -> str:
    """Classes are told apart by labels, which the shapes of classes hold true: a look-up, where `sh:or` of classes takes one for each."""
    objects = f"sh:datatype {range_[0]}" if ":" in range_[0] else f"sh:class {_class_of(range_)}"
    told = [f'[ sh:path kg:{name} ; {objects} ; sh:message "kg:{name} leads to {", ".join(range_)} only" ]']
    if _is_partial(range_):
        told.append(
            f'[ sh:path ( kg:{name} kg:label ) ; sh:in ( {_quoted(range_)} ) ; sh:message "kg:{name} leads to {", ".join(range_)} only" ]'
        )
    if len(domain) > 1:
        told.append(
            f'[ sh:path kg:label ; sh:minCount 1 ; sh:in ( {_quoted(domain)} ) ; sh:message "kg:{name} tells of {", ".join(domain)} only" ]'
        )
    lines = [f"\nshapes:{name} a sh:NodeShape ; sh:targetSubjectsOf kg:{name}"]
    if len(domain) == 1:
        lines.append(f'    sh:class kg:{domain[0]} ; sh:message "kg:{name} tells of {domain[0]} only"')
    return " ;\n".join([*lines, "    sh:property " + " ,\n    ".join(told)]) + " .\n"


def _class_of(names: Sequence[str]) -> str:
    return f"kg:{names[0]}" if len(names) == 1 else "kg:Entity"


def _is_partial(names: Sequence[str]) -> bool:
    return 1 < len(names) < len(load_vocabulary().entities)


def _quoted(names: Sequence[str]) -> str:
    entities = load_vocabulary().entities
    return " ".join(f'"{name}"' for whole in names for name in (entities if whole == "Entity" else (whole,)))


if __name__ == "__main__":
    (data_path("schema") / "shapes.ttl").write_text(shapes_text(), encoding="utf-8")
