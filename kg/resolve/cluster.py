"""Which in-paper entities are one thing: same type and same name key, abbreviations opened first.

An in-paper entity is filed under the key of its name (`kg.resolve.normalize`). Where the paper gives an abbreviation with its
long form, the long form is the key; a bare abbreviation follows the one long form that other papers give it,
or the dominant one, and stays on its own when papers disagree. Other surface forms are kept as aliases but
never join two entities, so that one loose cluster cannot pull the graph together.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from kg.model.identifiers import digest, fold_name
from kg.model.records import LocalEntity
from kg.resolve.normalize import name_key

DOMINANCE = 0.8  # share of papers that must agree on an expansion before a bare abbreviation follows it
_SHORT = re.compile(r"(?=.*[A-Z].*[A-Z0-9])[\w+&.*-]{2,10}")


def entity_id(kind: str, key: str) -> str:
    """Id of the entity node with this type and key."""
    return digest("entity", kind, key)


def is_abbreviation(short: str, long: str) -> bool:
    """Whether the letters of `short` stand in `long` in order, starting at its first letter.

    A looser form of the test of Schwartz and Hearst (2003), for pairs that the extractor has already found.
    """
    letters = [c for c in fold_name(short.rstrip("s") if short[:-1].isupper() else short) if c.isalnum()]
    text = fold_name(long)
    if not letters or " " not in text or len(long) <= len(short) or not text.startswith(letters[0]):
        return False
    position = 0
    for letter in letters:
        position = text.find(letter, position) + 1
        if position == 0:
            return False
    return True


def looks_short(form: str) -> bool:
    """Whether a form may be an abbreviation: 2 to 10 characters without space, two of them capitals or digits."""
    return _SHORT.fullmatch(form) is not None


def assign_keys(entities: Iterable[tuple[str, LocalEntity]]) -> dict[tuple[str, str], str]:
    """(paper id, local id) → entity id, for all (paper id, local entity) pairs at once."""
    listed = [(paper, entity, abbreviation_pairs(entity)) for paper, entity in entities]
    expansions: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    papers: Counter[tuple[str, str]] = Counter()  # that give a long form with any abbreviation
    for _, entity, pairs in listed:
        for short, long in pairs:
            key = name_key(long, entity.type)
            expansions[entity.type, name_key(short, entity.type)][key] += 1
            papers[entity.type, key] += 1
    opened = {key: long for key, seen in expansions.items() if (long := _dominant(seen))}
    keys = {}
    for paper, entity, pairs in listed:
        kind, name = entity.type, name_key(entity.name, entity.type)
        longs = {name_key(long, kind) for _, long in pairs}
        key = min(longs, key=lambda long: (-papers[kind, long], long)) if longs else opened.get((kind, name), name)
        keys[paper, entity.id] = entity_id(kind, key)
    return keys


def abbreviation_pairs(entity: LocalEntity) -> list[tuple[str, str]]:
    """(abbreviation, long form) among the forms of an entity."""
    forms = dict.fromkeys((*entity.forms, entity.name))
    shorts = [form for form in forms if looks_short(form)]
    return [(s, long) for s in shorts for long in forms if is_abbreviation(s, long)]


def _dominant(seen: Counter[str]) -> str:
    """The expansion that all, or four in five, papers give; ties and disagreement give an empty string."""
    long, count = min(seen.items(), key=lambda item: (-item[1], item[0]))
    return long if count >= DOMINANCE * seen.total() else ""
