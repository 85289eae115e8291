"""Saved questions: files with a header, in Cypher and in SPARQL, and the one door to asking them.

A header is the comment lines at the top: `title`, `description`, any number of `parameter: name | type |
default or required | example | help`, and `columns`. A user's own file with the same header works the same. A parameter that names
something is taken in any case and spelling; where it is not in the graph, the nearest names are told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg import registry
from kg.model.errors import InputError, QueryError, QueryTimeout, UnknownName, UsageError
from kg.resources import data_path
from kg.stores.base import DEFAULT_LIMIT, DEFAULT_TIMEOUT, ENGINES, Answer, GraphStore
from kg.tables import Version

SUFFIXES = {".cypher": "cypher", ".rq": "sparql"}
_HEADER = re.compile(r"^(?://|#)\s*(title|description|parameter|columns):\s*(.*)$")
_NAMED = ("entity", "model", "method", "dataset", "metric", "task", "venue")  # kinds that name something in the graph

_KINDS: dict[str, Callable[[str], Any]] = {"text": str, "integer": int, "number": float, **dict.fromkeys((*_NAMED, "papers"), str)}


@dataclass(frozen=True)
class Parameter:
    """One parameter: `kind` is text, integer, number, papers (a list: ids, identifiers or titles, with `;` between), or what it names:
    entity (of any type), model, method, dataset, metric, task, venue. `default` is None when it must be given."""

    name: str
    kind: str
    default: str | None
    example: str
    help: str

    def convert(self, value: Any) -> Any:
        """The typed value; names in lower case.

        Raises:
            UsageError: it is not of the parameter's kind.
        """
        if self.kind == "papers":
            return [name.lower() for name in self.names(value)]
        if self.kind in _NAMED:
            return str(value).strip().lower()
        try:
            return _KINDS[self.kind](value if isinstance(value, str) else str(value))
        except ValueError:
            raise UsageError(f"parameter {self.name!r} must be {self.kind}, found {value!r}") from None

    def names(self, value: Any) -> list[str]:
        """What a value names in the graph, as it was written: nothing, one thing, or several papers."""
        if self.kind == "papers":
            parts = value.split(";") if isinstance(value, str) else map(str, value)
            return [part.strip() for part in parts if part.strip()]
        return [str(value).strip()] if self.kind in _NAMED and str(value).strip() else []


@dataclass(frozen=True)
class SavedQuery:
    """One question in one language."""

    name: str
    language: str
    text: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Typed values of all parameters, defaults filled in.

        Raises:
            UsageError: one is missing, unknown or of the wrong kind.
        """
        known = {p.name: p for p in self.parameters}
        for name in given:
            if name not in known and self.title:
                raise UsageError(f"query {self.name!r} has no parameter {name!r}; it has: {', '.join(known) or 'none'}")
        values: dict[str, Any] = {name: value for name, value in given.items() if name not in known}
        for parameter in self.parameters:
            value = given.get(parameter.name, parameter.default)
            if value is None:
                example = f"-p {parameter.name}={_quoted(parameter.example)}"
                raise UsageError(f"query {self.name!r} needs the parameter {parameter.name!r}, for example {example}")
            values[parameter.name] = parameter.convert(value)
        return values


def read_query(path: Path) -> SavedQuery:
    """A query file with its header; a file without header is a query without title and parameters.

    Raises:
        InputError: the file cannot be read, or its name ends neither in .cypher nor in .rq.
        QueryError: a parameter line is malformed.
    """
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path}: a query file ends in .cypher or .rq")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text; check the path") from error
    fields: dict[str, list[str]] = {"title": [], "description": [], "parameter": [], "columns": []}
    for line in text.splitlines():
        match = _HEADER.match(line)
        if not match:
            break
        fields[match.group(1)].append(match.group(2).strip())
    return SavedQuery(
        name=path.stem,
        language=SUFFIXES[path.suffix],
        text=text,
        title=" ".join(fields["title"]),
        description=" ".join(fields["description"]),
        parameters=tuple(_parameter(path, line) for line in fields["parameter"]),
        columns=tuple(c.strip() for line in fields["columns"] for c in line.split(",")),
    )


