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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kg.model.errors import BadOverride
from kg.model.identifiers import fold_name
from kg.model.records import LocalEntity, PaperRecord
from kg.model.vocabulary import load_vocabulary
from kg.resolve.match import Join, Place, entity_id, match, packed
from kg.resolve.normalize import name_key

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


@dataclass(frozen=True)
class Settled:
    """Records with what is dropped left out and types settled, the entity id of each place and why it is there, the types that
    papers gave where there was anything to settle, names that users gave, and `moved`: ids that entities would have by one of their names alone, or without overrides, and have not → those that
    they have."""

    records: Mapping[str, PaperRecord]
    keys: Mapping[Place, str]
    why: Mapping[Place, Join]
    said: Mapping[Place, str]
    names: Mapping[str, str]
    moved: Mapping[str, str]


def settle(records: Mapping[str, PaperRecord], overrides: Overrides) -> Settled:
    """Which entities of all papers are one, as the names say and the overrides want; `records` by canonical paper id."""
    plain = match(_entities(records), homonyms=_homonyms(overrides))
    said = {(paper, e.id): e.type for paper, e in _entities(records)} if plain.kinds or overrides != NONE else {}
    if plain.kinds:
        changed = {paper for paper, _ in plain.kinds}
        records = {p: _changed(p, record, set(), plain.kinds) if p in changed else record for p, record in records.items()}
    if overrides == NONE:
        return Settled(records, plain.keys, plain.why, said, {}, _moved(plain.keys, plain.former))
    find = _Finder(records, plain.keys, said)
    dropped = {place for reference in overrides.drop for place in find(reference)}
    kinds = {place: kind for reference, kind in overrides.retype for place in find(reference)}
    groups = _chained(overrides.same, find)
    for _, places in groups:
        kinds |= dict.fromkeys(places, kinds.get(places[0]) or find.kind(places[0]))
    records = {paper: _changed(paper, record, dropped, kinds) for paper, record in records.items()}
    matched = match(_entities(records), vote=False)
    keys, why = matched.keys, matched.why
    why |= {place: join for place, join in plain.why.items() if place in keys and place in plain.kinds}
    why |= {place: Join(FILE, f"type {kind}") for place, kind in kinds.items() if place in keys and kind != find.kind(place)}
    for group in overrides.different:
        parted = _parted(records, keys, group)
        keys |= parted
        why |= dict.fromkeys(parted, Join(FILE, "different: " + ", ".join(reference.name for reference in group)))
    names = {}
    for first, places in groups:
        joined = [keys[place] for place in places if place in keys]
        if joined:
            names[joined[0]] = "" if _ID.fullmatch(first.name) else first.name
            mine = set(joined) - {joined[0]}
            for place in [place for place, key in keys.items() if key in mine]:
                keys[place], why[place] = joined[0], Join(FILE, f"same as {first.name}")
    for reference, name in overrides.rename:
        names |= {keys[place]: name for place in find(reference) if place in keys}
    former = {key: set(ids) for key, ids in matched.former.items()}
    for place, key in keys.items():
        former.setdefault(key, set()).update({plain.keys[place], matched.keys[place], *plain.former[plain.keys[place]]})
    return Settled(records, keys, why, said, {key: name for key, name in names.items() if name}, _moved(keys, former))


def _homonyms(overrides: Overrides) -> set[str]:
    """Packed names that the overrides want as several things of different types."""
    named = [(packed(r.name), r.kind) for group in overrides.different for r in group if r.kind]
    return {name for name, kind in named if any(name == other and kind != another for other, another in named)}


def _moved(keys: Mapping[Place, str], former: Mapping[str, set[str]]) -> dict[str, str]:
    live = set(keys.values())
    ends: dict[str, set[str]] = defaultdict(set)
    for key in live:
        for old in former.get(key, ()):
            ends[old].add(key)
    return {old: new.pop() for old, new in ends.items() if len(new) == 1 and old not in live}


_END_TYPES = {"metric": "Metric", "dataset": "Dataset", "task": "Task"}  # of a result


class _Finder:
    """The places that references mean: all those of every entity that has the name, or the id, the largest first. A type may be
    the entity's or that which a paper gave it (`said`)."""

    def __init__(self, records: Mapping[str, PaperRecord], keys: Mapping[Place, str], said: Mapping[Place, str]) -> None:
        self._places: dict[str, list[Place]] = defaultdict(list)
        self._named: dict[Reference, set[str]] = defaultdict(set)
        self._kind_of: dict[Place, str] = {}
        for paper, entity in _entities(records):
            key = keys[paper, entity.id]
            self._places[key].append((paper, entity.id))
            for kind in {entity.type, said[paper, entity.id]}:
                self._named[Reference(kind, name_key(entity.name, kind))].add(key)
            self._kind_of[paper, entity.id] = entity.type

    def __call__(self, reference: Reference) -> list[Place]:
        kinds = [reference.kind] if reference.kind else load_vocabulary().entities
        ids = {key for kind in kinds for key in self._named.get(Reference(kind, name_key(reference.name, kind)), ())}
        if _ID.fullmatch(reference.name):
            ids |= {reference.name} & self._places.keys()
        ranked = sorted(ids, key=lambda key: (-len(self._places[key]), key))
        return [place for key in ranked for place in sorted(self._places[key])]

    def kind(self, place: Place) -> str:
        """The type of an entity without overrides."""
        return self._kind_of[place]


def _chained(groups: Iterable[Sequence[Reference]], find: _Finder) -> list[tuple[Reference, list[Place]]]:
    """The first reference that means something, and the places, of each group; groups that share a place are one."""
    chained: list[tuple[Reference, list[Place]]] = []
    for group in groups:
        found = [(reference, places) for reference in group if (places := find(reference))]
        mine = {place for _, places in found for place in places}
        touching = [other for other in chained if mine & set(other[1])]
        chained = [other for other in chained if other not in touching]
        together = [*touching, *found]
        if together:
            chained.append((together[0][0], list(dict.fromkeys(place for _, places in together for place in places))))
    return chained


def _entities(records: Mapping[str, PaperRecord]) -> Iterator[tuple[str, LocalEntity]]:
    return ((paper, entity) for paper, record in records.items() for entity in record.entities)


def _changed(paper: str, record: PaperRecord, dropped: set[Place], kinds: Mapping[Place, str]) -> PaperRecord:
    """A record without dropped entities and what is said of them, and with other types; relations that these types do not
    allow go, and ends of results are left out, which go if they lose both metric and dataset."""
    here = {e.id for e in record.entities if (paper, e.id) in dropped or kinds.get((paper, e.id), e.type) != e.type}
    if not here:
        return record
    entities = [replace(e, type=kinds.get((paper, e.id), e.type)) for e in record.entities if (paper, e.id) not in dropped]
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


def _parted(records: Mapping[str, PaperRecord], keys: Mapping[Place, str], group: Iterable[Reference]) -> dict[Place, str]:
    """New ids for the second and further names of a group where they share the id of an earlier one."""
    by_name: list[dict[Place, str]] = []
    for reference in group:
        folded = fold_name(reference.name)
        by_name.append(
            {
                (paper, e.id): e.type
                for paper, e in _entities(records)
                if reference.kind in ("", e.type) and (fold_name(e.name) == folded or keys[paper, e.id] == reference.name)
            }
        )
    new: dict[Place, str] = {}
    for rank, places in enumerate(by_name):
        taken = {keys[place] for earlier in by_name[:rank] for place in earlier}
        for place, kind in places.items():
            if keys[place] in taken:
                new[place] = entity_id(kind, f"{keys[place]} but not {rank}")
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
