"""All inputs of a command → papers, and an account of what could not be used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.ingest._table import COLUMNS
from kg.ingest.base import Rejected
from kg.ingest.opening import expand
from kg.ingest.report import Quarantine
from kg.ingest.sniff import read_papers
from kg.model.errors import DataError, InputError, KgError, UsageError
from kg.model.records import Paper

FIELDS = (*COLUMNS, "language")  # what --map can name


@dataclass
class Reading:
    """What was read: papers, those of them without abstract and in other languages than English; rows set aside, and inputs that could not be read at all."""

    read: int = 0
    without_abstract: int = 0
    foreign: int = 0
    rejected: Quarantine = field(default_factory=Quarantine)
    failed: list[KgError] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was set aside and nothing failed."""
        return not len(self.rejected) and not self.failed


def read_inputs(
    inputs: Sequence[Path | str], reading: Reading | None = None, *, format_name: str | None = None, mapping: Mapping[str, str] | None = None,
    repeats: bool = False, strict: bool = False,
) -> Iterator[Paper]:  # fmt: skip
    """Papers of all inputs, in order: files, folders, patterns, archives, `-` for standard input. With `repeats` equal ones count each
    time, without once in each file; `reading` is filled on the way.

    Raises:
        DataError, InputError: the first thing that cannot be used, if `strict`.
        UsageError: `mapping` names a field that papers have not.
    """
    reading = reading or Reading()
    for name in mapping or ():
        if name not in FIELDS:
            raise UsageError(f"--map {name}=…: papers have no such field; there are {', '.join(FIELDS)}")
    named = set(map(Path, inputs))
    for path in expand(inputs):
        try:
            if isinstance(path, InputError):
                raise path
            reading.sources.append(str(path))
            yield from _read(path, reading, format_name, mapping, repeats, strict)
        except (InputError, DataError) as error:
            if strict:
                raise
            if isinstance(path, Path) and path not in named:  # found in a folder: one file of many
                reading.rejected.append(Rejected(str(path), 0, 0, 0, str(error)))
            else:
                reading.failed.append(error)


def _read(
    path: Path, reading: Reading, format_name: str | None, mapping: Mapping[str, str] | None, repeats: bool, strict: bool
) -> Iterator[Paper]:  # fmt: skip
    seen: dict[bytes, tuple[int, int]] = {}
    for item in read_papers(path, format_name, mapping):
        if isinstance(item, Rejected):
            if strict and not item.kept:
                raise DataError(f"{item.where}: {item.reason}; mend it, or leave --strict away to set it aside")
            reading.rejected.append(item)
            continue
        place, paper = item
        if not repeats:
            key = hashlib.blake2b(paper.to_json().encode("utf-8", "surrogatepass"), digest_size=16).digest()
            first = seen.setdefault(key, (place.line, place.record))
            if first != (place.line, place.record):
                where = f"on line {first[0]}" if first[0] else f"in record {first[1]}"
                reason = f"the same paper as {where}; counted once"
                reading.rejected.append(Rejected(str(path), place.record, place.line, place.offset, reason, paper.title, kept=True))
                continue
        reading.read += 1
        reading.without_abstract += not paper.abstract
        reading.foreign += not paper.readable
        yield paper


def parse_mapping(given: Sequence[str]) -> dict[str, str]:
    """`title=Paper title,abstract=Text`, once or several times, as field → column.

    Raises:
        UsageError: a part is not of that form.
    """
    found = {}
    for part in (part for one in given for part in one.split(",") if part.strip()):
        name, equals, column = part.partition("=")
        if not equals or not name.strip() or not column.strip():
            raise UsageError(f"--map {part}: say it as FIELD=COLUMN, such as --map title='Document Title',abstract=Summary")
        found[name.strip()] = column.strip()
    return found
