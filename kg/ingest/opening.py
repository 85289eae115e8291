"""Paths as users give them → opened inputs: files, folders, globs, standard input; compressed, and in archives.

Nothing is ever unpacked to disk, so a name in an archive leads nowhere; one that tries to is refused all the same.
"""

from __future__ import annotations

import bz2
import codecs
import glob
import io
import lzma
import stat
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from kg.ingest.base import Place, Rejected, reject
from kg.ingest.source import HEAD, Source, read_up_to, rejoined
from kg.model.errors import DataError, InputError

STDIN = "-"
UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,
    RuntimeError,
)
_DEPTH = 3  # archives and compressions inside each other
_FREE = 256 << 20  # bytes that anything may unpack to
_RATIO = 400  # times its packed size that it may unpack to beyond that
_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\x00": "xz"}
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_OFFICE = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis.opendocument", b"xl/", b"_rels/", b"docProps/")
_NOT_PAPERS = {"readme", "license", "licence", "changelog", "copying", "notice"}  # files of these names are passed over in folders


def expand(inputs: Sequence[Path | str]) -> Iterator[Path | InputError]:
    """Files for files, folders and patterns, in order, those of a folder sorted; what cannot be read at all comes as the error.

    `-` is standard input and stays as it is.
    """
    for given in map(Path, inputs):
        if str(given) == STDIN or given.is_file():
            yield given
        elif given.is_dir():
            yield from _inside(given)
        elif not given.exists() and glob.has_magic(str(given)):
            found = [Path(name) for name in sorted(glob.glob(str(given), recursive=True))]  # noqa: PTH207  absolute ones too
            yield from expand(found) if found else [InputError(f"{given} matches no file; check the pattern")]
        else:
            yield given  # missing, or no ordinary file: told when opened


def _inside(folder: Path) -> Iterator[Path | InputError]:
    if (folder / "CURRENT").is_file():
        yield InputError(f"{folder} is a graph, not papers; ask it with kg query, or name the files it was made of")
        return
    graphs = {path.parent for path in folder.rglob("CURRENT")}
    inside = (path for path in sorted(folder.rglob("*")) if path.is_file() and _wanted(path.relative_to(folder)))
    found = [path for path in inside if graphs.isdisjoint(path.parents)]
    yield from found
    if not found:
        yield InputError(f"{folder} holds no files; name a folder with papers")


def _wanted(path: Path) -> bool:
    return not any(part.startswith((".", "__MACOSX")) for part in path.parts) and path.stem.lower() not in _NOT_PAPERS


def open_sources(path: Path, mapping: Mapping[str, str] | None = None) -> Iterator[Source | Rejected]:
    """The inputs in one file: itself, or the members of an archive; what is packed is unpacked on the way.

    Raises:
        InputError: the path is missing, a folder, or may not be read.
        DataError: what is not text, is empty, or unpacks to far more than it should.
    """
    if str(path) == STDIN:
        yield from _open(STDIN, _Counted(cast(BinaryIO, sys.stdin.buffer)), mapping, 0)
        return
    if path.is_dir():
        raise InputError(f"{path} is a directory; name the files in it, such as {path / '*.jsonl'}")
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    with file:
        yield from _open(str(path), _Counted(cast(BinaryIO, file), path=path), mapping, 0)


