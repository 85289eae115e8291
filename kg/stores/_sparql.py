"""SPARQL texts and what comes back: parameters put in, updates refused, answers as rows.

SPARQL has no parameters, so `$name` in a text is replaced by the value's literal, written by the engine's own
serialiser; text inside strings, IRIs and comments is never touched. `SERVICE` would call other servers and is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from kg.model.errors import ReadOnly
from kg.rdf.terms import term
from kg.stores.base import Answer

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
    r'|<[^<>"{}|^`\\\s]*>|#[^\n]*|\$(\w++)|(?<![:\w?$-])(\w++)(?!:)',
    re.DOTALL,
)
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}
_QUERIES = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}


def bind(text: str, parameters: Mapping[str, Any]) -> str:
    """The text with each `$name` replaced by its value as a literal, or the literals of a list with commas between; behind `{`, as in
    `VALUES ?x { $name }`, with spaces.

    Raises:
        ReadOnly: the text is an update, or calls another server.
    """
    words: list[str] = []

    def replace(match: re.Match[str]) -> str:
        name, word = match.group(1), match.group(2)
        if word:
            words.append(word.upper())
        if name not in parameters:
            return match.group()
        value, listed = parameters[name], text[: match.start()].rstrip().endswith("{")
        return " ".join(map(_literal, value)) if listed and isinstance(value, list | tuple) else _literal(value)

    bound = _TOKEN.sub(replace, text)
    if "SERVICE" in words:
        raise ReadOnly("SERVICE calls another server and is not allowed; ask that server directly")
    if next((word for word in words if word in _UPDATES | _QUERIES), "") in _UPDATES:
        raise ReadOnly("the text is an update; the graph is read-only, change it with: kg build")
    return bound


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(_literal, value))
    if isinstance(value, int):
        return str(value)  # a literal of its own in SPARQL, and the only one that LIMIT takes
    if isinstance(value, float | Decimal):
        kind = "xsd:double" if isinstance(value, float) else "xsd:decimal"
        return str(ox.Literal(str(value), datatype=term(kind)))
    return str(ox.Literal(str(value)))


def to_answer(found: Any, limit: int) -> Answer:
    """Solutions, a yes or no, or triples as rows: those of CONSTRUCT and DESCRIBE are subject, predicate, object."""
    if isinstance(found, ox.QueryBoolean):
        return Answer(("answer",), [(bool(found),)])
    triples = not isinstance(found, ox.QuerySolutions)
    names = ("subject", "predicate", "object") if triples else tuple(v.value for v in found.variables)
    rows: list[tuple[Any, ...]] = []
    for item in found:
        if len(rows) == limit:
            return Answer(names, rows, truncated=True)
        rows.append(tuple(_plain(v) for v in item))
    return Answer(names, rows)


_NUMBERS = {"integer": int, "decimal": float, "double": float, "float": float, "int": int, "long": int}


def _plain(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, ox.Literal):
        kind = value.datatype.value.rpartition("#")[2]
        if kind == "boolean":
            return value.value == "true"
        return _NUMBERS[kind](value.value) if kind in _NUMBERS else value.value
    return value.value if isinstance(value, ox.NamedNode) else str(value)