def saved_names(language: str = "cypher") -> list[str]:
    """Names of the shipped questions that can be asked in a language, sorted. All can be asked in Cypher."""
    return sorted(path.stem for path in data_path("queries").iterdir() if SUFFIXES.get(path.suffix) == language)


def saved_query(name: str, language: str = "cypher") -> SavedQuery:
    """A shipped question in one language.

    Raises:
        UnknownName: there is none of this name, or not in this language.
    """
    suffix = next(s for s, known in SUFFIXES.items() if known == language)
    path = data_path("queries") / f"{name}{suffix}"
    if name in saved_names() and not path.exists():
        raise UnknownName(f"{name!r} cannot be asked in {language}; ask it in the other language: leave --lang out")
    if re.fullmatch(r"[\w-]+", name) is None or not path.exists():
        close = difflib.get_close_matches(name, saved_names(), 3, 0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(saved_names())}"
        raise UnknownName(f"no saved question named {name!r} in {language}; {hint}")
    return read_query(path)


def find_query(words: str, language: str | None) -> SavedQuery:
    """A saved name, a file, or query text itself; the language of a text is told by its first word.

    Raises:
        UnknownName, InputError, QueryError: as above.
    """
    if re.fullmatch(r"[\w-]+", words):
        return saved_query(words, language or "cypher")
    path = Path(words)
    if path.suffix in SUFFIXES and "\n" not in words and len(words) < 4096 and (path.exists() or "/" in words or " " not in words):
        return read_query(path)
    return SavedQuery("query", language or _guess_language(words), words, "", "", (), ())


def open_store(version: Version, language: str) -> GraphStore:
    """The embedded store for a language."""
    store: GraphStore = registry.load("stores", ENGINES[language]).open_store(version)
    return store


def ask(
    store: GraphStore, query: SavedQuery, given: Mapping[str, Any] | None = None, *, timeout: float = DEFAULT_TIMEOUT,
    limit: int = DEFAULT_LIMIT,
) -> Answer:  # fmt: skip
    """Run a query with its parameters given as text.

    Raises:
        UnknownName: a parameter names what is not in the graph.
        UsageError, and whatever `GraphStore.query` raises.
    """
    values = query.bind(given or {})
    answer = store.query(query.text, values, timeout=timeout, limit=limit)
    named = {p: p.names((given or {}).get(p.name, p.default)) for p in query.parameters}
    if not any(named.values()) or (answer.rows and not any(p.kind == "papers" for p in named)):
        return answer  # what has an answer is known
    respelt = values | _known(store, named, timeout)
    return answer if respelt == values else store.query(query.text, respelt, timeout=timeout, limit=limit)


def _known(store: GraphStore, named: Mapping[Parameter, list[str]], timeout: float) -> dict[str, Any]:
    """The keys by which the graph knows what parameters name."""
    from kg.names import find_key, is_key, known_names, labels_of

    try:
        strange = {name for p, names in named.items() for name in names if not is_key(store, name, p.kind, timeout)}
        labels = sorted({label for p, names in named.items() if strange.intersection(names) for label in labels_of(p.kind)})
        known = known_names(store, labels, timeout) if strange else []
    except QueryTimeout:
        return {}  # too many names to look through: no rows is what there is to say
    found: dict[str, Any] = {}
    for parameter, names in named.items():
        keys = [find_key(name, known, parameter.kind) if name in strange else name.strip().lower() for name in names]
        if keys:
            found[parameter.name] = keys if parameter.kind == "papers" else keys[0]
    return found


def _guess_language(text: str) -> str:
    bare = re.sub(r"(?m)^\s*(?:#|//).*$", "", text).strip()
    if re.match(r"(?i)(?:PREFIX|BASE|SELECT|ASK|CONSTRUCT|DESCRIBE|INSERT\s+DATA|DELETE\s+(?:DATA|WHERE))\b", bare):
        return "sparql"
    return "cypher"


def _parameter(path: Path, line: str) -> Parameter:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) != 5 or parts[1] not in _KINDS:
        raise QueryError(f"{path}: parameter line must read `name | {', '.join(_KINDS)} | default or required | example | help`")
    default = None if parts[2] == "required" else parts[2].strip('"')
    return Parameter(parts[0], parts[1], default, parts[3], parts[4])


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
