"""Answers of SPARQL in the four result formats of the W3C (2013), and triples in syntaxes of RDF, written as they come."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from kg.rdf.terms import PREFIXES, term

SOLUTIONS = {  # media type → how a row of terms is written
    "application/sparql-results+json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
TRIPLES = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}
_STRING = term("xsd:string")
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'


class TooLarge(Exception):
    """The answer has more bytes than are allowed."""


def write_answer(found: Any, media: str, file: IO[bytes], most_rows: int, most_bytes: int) -> bool:
    """Write what a query answered as that media type; whether all of it was written, or the first `most_rows` rows or triples only.

    Raises:
        TooLarge: it would be more than `most_bytes`.
    """
    out = _Bounded(file, most_bytes)
    if isinstance(found, ox.QueryBoolean):
        out.write(_boolean(bool(found), SOLUTIONS[media]))
        return True
    rows = iter(found)
    kept = itertools.islice(rows, most_rows)
    if isinstance(found, ox.QuerySolutions):
        names = [variable.value for variable in found.variables]
        for text in _WRITERS[SOLUTIONS[media]](names, kept):
            out.write(text.encode("utf-8", "surrogatepass"))
    else:
        write_triples(kept, media, out)
    return next(rows, None) is None


def write_triples(triples: Iterable[ox.Triple], media: str, file: Any) -> None:
    """Triples as that media type."""
    syntax = TRIPLES[media]
    prefixes = PREFIXES if syntax in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG) else None
    ox.serialize(triples, file, format=syntax, prefixes=prefixes)


class _Bounded(io.RawIOBase):
    """A file that takes so many bytes and no more."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._left = most

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge
        return self._file.write(data)


def _boolean(value: bool, form: str) -> bytes:
    word = "true" if value else "false"
    return {
        "json": f'{{"head":{{}},"boolean":{word}}}',
        "xml": f"{_XML}<head></head><boolean>{word}</boolean></sparql>\n",
        "csv": word,
        "tsv": word,
    }[form].encode()


def _json(names: list[str], rows: Iterable[Any]) -> Iterator[str]:
    yield f'{{"head":{{"vars":{json.dumps(names)}}},"results":{{"bindings":['
    for number, row in enumerate(rows):
        bound = {name: _json_term(value) for name, value in zip(names, row, strict=True) if value is not None}
        yield (",\n" if number else "\n") + json.dumps(bound, ensure_ascii=False)
    yield "\n]}}\n"


def _json_term(value: Any) -> dict[str, Any]:
    if isinstance(value, ox.NamedNode):
        return {"type": "uri", "value": value.value}
    if isinstance(value, ox.BlankNode):
        return {"type": "bnode", "value": value.value}
    if isinstance(value, ox.Triple):
        parts = zip(("subject", "predicate", "object"), value, strict=True)
        return {"type": "triple", "value": {name: _json_term(part) for name, part in parts}}
    found: dict[str, Any] = {"type": "literal", "value": value.value}
    if value.language:
        found["xml:lang"] = value.language
    elif value.datatype != _STRING:
        found["datatype"] = value.datatype.value
    return found


def _xml(names: list[str], rows: Iterable[Any]) -> Iterator[str]:
    yield f"{_XML}<head>{''.join(f'<variable name={quoteattr(name)}/>' for name in names)}</head><results>"
    for row in rows:
        bound = (f"<binding name={quoteattr(n)}>{_xml_term(v)}</binding>" for n, v in zip(names, row, strict=True) if v is not None)
        yield f"<result>{''.join(bound)}</result>\n"
    yield "</results></sparql>\n"


def _xml_term(value: Any) -> str:
    if isinstance(value, ox.NamedNode):
        return f"<uri>{_xml_text(value.value)}</uri>"
    if isinstance(value, ox.BlankNode):
        return f"<bnode>{_xml_text(value.value)}</bnode>"
    if isinstance(value, ox.Triple):
        parts = zip(("subject", "predicate", "object"), value, strict=True)
        return f"<triple>{''.join(f'<{name}>{_xml_term(part)}</{name}>' for name, part in parts)}</triple>"
    kind = ""
    if value.language:
        kind = f" xml:lang={quoteattr(value.language)}"
    elif value.datatype != _STRING:
        kind = f" datatype={quoteattr(value.datatype.value)}"
    return f"<literal{kind}>{_xml_text(value.value)}</literal>"


def _xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 has no way to say."""
    kept = (c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "\ufffd" for c in text)
    return escape("".join(kept), {"\r": "&#13;"})


def _csv(names: list[str], rows: Iterable[Any]) -> Iterator[str]:
    for row in itertools.chain([names], ([_csv_term(value) for value in row] for row in rows)):
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\r\n").writerow(row)
        yield buffer.getvalue()


def _csv_term(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, ox.Triple | ox.BlankNode) else str(value.value)


def _tsv(names: list[str], rows: Iterable[Any]) -> Iterator[str]:
    yield "\t".join(f"?{name}" for name in names) + "\n"
    for row in rows:
        yield "\t".join("" if value is None else str(value).replace("\t", "\\t") for value in row) + "\n"


_WRITERS: dict[str, Callable[[list[str], Iterable[Any]], Iterator[str]]] = {"json": _json, "xml": _xml, "csv": _csv, "tsv": _tsv}
