"""Every format on a made-up sample: found by content, its fields, and read again equal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ingest_samples import ABSTRACT, SAMPLES, TITLE

import kg
from kg import registry
from kg.ingest.base import Rejected
from kg.ingest.opening import open_sources
from kg.ingest.sniff import read_papers, sniff
from kg.ingest.source import Source
from kg.model.records import Paper

ORCID = "0000-0002-1825-0097"
ARXIV_LICENCE = "http://creativecommons.org/licenses/by/4.0/"
WIDE = ("code", "https://github.com/ito/wide")
# what the first paper of each sample says of itself besides title and abstract
TOLD: dict[str, dict[str, Any]] = {
    "acl-anthology": {
        "id": "2020.tree-main.1", "authors": ("Aya Ito",), "orcids": (ORCID,), "date": "2020-07", "venue": "Proceedings of Trees",
        "identifiers": (("acl", "2020.tree-main.1"),), "links": (("pdf", "https://aclanthology.org/2020.tree-main.1.pdf"),),
        "abstract": f"{ABSTRACT} It costs O(n).", "original_abstract": f"{ABSTRACT} It costs $O(n)$.",
    },
    "arxiv-atom": {
        "id": "2001.00001", "version": "v2", "affiliations": (("Lake Lab",),), "venue": "J. Trees 3", "keywords": ("cs.AI",), "date": "2020-01-01",
        "identifiers": (("arxiv", "2001.00001"), ("doi", "10.5555/jt.5")),
    },
    "arxiv-oai": {
        "id": "0704.0001", "authors": ("Aya Ito", "Ben Okoro Jr"), "affiliations": (("Lake Lab",), ()), "date": "2007-04-02", "year": 2007,
        "identifiers": (("arxiv", "0704.0001"), ("doi", "10.5555/jt.3.1")), "keywords": ("cs.AI", "cs.LO"), "licence": ARXIV_LICENCE,
        "links": (WIDE,), "venue": "J. Trees 3 (2008) 1-9", "url": "https://arxiv.org/abs/0704.0001",
    },
    "arxiv-snapshot": {
        "id": "0704.0001", "authors": ("Aya Ito", "Ben Okoro Jr"), "date": "2007-04-02", "version": "v2", "licence": ARXIV_LICENCE,
        "identifiers": (("arxiv", "0704.0001"), ("doi", "10.5555/jt.3.1")), "keywords": ("cs.AI", "cs.LO"), "links": (WIDE,), "original_title": "",
    },
    "bibtex": {
        "id": "ito2020", "title": "Searching Wide and Deep: Über die Báume", "authors": ("Aya Ito", "Lake Lab Group", "J. van der Berg"),
        "venue": "Journal of Trees", "year": 2020, "date": "2020-05", "version": "v2", "keywords": ("trees", "search"), "links": (WIDE,),
        "identifiers": (("arxiv", "2001.00001"), ("doi", "10.5555/jt.5")), "abstract": f"{ABSTRACT} It gains 8% on all – the MATH set too.",
        "original_abstract": rf"{ABSTRACT} It gains 8\% on \emph{{all}} -- the \texttt{{MATH}} set too.",
    },
    "csl-json": {
        "id": "ito2020", "authors": ("Aya Ito", "The Tree Group"), "orcids": (ORCID, ""), "affiliations": (("Lake Lab",), ()), "date": "2020-05-04",
        "venue": "Journal of Trees", "identifiers": (("doi", "10.5555/jt.5"),), "keywords": ("trees", "search"), "citations": 7,
        "references": ("doi:10.5555/jt.1",), "licence": "https://l.org/x",
    },
    "csv": {
        "abstract": f"{ABSTRACT} It has two lines.", "authors": ("A. Ito", "B. Okoro"), "year": 2020, "venue": "J. Trees", "citations": 3,
        "identifiers": (("doi", "10.5555/jt.5"),),
    },
    "excel": {"authors": ("A. Ito", "B. Okoro"), "year": 2020},
    "hf-daily": {"id": "2001.00001", "identifiers": (("arxiv", "2001.00001"), ("hf", "2001.00001")), "date": "2020-01-01", "authors": ("Aya Ito",)},
    "huggingface": {"abstract": f"{ABSTRACT} {ABSTRACT} {ABSTRACT}", "source": "huggingface"},
    "jats": {
        "abstract": f"Aim: {ABSTRACT} Result: It costs O(n) steps.", "authors": ("Aya Ito",), "orcids": (ORCID,), "affiliations": (("Lake Lab, Otsu",),),
        "date": "2021-03-04", "venue": "Journal of Trees", "identifiers": (("doi", "10.5555/jt.7"), ("pmcid", "PMC4567"), ("pmid", "123")),
        "keywords": ("trees", "search"), "references": ("doi:10.5555/jt.1",), "licence": "https://creativecommons.org/licenses/by/4.0/", "links": (),
    },
    "jsonl": {"id": "x1", "year": 2020, "authors": ("Aya Ito",), "identifiers": (("doi", "10.5555/jt.5"),)},
    "markdown": {"authors": ("Aya Ito",), "date": "2020-05-04", "year": 2020, "venue": "Trees", "links": (WIDE,)},
    "openalex": {
        "id": "W1", "abstract": "We show it. We", "authors": ("Aya Ito",), "orcids": (ORCID,), "affiliations": (("Lake Lab",),), "citations": 5,
        "identifiers": (("arxiv", "2001.00001"), ("doi", "10.5555/jt.1"), ("openalex", "W1"), ("pmcid", "PMC12"), ("pmid", "9")),
        "references": ("openalex:W2",), "licence": "cc-by", "links": (("pdf", "https://arxiv.org/pdf/2001.00001"),), "keywords": ("Trees",),
    },
    "paperlists": {"id": "x1", "authors": ("Aya Ito", "Ben Okoro"), "affiliations": (("Lake Lab",), ()), "identifiers": (("openreview", "x1"),)},
    "parquet": {"authors": ("Aya Ito",), "year": 2020},
    "pubmed": {
        "id": "321", "abstract": f"AIM: {ABSTRACT} RESULT: It holds éach time.", "authors": ("Aya Ito", "The Tree Group"), "orcids": (ORCID, ""),
        "affiliations": (("Lake Lab, Otsu.",), ()), "date": "2019-06-30", "venue": "Journal of Trees", "keywords": ("trees",),
        "identifiers": (("doi", "10.5555/jt.9"), ("pmcid", "PMC99"), ("pmid", "321")), "references": ("pmid:123",), "licence": "© 2019 Trees.",
    },
    "ris": {
        "authors": ("Aya Ito", "Ben Okoro"), "date": "2020-05-04", "year": 2020, "venue": "Journal of Trees", "keywords": ("trees", "search"),
        "identifiers": (("doi", "10.5555/jt.5"),), "url": "https://example.org/jt5",
    },
    "semantic-scholar": {
        "id": "corpusid:77", "abstract": "", "authors": ("Aya Ito",), "date": "2020-05-04", "citations": 5, "venue": "J. Trees",
        "identifiers": (("arxiv", "2001.00001"), ("corpusid", "77"), ("dblp", "journals/jt/Ito20"), ("doi", "10.5555/jt.5"), ("mag", "5"),
                        ("pmcid", "PMC12"), ("pmid", "9")),
    },
    "text": {},
}  # fmt: skip


def papers_of(path: Path, **how: Any) -> list[Paper]:
    items = list(read_papers(path, **how))
    assert not [item for item in items if isinstance(item, Rejected)]
    return [item[1] for item in items if not isinstance(item, Rejected)]


def test_there_is_a_sample_of_each_format() -> None:
    assert set(SAMPLES) == set(TOLD) == set(registry.available("ingest"))


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_found_by_its_content_and_all_fields_are_read(tmp_path: Path, name: str) -> None:
    sample, count = SAMPLES[name]
    path = tmp_path / "a-name-that-tells-nothing"
    path.write_bytes(sample)
    (source,) = open_sources(path)
    assert isinstance(source, Source)
    assert sniff(source) is registry.load("ingest", name)
    papers = papers_of(path, mapping={"title": "paper_title"} if name == "parquet" else None)
    assert len(papers) == count
    told = {"title": TITLE, "abstract": ABSTRACT, **TOLD[name]}
    assert {field: getattr(papers[0], field) for field in told} == told
    assert papers == papers_of(path, format_name=name)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_read_is_read_again_equal(tmp_path: Path, name: str) -> None:
    (tmp_path / "sample").write_bytes(SAMPLES[name][0])
    papers = papers_of(tmp_path / "sample")
    (tmp_path / "again.jsonl").write_text("".join(paper.to_json() + "\n" for paper in papers))
    assert papers_of(tmp_path / "again.jsonl") == papers
    (source,) = open_sources(tmp_path / "again.jsonl")
    assert isinstance(source, Source)
    assert sniff(source) is registry.load("ingest", "jsonl")


def test_a_work_without_a_page_is_read_again_equal(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text('{"results": [{"id": "https://openalex.org/W7", "title": "Seven"}]}')
    (paper,) = papers_of(tmp_path / "w.json")
    assert paper.url == "https://openalex.org/W7"
    (tmp_path / "again.jsonl").write_text(paper.to_json() + "\n")
    assert papers_of(tmp_path / "again.jsonl") == [paper]


def test_deleted_records_and_other_forms_of_oai(tmp_path: Path) -> None:
    (tmp_path / "oai.xml").write_bytes(SAMPLES["arxiv-oai"][0])
    _, raw, dublin = papers_of(tmp_path / "oai.xml")
    assert (raw.id, raw.authors, raw.date, raw.version) == ("0704.0003", ("Aya Ito", "Ben Okoro", "Cleo Ruiz"), "2007-04-02", "v2")
    assert (dublin.authors, dublin.identifiers) == (("Cleo Ruiz",), (("arxiv", "0704.0004"), ("doi", "10.5555/x.4")))


def test_columns_of_a_table_are_named_by_the_user(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text(f"Heading\tWhat it says\tBy\n{TITLE}\t{ABSTRACT}\tAda Lovelace and Alan Turing\n")
    (paper,) = papers_of(tmp_path / "t.tsv", mapping={"title": "Heading", "abstract": "What it says", "authors": "By"})
    assert (paper.title, paper.abstract, paper.authors) == (TITLE, ABSTRACT, ("Ada Lovelace", "Alan Turing"))
    (tmp_path / "p.jsonl").write_text(
        f'{{"name": "{TITLE}", "text": "{ABSTRACT}", "authors": "A. Ito; B. Okoro", "repo": "https://github.com/ito/wide"}}\n'
    )
    (paper,) = papers_of(tmp_path / "p.jsonl", mapping={"title": "name", "abstract": "text"})
    assert (paper.title, paper.abstract, paper.authors, paper.links) == (TITLE, ABSTRACT, ("A. Ito", "B. Okoro"), (WIDE,))


def test_a_list_of_references_and_one_of_citations(tmp_path: Path) -> None:
    row = '{{"paperId": "{0}", "title": "{1}", "abstract": null}}'
    (tmp_path / "r.json").write_text(
        '{"data": [{"citedPaper": ' + row.format("a" * 40, "One") + '}, {"citingPaper": ' + row.format("b" * 40, "Two") + "}]}"
    )
    assert [paper.title for paper in papers_of(tmp_path / "r.json")] == ["One", "Two"]


def test_semantic_scholar_datasets_of_papers_and_abstracts_are_put_together(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"corpusid": 7, "abstract": "Words.", "openaccessinfo": {}}\n{"corpusid": 8, "abstract": "More."}\n'
    )
    (tmp_path / "p.jsonl").write_text('{"corpusid": 7, "externalids": {"DOI": "10.5/x"}, "title": "Seven", "year": 2020}\n')
    for inputs in (["a.jsonl", "p.jsonl"], ["p.jsonl", "a.jsonl"]):
        directory = tmp_path / f"{inputs[0]}.kg"
        report = kg.build([tmp_path / name for name in inputs], directory, model=None)
        with kg.open(directory) as graph:
            (row,) = graph.version.rows("papers")
        assert (row["title"], row["abstract"], row["year"], row["own_id"]) == ("Seven", "Words.", 2020, "corpusid:7")
        assert row["identifiers"] == [{"scheme": "corpusid", "value": "7"}, {"scheme": "doi", "value": "10.5/x"}]
        assert [row.reason for row in report.rejected] == ["no title, nor a paper corpusid:8 with one among the inputs"]
        assert json.loads((directory / "quarantine.jsonl").read_text())["raw"].startswith('{"abstract": "More."')


def test_bibtex_keeps_what_stands_round_a_broken_entry(tmp_path: Path) -> None:
    (tmp_path / "b.bib").write_text("@article{a, title={Good}}\n@article{b, title={Broken\n@article{c, title={Also {Good}}}\n")
    items = list(read_papers(tmp_path / "b.bib"))
    assert [item.reason.split(":")[0] if isinstance(item, Rejected) else item[1].title for item in items] == [
        "Good",
        "not valid BibTeX",
        "Also Good",
    ]
    assert [(item.record, item.line, item.offset) for item in items if isinstance(item, Rejected)] == [(2, 2, 26)]


def test_markdown_with_a_heading(tmp_path: Path) -> None:
    page = "# On *trees*\n\nBy somebody\n\n## Abstract\n\nWe use `my_model_name` and **find** [much](https://example.org/a_b) of ~5 *things*.\n\n## More\nNo.\n"
    (tmp_path / "p.md").write_text(page)
    (paper,) = papers_of(tmp_path / "p.md")
    assert (paper.title, paper.abstract) == ("On trees", "We use my_model_name and find much of ~5 things.")


def test_xml_keeps_what_stands_round_a_broken_record(tmp_path: Path) -> None:
    paper = "<paper id='{}'><title>{}</title></paper>"
    whole = f"<collection id='c'><volume id='v'>\n{paper.format(1, 'One')}\n<paper id='2'><title>A & B</titel></paper>\n{paper.format(3, 'Three')}</volume></collection>"
    (tmp_path / "a.xml").write_text(whole)
    first, broken, third = read_papers(tmp_path / "a.xml")
    assert not isinstance(first, Rejected)
    assert isinstance(broken, Rejected)
    assert not isinstance(third, Rejected)
    assert (first[1].title, broken.reason[:13], broken.line, third[1].title) == ("One", "not valid XML", 3, "Three")


def test_json_keeps_what_stands_round_a_broken_object(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"results": [{"title": "One"},\n {"title": oops, "x": [1, {}]},\n {"title": "Three"}], "meta": {}}'
    )
    first, broken, third = read_papers(tmp_path / "a.json", "jsonl")
    assert not isinstance(first, Rejected)
    assert isinstance(broken, Rejected)
    assert not isinstance(third, Rejected)
    assert (first[1].title, broken.record, broken.line, broken.offset, third[1].title) == ("One", 2, 2, 31 + 1, "Three")
