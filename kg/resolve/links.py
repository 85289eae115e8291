"""What entities are called elsewhere: the rows of a user's table (`links.tsv`) joined to entities by name or alias, never by a guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from kg.model.errors import InputError, UsageError
from kg.model.identifiers import entity_keys
from kg.model.vocabulary import load_vocabulary
from kg.resolve.normalize import name_key

FILE = "links.tsv"
RELATIONS = ("skos:exactMatch", "skos:closeMatch", "owl:sameAs", "schema:sameAs")
_HEADER = ["name", "type", "iri", "relation"]
_PAGES = ("huggingface.co", "github.com", "paperswithcode.com")  # addresses of pages about a thing, not names of it


@dataclass(frozen=True, order=True)
class Link:
    """One row: a name or alias, the type of thing that it must be (any, if empty), its IRI elsewhere, and how they are related (as fits, if
    empty)."""

    name: str
    type: str
    iri: str
    relation: str = ""


@dataclass
class Joined:
    """Rows of the table `external`, and what could not be used, as (link, reason)."""

    rows: list[dict[str, str]] = field(default_factory=list)
    left: list[tuple[Link, str]] = field(default_factory=list)


def read_links(path: Path) -> tuple[list[Link], list[str]]:
    """The rows of a table: name, type, IRI and, if wanted, a relation, with tabs between; and what is wrong with other lines, told by number.

    A first line of column names, empty lines and those that start with # are passed over.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); give a table in UTF-8") from error
    links, wrong = [], []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#") or (number == 1 and [c.lower() for c in cells] == _HEADER[: len(cells)]):
            continue
        try:
            links.append(_link(cells))
        except UsageError as error:
            wrong.append(f"{path}, line {number}: {error}")
    return links, wrong


def write_links(links: Iterable[Link]) -> str:
    """The text of a table of links, sorted, each once."""
    rows = [_HEADER, *([link.name, link.type, link.iri, link.relation] for link in sorted(set(links)))]
    return "".join("\t".join(row).rstrip() + "\n" for row in rows)


def known_links(directory: Path) -> list[Link]:
    """The links that a graph directory holds; lines that cannot be read are passed over."""
    path = directory / FILE
    return read_links(path)[0] if path.exists() else []


def joined_links(directory: Path, entities: pa.Table) -> Joined:
    """The links of a graph directory, joined to the rows of a table of entities."""
    links = known_links(directory)
    return join_links(links, entities.select(["id", "type", "name", "aliases"]).to_pylist()) if links else Joined()


def join_links(links: Iterable[Link], entities: Iterable[Mapping[str, Any]]) -> Joined:
    """The links of entities. A name is looked for among names and aliases, in any case, then in any spelling of one key.

    Left out are names of nothing or of several things, and IRIs of which one entity would get several of one site.
    """
    wanted = sorted(set(links))
    known = _Names({link.name for link in wanted}, entities)
    joined, found = Joined(), defaultdict[tuple[str, str, str], list[Link]](list)
    for link in wanted:
        fit = known.find(link.name, link.type)
        if len(fit) == 1:
            relation = link.relation or _fitting(link.iri, fit[0]["type"])
            found[fit[0]["id"], relation, _site(link.iri)].append(link)
        else:
            names = ", ".join(f"{e['name']} ({e['type']}, {e['id']})" for e in fit[:5])
            joined.left.append((link, f"{len(fit)} things have this name: {names}" if fit else "no thing of this name"))
    for (entity, relation, _), several in found.items():
        iris = {link.iri for link in several}
        if len(iris) == 1:
            joined.rows.append({"entity": entity, "relation": relation, "iri": several[0].iri})
        else:
            joined.left += [(link, f"one thing would have {len(iris)} of these: {', '.join(sorted(iris)[:5])}") for link in several]
    joined.rows.sort(key=lambda row: (row["entity"], row["relation"], row["iri"]))
    joined.left.sort()
    return joined


class _Names:
    """The entities that are asked for, by name in lower case, and by the key of their type."""

    def __init__(self, names: set[str], entities: Iterable[Mapping[str, Any]]) -> None:
        self._exact, self._alike = defaultdict[str, list[Any]](list), defaultdict[tuple[str, str], list[Any]](list)
        lower = {name.lower() for name in names}
        self._keys = {(kind, name): name_key(name, kind) for name in names for kind in load_vocabulary().entities}
        wanted = {(kind, key) for (kind, _), key in self._keys.items()}
        for entity in entities:
            for key in lower.intersection(entity_keys(entity["name"], entity["aliases"])):
                self._exact[key].append(entity)
            for pair in wanted.intersection(
                (entity["type"], name_key(form, entity["type"])) for form in (entity["name"], *entity["aliases"])
            ):
                self._alike[pair].append(entity)

    def find(self, name: str, kind: str) -> list[Any]:
        """Entities of a name, of one type or any."""
        kinds = [kind] if kind else list(load_vocabulary().entities)
        exact = [entity for entity in self._exact[name.lower()] if entity["type"] in kinds]
        return exact or [entity for one in kinds for entity in self._alike[one, self._keys[one, name]]]


def _link(cells: list[str]) -> Link:
    if not 3 <= len(cells) <= 4 or not cells[0] or not cells[2]:
        raise UsageError("a row has a name, a type, an IRI and perhaps a relation, with tabs between")
    name, kind, iri, relation = (*cells, "")[:4]
    types = load_vocabulary().entities
    if kind and kind not in types:
        raise UsageError(f"unknown type {kind!r}; known: {', '.join(types)}, or nothing for any")
    if relation and relation not in RELATIONS:
        raise UsageError(f"unknown relation {relation!r}; known: {', '.join(RELATIONS)}, or nothing for what fits")
    try:
        usable = urlsplit(iri).scheme in ("http", "https", "urn") and not any(c in iri for c in '<>"{}|\\^` \n')
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"{iri!r} is no absolute IRI")
    return Link(name, kind, iri, relation)


def _site(iri: str) -> str:
    return urlsplit(iri).netloc or iri.rpartition(":")[0]


def _fitting(iri: str, kind: str) -> str:
    """Pages are `schema:sameAs`, concepts match, other things are the same."""
    if _site(iri) in _PAGES:
        return "schema:sameAs"
    return "skos:exactMatch" if load_vocabulary().entities[kind].scheme else "owl:sameAs"
