"""The records that travel between the stages: a paper, and what its text says: entities, relations, results, links, with their evidence.

All are frozen and hold plain values. Offsets are code points into `Paper.text`, end exclusive;
confidences lie in [0, 1].
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from typing import Any

from kg.model.identifiers import SCHEMES, digest, fold_title


@dataclass(frozen=True)
class Paper:
    """One paper as read. `id` is the input's own id, or the canonical one where it has none. One of the inputs of a paper may have no title.

    `title` and `abstract` are normalised; `original_title` and `original_abstract` hold the raw text where it differs by
    more than white space, else an empty string. `identifiers` are (scheme, value) pairs, sorted; `version` is that of the
    preprint, such as v2. `orcids` and `affiliations` stand beside `authors`, one item for each, or are empty where nobody's
    are known. `links` are (type, url) pairs with type code, data, project, model, pdf or page, as the source gives them; `references` are
    identifiers of the papers cited, as `scheme:value`. `citations` counts the papers that cite it, None where not told.
    `language` is the ISO 639-1 code of the abstract's language, empty where there is too little text to tell.
    """

    id: str
    title: str
    abstract: str
    year: int | None = None
    date: str = ""
    authors: tuple[str, ...] = ()
    venue: str = ""
    url: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    source: str = ""
    licence: str = ""
    original_title: str = ""
    original_abstract: str = ""
    version: str = ""
    language: str = ""
    orcids: tuple[str, ...] = ()
    affiliations: tuple[tuple[str, ...], ...] = ()
    keywords: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    references: tuple[str, ...] = ()
    citations: int | None = None

    @property
    def text(self) -> str:
        """Title, newline, abstract: what all offsets count in."""
        return f"{self.title}\n{self.abstract}"

    @property
    def readable(self) -> bool:
        """Whether the extractors know its language; they read English only."""
        return self.language in ("", "en")

    @cached_property
    def canonical_id(self) -> str:
        """Id of the paper node: from the strongest identifier, else from title and abstract."""
        known = dict(self.identifiers)
        for scheme in SCHEMES:
            if scheme in known:
                return digest("paper", scheme, known[scheme])
        return digest("paper", fold_title(self.title), " ".join(self.abstract.split()))

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, empty fields left out; equal papers give equal bytes. Authors of whom more than the name
        is known are objects with `name`, `orcid` and `affiliations`."""
        kept = {name: v for name in _PAPER_FIELDS if (v := getattr(self, name)) not in ("", None, ())}
        if self.orcids or self.affiliations:
            kept["authors"] = [self._author(place) for place in range(len(self.authors))]
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Paper:
        """The inverse of `to_json`."""
        data = {"title": "", "abstract": "", **json.loads(text)}
        data.update(author_fields(data.get("authors", ())))
        for name in ("identifiers", "links"):
            data[name] = tuple((first, second) for first, second in data.get(name, ()))
        for name in ("keywords", "references"):
            data[name] = tuple(data.get(name, ()))
        return Paper(**data)

    def _author(self, place: int) -> str | dict[str, Any]:
        orcid = self.orcids[place] if self.orcids else ""
        affiliations = self.affiliations[place] if self.affiliations else ()
        more = {"orcid": orcid, "affiliations": list(affiliations)}
        known = {name: value for name, value in more.items() if value}
        return {"name": self.authors[place], **known} if known else self.authors[place]


_PAPER_FIELDS = tuple(f.name for f in fields(Paper) if f.name not in ("orcids", "affiliations"))


def author_fields(authors: Iterable[str | Mapping[str, Any]]) -> dict[str, Any]:
    """The fields `authors`, `orcids` and `affiliations` of a paper, from names and objects with `name`, `orcid` and `affiliations`."""
    people: list[Any] = list(authors)
    if all(isinstance(one, str) for one in people):
        return {"authors": tuple(people), "orcids": (), "affiliations": ()}
    people = [{"name": one} if isinstance(one, str) else one for one in people]
    orcids = tuple(str(one.get("orcid", "")) for one in people)
    affiliations = tuple(tuple(one.get("affiliations", ())) for one in people)
    return {
        "authors": tuple(str(one["name"]) for one in people),
        "orcids": orcids if any(orcids) else (),
        "affiliations": affiliations if any(affiliations) else (),
    }


@dataclass(frozen=True)
class Mention:
    """One place in the text where an entity is named."""

    start: int
    end: int
    text: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Role:
    """What a paper does with an entity; `sentence` is the one that shows it best, at [start, end)."""

    role: str
    confidence: float = 1.0
    start: int = 0
    end: int = 0
    sentence: str = ""


