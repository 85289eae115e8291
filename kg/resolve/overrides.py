"""`overrides.toml` in a graph directory: what a user knows better than the resolver. Applied at every build.

    drop = ["itself", "Model: seed"]                 # no entities at all
    same = [["LLaMA-2", "Llama 2 chat"]]             # one entity; the first gives type and name
    different = [["COCO", "MS COCO"]]                # two, though the resolver takes their names for one
    [rename]
    "llama2" = "LLaMA-2"
    [retype]
    "GPT-4" = "Model"

A thing is meant by a name, in any spelling with the same name key, by `Type: name`, or by the id of an entity, as it is
without overrides. What no paper names does nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kg.model.errors import BadOverride
from kg.model.identifiers import fold_name
from kg.model.records import PaperRecord
from kg.model.vocabulary import load_vocabulary
from kg.resolve.census import Census
from kg.resolve.match import Join, Matched, entity_id, match
from kg.resolve.normalize import name_key, packed
from kg.resolve.sizes import model_of_size

FILE = "overrides.toml"
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Reference:
    """A thing as a user names it: `kind` is empty where any type will do."""

    kind: str
    name: str

    @staticmethod
    def parse(text: str) -> Reference:
        """`Type: name`, a name, or an id."""
        kind, colon, name = text.partition(":")
        if colon and kind.strip() in load_vocabulary().entities and name.strip():
            return Reference(kind.strip(), name.strip())
        return Reference("", text.strip())


@dataclass(frozen=True)
class Overrides:
    """What `overrides.toml` says; empty without one."""

    drop: tuple[Reference, ...] = ()
    same: tuple[tuple[Reference, ...], ...] = ()
    different: tuple[tuple[Reference, ...], ...] = ()
    rename: tuple[tuple[Reference, str], ...] = ()
    retype: tuple[tuple[Reference, str], ...] = ()


NONE = Overrides()
_END_TYPES = {"metric": "Metric", "dataset": "Dataset", "task": "Task"}  # of a result


@dataclass(frozen=True)
class Settled:
    """For each number of the census the entity's id, empty where it is dropped, its type, the type that papers gave, why it is there, and
    for a name that tells a size of a model the id of that model; names that users gave; and `moved`: ids that entities would have by one of their
    names alone, or without overrides, and have not → those that they have."""

    census: Census
    ids: list[str]
    kinds: list[str]
    why: list[Join]
    wholes: list[str]
    names: Mapping[str, str]
    moved: Mapping[str, str]

    def said(self, number: int) -> str:
        """The type that papers gave with a name."""
        return self.census.names[number].kind


def settle(census: Census, overrides: Overrides) -> Settled:
    """Which names of all papers are one entity, as they say themselves and the overrides want."""
    plain = match(census, homonyms=_homonyms(overrides))
    if overrides == NONE:
        return _settled(plain, plain.ids, plain.why, {}, _moved(plain.ids, plain.former))
    find = _Finder(plain)
    dropped = {number for reference in overrides.drop for number in find(reference)}
    kinds = {number: kind for reference, kind in overrides.retype for number in find(reference)}
    groups = _chained(overrides.same, find)
    for _, numbers in groups:
        kinds |= dict.fromkeys(numbers, kinds.get(numbers[0]) or plain.kinds[numbers[0]])
    matched = match(
        plain.census, vote=False, kinds=[kinds.get(n, kind) for n, kind in enumerate(plain.kinds)], without=dropped
    )  # fmt: skip
    ids, why = list(matched.ids), list(matched.why)
    parts: dict[int, list[int]] = defaultdict(list)  # what each number came apart into
    first = matched.census.first()
    for number, origin in sorted(enumerate(matched.origin), key=lambda pair: first.get(pair[0], -1)):
        if not ids[number]:
            continue
        parts[origin].append(number)
        if origin in kinds and kinds[origin] != plain.kinds[origin]:
            why[number] = Join(FILE, f"type {kinds[origin]}")
        elif plain.kinds[origin] != plain.census.names[origin].kind:
            why[number] = plain.why[origin]
    for group in overrides.different:
        for number, key in _parted(matched, ids, group).items():
            ids[number] = key
            why[number] = Join(FILE, "different: " + ", ".join(reference.name for reference in group))
    names = {}
    for reference, numbers in groups:
        joined = [ids[part] for number in numbers for part in parts[number]]
        if joined:
            names[joined[0]] = "" if _ID.fullmatch(reference.name) else reference.name
            mine = set(joined) - {joined[0]}
            for number, key in enumerate(ids):
                if key in mine:
                    ids[number], why[number] = joined[0], Join(FILE, f"same as {reference.name}")
    for reference, name in overrides.rename:
        names |= {ids[part]: name for number in find(reference) for part in parts[number]}
    former = {key: set(old) for key, old in matched.former.items()}
    for number, key in enumerate(ids):
        if key:
            was = plain.ids[matched.origin[number]]
            former.setdefault(key, set()).update({was, matched.ids[number], *plain.former[was]})
    return _settled(matched, ids, why, {key: name for key, name in names.items() if name}, _moved(ids, former))


def _settled(matched: Matched, ids: list[str], why: list[Join], names: Mapping[str, str], moved: Mapping[str, str]) -> Settled:
    live = set(ids)
    wholes = [""] * len(ids)
    for number, (naming, kind) in enumerate(zip(matched.census.names, matched.kinds, strict=True)):
        if kind == "Model" and ids[number] and (model := model_of_size(naming.name)):
            whole = entity_id("Model", name_key(model, "Model"))
            whole = moved.get(whole, whole)
            wholes[number] = whole if whole in live and whole != ids[number] else ""
    return Settled(matched.census, ids, matched.kinds, why, wholes, names, moved)


def _homonyms(overrides: Overrides) -> set[str]:
    """Packed names that the overrides want as several things of different types."""
    named = [(packed(r.name), r.kind) for group in overrides.different for r in group if r.kind]
    return {name for name, kind in named if any(name == other and kind != another for other, another in named)}


def _moved(ids: Iterable[str], former: Mapping[str, set[str]]) -> dict[str, str]:
    live = set(ids) - {""}
    ends: dict[str, set[str]] = defaultdict(set)
    for key in live:
        for old in former.get(key, ()):
            ends[old].add(key)
    return {old: new.pop() for old, new in ends.items() if len(new) == 1 and old not in live}


class _Finder:
    """The numbers that references mean: all those of every entity that has the name, or the id, the largest entity first and its
    numbers in the order of their first places. A type may be the entity's or that which a paper gave it."""

    def __init__(self, matched: Matched) -> None:
        self._numbers: dict[str, list[int]] = defaultdict(list)
        self._named: dict[Reference, set[str]] = defaultdict(set)
        census = matched.census
        self._first, self._counts = census.first(), census.counts
        for number, (naming, key) in enumerate(zip(census.names, matched.ids, strict=True)):
            if key:
                self._numbers[key].append(number)
                for kind in {matched.kinds[number], naming.kind}:
                    self._named[Reference(kind, name_key(naming.name, kind))].add(key)

    def __call__(self, reference: Reference) -> list[int]:
        kinds = [reference.kind] if reference.kind else load_vocabulary().entities
        ids = {key for kind in kinds for key in self._named.get(Reference(kind, name_key(reference.name, kind)), ())}
        if _ID.fullmatch(reference.name):
            ids |= {reference.name} & self._numbers.keys()
        ranked = sorted(ids, key=lambda key: (-sum(self._counts[number] for number in self._numbers[key]), key))
        return [number for key in ranked for number in sorted(self._numbers[key], key=self._first.__getitem__)]