def _open(name: str, stream: _Counted, mapping: Mapping[str, str] | None, depth: int) -> Iterator[Source | Rejected]:
    head = read_up_to(cast(BinaryIO, stream), HEAD)
    whole = _Counted(rejoined(head, cast(BinaryIO, stream)), path=stream.path)
    kind = next((kind for magic, kind in _COMPRESSED.items() if head.startswith(magic)), "")
    archive = _archive(head)
    if (kind or archive) and depth == _DEPTH:
        raise DataError(f"{name} is packed more than {_DEPTH} times over; unpack it first")
    if kind:
        unpacked = _Bounded(name, _unpacked(whole, kind), whole)
        yield from _open(name, _Counted(cast(BinaryIO, unpacked)), mapping, depth + 1)
    elif archive == "tar":
        yield from _tar(name, whole, mapping, depth + 1)
    elif archive == "zip":
        yield from _zip(name, whole, mapping, depth + 1)
    elif mark := next((mark for mark in _MARKS if head.startswith(mark) and not head.startswith(codecs.BOM_UTF32_LE)), b""):
        text: io.RawIOBase = _Transcoded(cast(BinaryIO, whole), _MARKS[mark])
        yield Source(name, io.BufferedReader(text), mapping)
    elif not head.strip():
        raise DataError(f"{name} is empty; nothing to read")
    elif b"\x00" in head and not head.startswith((b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"{name} is not text (it holds NUL bytes); give a text file such as JSON Lines")
    elif head.startswith(b"%PDF-"):
        raise DataError(f"{name} is a PDF, which is not read; give its title and abstract as text")
    else:
        yield Source(name, cast(BinaryIO, whole), mapping, whole.path)


def _archive(head: bytes) -> str:
    if head[257:262] == b"ustar":
        return "tar"
    return "zip" if head.startswith(b"PK\x03\x04") and not any(mark in head[:2048] for mark in _OFFICE) else ""


def _unpacked(stream: _Counted, kind: str) -> BinaryIO:
    file = cast(BinaryIO, stream)
    if kind == "xz":
        return cast(BinaryIO, lzma.open(file))
    if kind == "bz2":
        return cast(BinaryIO, bz2.open(file))
    import pyarrow as pa

    return cast(BinaryIO, pa.input_stream(file, compression=kind))


def _zip(name: str, stream: _Counted, mapping: Mapping[str, str] | None, depth: int) -> Iterator[Source | Rejected]:
    with Source(name, cast(BinaryIO, stream), path=stream.path).file() as file, zipfile.ZipFile(file) as archive:
        for number, info in enumerate(sorted(archive.infolist(), key=lambda i: i.filename), start=1):
            if info.is_dir():
                continue
            full, place = f"{name}!{info.filename}", Place(number, 0, info.header_offset)
            if refused := _refused(info.filename, stat.S_ISLNK(info.external_attr >> 16)):
                yield reject(place, refused, info.filename)
            elif info.flag_bits & 1:
                yield reject(place, f"{info.filename} is encrypted; unpack it first", info.filename)
            elif _wanted(Path(info.filename)):
                with archive.open(info) as member:
                    packed = _Counted(cast(BinaryIO, member), info.compress_size)
                    yield from _member(full, place, _Bounded(full, cast(BinaryIO, member), packed), mapping, depth)


def _tar(name: str, stream: _Counted, mapping: Mapping[str, str] | None, depth: int) -> Iterator[Source | Rejected]:
    with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|") as archive:
        for number, info in enumerate(archive, start=1):
            full, place = f"{name}!{info.name}", Place(number, 0, info.offset)
            if info.isdir():
                continue
            if refused := _refused(info.name, not info.isfile()):
                yield reject(place, refused, info.name)
            elif _wanted(Path(info.name)) and (member := archive.extractfile(info)):
                yield from _member(full, place, member, mapping, depth)


def _member(
    name: str, place: Place, stream: object, mapping: Mapping[str, str] | None, depth: int
) -> Iterator[Source | Rejected]:  # fmt: skip
    """The inputs in one member; a fault of its own does not end the archive."""
    try:
        yield from _open(name, _Counted(cast(BinaryIO, stream)), mapping, depth)
    except DataError as error:
        yield reject(place, str(error), name)


def _refused(name: str, is_link: bool) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts[:1] and path.parts[0].endswith(":")):
        return f"{name!r} leads out of the archive; refused"
    return f"{name!r} is a link or device, not a file; refused" if is_link else ""


class _Counted:
    """A stream that knows how many bytes were read from it, and the file that it is, if it is one as it stands."""

    def __init__(self, stream: BinaryIO, count: int = 0, path: Path | None = None) -> None:
        self._stream, self.count, self.path, self.closed = stream, count, path, False

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.count += len(data)
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


class _Bounded:
    """A stream of unpacked bytes that ends in an error when they are far more than the packed ones."""

    def __init__(self, name: str, stream: BinaryIO, packed: _Counted) -> None:
        self._name, self._stream, self._packed, self._count = name, stream, packed, 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._count += len(data)
        if self._count > _FREE + _RATIO * self._packed.count:
            raise DataError(
                f"{self._name} unpacks to more than {_RATIO} times its size; refused, unpack it yourself if it is to be trusted"
            )
        return data


class _Transcoded(io.RawIOBase):
    """UTF-16 as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._ready:
            raw = self._stream.read(HEAD)
            self._ready = self._decoder.decode(raw, final=not raw).encode("utf-8", "replace")
            if not raw:
                break
        data, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
