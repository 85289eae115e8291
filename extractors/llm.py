"""An extractor that asks any server with OpenAI's chat interface; nothing that the text does not hold gets through.

The answer is constrained by a JSON schema where the server knows how. Whatever comes back is checked against the text:
a mention, figure or quote that does not stand there is dropped, and so is what hangs on it.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from kg.model.errors import ExtractionError, UsageError
from kg.model.records import Link, LocalEntity, LocalRelation, LocalResult, Mention, Paper, PaperRecord, Role
from kg.model.vocabulary import load_vocabulary

KEY_VARIABLE = "OPENAI_API_KEY"
_RETRIED = {408, 409, 425, 429, 500, 502, 503, 504}
_MOST_TEXT = 20_000  # characters of one text that are sent


@dataclass
class Usage:
    """What the questions cost so far: requests sent, answers thrown away, tokens in and out, statements dropped."""

    requests: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    dropped: int = 0
    failed: list[str] = field(default_factory=list)

    def cost(self, price_in: float, price_out: float) -> float:
        """Money for the tokens, prices being per million tokens."""
        return (self.prompt_tokens * price_in + self.answer_tokens * price_out) / 1e6


@dataclass
class LlmExtractor:
    """Reads papers by asking `model` at `base_url` (…/v1); `timeout` in seconds a request, `tries` requests a paper."""

    base_url: str
    model: str
    key: str | None = None
    timeout: float = 120.0
    tries: int = 4
    workers: int = 4
    pause: float = 1.0  # seconds before the second try; doubled each time
    batch: int = 8
    usage: Usage = field(default_factory=Usage)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise UsageError(f"--base-url must begin with http:// or https://, found {self.base_url!r}")
        self.key = self.key or os.environ.get(KEY_VARIABLE)

    @property
    def version(self) -> str:
        """Changes with the model, the server and what is asked."""
        asked = json.dumps([self.base_url, self.model, _instructions(), answer_schema()], sort_keys=True)
        return f"llm-{self.model}-{hashlib.sha256(asked.encode()).hexdigest()[:12]}"

    def records(self, papers: Iterable[Paper], version: str) -> Iterator[PaperRecord | None]:
        """One record a paper, in order; None where the server gave no usable answer (told in `usage.failed`)."""
        pool = ThreadPoolExecutor(self.workers)
        try:
            yield from pool.map(lambda paper: self._read(paper, version), papers)
        finally:
            pool.shutdown(cancel_futures=True)

    @property
    def failures(self) -> list[str]:
        """One line for each paper without a usable answer."""
        return self.usage.failed

    def _read(self, paper: Paper, version: str) -> PaperRecord | None:
        text = paper.text[:_MOST_TEXT]
        fault = ""
        for attempt in range(self.tries):
            if attempt:
                self._count(retries=1)
                time.sleep(self.pause * 2 ** (attempt - 1))
            try:
                answer = self._ask(text)
                record, dropped = checked_record(paper.id, text, answer, version)
                self._count(dropped=dropped)
                return record
            except _Final as error:
                raise ExtractionError(str(error)) from None
            except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
                fault = f"{type(error).__name__}: {error}"
        self.usage.failed.append(f"{paper.id}: no usable answer after {self.tries} tries ({fault[:160]})")
        return None

    def _ask(self, text: str) -> dict[str, Any]:
        body = {
            "model": self.model,
            "temperature": 0,
            "messages": [{"role": "system", "content": _instructions()}, {"role": "user", "content": text}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "paper", "strict": True, "schema": answer_schema()}},
        }
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        request = urllib.request.Request(
            self.base_url.rstrip("/") + "/chat/completions", json.dumps(body).encode(), headers, method="POST"
        )
        self._count(requests=1)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                answer = json.loads(response.read())
        except urllib.error.HTTPError as error:
            if error.code in _RETRIED:
                raise
            raise _Final(
                f"{self.base_url} answers {error.code} {error.reason}; check --base-url, --model and {KEY_VARIABLE}"
            ) from None
        used = answer.get("usage") or {}
        self._count(prompt_tokens=int(used.get("prompt_tokens") or 0), answer_tokens=int(used.get("completion_tokens") or 0))
        content = answer["choices"][0]["message"]["content"]
        found = json.loads(content.strip().removeprefix("```json").removeprefix("```").removesuffix("```"))
        if not isinstance(found, dict):
            raise ValueError("the answer is not a JSON object")
        return found

    def _count(self, **more: int) -> None:
        with self._lock:
            for name, number in more.items():
                setattr(self.usage, name, getattr(self.usage, name) + number)


class _Final(Exception):
    """The server refuses in a way that another try will not change."""


def checked_record(record_id: str, text: str, answer: dict[str, Any], extractor: str) -> tuple[PaperRecord, int]:
    """The record that an answer amounts to, and how many statements were dropped because the text, or the vocabulary,
    does not bear them out.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the answer does not have the form asked for.
    """
    vocabulary, asked = load_vocabulary(), 0
    entities: dict[str, LocalEntity] = {}
    for item in answer["entities"]:
        forms = [str(form) for form in item["mentions"]]
        asked += len(forms)
        places = tuple(Mention(a, a + len(f), f, _sure(item)) for f in dict.fromkeys(forms) for a in _places(text, f))
        if places and item["type"] in vocabulary.entities and str(item["name"]).strip():
            roles = tuple(_role(text, str(r), places[0], _sure(item)) for r in item["roles"] if r in vocabulary.roles)
            ordered = tuple(sorted(places, key=lambda m: (m.start, m.end)))
            entities[str(item["id"])] = LocalEntity(str(item["id"]), item["type"], str(item["name"]), ordered, roles, _sure(item))
    relations = []
    for item in answer["relations"]:
        asked += 1
        source, target = entities.get(str(item["source"])), entities.get(str(item["target"]))
        place = _quote(text, item)
        if source and target and place and vocabulary.allows(item["type"], source.type, target.type):
            relations.append(LocalRelation(item["type"], source.id, target.id, _sure(item), *place))
    results = []
    for item in answer["results"]:
        asked += 1
        place = _quote(text, item)
        ends = {k: str(item[k]) if str(item.get(k)) in entities else None for k in ("subject", "metric", "dataset", "baseline")}
        if place and str(item["value"]) in place[2] and (ends["metric"] or ends["dataset"]):
            results.append(
                LocalResult(
                    value=str(item["value"]),
                    **ends,
                    unit=item.get("unit") or None,
                    kind="delta" if item.get("kind") == "delta" else "absolute",
                    direction=item.get("direction") if item.get("direction") in ("increase", "decrease") else None,
                    evidence=place[2],
                    confidence=_sure(item),
                    start=place[0],
                    end=place[1],
                    sentence=place[2],
                )
            )
    links = []
    for item in answer["links"]:
        asked += 1
        start = text.find(str(item["url"]))
        if start >= 0 and item["url"] and item["type"] in ("code", "project", "model", "data"):
            links.append(Link(item["type"], str(item["url"]), start, start + len(item["url"])))
    kept = sum(len({m.text for m in e.mentions}) for e in entities.values()) + len(relations) + len(results) + len(links)
    return PaperRecord(record_id, tuple(entities.values()), tuple(relations), tuple(results), tuple(links), extractor), asked - kept


def answer_schema() -> dict[str, Any]:
    """The JSON schema that answers are held to: a record whose relations and results quote the text."""
    vocabulary = load_vocabulary()
    maybe = {"type": ["string", "null"]}

    def objects(**properties: Any) -> dict[str, Any]:
        item = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
        return {"type": "array", "items": item}

    text, sure = {"type": "string"}, {"type": "number", "minimum": 0, "maximum": 1}
    properties = {
        "entities": objects(
            id=text, type={"enum": list(vocabulary.entities)}, name=text, mentions={"type": "array", "items": text},
            roles={"type": "array", "items": {"enum": list(vocabulary.roles)}}, confidence=sure,
        ),
        "relations": objects(type={"enum": list(vocabulary.relations)}, source=text, target=text, quote=text, confidence=sure),
        "results": objects(
            value=text, unit=maybe, kind={"enum": ["absolute", "delta"]}, direction=maybe, subject=maybe, metric=maybe,
            dataset=maybe, baseline=maybe, quote=text, confidence=sure,
        ),
        "links": objects(type={"enum": ["code", "project", "model", "data"]}, url=text),
    }  # fmt: skip
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _instructions() -> str:
    vocabulary = load_vocabulary()
    lines = [
        "You read the title and abstract of a machine-learning paper and write down what they state, as JSON. "
        "Use nothing but the text. Copy mentions and quotes letter by letter.",
        "Entity types:",
        *(f"- {e.name}: {e.definition}" for e in vocabulary.entities.values()),
        "Roles of the paper towards an entity:",
        *(f"- {r.name}: {r.definition}" for r in vocabulary.roles.values()),
        "Relation types, source first:",
        *(f"- {r.name}: {r.definition}" for r in vocabulary.relations.values()),
        "One entity per real thing, with every surface form that stands in the text in `mentions`, without articles. "
        "`quote` is the shortest passage of the text that shows the relation or holds the figure. A result is a stated "
        "figure with a metric or a data set; `value` is the number as printed, without sign and unit; `subject`, `metric`, "
        "`dataset`, `baseline` are entity ids or null. `confidence` says how sure you are, from 0 to 1.",
    ]
    return "\n".join(lines)


def _places(text: str, form: str) -> Iterator[int]:
    start = text.find(form) if form.strip() else -1
    while start >= 0:
        end = start + len(form)
        whole = not (text[start - 1 : start].isalnum() and form[0].isalnum()) and not (
            text[end : end + 1].isalnum() and form[-1].isalnum()
        )
        if whole:
            yield start
        start = text.find(form, end)


def _quote(text: str, item: dict[str, Any]) -> tuple[int, int, str] | None:
    quote = str(item["quote"]).strip()
    start = text.find(quote) if quote else -1
    return (start, start + len(quote), quote) if start >= 0 else None


def _role(text: str, role: str, first: Mention, confidence: float) -> Role:
    """A role with the line-bound stretch round the first mention as its sentence."""
    start = max(text.rfind("\n", 0, first.start), text.rfind(". ", 0, first.start) + 1) + 1
    ends = [e for e in (text.find("\n", first.end), text.find(". ", first.end) + 1) if e > 0]
    end = min(ends, default=len(text))
    return Role(role, confidence, start, end, text[start:end])


def _sure(item: dict[str, Any]) -> float:
    return round(min(1.0, max(0.0, float(item["confidence"]))), 4)
