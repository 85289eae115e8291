"""BibTeX and BibLaTeX with abstracts, as PMLR, the ACL Anthology, Zotero and others export it.

Entries are cut out one by one and parsed by bibtexparser, so that a broken one does not take the rest along. `@proceedings` lends its year and
title to the entries behind it that have none, as PMLR means it.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator, Mapping

from kg.ingest._latex import plain
from kg.ingest.base import MAX_CHARACTERS, Item, Line, Place, reject
from kg.ingest.fields import code_links, make_paper
from kg.ingest.source import Source
from kg.model.records import Paper

_START = re.compile(r"\s*@\s*([A-Za-z]+)\s*[{(]")
_ENTRY = re.compile(r"@\s*(?!(?:string|comment|preamble)\b)[A-Za-z]+\s*[{(][^\s,{}]*\s*,", re.IGNORECASE)
_NO_ENTRIES = {"comment", "preamble", "string"}
_NOT_PAPERS = {"proceedings", "mvproceedings", "periodical"}
_LONG = 20_000  # characters from which braces are counted before an entry is parsed
_MOST_STRINGS = 200_000  # characters of abbreviations that a file may define
_MONTHS = {
    name: f"{number:02d}"
    for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)
}
_ARXIV = re.compile(r"arxiv[:\s/]*(?:abs/)?(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", re.IGNORECASE)


def sniff(source: Source) -> int:
    """Whether a line opens an entry."""
    return 3 if re.search(r"^\s*@\s*[A-Za-z]+\s*[{(]\s*[^\s,{}]*\s*,", source.text, re.MULTILINE) else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per entry that is not one of `@string`, `@comment`, `@preamble` and `@proceedings`."""
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what it would say stands in the report
    strings, parent = "", dict[str, str]()
    for number, (kind, lines) in enumerate(_entries(source.lines()), start=1):
        place, raw = Place(number, lines[0].number, lines[0].offset), "\n".join(line.text for line in lines)
        fault = next((line.fault for line in lines if line.fault), "")
        if kind in _NO_ENTRIES and not _ENTRY.search(raw, 1):
            strings += f"{raw}\n" if kind == "string" and len(strings) < _MOST_STRINGS else ""
        elif fault or len(raw) > MAX_CHARACTERS:
            yield reject(place, fault or f"longer than {MAX_CHARACTERS:,} characters; not read as a paper", raw)
        else:
            try:
                for kind, key, fields in _parse(raw, strings):
                    if kind in _NOT_PAPERS:
                        parent = {name: fields[name] for name in ("year", "booktitle", "published", "date") if name in fields}
                    else:
                        inherited = {**parent, **fields} if "year" not in fields and "crossref" not in fields else fields
                        yield place, _paper(key, inherited)
            except ValueError as error:
                yield reject(place, str(error), raw)


def _entries(lines: Iterator[Line]) -> Iterator[tuple[str, list[Line]]]:
    """The lines of each entry, with its type in lower case; text between entries goes with the one before."""
    held: list[Line] = []
    kind, size = "", 0
    for line in lines:
        if (match := _START.match(line.text)) or (line.fault and not held):
            if held:
                yield kind, held
            held, kind, size = [line], match.group(1).lower() if match else "", len(line.text)
        elif held and size < 2 * MAX_CHARACTERS:
            held.append(line)
            size += len(line.text)
    if held:
        yield kind, held


