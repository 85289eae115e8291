"""N-Triples as text, in canonical form: terms, and patterns of lines that are filled with them.

Text is made of rows in a fraction of the time that triples take which an engine then writes as text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from kg.rdf.terms import BASE, PREFIXES

_PORTION = 1 << 20  # characters
_SPECIAL = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)}
_ESCAPES |= {ord(one): f"\\{how}" for one, how in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)}
_NOT_IN_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")


class Place(NamedTuple):
    """Where things of ours are, and whether statement nodes are reifiers of triple terms (RDF 1.2) instead of `rdf:Statement`s."""

    base: str = BASE
    rdf12: bool = False

    def node(self, kind: str, identifier: str) -> str:
        """A thing of ours: `<base>paper/<id>` and so on; ids are hexadecimal, so no escaping is needed."""
        return f"<{self.base}{kind}/{identifier}>"

    def graph(self, source: str) -> str:
        """The named graph of what the papers of one source say; `resolved` and `papers` are ours."""
        return f"<{self.base}graph/{quote(source, safe='') or 'papers'}>"


def literal(text: str) -> str:
    """A plain string."""
    return f'"{text.translate(_ESCAPES)}"' if _SPECIAL.search(text) else f'"{text}"'


def iri(address: str) -> str:
    """An address found in data; what no IRI may hold is escaped."""
    return f"<{_NOT_IN_IRI.sub(lambda found: quote(found[0]), address)}>"


@functools.cache
def prefixed(short: str) -> str:
    """A prefixed name such as `dcterms:title` as an IRI; `a` is `rdf:type`."""
    prefix, local = ["rdf", "type"] if short == "a" else short.split(":", 1)
    return f"<{PREFIXES[prefix]}{local}>"


@functools.lru_cache(maxsize=1 << 14)
def integer(value: int) -> str:
    """An xsd:integer."""
    return f'"{value}"^^{prefixed("xsd:integer")}'


@functools.lru_cache(maxsize=1 << 14)
def decimal(value: object) -> str:
    """An xsd:decimal in the canonical form of XML Schema 1.0: no exponent, one digit at least after the point and no zeros more.

    Stores that keep decimals by value (Jena's TDB2) give this form back, and delete no other.
    """
    text = f"{value:f}" if not isinstance(value, float) else f"{value:.6f}"
    whole, _, part = text.partition(".")
    return f'"{whole}.{part.rstrip("0") or "0"}"^^{prefixed("xsd:decimal")}'


def boolean(value: bool) -> str:
    """An xsd:boolean."""
    return f'"{str(value).lower()}"^^{prefixed("xsd:boolean")}'


def uri_literal(url: str) -> str:
    """A URL found in text, which need not be a valid IRI, as an xsd:anyURI literal."""
    return f"{literal(url)}^^{prefixed('xsd:anyURI')}"


def line(subject: str, predicate: str, value: str) -> str:
    """One triple; the predicate is a prefixed name."""
    return f"{subject} {prefixed(predicate)} {value} .\n"


def pattern(text: str) -> Callable[..., str]:
    """A way to fill lines of three terms each: prefixed names, literals without blanks, and `{places}` for terms to be given by name."""
    lines = [[part if part[0] in '{"<' else prefixed(part) for part in one.split()] for one in text.strip().splitlines()]
    return "".join(f"{subject} {predicate} {value} .\n" for subject, predicate, value in lines).format


def in_graph(lines: str, graph: str) -> str:
    """The lines as N-Quads of a named graph: literals hold no line ends, so that an end of line is that of a triple."""
    return lines.replace(" .\n", f" {graph} .\n")


def each_line(lines: str) -> list[str]:
    """The lines one by one, each with its end; other marks that end lines elsewhere may stand in literals."""
    return [f"{one}\n" for one in lines.split("\n")[:-1]]


def portions(texts: Iterable[str], least: int = _PORTION) -> Iterator[str]:
    """The same text in pieces of more than `least` characters, but for the last; each of whole lines where the texts are."""
    held, size = list[str](), 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size > least:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)


def parsed(texts: Iterable[str]) -> Iterator[Any]:
    """Lines as pyoxigraph's quads, those without a graph in the default one."""
    for text in portions(texts):
        yield from ox.parse(text, ox.RdfFormat.N_QUADS, lenient=True)
