"""One opened input: its first bytes, its lines, its bytes."""

from __future__ import annotations

import functools
import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from kg.ingest.base import MAX_CHARACTERS, Line

HEAD = 65_536  # bytes that a format is told by
_CHUNK = 1 << 18
_SPOOLED = 64 << 20  # bytes kept in memory of what must be read back and forth


class Source:
    """An input that is read once, from start to end. `name` is what messages call it, `mapping` the user's names of columns, `path` the file
    that it is, if it is one as it stands."""

    def __init__(self, name: str, stream: BinaryIO, mapping: Mapping[str, str] | None = None, path: Path | None = None) -> None:
        self.name, self._path = name, path
        self.mapping = dict(mapping or {})
        self.head = read_up_to(stream, HEAD)
        self._stream = rejoined(self.head, stream)

    @functools.cached_property
    def text(self) -> str:
        """The head as text, without byte order mark; what is not UTF-8 shows as U+FFFD."""
        return self.head.decode("utf-8", "replace").removeprefix("\ufeff")

    @functools.cached_property
    def first(self) -> str:
        """The first character that is not white space."""
        return self.text.lstrip()[:1]

    @property
    def whole(self) -> bool:
        """Whether the head is all there is."""
        return len(self.head) < HEAD

    def chunks(self) -> Iterator[bytes]:
        """The bytes, portion by portion."""
        while chunk := self._stream.read(_CHUNK):
            yield chunk

    def file(self) -> BinaryIO:
        """The bytes as a file that can be read back and forth, which the caller closes: the file itself, or a temporary copy."""
        if self._path is not None and self._path.is_file():
            return self._path.open("rb")
        spooled = tempfile.SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115  the reader closes it
        shutil.copyfileobj(self._stream, spooled, _CHUNK)
        spooled.seek(0)
        return cast(BinaryIO, spooled)

    def lines(self) -> Iterator[Line]:
        """Physical lines, decoded one by one, so that a bad byte spoils only its own line."""
        offset = 0
        for number, raw in enumerate(iter(functools.partial(self._stream.readline, 4 * MAX_CHARACTERS), b""), start=1):
            start, offset, fault = offset, offset + len(raw), ""
            if number > 1 and len(raw) < MAX_CHARACTERS:  # as almost all are
                try:
                    text = raw.decode("utf-8")
                except UnicodeDecodeError:
                    pass
                else:
                    yield Line(number, start, text.rstrip("\r\n"))
                    continue
            while len(raw) >= 4 * MAX_CHARACTERS and not raw.endswith(b"\n"):
                fault, rest = "over-long", self._stream.readline(4 * MAX_CHARACTERS)
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
    if number == 1:
        text = text.removeprefix("\ufeff")
    if fault == "over-long" or len(text) > MAX_CHARACTERS:
        fault = f"longer than {MAX_CHARACTERS:,} characters; not read as a paper"
    return Line(number, offset, text, fault)


def read_up_to(stream: BinaryIO, size: int) -> bytes:
    """The next `size` bytes of a stream, fewer only at its end."""
    parts, missing = [], size
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def rejoined(head: bytes, rest: BinaryIO) -> BinaryIO:
    """A stream that gives `head` again and then `rest`."""
    return io.BufferedReader(cast(io.RawIOBase, _Rejoined(head, rest)), 1 << 20)


class _Rejoined(io.RawIOBase):
    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = memoryview(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
