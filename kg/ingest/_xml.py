"""Records in XML, cut out one by one and parsed by lxml: a broken one is set aside, the rest is read, and nothing else is held.

Entities are not expanded, nothing is loaded, and a document that declares entities of its own is refused. Names are taken without their namespace.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kg.ingest.base import Item, Place, Rejected, reject
from kg.ingest.source import Source
from kg.model.errors import DataError
from kg.model.records import Paper

_LONGEST = 8_000_000  # bytes of one record
_DECLARED = re.compile(rb"<!ENTITY\b")
_ENCODING = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"']([\w.-]+)[\"']")
_NAMESPACE = re.compile(rb"\bxmlns(?::[\w.-]+)?\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*')")
_XML_ENTITIES = {b"amp", b"lt", b"gt", b"quot", b"apos"}
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")

Element = Any  # of lxml, which has no types


@dataclass(frozen=True)
class Found:
    """An element: its place, its name, itself, and its bytes."""

    place: Place
    name: str
    element: Element
    raw: bytes


def opens(source: Source, *roots: str) -> bool:
    """Whether an input is XML with one of these elements in its first bytes."""
    return source.first == "<" and re.search(rf"<(?:[\w.-]+:)?(?:{'|'.join(roots)})[\s>/]", source.text) is not None


def rows(source: Source, record: str, make: Callable[[Element], Paper | None]) -> Iterator[Item]:
    """The papers that `make` makes of the elements of that name; it returns None for what is to be passed over."""
    for found in elements(source, record):
        if isinstance(found, Rejected):
            yield found
        else:
            yield from made(found, make)


def made(found: Found, make: Callable[[Element], Paper | None]) -> Iterator[Item]:
    """The paper of one element, or the row that says why there is none."""
    try:
        paper = make(found.element)
    except ValueError as error:
        yield reject(found.place, str(error), found.raw.decode("utf-8", "replace"))
    else:
        if paper is not None:
            yield found.place, paper


def elements(source: Source, record: str, whole: tuple[str, ...] = (), opening: tuple[str, ...] = ()) -> Iterator[Found | Rejected]:
    """Elements called `record` or as in `whole`, and start tags alone of those in `opening`, in the order of the document; only records are counted.

    Raises:
        DataError: the document declares entities.
    """
    if _DECLARED.search(source.head):
        raise DataError(f"{source.name} declares entities of its own (<!ENTITY …>), which are not read; save it without them")
    names = "|".join((record, *whole, *opening))
    start = re.compile(rf"<(?:[\w.-]+:)?({names})(?=[\s>/])|<!--|<!\[CDATA\[".encode())
    ends = {name: re.compile(rf"</(?:[\w.-]+:)?{name}\s*>|<(?:[\w.-]+:)?{name}(?=[\s>/])".encode()) for name in (record, *whole)}
    parse, text, count = _parser(source), _Bytes(source), 0
    while match := text.search(start):
        name = (match.group(1) or b"").decode()
        place = text.place(match.start(), count + (name == record))
        if not name:
            text.skip(match.end(), b"-->" if match.group() == b"<!--" else b"]]>")
            continue
        count += name == record
        head_end = text.find(b">", match.end())
        if head_end < 0:
            yield reject(place, f"the element <{name}> is not closed; the file is cut off", text.show(match.start()))
            return
        begin = text.at
        alone = text.data[head_end - 1 : head_end] == b"/"
        if name in opening or alone:
            fragment = text.data[begin : head_end + 1]
            end = head_end + 1
            if not alone:
                fragment = fragment[:-1] + b"/>"
        else:
            closed = text.search_from(ends[name], head_end)
            begin = text.at
            if closed is None or not closed.group().startswith(b"</"):
                reason = f"the element <{name}> is not closed" + ("" if closed else "; the file is cut off, or it is too long")
                yield reject(place, reason, text.show(begin))
                text.drop(closed.start() if closed else len(text.data))
                continue
            end = closed.end()
            fragment = text.data[begin:end]
        text.drop(end)
        try:
            yield Found(place, name, parse(fragment), fragment)
        except ValueError as error:
            yield reject(place, f"not valid XML: {error}", fragment[:4000].decode("utf-8", "replace"))


def local(element: Element) -> str:
    """The name of an element without its namespace; nothing for comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child(element: Element, *names: str) -> Element | None:
    """The first child of the first of these names that has one."""
    return next((one for name in names for one in element if local(one) == name), None)


def children(element: Element, name: str) -> list[Element]:
    """The children of a name."""
    return [one for one in element if local(one) == name]


def every(element: Element, name: str) -> Iterator[Element]:
    """All elements of a name inside."""
    return (one for one in element.iter() if local(one) == name)


def content(element: Element | None, blocks: tuple[str, ...] = ()) -> str:
    """The text inside, with formulas as LaTeX between dollar signs and `blocks` on lines of their own; nothing for None."""
    if element is None:
        return ""
    if len(element) == 0:
        return element.text or ""
    return "".join(_pieces(element, blocks)).strip("\n")


