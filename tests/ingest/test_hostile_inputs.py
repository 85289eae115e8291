"""Anything at all as input: papers or rows of the report, never a crash, never a hang."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_samples import SAMPLES

from kg.ingest.base import Place, Rejected
from kg.ingest.normalise import normalise_abstract, normalise_text
from kg.ingest.sniff import read_papers
from kg.model.errors import DataError, InputError
from kg.model.records import Paper

SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
SECONDS = 2.0  # for an input of a few kilobytes, on a busy machine


def read(data: bytes, format_name: str | None) -> list[Paper]:
    """The papers of some bytes; all else that comes of them must be rows, or one error of ours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        path.write_bytes(data)
        start = time.perf_counter()
        papers, message = [], ""
        try:
            for item in read_papers(path, format_name):
                if isinstance(item, Rejected):
                    assert item.reason
                    assert "\n" not in item.reason
                    assert item.to_json()
                else:
                    assert isinstance(item[0], Place)
                    assert item[1].title or (item[1].abstract and item[1].identifiers)
                    papers.append(item[1])
        except (DataError, InputError) as error:
            message = str(error)
        assert "\n" not in message
        assert time.perf_counter() - start < SECONDS + len(data) / 1e6
    return papers


def again(papers: list[Paper]) -> list[Paper]:
    return read("".join(paper.to_json() + "\n" for paper in papers).encode("utf-8", "surrogatepass"), "jsonl")


@pytest.mark.parametrize("name", [None, *SAMPLES])
@given(data=st.binary(max_size=400))
@SOME
def test_random_bytes(name: str | None, data: bytes) -> None:
    read(data, name)


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@SOME
def test_samples_cut_off_and_changed(name: str, data: st.DataObject) -> None:
    sample = bytearray(SAMPLES[name][0])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, max(0, len(sample) - 1)))
        how = data.draw(st.sampled_from(("replace", "insert", "delete", "double")))
        piece = data.draw(
            st.binary(min_size=1, max_size=6)
            | st.sampled_from((b'"', b"{", b"}", b"<", b"&x;", b"\n", b"\\", b"\x00", b"\xff", b",", b"]]>"))
        )
        if how == "delete":
            del sample[at : at + data.draw(st.integers(1, 40))]
        elif how == "double":
            sample[at:at] = sample[at : at + data.draw(st.integers(1, 200))]
        else:
            sample[at : at + (len(piece) if how == "replace" else 0)] = piece
    cut = data.draw(st.none() | st.integers(0, len(sample)))
    papers = read(bytes(sample[:cut]), name)
    assert again(papers) == papers


@pytest.mark.parametrize("name", SAMPLES)
def test_cut_off_at_each_place(name: str) -> None:
    sample = SAMPLES[name][0]
    for end in range(0, len(sample), max(1, len(sample) // 60)):
        read(sample[:end], name)
        read(sample[:end], None)


@given(st.text() | st.text(alphabet="a$\\{}<>&;-\n bB%~^_'\"©(c)1Abstract:", max_size=80))
@settings(max_examples=1500, deadline=None)
def test_normalising_twice_changes_nothing(raw: str) -> None:
    for step in (normalise_text, normalise_abstract):
        clean = step(raw)
        assert step(clean) == clean
        assert "\n" not in clean
        clean.encode()


@pytest.mark.parametrize(
    "piece",
    [b"{", b"[", b'"', b"<a>", b"<", b"&", b"&amp;", b"$x", b"\\", b"{\\", b"-\n", b"a-\nb ", b"@a{", b"@a{b,", b"TY  - ", b"#", b",", b"\xef\xbb\xbf",
     b'{"a":', b"<paper>", b"<paper id='1'>", b"<!--", b"<![CDATA[", b"\\emph{", b"$\\alpha$ ", b"(c) 2020 ", b"Abstract: ", b"<entry><title>x", b'"\\'],
)  # fmt: skip
@pytest.mark.parametrize(
    "name", [None, "jsonl", "acl-anthology", "arxiv-atom", "bibtex", "csv", "ris", "markdown", "text", "huggingface", "csl-json"]
)
def test_one_thing_a_hundred_thousand_times(name: str | None, piece: bytes) -> None:
    read(piece * (200_000 // len(piece)), name)


@pytest.mark.parametrize(
    "piece",
    ["<", "&", "&#", "$", "$x ", "\\", "{", "\\emph{", "-\n", "a-\nb ", "<i a=", "<b ", "(c) 2020 ", "Abstract ", "{\\'e}", "ﬁ"],
)
def test_a_long_text_of_one_thing_is_normalised_in_time(piece: str) -> None:
    start = time.perf_counter()
    normalise_abstract(piece * (900_000 // len(piece)))
    assert time.perf_counter() - start < 4.0


@pytest.mark.parametrize("head", ["# T\n\n", "---\ntitle: x\nabstract: ", "---\ntitle: x\n---\n"])
@pytest.mark.parametrize(
    "piece", ["[a](", "[a", "*a ", "**", "_a", "`", "# ", "#\n", "- ", "abstract\n", "&a ", "{", "'", "a: b\n"]
)
def test_a_long_page_of_one_thing_is_read_in_time(head: str, piece: str) -> None:
    read((head + piece * (400_000 // len(piece))).encode(), "markdown")