def _chained(groups: Iterable[Sequence[Reference]], find: _Finder) -> list[tuple[Reference, list[int]]]:
    """The first reference that means something, and the numbers, of each group; groups that share a number are one."""
    chained: list[tuple[Reference, list[int]]] = []
    for group in groups:
        found = [(reference, numbers) for reference in group if (numbers := find(reference))]
        mine = {number for _, numbers in found for number in numbers}
        touching = [other for other in chained if mine & set(other[1])]
        chained = [other for other in chained if other not in touching]
        together = [*touching, *found]
        if together:
            chained.append((together[0][0], list(dict.fromkeys(number for _, numbers in together for number in numbers))))
    return chained


def changed(record: PaperRecord, dropped: Collection[str], kinds: Mapping[str, str]) -> PaperRecord:
    """A record without what is dropped of its entities, by local id, and what is said of that, and with other types; relations that these types
    do not allow go, and ends of results are left out, which go if they lose both metric and dataset."""
    here = {e.id for e in record.entities if e.id in dropped or kinds.get(e.id, e.type) != e.type}
    if not here:
        return record
    entities = [replace(e, type=kinds.get(e.id, e.type)) for e in record.entities if e.id not in dropped]
    types = {e.id: e.type for e in entities}
    allows = load_vocabulary().allows
    relations = [r for r in record.relations if {r.source, r.target} <= types.keys()]
    relations = [r for r in relations if not {r.source, r.target} & here or allows(r.type, types[r.source], types[r.target])]
    ends = ("subject", "metric", "dataset", "task", "baseline")
    fits = {end: {e for e, kind in types.items() if e not in here or kind == _END_TYPES.get(end, kind)} for end in ends}
    results = [replace(r, **{end: None for end in ends if getattr(r, end) not in fits[end]}) for r in record.results]  # type: ignore[arg-type]
    return replace(
        record,
        entities=tuple(entities),
        relations=tuple(relations),
        results=tuple(new for new, old in zip(results, record.results, strict=True) if new == old or new.metric or new.dataset),
    )