def _parse(raw: str, strings: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Type, key and fields of the entries in a text, mostly one; raises ValueError."""
    import bibtexparser

    opened, closed = raw.count("{"), raw.count("}")
    if opened != closed and len(raw) > _LONG:  # the parser would look long for the end
        raise ValueError(f"not valid BibTeX: {opened:,} braces open, {closed:,} close")
    try:
        library = bibtexparser.parse_string(raw, parse_stack=[])
        if any(not _closed(field.value) for entry in library.entries for field in entry.fields):
            library = bibtexparser.parse_string(strings + raw)
    except Exception as error:  # of a parser that was given anything at all
        raise ValueError(f"not valid BibTeX: {type(error).__name__}") from error
    for entry in library.entries:
        yield entry.entry_type.lower(), entry.key, {field.key.lower(): _open(str(field.value)) for field in entry.fields}
    if library.failed_blocks or not library.entries:
        reasons = [getattr(block.error, "abort_reason", "") or str(block.error) for block in library.failed_blocks]
        raise ValueError(f"not valid BibTeX: {' '.join(''.join(reasons[:1]).split())[:200] or 'no entry'}")


def _closed(value: str) -> bool:
    return value[:1] in ("{", '"') or value.isdecimal()


def _open(value: str) -> str:
    value = value.strip()
    inner = value[1:-1] if len(value) > 1 and (value[0], value[-1]) in (("{", "}"), ('"', '"')) else value
    return inner if _balanced(inner) else value


def _balanced(value: str) -> bool:
    if "{" not in value and "}" not in value:
        return True
    depth = 0
    for sign in re.findall(r"(?<!\\)[{}]", value):
        depth += 1 if sign == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _paper(key: str, fields: Mapping[str, str]) -> Paper:
    given = functools.partial(_first, fields)
    month = given("month").strip()
    month = month.zfill(2) if month.isdecimal() and int(month) <= 12 else _MONTHS.get(month[:3].lower(), "")
    year = given("year").strip()
    date = given("date", "published") or (f"{year}-{month}" if year and month else "")
    url, eprint = plain(given("url", "ee")), given("eprint")
    is_arxiv = (
        "arxiv" in given("archiveprefix", "eprinttype").lower()
        or "arxiv" in f"{given('journal')} {given('journaltitle')} {url}".lower()
    )
    noted = _ARXIV.search(" ".join((given("journal"), given("journaltitle"), given("note"), given("howpublished"))))
    arxiv = eprint if is_arxiv and eprint else noted.group(1) if noted else ""
    code, pdf = given("code", "software", "github"), given("pdf")
    return make_paper(
        {
            "id": key,
            "title": plain(given("title")),
            "original_title": given("title"),
            "abstract": plain(given("abstract")),
            "original_abstract": given("abstract"),
            "authors": people(given("author")),
            "year": year or date[:4],
            "date": date,
            "venue": plain(given("booktitle", "journal", "journaltitle", "maintitle", "eventtitle", "series")),
            "url": url,
            "identifiers": {
                "doi": given("doi"),
                "arxiv": arxiv,
                "pmid": given("pmid"),
                "pmcid": given("pmcid"),
                "openreview": given("openreview"),
            },
            "licence": plain(given("license", "licence", "copyright")),
            "keywords": [word for word in re.split(r"\s*[,;]\s*", plain(given("keywords", "keyword"))) if word],
            "links": [
                *([("code", plain(code))] if code.startswith("http") else []),
                *([("pdf", pdf)] if pdf.startswith("http") else []),
                *code_links([url]),
            ],
        },
        "bibtex",
    )


def _first(fields: Mapping[str, str], *names: str) -> str:
    for name in names:
        if value := fields.get(name):
            return value
    return ""


def people(value: str) -> list[str]:
    """The names in an author field, given names first; `others` is nobody.

    >>> people("Lovelace, Ada and {Open AI Team} and others")
    ['Ada Lovelace', 'Open AI Team']
    """
    from bibtexparser.middlewares.names import split_multiple_persons_names

    try:
        names = split_multiple_persons_names(" ".join(value.split()))
    except Exception:
        names = re.split(r"\s+and\s+", value)
    return [plain(person(name)) for name in names if name.strip() and name.strip().lower() != "others"]


@functools.lru_cache(maxsize=1 << 14)
def person(name: str) -> str:
    """`Family, Given` with the given names first; any other name as it is."""
    from bibtexparser.middlewares.names import InvalidNameError, parse_single_name_into_parts

    try:
        return str(parse_single_name_into_parts(name, strict=False).merge_first_name_first)
    except (InvalidNameError, ValueError, IndexError):
        return name