def _pieces(element: Element, blocks: tuple[str, ...]) -> Iterator[str]:
    yield element.text or ""
    for one in element:
        name = local(one)
        if name == "tex-math":
            yield _formula(one)
        elif name == "alternatives" and (told := next(every(one, "tex-math"), None)) is not None:
            yield _formula(told)
        elif name == "title" and name in blocks:
            heading = content(one).strip()
            yield f"\n{heading}{'' if heading.endswith(('.', ':', '?')) else ':'} "
        elif name in blocks:
            yield "\n"
            yield from _pieces(one, blocks)
            yield "\n"
        elif name:
            yield from _pieces(one, blocks)
        yield one.tail or ""


def _formula(element: Element) -> str:
    """LaTeX between dollar signs; of a whole document, as publishers write it, what stands inside."""
    formula = "".join(element.itertext())
    inner = re.search(r"\\begin\{document\}(.*)\\end\{document\}", formula, re.DOTALL)
    return f"${(inner.group(1) if inner else formula).strip().strip('$').strip()}$"


def _parser(source: Source) -> Callable[[bytes], Element]:
    """Parses one cut-out element, in the encoding and with the namespaces of its document; raises ValueError."""
    from lxml import etree

    told = _ENCODING.search(source.head[:200])
    encoding = told.group(1).decode() if told and not told.group(1).lower().startswith(b"utf-16") else "utf-8"
    options: dict[str, Any] = {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "remove_comments": True,
        "remove_pis": True,
    }
    try:
        parser = etree.XMLParser(encoding=encoding, **options)
    except LookupError:
        parser = etree.XMLParser(encoding="utf-8", **options)
    distinct = {space.partition(b"=")[0].strip(): space for space in reversed(_NAMESPACE.findall(source.head[:4096]))}
    wrap = b"<all " + b" ".join(distinct.values()) + b">"

    def parse(fragment: bytes) -> Element:
        try:
            return etree.fromstring(wrap + fragment + b"</all>", parser)[0]
        except etree.XMLSyntaxError as error:
            named = _NAMED.sub(_character, fragment)
            try:
                if named == fragment:
                    raise ValueError(str(error.msg).split(", line")[0])
                return etree.fromstring(wrap + named + b"</all>", parser)[0]
            except etree.XMLSyntaxError as second:
                raise ValueError(str(second.msg).split(", line")[0]) from second
        except (IndexError, LookupError) as error:
            raise ValueError(str(error)) from error

    return parse


def _character(match: re.Match[bytes]) -> bytes:
    """A character by its name in HTML, which PubMed and others use."""
    code = None if match.group(1) in _XML_ENTITIES else html.entities.name2codepoint.get(match.group(1).decode())
    return match.group() if code is None else b"&#%d;" % code


class _Bytes:
    """The bytes of a document, of which only the part in hand is held."""

    def __init__(self, source: Source) -> None:
        self._chunks = source.chunks()
        self.data, self.at, self.done = b"", 0, False
        self._offset, self._line, self._told = 0, 1, 0

    def search(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """The next match; what lies before it goes."""
        while True:
            match = pattern.search(self.data, self.at)
            if match is not None and (match.end() < len(self.data) or self.done):
                self.at = match.start()
                return match
            if self.done:
                return None
            self.drop(match.start() if match else max(self.at, len(self.data) - 200))
            self._more()

    def search_from(self, pattern: re.Pattern[bytes], start: int) -> re.Match[bytes] | None:
        """A match behind a place, with all since `at` held; None at the end, or where it is too far. Places may move: `at` says where to."""
        start -= self.at
        while True:
            match = pattern.search(self.data, self.at + start)
            if match is not None:
                return match
            held = len(self.data) - self.at
            if self.done or held > _LONGEST:
                return None
            start = max(start, held - 200)
            self._more(held)

    def find(self, mark: bytes, start: int) -> int:
        match = self.search_from(re.compile(re.escape(mark)), start)
        return match.start() if match else -1

    def skip(self, start: int, mark: bytes) -> None:
        """Go behind the next mark, or to the end."""
        self.at = start
        match = self.search(re.compile(re.escape(mark)))
        self.at = match.end() if match else len(self.data)

    def place(self, at: int, record: int) -> Place:
        if at > self._told:
            self._line += self.data.count(b"\n", self._told, at)
            self._told = at
        return Place(record, self._line, self._offset + at)

    def show(self, at: int) -> str:
        return self.data[at : at + 4000].decode("utf-8", "replace")

    def drop(self, to: int) -> None:
        self.place(to, 0)
        self.at = to

    def _more(self, wanted: int = 0) -> None:
        """Read on, twice as much where much is held already; what lies before `at` goes."""
        self.place(self.at, 0)
        parts, held = [self.data[self.at :]], 0
        self._offset += self.at
        while held <= wanted and not self.done:
            chunk = next(self._chunks, b"")
            self.done = not chunk
            parts.append(chunk)
            held += len(chunk)
        self.data, self.at, self._told = b"".join(parts), 0, 0
