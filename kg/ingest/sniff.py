"""Opens an input file, finds its format and streams its papers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kg import registry
from kg.ingest.base import MAX_CHARACTERS, Format, Item, Line, Rejected
from kg.model.errors import DataError, InputError

_HEAD = 65_536


def read_papers(path: Path, format_name: str | None = None) -> Iterator[Item]:
    """Stream (line, paper) pairs and quarantine rows of one file, in file order.

    Raises:
        InputError: the path is missing, a folder, or may not be read.
        DataError: the file is empty, binary, or of no known format.
    """
    head = _read_head(path)
    reader = registry.load("ingest", format_name) if format_name else _sniff(path, head)
    for item in reader.read(_lines(path)):
        yield replace(item, source=str(path)) if isinstance(item, Rejected) else item


def _read_head(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path} is a directory; name the files in it, such as {path / '*.jsonl'}")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    if not head.strip():
        raise DataError(f"{path} is empty; nothing to read")
    if b"\x00" in head:
        raise DataError(f"{path} is not text (it holds NUL bytes); give a text file such as JSON Lines")
    return head


def _sniff(path: Path, head: bytes) -> Format:
    text = head.decode("utf-8", "replace")
    for name in registry.available("ingest"):
        module: Format = registry.load("ingest", name)
        if module.sniff(text):
            return module
    known = ", ".join(registry.available("ingest"))
    raise DataError(f"{path}: no papers found, format not recognised; say which with --format ({known})")


def _lines(path: Path) -> Iterator[Line]:
    """Physical lines, decoded one by one, so that a bad byte spoils only its own line."""
    offset = 0
    with path.open("rb", buffering=1 << 20) as file:
        for number, raw in enumerate(iter(lambda: file.readline(4 * MAX_CHARACTERS), b""), start=1):
            start, offset = offset, offset + len(raw)
            fault = ""
            while not raw.endswith(b"\n") and offset < os.fstat(file.fileno()).st_size:
                fault, rest = "over-long", file.readline(4 * MAX_CHARACTERS)
                offset += len(rest)
                if rest.endswith(b"\n") or not rest:
                    break
            yield _decode(number, start, raw.rstrip(b"\r\n"), fault)


def _decode(number: int, offset: int, raw: bytes, fault: str) -> Line:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        text = raw.decode("utf-8", "replace")
        fault = fault or f"not valid UTF-8 at byte {offset + error.start} of the file; save it as UTF-8"
    if fault == "over-long" or len(text) > MAX_CHARACTERS:
        fault = f"longer than {MAX_CHARACTERS:,} characters; not read as a paper"
    return Line(number, offset, text, fault)