def _parted(matched: Matched, ids: Sequence[str], group: Iterable[Reference]) -> dict[int, str]:
    """New ids for the second and further names of a group where they share the id of an earlier one."""
    by_name: list[dict[int, str]] = []
    for reference in group:
        folded = fold_name(reference.name)
        by_name.append(
            {
                number: kind
                for number, (naming, kind) in enumerate(zip(matched.census.names, matched.kinds, strict=True))
                if ids[number]
                and reference.kind in ("", kind)
                and (fold_name(naming.name) == folded or ids[number] == reference.name)
            }
        )
    new: dict[int, str] = {}
    for rank, numbers in enumerate(by_name):
        taken = {ids[number] for earlier in by_name[:rank] for number in earlier}
        for number, kind in numbers.items():
            if ids[number] in taken:
                new[number] = entity_id(kind, f"{ids[number]} but not {rank}")
    return new


def read_overrides(directory: Path) -> Overrides:
    """What the file in a graph directory says.

    Raises:
        BadOverride: a line cannot be taken; the message has its number.
    """
    path = directory / FILE
    if not path.is_file():
        return NONE
    try:
        text = path.read_text(encoding="utf-8")
        said = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise BadOverride(f"{path} cannot be read as UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place.group(1)) if place else len(text.splitlines())
        raise BadOverride(f"{path}, line {line}: not TOML, {str(error).partition(' (at ')[0].lower()}") from error
    reader = _Reader(path, text.splitlines())
    for name in said:
        if name not in Overrides.__dataclass_fields__:
            raise reader.fault(name, f"unknown entry {name!r}; there are {', '.join(Overrides.__dataclass_fields__)}")
    return Overrides(
        drop=reader.names("drop", said.get("drop", [])),
        same=reader.groups("same", said.get("same", [])),
        different=reader.groups("different", said.get("different", [])),
        rename=reader.pairs("rename", said.get("rename", {})),
        retype=reader.pairs("retype", said.get("retype", {})),
    )


class _Reader:
    """Checks values, and knows the line that a fault is on."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self._path = path
        self._lines = lines

    def fault(self, word: str, reason: str) -> BadOverride:
        line = next((number for number, line in enumerate(self._lines, start=1) if word and word in line), 1)
        return BadOverride(f"{self._path}, line {line}: {reason}")

    def names(self, entry: str, values: Any) -> tuple[Reference, ...]:
        if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
            raise self.fault(entry, f"{entry} is a list of names, found {values!r}")
        return tuple(map(Reference.parse, values))

    def groups(self, entry: str, values: Any) -> tuple[tuple[Reference, ...], ...]:
        if not isinstance(values, list) or not all(isinstance(v, list) for v in values):
            raise self.fault(entry, f"{entry} is a list of lists of names, found {values!r}")
        groups = tuple(self.names(entry, group) for group in values)
        for group, value in zip(groups, values, strict=True):
            if len(set(group)) < 2:
                raise self.fault(value[0] if value else entry, f"{entry} needs two names or more in a list, found {value!r}")
        return groups

    def pairs(self, entry: str, values: Any) -> tuple[tuple[Reference, str], ...]:
        if not isinstance(values, dict):
            raise self.fault(entry, f'{entry} is a table of "name" = "new", found {values!r}')
        kinds = load_vocabulary().entities
        for old, new in values.items():
            if not isinstance(new, str) or not new.strip():
                raise self.fault(old, f"{entry} of {old!r} is a text, found {new!r}")
            if entry == "retype" and new not in kinds:
                raise self.fault(old, f"{new!r} is no type; there are {', '.join(kinds)}")
        return tuple((Reference.parse(old), new.strip()) for old, new in values.items())
