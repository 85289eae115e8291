"""RIS, as Scopus, Web of Science, Zotero, EndNote and publishers export it; records are cut out one by one and parsed by rispy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kg.ingest.base import MAX_CHARACTERS, Item, Line, Place, reject
from kg.ingest.fields import code_links, make_paper, text, texts
from kg.ingest.formats.bibtex import person
from kg.ingest.source import Source
from kg.model.records import Paper

_TYPE, _END = re.compile(r"TY {1,2}-"), re.compile(r"ER {1,2}-")
_CITED = re.compile(r"Cited By:?\s*(\d+)", re.IGNORECASE)


def sniff(source: Source) -> int:
    """Whether a line opens a record."""
    return 3 if re.search(r"^TY {1,2}- ", source.text, re.MULTILINE) else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per record; the line `ER` may be missing."""
    import rispy

    for number, lines in enumerate(_records(source.lines()), start=1):
        place, raw = Place(number, lines[0].number, lines[0].offset), "\n".join(line.text for line in lines)
        fault = next((line.fault for line in lines if line.fault), "")
        if fault or len(raw) > MAX_CHARACTERS:
            yield reject(place, fault or f"longer than {MAX_CHARACTERS:,} characters; not read as a paper", raw)
            continue
        try:
            found = rispy.loads(raw if _END.search(lines[-1].text) else f"{raw}\nER  - \n")
            if not found:
                raise ValueError("not valid RIS: no record found")
            yield place, _paper(found[0])
        except ValueError as error:
            yield reject(place, str(error), raw)
        except Exception as error:  # of a parser that was given anything at all
            yield reject(place, f"not valid RIS: {type(error).__name__} {error}", raw)


def _records(lines: Iterator[Line]) -> Iterator[list[Line]]:
    held: list[Line] = []
    size = 0
    for line in lines:
        if held and _TYPE.match(line.text):
            yield held
            held, size = [], 0
        if held or line.text.strip():
            if size < 2 * MAX_CHARACTERS:
                held.append(line)
            size += len(line.text)
        if held and _END.match(line.text):
            yield held
            held, size = [], 0
    if held:
        yield held


def _paper(data: dict[str, Any]) -> Paper:
    urls = texts(data.get("urls"))
    raw_date = text(data.get("date")) or text(data.get("year")) or text(data.get("publication_year"))
    date = "-".join(part for part in re.sub(r"[^\d/-].*", "", raw_date).strip("/").split("/") if part)
    notes = " ".join(texts(data.get("notes")))
    cited = _CITED.search(notes)
    year = text(data.get("year")) or text(data.get("publication_year"))
    return make_paper(
        {
            "id": text(data.get("id")),
            "title": _first(data, "title", "primary_title", "translated_title", "short_title"),
            "abstract": _first(data, "abstract", "notes_abstract"),
            "authors": [person(name) for name in texts(data.get("authors")) or texts(data.get("first_authors"))],
            "year": year,
            "date": date if date != year[:4] else "",
            "venue": _first(data, "secondary_title", "journal_name", "alternate_title3", "alternate_title2", "tertiary_title"),
            "url": next(iter(urls), ""),
            "doi": text(data.get("doi")),
            "keywords": texts(data.get("keywords")),
            "links": code_links(urls) + [("page", url) for url in urls[1:]],
            "citations": cited.group(1) if cited else None,
        },
        "ris",
    )


def _first(data: dict[str, Any], *names: str) -> str:
    return next((" ".join(texts(data[name])) for name in names if data.get(name)), "")
