"""Reading: what each format gives, and what is set aside with which reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kg.ingest.base import Rejected
from kg.ingest.inputs import Reading, read_inputs
from kg.ingest.sniff import read_papers
from kg.model.errors import DataError, InputError, UnknownName
from kg.model.records import Paper

ABSTRACT = "We study a thing with great care. " * 10
PAGE = f"""new

Get trending papers in your email inbox!

Subscribe

byAK and the research community

Mar 14

First Paper: on Things

{ABSTRACT}

A Title That Nobody Wrote About

T\\"ULU 3: A Second Paper

{ABSTRACT}It gains 8\\% on \\texttt{{MATH}}.
"""


def read(path: Path, format_name: str | None = None) -> tuple[list[Paper], list[Rejected]]:
    items = list(read_papers(path, format_name))
    return [i[1] for i in items if not isinstance(i, Rejected)], [i for i in items if isinstance(i, Rejected)]


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def test_huggingface_page(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(PAGE)
    papers, rejected = read(tmp_path / "page.txt")
    assert [p.title for p in papers] == ["First Paper: on Things", "TÜLU 3: A Second Paper"]
    assert papers[0].abstract == ABSTRACT.strip()
    assert papers[1].abstract.endswith("It gains 8% on MATH.")
    assert papers[1].original_title == '\\"'.join(("T", "ULU 3: A Second Paper"))
    assert papers[1].original_abstract.endswith(r"It gains 8\% on \texttt{MATH}.")
    assert [(r.line, r.reason, r.raw) for r in rejected] == [(15, "a title without abstract", "A Title That Nobody Wrote About")]


def test_huggingface_abstract_without_title_and_title_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(f"First\n{ABSTRACT}\n{ABSTRACT}\nLast\n")
    papers, rejected = read(tmp_path / "page.txt")
    assert [p.title for p in papers] == ["First"]
    assert [(r.line, r.reason) for r in rejected] == [(3, "an abstract without title"), (4, "a title without abstract")]


def test_jsonl_fields(tmp_path: Path) -> None:
    row = {
        "id": "x1", "title": " A Title ", "abstract": "Text.", "year": "2020", "venue": "V", "authors": ["A", {"name": "B"}],
        "doi": "https://doi.org/10.1/ABC", "url": "https://arxiv.org/abs/1706.03762v5", "unknown": {"kept": "out"},
    }  # fmt: skip
    (paper,), rejected = read(write(tmp_path / "p.jsonl", row))
    assert not rejected
    assert (paper.id, paper.title, paper.abstract, paper.year, paper.venue) == ("x1", "A Title", "Text.", 2020, "V")
    assert paper.authors == ("A", "B")
    assert paper.identifiers == (("arxiv", "1706.03762"), ("doi", "10.1/abc"))


def test_jsonl_round_trip(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(PAGE)
    papers, _ = read(tmp_path / "page.txt")
    again, _ = read(write(tmp_path / "p.jsonl", *(p.to_json() for p in papers)))
    assert again == papers
    assert [Paper.from_json(p.to_json()) for p in papers] == papers


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"title": "T", "abstract": ', "not valid JSON: Expecting value at column 28"),
        ('["a", "list"]', "expected a JSON object with title and abstract, found a list"),
        ({"abstract": "x"}, "no title"),
        ({"title": "   ", "abstract": "x"}, "no title"),
        ({"title": 7, "abstract": "x"}, "field 'title' must be text, found a number"),
        ({"title": "T", "abstract": ["x"]}, "field 'abstract' must be text, found a list"),
        ({"title": "T", "abstract": "x", "year": "soon"}, "field 'year' must be a year, found 'soon'"),
        ({"title": "T", "abstract": "x", "authors": "A and B"}, "field 'authors' must be a list, found text"),
        ({"title": "T", "abstract": "x" * 1_000_001}, "longer than 1,000,000 characters; not read as a paper"),
        ('{"title": ' + "[" * 100_000, "the JSON is nested too deeply"),
    ],
)  # fmt: skip
def test_jsonl_bad_rows_are_set_aside(tmp_path: Path, row: object, reason: str) -> None:
    good = {"id": "g", "title": "Good", "abstract": "Fine."}
    papers, (bad,) = read(write(tmp_path / "p.jsonl", good, row, {**good, "id": "h"}))
    assert [p.id for p in papers] == ["g", "h"]
    assert (bad.source, bad.line, bad.reason, bad.kept) == (str(tmp_path / "p.jsonl"), 2, reason, False)
    assert bad.offset == len(json.dumps(good)) + 1


def test_jsonl_paper_without_abstract_is_kept_and_counted(tmp_path: Path) -> None:
    path, reading = write(tmp_path / "p.jsonl", {"title": "Only a title"}), Reading()
    (paper,) = read_inputs([path], reading)
    assert (paper.title, paper.abstract, paper.language) == ("Only a title", "", "")
    assert (reading.without_abstract, reading.clean) == (1, True)


def test_bad_bytes_spoil_one_line(tmp_path: Path) -> None:
    good = json.dumps({"title": "Good", "abstract": "Fine."}).encode()
    (tmp_path / "p.jsonl").write_bytes(good + b'\n{"title": "caf\xe9", "abstract": "x"}\n' + good[:-4] + "é".encode()[:1])
    papers, rejected = read(tmp_path / "p.jsonl")
    assert [p.title for p in papers] == ["Good"]
    offset = len(good) + 1
    assert [(r.line, r.reason) for r in rejected] == [
        (2, f"not valid UTF-8 at byte {offset + 14} of the file; save it as UTF-8"),
        (3, f"not valid UTF-8 at byte {offset + 35 + len(good) - 4} of the file; save it as UTF-8"),
    ]


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_bytes(
        b"\xef\xbb\xbf" + b'{"title": "A", "abstract": "x"}\r\n\r\n{"title": "B", "abstract": "y"}\r\n'
    )
    papers, rejected = read(tmp_path / "p.jsonl")
    assert ([p.title for p in papers], rejected) == (["A", "B"], [])


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", DataError, "is empty"),
        (b" \n\n ", DataError, "is empty"),
        (b"\x7fELF\x00\x01\x02", DataError, "is not text"),
        (b"just one short line\n", DataError, "format not recognised; say which with --format (acl-anthology"),
        (b"a" * 40_000_000, None, "longer than 1,000,000 characters"),
    ],
    ids=["empty", "blank", "binary", "no papers", "40 MB of one line"],
)
def test_files_that_hold_no_papers(tmp_path: Path, content: bytes, error: type[Exception] | None, message: str) -> None:
    (tmp_path / "file").write_bytes(content)
    if error is None:
        papers, (row,) = read(tmp_path / "file", "huggingface")
        assert not papers
        assert message in row.reason
    else:
        with pytest.raises(error, match=message.replace("(", r"\(").replace(")", r"\)")):
            read(tmp_path / "file")


def test_missing_directory_and_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; check the path"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match=r"is a directory; name the files in it"):
        read(tmp_path)
    (tmp_path / "p.jsonl").write_text("{}")
    with pytest.raises(UnknownName, match="no ingest format named 'docx'; known: acl-anthology, arxiv-atom"):
        read(tmp_path / "p.jsonl", "docx")
