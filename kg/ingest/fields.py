"""Fields of a record, in the names of our own JSON Lines → a `Paper`: what every format comes down to.

    title, abstract, date, venue, url, source, licence, version, language    text
    year, citations        numbers
    authors                names, or objects with name (or given and family), orcid, affiliations
    identifiers            {scheme: value}; the same keys are also taken beside it, and from the addresses
    links                  [type, url] pairs or objects; type is code, data, project, model, pdf or page
    keywords, references   lists of text; a reference is `scheme:value`, a DOI or an address

Only a title is needed, or an abstract and an identifier. What has the wrong kind counts as not given: whoever wants to be strict looks before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kg.ingest.language import language_of
from kg.ingest.normalise import normalise_abstract, normalise_text, without_controls
from kg.model.identifiers import SCHEMES, arxiv_version, identifiers_in, implied_identifiers, normalise_identifier
from kg.model.records import Paper, author_fields

Fields = Mapping[str, Any]
LINKS = ("code", "data", "project", "model", "pdf", "page")
_SCHEMES = frozenset(SCHEMES)
_LINES = frozenset({"date", "venue", "url", "source", "licence", "version", "language"})
_LANGUAGE = re.compile("[a-z]{2,3}")
_YEAR = re.compile(r"(?<!\d)(1\d{3}|2\d{3})(?!\d)")
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dXx]")
_ISO = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?(?=$|[T ])")
_URL = re.compile(r"https?://[^\s<>{}|\\^`\"]+")
_CODE = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)/", re.IGNORECASE)


def make_paper(data: Fields, source: str = "", plain: bool = False) -> Paper:
    """The paper of a record; `source` is where it comes from unless the record says so itself, `plain` that no text in it needs normalising
    but for white space at its ends. An abstract with an identifier may come without title: another input may have the paper.

    Raises:
        ValueError: there is no title, nor both of those.
    """
    tidy: Callable[[str], str] = str.strip if plain else normalise_text
    raw_title, raw_abstract = text(data.get("title")), text(data.get("abstract"))
    title, abstract = tidy(raw_title), normalise_abstract(raw_abstract, plain)
    fields: dict[str, Any] = {
        "title": title,
        "abstract": abstract,
        "original_title": _original(raw_title, title, data.get("original_title")),
        "original_abstract": _original(raw_abstract, abstract, data.get("original_abstract")),
    }
    for name in _LINES.intersection(data):
        if value := data[name]:
            fields[name] = tidy(text(value))
    if source and not fields.get("source"):
        fields["source"] = source
    if "license" in data and not fields.get("licence"):
        fields["licence"] = tidy(text(data["license"]))
    if (date := fields.get("date")) and (match := _ISO.match(date)):
        fields["date"] = match.group()
    if year := year_of(data.get("year")) or (year_of(date) if date else None):
        fields["year"] = year
    if authors := data.get("authors"):
        fields |= _people(authors, tidy)
    for name in _LISTS.intersection(data):
        if (value := data[name]) is not None:
            fields[name] = _LISTED[name](value)
    if found := _identifiers(data, fields.get("url", "")):
        fields["identifiers"] = found
        fields["version"] = fields.get("version") or _version(data, fields.get("url", ""))
    if not title and not (abstract and found):
        raise ValueError("no title")
    given = fields.get("language", "").lower()
    fields["language"] = given if abstract and _LANGUAGE.fullmatch(given) else language_of(abstract)
    own = data.get("id", "")
    own = without_controls(str(own)).strip() if isinstance(own, str | int) else ""
    paper = Paper(id=own, **fields)
    return paper if own else Paper(id=paper.canonical_id, **fields)


def text(value: Any) -> str:
    """A value if it is text, the text of a number, else nothing."""
    if value is None or isinstance(value, str):
        return value or ""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def texts(value: Any) -> list[str]:
    """The texts of a list, or the one that stands for it."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def object_of(value: Any) -> Mapping[str, Any]:
    """A value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def year_of(value: Any) -> int | None:
    """The first year in a value, from 1000 to 2999."""
    if type(value) is int and 1000 <= value <= 2999:
        return value
    found = _YEAR.search(text(value)) if value else None
    return int(found.group()) if found else None


def code_links(urls: Iterable[str]) -> list[tuple[str, str]]:
    """Those of the addresses that lead to code, as links."""
    return [("code", url) for url in urls if _CODE.match(url)]


def links_in(note: str) -> list[tuple[str, str]]:
    """The addresses in a remark, such as arXiv's comments: to code, and to a project's page.

    >>> links_in("12 pages. Code: https://github.com/a/b. Page: https://a.github.io/b")
    [('code', 'https://github.com/a/b'), ('project', 'https://a.github.io/b')]
    """
    urls = [url.rstrip(".,;:)]}'\"") for url in _URL.findall(note)]
    code = code_links(urls)
    return code + [("project", url) for url in urls if ("code", url) not in code]


def _distinct(value: Any, clean: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(clean, texts(value)))))


def _original(raw: str, clean: str, given: Any) -> str:
    """The text as it was, given or raw, if it differs by more than white space."""
    told = text(given) or raw
    return "" if told == clean or " ".join(told.split()) == clean else told


def _identifiers(data: Fields, url: str) -> tuple[tuple[str, str], ...]:
    given = data.get("identifiers") or {}
    if isinstance(given, list | tuple):
        pairs = (pair for pair in given if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str))
        given = {pair[0]: pair[1] for pair in pairs}
    found = identifiers_in(url) if url else {}
    for fields in (data, given) if given and isinstance(given, Mapping) else (data,):
        for scheme in _SCHEMES.intersection(fields):
            if (value := text(fields[scheme])) and (clean := normalise_identifier(scheme, value)):
                found[scheme] = clean
    return tuple(sorted(implied_identifiers(found).items())) if found else ()


def _version(data: Fields, url: str) -> str:
    """The version of a preprint, from its id or address as given."""
    given = data.get("identifiers")
    told = text(given.get("arxiv")) if isinstance(given, dict) else ""
    for place in (told, text(data.get("arxiv")), url if "arxiv.org/" in url else ""):
        if place and (version := arxiv_version(place)):
            return version
    return ""


def _people(value: Any, tidy: Callable[[str], str]) -> dict[str, Any]:
    if isinstance(value, list) and all(map(_is_text, value)):
        return {"authors": tuple(filter(None, map(tidy, value)))}
    return author_fields(_authors(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _authors(value: Any) -> Iterator[str | dict[str, Any]]:
    for one in value if isinstance(value, list | tuple) else ():
        if isinstance(one, str):
            if name := normalise_text(one):
                yield name
        elif isinstance(one, Mapping):
            name = text(one.get("name")) or f"{text(one.get('given'))} {text(one.get('family'))}"
            orcid = _ORCID.search(text(one.get("orcid")))
            places = texts(one.get("affiliations")) or texts(one.get("affiliation"))
            if name := normalise_text(name):
                clean = list(dict.fromkeys(filter(None, map(normalise_text, places))))
                yield {"name": name, "orcid": orcid.group().upper() if orcid else "", "affiliations": clean}


def _links(value: Any) -> Iterator[tuple[str, str]]:
    for one in value if isinstance(value, list | tuple) else ():
        kind, url = (one.get("type"), one.get("url")) if isinstance(one, Mapping) else tuple(one) if len(one) == 2 else ("", "")
        if kind in LINKS and (clean := normalise_text(text(url))):
            yield str(kind), clean


def _reference(value: str) -> str:
    scheme, _, rest = value.partition(":")
    if scheme.lower() in SCHEMES:
        clean = normalise_identifier(scheme.lower(), rest)
        return f"{scheme.lower()}:{clean}" if clean else ""
    found = identifiers_in(value) or {"doi": normalise_identifier("doi", value)}
    return next((f"{scheme}:{clean}" for scheme, clean in sorted(found.items()) if clean), "")


def _count(value: Any) -> int | None:
    if value is None or isinstance(value, bool):
        return None
    digits = text(value).strip().removesuffix(".0")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None


_LISTED: Mapping[str, Callable[[Any], Any]] = {
    "keywords": lambda value: _distinct(value, normalise_text),
    "references": lambda value: _distinct(value, _reference),
    "links": lambda value: tuple(sorted(set(_links(value)))),
    "citations": _count,
}
_LISTS = frozenset(_LISTED)
