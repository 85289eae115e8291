"""Files as users have them: packed, in archives, in folders, by patterns, from standard input; and those that are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

import kg
from kg.ingest.base import Rejected
from kg.ingest.inputs import Reading, parse_mapping, read_inputs
from kg.ingest.sniff import read_papers
from kg.model.errors import DataError, InputError, UsageError

LINES = b'{"title": "One", "abstract": "x"}\n{"title": "Two", "abstract": "y"}\n'


def titles(*paths: Path | str) -> list[str]:
    reading = Reading()
    found = [paper.title for paper in read_inputs(paths, reading)]
    assert reading.clean, [*reading.rejected, *reading.failed]
    return found


def tar(**members: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, lambda data: gzip.compress(data[:34]) + gzip.compress(data[34:])]
)
def test_compressed(tmp_path: Path, pack: object) -> None:
    (tmp_path / "papers").write_bytes(pack(LINES))  # type: ignore[operator]
    assert titles(tmp_path / "papers") == ["One", "Two"]


def test_compressed_with_zstandard(tmp_path: Path) -> None:
    with pa.CompressedOutputStream(str(tmp_path / "p.zst"), "zstd") as stream:
        stream.write(LINES)
    assert titles(tmp_path / "p.zst") == ["One", "Two"]


def test_archives(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(
        zipped(**{"one/p.jsonl": LINES, "README.md": b"# Nothing\n\n" + b"x" * 200, "two.jsonl.gz": gzip.compress(LINES)})
    )
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(tar(**{"p.jsonl": LINES})))
    assert titles(tmp_path / "a.zip") == ["One", "Two"] * 2
    assert titles(tmp_path / "b.tar.gz") == ["One", "Two"]


def test_folders_and_patterns(tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    for name in ("d/b.jsonl", "d/e/c.jsonl", "d/.hidden", "d/LICENSE"):
        (tmp_path / name).write_bytes(LINES.replace(b"One", name.encode()))
    assert titles(tmp_path / "d") == ["d/b.jsonl", "Two", "d/e/c.jsonl", "Two"]
    assert titles(str(tmp_path / "d" / "**" / "c.*")) == ["d/e/c.jsonl", "Two"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(LINES))))
    assert titles("-") == ["One", "Two"]


def test_utf_16(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes("Title,Abstract\nCafé,Nothing much\n".encode("utf-16"))
    assert titles(tmp_path / "p.csv") == ["Café"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_cut_off_in_the_middle(tmp_path: Path, pack: object) -> None:
    rows = b"".join(b'{"title": "%d", "abstract": "%s"}\n' % (n, str(hash(str(n)) ** 3).encode()) for n in range(40_000))
    packed = pack(rows)  # type: ignore[operator]
    (tmp_path / "p").write_bytes(packed[: len(packed) * 2 // 3])
    *papers, last = read_papers(tmp_path / "p")
    assert len(papers) > 1000
    assert isinstance(last, Rejected)
    assert "cannot be unpacked" in last.reason


@pytest.mark.parametrize("name", ["../out.jsonl", "/etc/out.jsonl", "a/../../out.jsonl", "C:\\out.jsonl"])
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(**{name: LINES, "fine.jsonl": LINES}))
    (tmp_path / "a.tar").write_bytes(tar(**{name: LINES, "fine.jsonl": LINES}))
    for archive in ("a.zip", "a.tar"):
        items = list(read_papers(tmp_path / archive))
        assert [item.reason for item in items if isinstance(item, Rejected)] == [f"{name!r} leads out of the archive; refused"]
        assert len(items) == 3
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.tar", "a.zip"]


def test_links_in_an_archive_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("p.jsonl")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    (row,) = read_papers(tmp_path / "a.tar")
    assert isinstance(row, Rejected)
    assert row.reason == "'p.jsonl' is a link or device, not a file; refused"


def test_bombs_are_bounded(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.gz", "wb") as file:
        for _ in range(600):
            file.write(b'{"a": 1}' + b" " * (1 << 20) + b"\n")
    rows = [item for item in read_papers(tmp_path / "bomb.gz") if isinstance(item, Rejected)]
    assert "unpacks to more than 400 times its size; refused" in rows[-1].reason
    nested = LINES
    for _ in range(5):
        nested = gzip.compress(nested)
    (tmp_path / "deep.gz").write_bytes(nested)
    with pytest.raises(DataError, match="packed more than 3 times over"):
        list(read_papers(tmp_path / "deep.gz"))


@pytest.mark.parametrize("name", ["arxiv-atom", "acl-anthology", "pubmed", "jats", "arxiv-oai"])
def test_xml_that_declares_entities_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("secret")
    for declared in ('<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">', f'<!ENTITY a SYSTEM "file://{tmp_path}/secret">'):
        (tmp_path / "x.xml").write_text(
            f"<?xml version='1.0'?><!DOCTYPE feed [{declared}]><feed><entry><title>&a;</title></entry></feed>"
        )
        with pytest.raises(DataError, match="declares entities of its own"):
            list(read_papers(tmp_path / "x.xml", name))


def test_entities_declared_where_nobody_looks_are_not_expanded(tmp_path: Path) -> None:
    padding = f"<!--{'x' * 70_000}-->"
    (tmp_path / "x.xml").write_text(
        f"<?xml version='1.0'?><!DOCTYPE feed [{padding}<!ENTITY a 'ha'>]><feed><entry><title>&a;</title></entry></feed>"
    )
    (row,) = read_papers(tmp_path / "x.xml", "arxiv-atom")
    assert isinstance(row, Rejected)
    assert row.reason.startswith("not valid XML")


def test_strict_stops_at_the_first(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_bytes(LINES + b"oops\n" + LINES)
    with pytest.raises(DataError, match=r"p.jsonl, line 3: not valid JSON.*leave --strict away"):
        list(read_inputs([tmp_path / "p.jsonl"], Reading(), strict=True))
    with pytest.raises(InputError, match="does not exist"):
        list(read_inputs([tmp_path / "none"], Reading(), strict=True))


def test_what_is_no_paper_in_a_folder_is_told_and_the_rest_read(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.png").write_bytes(b"\x89PNG\x00")
    (tmp_path / "d" / "b.pdf").write_bytes(b"%PDF-1.7 \n")
    (tmp_path / "d" / "c.jsonl").write_bytes(LINES)
    reading = Reading()
    assert len(list(read_inputs([tmp_path / "d"], reading))) == 2
    assert [(row.where, row.reason.split(" ", 1)[1][:11]) for row in reading.rejected] == [
        (str(tmp_path / "d" / "a.png"), "is not text"),
        (str(tmp_path / "d" / "b.pdf"), "is a PDF, w"),
    ]
    assert not reading.failed


def test_a_graph_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "my.kg").mkdir()
    (tmp_path / "my.kg" / "CURRENT").write_text("v000001\n")
    reading = Reading()
    assert not list(read_inputs([tmp_path / "my.kg"], reading))
    assert "is a graph, not papers" in str(reading.failed[0])


def test_a_graph_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_bytes(LINES)
    kg.build([tmp_path], tmp_path / "my.kg", model=None)
    assert titles(tmp_path) == ["One", "Two"]


def test_what_the_columns_are_called() -> None:
    assert parse_mapping(["title=Document Title,abstract=Abs", "year=Y"]) == {
        "title": "Document Title",
        "abstract": "Abs",
        "year": "Y",
    }
    with pytest.raises(UsageError, match="say it as FIELD=COLUMN"):
        parse_mapping(["title"])
    with pytest.raises(UsageError, match="papers have no such field; there are title, abstract"):
        list(read_inputs([], Reading(), mapping={"colour": "x"}))


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Title,Abstract\na,b\n")
    with pytest.raises(DataError, match="--map title=Name: no such column; there are Title, Abstract"):
        list(read_papers(tmp_path / "t.csv", "csv", {"title": "Name"}))
