"""One paper from several sources, and what papers cite: from the inputs into the tables, both query languages, RDF and other programs."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import rdflib

import kg
from kg.ingest.inputs import Reading, read_inputs
from kg.model.records import Paper
from kg.resolve.papers import merge_papers

ABSTRACT = "We tie the length of a proof to the width of its search, and show that the bound holds for each tree that we tried."
TITLE = "Searching Wide and Deep"
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2001.00001v2</id><title>{TITLE}</title>
<summary>{ABSTRACT}</summary><published>2020-01-01T00:00:00Z</published><author><name>Aya Ito</name></author></entry></feed>"""
ACL = f"""<collection id="2020.tree"><volume id="main"><meta><booktitle>Trees</booktitle><month>July</month><year>2020</year></meta><paper id="1">
<title>{TITLE}</title><author><first>Aya</first><last>Ito</last></author><abstract>{ABSTRACT} Camera-ready.</abstract><url>2020.tree-main.1</url>
<doi>10.18653/v1/2020.tree-main.1</doi></paper></volume></collection>"""
OPENALEX = {
    "id": "https://openalex.org/W1", "doi": "https://doi.org/10.18653/V1/2020.tree-main.1", "title": TITLE, "publication_date": "2020-07-05",
    "authorships": [{"author": {"display_name": "Aya Ito", "orcid": "https://orcid.org/0000-0002-1825-0097"}, "institutions": [{"display_name": "Lake Lab"}]}],
    "referenced_works": ["https://openalex.org/W2", "https://openalex.org/W9"], "cited_by_count": 5, "abstract_inverted_index": None,
}  # fmt: skip
SCHOLAR = {
    "paperId": "a" * 40, "externalIds": {"ArXiv": "2001.00001", "DOI": "10.18653/v1/2020.tree-main.1", "CorpusId": 7}, "title": f"{TITLE}.", "abstract": None,
    "authors": [{"name": "A. Ito"}], "references": [{"paperId": "b" * 40}], "year": 2020,
}  # fmt: skip
CITED = {"id": "https://openalex.org/W2", "title": "Trees", "abstract_inverted_index": {"Trees": [0]}, "publication_year": 2010}
OTHER = {"paperId": "b" * 40, "externalIds": {}, "title": "Leaves", "abstract": "On leaves."}


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    texts = {
        "atom.xml": ATOM, "acl.xml": ACL, "openalex.json": json.dumps({"results": [OPENALEX, CITED]}),
        "s2.json": json.dumps({"data": [SCHOLAR, OTHER]}),
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in texts]


def test_the_same_paper_from_four_sources_is_one_with_all_that_each_tells(sources: list[Path]) -> None:
    papers = list(read_inputs(sources, Reading()))
    whole = {
        tuple(m.paper.to_json() for m in merge_papers(order)) for order in itertools.islice(itertools.permutations(papers), 120)
    }  # fmt: skip
    assert len(whole) == 1
    (paper,) = [one for text in whole.pop() if (one := Paper.from_json(text)).title == TITLE]
    assert paper.identifiers == (
        ("acl", "2020.tree-main.1"), ("arxiv", "2001.00001"), ("corpusid", "7"), ("doi", "10.18653/v1/2020.tree-main.1"), ("openalex", "W1"), ("s2", "a" * 40),
    )  # fmt: skip
    assert (paper.abstract, paper.date, paper.venue) == (f"{ABSTRACT} Camera-ready.", "2020-07", "Trees")
    assert (paper.version, paper.citations, paper.orcids, paper.affiliations) == (
        "v2",
        5,
        ("0000-0002-1825-0097",),
        (("Lake Lab",),),
    )
    assert paper.references == ("openalex:W2", "openalex:W9", f"s2:{'b' * 40}")


def test_what_speaks_is_not_mixed_with_what_others_had_written() -> None:
    told = {"abstract": ABSTRACT, "identifiers": (("doi", "10.5/x"),)}
    preprint = Paper(id="a", title="Trees", original_title="{T}rees", date="2020-01-05", year=2020, **told)
    printed = Paper(id="b", title="Trees", year=2021, **told)
    (merged,) = merge_papers([preprint, printed])
    assert (merged.paper.original_title, merged.paper.year, merged.paper.date) == ("", 2021, "")


def test_citations_of_papers_that_are_there(sources: list[Path], tmp_path: Path) -> None:
    kg.build(sources, tmp_path / "g.kg", model=None)
    with kg.open(tmp_path / "g.kg") as graph:
        assert (graph.version.counts["papers"], graph.version.counts["cites"]) == (3, 2)
        for language in ("cypher", "sparql"):
            rows = graph.query("cites", language, papers="arxiv:2001.00001").rows
            assert [row[:3] for row in rows] == [(TITLE, "cites", "Leaves"), (TITLE, "cites", "Trees")]
            assert [row[:3] for row in graph.query("cites", language, papers="W2").rows] == [("Trees", "cited by", TITLE)]
        cites = graph.to_rdflib().triples((None, rdflib.URIRef("http://purl.org/spar/cito/cites"), None))
        assert len(list(cites)) == 2
        people = graph.query("MATCH (a:Author {name: 'Aya Ito'}) RETURN a.orcids AS orcids, a.affiliations AS places").rows
        assert people == [(["0000-0002-1825-0097"], ["Lake Lab"])]
        drawn = graph.to_networkx()
        assert sum(data["type"] == "CITES" for _, _, data in drawn.edges(data=True)) == 2
        kg.from_networkx(drawn, tmp_path / "back.kg")
        with kg.open(tmp_path / "back.kg") as back:
            assert back.version.rows("cites") == graph.version.rows("cites")
            assert back.version.rows("papers") == graph.version.rows("papers")


def test_citations_come_when_the_cited_paper_comes(sources: list[Path], tmp_path: Path) -> None:
    for source in sources:
        kg.build([source], tmp_path / "one.kg", model=None)
    kg.build(sources, tmp_path / "all.kg", model=None)
    with kg.open(tmp_path / "one.kg") as one, kg.open(tmp_path / "all.kg") as whole:
        assert one.version.stamp == whole.version.stamp
        asked = "SELECT ?a ?b { ?a cito:cites ?b } ORDER BY ?a ?b"
        assert one.query(asked).rows == whole.query(asked).rows
        assert len(whole.query(asked).rows) == 2


def test_abstracts_in_other_languages_are_kept_and_not_read(tmp_path: Path) -> None:
    german = "Wir zeigen, dass die Größe eines Modells und die Menge der Daten zusammenhängen, und erklären die Auswahl beider Werte. Alpha schlägt Beta."
    rows = [
        {"id": "de", "title": "Alpha", "abstract": german},
        {"id": "en", "title": "Alpha", "abstract": f"{ABSTRACT} Alpha outperforms Beta."},
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = kg.build([tmp_path / "p.jsonl"], tmp_path / "g.kg", model="fast")
    assert (report.clean, report.foreign, report.papers, report.extracted) == (True, 1, 2, 1)
    with kg.open(tmp_path / "g.kg") as graph:
        languages = {row["own_id"]: row["language"] for row in graph.version.rows("papers")}
        ids = {row["id"]: row["own_id"] for row in graph.version.rows("papers")}
        assert languages == {"de": "de", "en": "en"}
        assert {ids[row["paper"]] for row in graph.version.rows("mentions")} == {"en"}
    from kg.pipeline import extract_records

    records = list(extract_records([tmp_path / "p.jsonl"], model="fast"))
    assert [(record.id, bool(record.entities)) for record in records] == [("de", False), ("en", True)]