@dataclass(frozen=True)
class LocalEntity:
    """An entity inside one paper: a cluster of mentions. `id` is unique in its record only."""

    id: str
    type: str
    name: str
    mentions: tuple[Mention, ...]
    roles: tuple[Role, ...] = ()
    confidence: float = 1.0

    @property
    def forms(self) -> tuple[str, ...]:
        """Distinct surface forms, in order of first appearance."""
        return tuple(dict.fromkeys(m.text for m in self.mentions))


@dataclass(frozen=True)
class LocalRelation:
    """A typed relation between two local entities, with the sentence that says so."""

    type: str
    source: str
    target: str
    confidence: float = 1.0
    start: int = 0
    end: int = 0
    sentence: str = ""


@dataclass(frozen=True)
class LocalResult:
    """A stated figure. `subject`, `metric`, `dataset`, `task`, `baseline` are local ids or None.

    `value` is the number as written, without sign and unit; `kind` is absolute or delta; `direction` is
    increase or decrease for a delta, else None; `evidence` is the clause, `sentence` the whole sentence.
    """

    value: str
    subject: str | None = None
    metric: str | None = None
    dataset: str | None = None
    task: str | None = None
    unit: str | None = None
    kind: str = "absolute"
    direction: str | None = None
    baseline: str | None = None
    condition: str | None = None
    evidence: str = ""
    confidence: float = 1.0
    start: int = 0
    end: int = 0
    sentence: str = ""


@dataclass(frozen=True)
class Link:
    """A URL in the text; `type` is code, project, model or data."""

    type: str
    url: str
    start: int = 0
    end: int = 0
    confidence: float = 1.0


@dataclass(frozen=True)
class PaperRecord:
    """What one text says, with the name and version of the extractor that read it."""

    id: str
    entities: tuple[LocalEntity, ...] = ()
    relations: tuple[LocalRelation, ...] = ()
    results: tuple[LocalResult, ...] = ()
    links: tuple[Link, ...] = ()
    extractor: str = ""

    def with_id(self, record_id: str) -> PaperRecord:
        """The same record under another id."""
        return replace(self, id=record_id)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of the annotation guidelines, with places, sentences and confidences added."""
        return {
            "id": self.id,
            "extractor": self.extractor,
            "entities": [_entity_to_dict(e) for e in self.entities],
            "relations": [_plain(r) for r in self.relations],
            "results": [_plain(r) for r in self.results],
            "links": [_plain(x) for x in self.links],
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> PaperRecord:
        """Read the JSON form; places and confidences may be missing, as in gold records.

        Raises:
            KeyError, TypeError, ValueError: the object is not a record.
        """
        return PaperRecord(
            id=str(data["id"]),
            entities=tuple(_entity_from_dict(e) for e in data.get("entities", ())),
            relations=tuple(_build(LocalRelation, r) for r in data.get("relations", ())),
            results=tuple(_build(LocalResult, r) for r in data.get("results", ())),
            links=tuple(_build(Link, x) for x in data.get("links", ())),
            extractor=str(data.get("extractor", "")),
        )


def _plain(record: Any) -> dict[str, Any]:
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in vars(record).items()}


def _build(kind: Any, data: Mapping[str, Any]) -> Any:
    names = _field_names(kind)
    return kind(**data) if data.keys() <= names else kind(**{k: v for k, v in data.items() if k in names})


@cache
def _field_names(kind: Any) -> frozenset[str]:
    return frozenset(f.name for f in fields(kind))


def _entity_to_dict(entity: LocalEntity) -> dict[str, Any]:
    return {
        "id": entity.id,
        "type": entity.type,
        "name": entity.name,
        "mentions": list(entity.forms),
        "roles": [r.role for r in entity.roles],
        "confidence": round(entity.confidence, 4),
        "spans": [_plain(m) for m in entity.mentions],
        "role_evidence": [_plain(r) for r in entity.roles],
    }


def _entity_from_dict(data: Mapping[str, Any]) -> LocalEntity:
    mentions = tuple(_build(Mention, m) for m in data.get("spans", ()))
    roles = tuple(_build(Role, r) for r in data.get("role_evidence", ()))
    return LocalEntity(
        id=str(data["id"]),
        type=str(data["type"]),
        name=str(data["name"]),
        mentions=mentions or tuple(Mention(-1, -1, str(form)) for form in data.get("mentions", ())),
        roles=roles or tuple(Role(str(role)) for role in data.get("roles", ())),
        confidence=float(data.get("confidence", 1.0)),
    )
