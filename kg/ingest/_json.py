"""Objects in JSON, one after the other, whatever stands round them: JSON Lines, a list, or an answer with a list in it.

Nothing is held but the object in hand, so that a document of any size is read. One that is not valid is set aside, and reading goes
on behind it. Each has its place in the file, which no streaming parser that we know of tells; hence our own walk round `json`'s decoder.
"""

from __future__ import annotations

import codecs
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kg.ingest.base import Item, Line, Place, Rejected, reject
from kg.ingest.normalise import is_plain
from kg.ingest.source import Source
from kg.model.records import Paper

LISTS = frozenset({"results", "data", "papers", "items", "works", "recommendedPapers", "records", "notes"})  # of answers
_LONGEST = 8_000_000  # characters of one object
_SPACE = re.compile(r"[\s\ufeff]*")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|["{}\[\]]', re.DOTALL)
_BRACKET = re.compile(r"[{\[]")
_BREAK = re.compile(r"[,{}\[\]]")
_OPEN = re.compile(r"\[\s*(?:\{|\])")
_BAD = re.compile("[\udc80-\udcff]")
_SCAN = json.JSONDecoder().raw_decode
_DEEP = "the JSON is nested too deeply"

_KINDS = {list: "a list", str: "text", bool: "true/false", type(None): "null"}

Found = tuple[Place, Any, str] | Rejected  # the place of an object, itself, its text where it is at hand


def rows(source: Source, make: Callable[..., Paper | None], told_plain: bool = False) -> Iterator[Item]:
    """The papers that `make` makes of the objects; it returns None for what is to be passed over, raises ValueError for what it cannot use. If
    `told_plain`, it is also given whether the object's texts are surely plain."""
    for found in records(source):
        if isinstance(found, Rejected):
            yield found
            continue
        place, data, raw = found
        try:
            if not isinstance(data, dict):
                raise ValueError(f"expected a JSON object with title and abstract, found {_kind(data)}")
            paper = make(data, raw != "" and is_plain(raw, of_json=True)) if told_plain else make(data)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            yield reject(place, _reason(error), raw or json.dumps(data, ensure_ascii=False)[:4000])
        else:
            if paper is not None:
                yield place, paper


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")


def _reason(error: Exception) -> str:
    return str(error) if type(error) is ValueError else f"not as expected: {type(error).__name__} {error}"


def records(source: Source) -> Iterator[Found]:
    """The objects of an input."""
    return _of_lines(source.lines()) if _is_lines(source) else _Walk(source).objects()


def _is_lines(source: Source) -> bool:
    """Whether each line is an object of its own."""
    lines = [line for line in source.text.splitlines()[:50] if line.strip()]
    if not lines or not lines[0].lstrip().startswith("{"):
        return bool(lines) and source.first not in ("{", "[")
    if len(lines) > 1:
        return lines[1].startswith("{") or lines[0].rstrip().endswith("}")
    try:
        only = json.loads(lines[0])
    except (ValueError, RecursionError):
        return source.whole
    return not any(isinstance(only.get(name), list) for name in LISTS)


def _of_lines(lines: Iterable[Line]) -> Iterator[Found]:
    count = itertools.count(1)
    for line in lines:
        if not line.text.strip():
            continue
        place = Place(next(count), line.number, line.offset)
        if line.fault:
            yield reject(place, line.fault, line.text)
            continue
        try:
            yield place, _decoded(line.text), line.text
        except RecursionError:
            yield reject(place, _DEEP, line.text)
        except json.JSONDecodeError as error:
            yield reject(place, f"not valid JSON: {error.msg} at column {error.colno}", line.text)
        except ValueError as error:  # a number of thousands of digits
            yield reject(place, f"not valid JSON: {error}", line.text)


def _decoded(text: str) -> Any:
    """What `json.loads` says, in less time where nothing but an object is in a line."""
    try:
        value, end = _SCAN(text)
    except ValueError:
        end = -1
    return value if end == len(text) else json.loads(text)


class _Walk:
    """Goes through the text of a document, of which only a part is held."""

    def __init__(self, source: Source) -> None:
        self._chunks = source.chunks()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text, self._at, self._done = "", 0, False
        self._line, self._offset, self._told = 1, 0, 0  # of the place `_told` in the text
        self._record = 0
        self._decode = json.JSONDecoder().raw_decode

    def objects(self) -> Iterator[Found]:
        while sign := self._sign():
            if sign == "[":
                self._at += 1
                yield from self._items()
            elif sign == "{":
                yield from self._answer()
            elif sign in ",]}":
                self._at += 1  # left over from what was set aside
            else:
                place = self._next()
                yield reject(place, "not valid JSON: text outside of an object", self._text[self._at : self._at + 400])
                if not self._skip_to(_BRACKET):
                    return

    def _items(self) -> Iterator[Found]:
        """The objects of a list whose bracket is behind us."""
        while sign := self._sign():
            if sign == "]":
                self._at += 1
                return
            if sign == ",":
                self._at += 1
                continue
            yield self._value()
        yield reject(self._next(), "the list is not closed; the file is cut off")

    def _answer(self) -> Iterator[Found]:
        """The objects of the lists that an answer holds; an object without such lists is itself the one."""
        place, lists = self._next(counted=False), 0
        whole: dict[str, Any] = {}
        start = self._at
        self._at += 1
        while sign := self._sign():
            if sign == "}":
                self._at += 1
                if not lists:
                    self._record += 1
                    yield place, whole, ""
                return
            if sign == ",":
                self._at += 1
                continue
            key = self._value(counted=False)
            if isinstance(key, Rejected) or not isinstance(key[1], str) or self._sign() != ":":
                reason = key.reason if isinstance(key, Rejected) else "a field without a name and a colon"
                yield reject(
                    place, f"not valid JSON: {reason.removeprefix('not valid JSON: ')}", self._text[start : self._at + 400]
                )
                self._skip(1)
                return
            self._at += 1
            if key[1] in LISTS and "title" not in whole and self._sign() == "[" and self._opens_object():
                lists += 1
                self._at += 1
                yield from self._items()
                continue
            value = self._value(counted=False)
            if isinstance(value, Rejected):
                yield value
                self._skip(1)
                return
            whole[key[1]] = value[1]
        yield reject(place, "the object is not closed; the file is cut off", json.dumps(whole)[:2000])

    def _opens_object(self) -> bool:
        self._fill_to(self._at + 4096)
        return _OPEN.match(self._text, self._at) is not None

    def _value(self, counted: bool = True) -> Found:
        """The value that starts here; a row for what is none, behind which the walk then stands."""
        place, size = self._next(counted), 1 << 16
        while True:
            fault, at, cut = "", self._at, False
            try:
                value, end = self._decode(self._text, at)
                if end < len(self._text) or self._done or self._text[at] in '{["':
                    raw = self._text[at:end]
                    self._at = end
                    if not raw.isascii() and _BAD.search(raw):
                        return reject(place, "not valid UTF-8; save the file as UTF-8", raw.encode("utf-8", "replace").decode())
                    return place, value, raw if len(raw) < 4000 else ""
            except RecursionError:
                fault = _DEEP
            except json.JSONDecodeError as error:
                fault = f"not valid JSON: {error.msg} at line {self._line_of(error.pos)}"
                cut = error.msg.startswith("Unterminated") or error.pos > len(self._text) - 64
            except ValueError as error:
                fault = f"not valid JSON: {error}"
            if self._done or (fault and not cut) or len(self._text) - at > _LONGEST:
                raw = self._text[at : at + 4000]
                long = len(self._text) - at > _LONGEST and not self._done
                self._skip(0)
                return reject(
                    place, f"longer than {_LONGEST:,} characters" if long else fault, raw.encode("utf-8", "replace").decode()
                )
            size *= 2
            self._fill_to(len(self._text) + size)

    def _skip(self, depth: int) -> None:
        """Go behind the value that starts here, or that is open to this depth; only brackets and quotes are looked at."""
        if not depth and self._text[self._at : self._at + 1] not in ("{", "[", '"'):
            self._skip_to(_BREAK)
            return
        first = True
        while True:
            match = _TOKEN.search(self._text, self._at)
            if match is None or (match.group() == '"' and not self._done and len(self._text) - match.start() < _LONGEST):
                if self._done:
                    self._at = len(self._text)
                    return
                self._at = match.start() if match else len(self._text)
                self._fill_to(2 * len(self._text) + (1 << 18))
                continue
            self._at = match.end()
            sign = match.group()[0] if match.group() != '"' else "'"
            depth += (sign in "{[") - (sign in "}]")
            if depth <= 0 and (sign in "}]" or not first):
                return
            first = False

    def _skip_to(self, pattern: re.Pattern[str]) -> bool:
        """Go to the next place like the pattern, one character on at least; False at the end."""
        self._at += 1
        while not (match := pattern.search(self._text, self._at)):
            self._at = len(self._text)
            if self._done:
                return False
            self._fill_to(self._at + (1 << 18))
        self._at = match.start()
        return True

    def _sign(self) -> str:
        """The next character that is not space; nothing at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._done:
                return ""
            self._fill_to(self._at + 1)

    def _next(self, counted: bool = True) -> Place:
        """The place of the record that starts here."""
        self._sign()
        self._tell(self._at)
        self._record += counted
        return Place(self._record + (not counted), self._line, self._offset)

    def _tell(self, at: int) -> None:
        if at > self._told:
            passed = self._text[self._told : at]
            self._line += passed.count("\n")
            self._offset += len(passed) if passed.isascii() else len(passed.encode("utf-8", "surrogateescape"))
            self._told = at

    def _line_of(self, at: int) -> int:
        return self._line + self._text.count("\n", self._told, at)

    def _fill_to(self, size: int) -> None:
        """Hold at least `size` characters, if there are so many; what is behind us goes."""
        if self._done or size <= len(self._text):
            return
        size -= self._at
        self._tell(self._at)
        parts, held = [self._text[self._at :]], len(self._text) - self._at
        while held < size and not self._done:
            chunk = next(self._chunks, b"")
            self._done = not chunk
            parts.append(self._decoder.decode(chunk, final=self._done))
            held += len(parts[-1])
        self._text, self._at, self._told = "".join(parts), 0, 0
