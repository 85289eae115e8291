"""Stated figures: value, unit, level or change, and the metric, dataset, subject and baseline they belong to.

By rule, in three steps: find numbers that may be figures, attach the entities of the sentence, keep those
that have a metric or a dataset.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import Found, local_id, lowered, reading, sentence_bounds, sentence_of, span_text, text_of
from kg.model.records import LocalResult

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+(?:,\d{1,2}(?=\s?(?:%|percent)))?"
_FIGURE = re.compile(
    rf"""(?<![\w.@^/])(?P<sign>[+±~∼≈-]?\s?)(?P<value>{_NUMBER})
    (?:(?P<unit>\s?(?:\\?%|percent(?:age)?\ points?|percent|absolute\ points|points?\b|pp\b|dB\b|ms\b|fps\b|FPS\b|seconds?\b)
    |\s?[-‐]?(?:×|fold\b|times\b|x(?![\w])|X(?![\w])))|(?![\w-]|,\d|\.\d))""",
    re.VERBOSE,
)
_UNITS = {"\\%": "%", "percent": "%", "point": "points", "pp": "points", "percentage points": "points",
          "percentage point": "points", "absolute points": "points", "times": "x", "fold": "x", "×": "x", "X": "x",
          "second": "seconds", "FPS": "fps"}  # fmt: skip
_SHARE_OF_DATA = re.compile(
    r"^\s?(?:of\s(?:the\s)?)?(?:labell?ed|training|annotated|unlabell?ed)?\s?(?:data|examples|samples|labels|annotations)\b", re.I
)
_COUNT_AFTER = re.compile(
    r"^\s*(?:[-‐]\s?)?(?:shot|way|bit|step|stage|layer|head|hop|th\b|st\b|nd\b|rd\b|D\b|k\b|K\b|M\b|B\b|million|billion|thousand"
    r"|(?:\w+\s){0,2}(?:tasks?|datasets?|benchmarks?|languages?|papers?|examples?|samples?|images?|videos?|classes|domains?|models?"
    r"|directions?|domains|users?|questions?|problems?|parameters\b(?!\s*reduc)|GPUs?|hours?|days?|years?|annotations?|sentences|documents|pairs"
    r"|categories|types|scenes|settings|runs|steps|methods|environments|participants|tokens|words|instances|points\sclouds?))\b"
)
_DELTA = re.compile(
    r"\b(?:by|improv\w*|gain\w*|increas\w*|boost\w*|rais\w*|reduc\w*|decreas\w*|declin\w*|drop\w*|lower\w*|higher|fewer|less|more|faster"
    r"|outperform\w*|surpass\w*|exceed\w*|better|speed-?\s?ups?|accelerat\w*|sav\w*|cut\w*|smaller|margins?|relative|over|enhanc\w*|than)\b",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"(?:\b(?:of|to|at|achiev\w*|reach\w*|obtain\w*|attain\w*|scor\w*|is|are|was|with|only|from|yield\w*)|=|:)\s*(?:\w+\s){0,2}$",
    re.I,
)
_DOWN = re.compile(
    r"\b(?:reduc\w*|decreas\w*|declin\w*|drop\w*|fewer|less|lower\w*|sav\w*|cut\w*|smaller|shorten\w*|degrad\w*|shrink\w*)\b", re.I
)
_UP = re.compile(
    r"\b(?:improv\w*|gain\w*|increas\w*|boost\w*|rais\w*|higher|more|faster|outperform\w*|surpass\w*|exceed\w*|better|speed-?\s?ups?"
    r"|accelerat\w*|enhanc\w*|superior)\b",
    re.I,
)
_CHANGE_BEFORE = re.compile(
    r"\b(?:by|(?:improvement|gain|increase|reduction|decrease|drop|decline|boost|margin|speed-?\s?up)s?\s(?:factors?\s)?of"
    r"|improv(?:ing|es|ed)\s(?:up\sto|over|more\sthan))\s+(?:[^\s,;]+\s+){0,4}$",
    re.I,
)
_CHANGE_AFTER = re.compile(
    r"^\s?\\?(?:%|percent|points?|pp|[-\s]*fold|times)?(?:\s+points?)?\s+(?:[\w-]+\s+){0,2}"
    r"(?:improvements?|gains?|increases?|reductions?|decline|drop|boost|faster|fewer|less|more|higher|lower|better|smaller|speed-?ups?)\b",
    re.I,
)
_BASE = re.compile(
    r"\b(?:over|than|against|outperform\w*|surpass\w*|exceed\w*|beat\w*|compared\s(?:to|with)|improv\w*\s(?:up)?on)\W+(?:\w+\W+){0,4}$",
    re.I,
)
_HEDGE = re.compile(
    r"\b(up to|more than|over|at least|less than|on average|an average of|average|at most|about|nearly)\s*(?:an?\s)?\W*$", re.I
)
_BREAKS = {",", ";", "and", "while", "but", "whereas"}
_OF_ITS_OWN = {"'s", "’s", "'", "’", ":", "(", "=", "at"}
_LISTING = {",", "and", "or", "/", "&"}
_FAR_WITH_UNIT, _FAR_DECIMAL, _FAR_INTEGER = 18, 6, 1  # words between a figure and its metric
_BREAK_COSTS, _FIGURE_COSTS = 5, 10  # words that a break of the clause and another figure between them count as
_NEXT = 8  # words between figures of one list
_CLAUSE = re.compile(r"[,;:](?=\s)|\b(?:while|and|whereas|but)\b")


@dataclass(frozen=True)
class _Figure:
    """A number in a sentence: token span, printed value, unit, and whether it says + or -."""

    span: Span
    value: str
    unit: str | None
    sign: str


@Language.component("kg_results", requires=["doc._.kg"], assigns=["doc._.kg"])
def find_results(doc: Doc) -> Doc:
    """Fill `Reading.results`, in text order."""
    found = reading(doc)
    if any(map(str.isdigit, text_of(doc))):
        here: dict[int, list[tuple[Span, int]]] = defaultdict(list)
        for i, entity in enumerate(found.entities):
            for span in entity.spans:
                here[sentence_bounds(doc, span.start)[0]].append((span, i))
        for sentence in doc.sents:
            found.results.extend(_read(sentence, found.entities, here[sentence.start]))
    return doc


def _read(sentence: Span, entities: list[Found], here: list[tuple[Span, int]]) -> Iterator[LocalResult]:
    figures = list(_figures(sentence, [s for s, _ in here]))
    if not figures:
        return
    metrics = [(s, i) for s, i in here if entities[i].type == "Metric"]
    datasets = [(s, i) for s, i in here if entities[i].type == "Dataset"]
    lists = _respectively(sentence, figures, datasets)
    only = None if datasets else _only_dataset(entities)
    said: int | None = None  # the metric of the figure before
    spent: set[int] = set()  # datasets that earlier figures stand before
    for position, figure in enumerate(figures):
        metric = _metric_of(figure, metrics, figures)
        if metric is None and position and _goes_on(figures[position - 1], figure):
            metric = said
        said = metric
        dataset = lists[position] if lists else _dataset_of(figure, datasets, figures, position, spent)
        if metric is None and (dataset is None or not (figure.unit or figure.sign)):
            continue
        if metric is None and not _DELTA.search(span_text(sentence)) and not figure.sign:
            continue
        yield _result(sentence, figure, metric, only if dataset is None else dataset, entities, here)


def _only_dataset(entities: list[Found]) -> int | None:
    """The dataset of figures whose sentence names none: the paper's, if it has one alone and evaluates on it."""
    datasets = [i for i, entity in enumerate(entities) if entity.type == "Dataset"]
    return datasets[0] if len(datasets) == 1 and entities[datasets[0]].has_role("evaluates_on") else None


def _goes_on(before: _Figure, figure: _Figure) -> bool:
    """Whether a figure stands in a list with the one before: `0.93 on German, 0.91 on Chinese`."""
    return before.unit == figure.unit and _gap(before.span, figure.span) <= _NEXT


def _figures(sentence: Span, mentions: list[Span]) -> Iterator[_Figure]:
    text, offset = span_text(sentence), sentence.start_char
    for match in _FIGURE.finditer(text):
        start, end = match.span("value")
        unit = (match.group("unit") or "").strip().lstrip("-‐").strip()
        after = text[match.end() :]
        inside = any(m.start_char <= offset + start and offset + end <= m.end_char for m in mentions)
        numbered = text[: match.start()].endswith("(") and after.startswith(")") and not unit and not match.group("sign")
        if (
            inside
            or numbered
            or _SHARE_OF_DATA.match(after)
            or (not unit and (_COUNT_AFTER.match(after) or re.fullmatch(r"(?:19|20)\d\d", match.group("value"))))
        ):
            continue
        span = sentence.doc.char_span(offset + start, offset + end, alignment_mode="expand")
        if span is not None:
            yield _Figure(span, match.group("value"), _UNITS.get(unit, unit) or None, match.group("sign").strip())


def _metric_of(figure: _Figure, metrics: list[tuple[Span, int]], figures: list[_Figure]) -> int | None:
    """The closest metric within reach, which is long for a figure with a unit or sign and short for a bare number."""
    reach = _FAR_WITH_UNIT if figure.unit or figure.sign else _FAR_DECIMAL if "." in figure.value else _FAR_INTEGER
    near = [(_distance(figure, s, figures), s.start, i) for s, i in metrics if _gap(figure.span, s) <= reach]
    return min(near)[2] if near else None


def _distance(figure: _Figure, span: Span, figures: list[_Figure]) -> int:
    """Words between; breaks of the clause and other figures there count as several."""
    left, right = sorted((figure.span, span), key=lambda s: s.start)
    words = lowered(span.doc)[left.end : right.start]
    others = sum(left.end <= other.span.start < right.start for other in figures)
    return len(words) + _BREAK_COSTS * sum(word in _BREAKS for word in words) + _FIGURE_COSTS * others


def _dataset_of(
    figure: _Figure, datasets: list[tuple[Span, int]], figures: list[_Figure], position: int, spent: set[int]
) -> int | None:
    """`GSM8K (+10.5%)`: the one just before; else the first one after the figure, if it comes before the next figure or there is none
    before that is not `spent` on another; else the nearest before. None where that is one of a list with more datasets than there are
    figures, over which the figure is an average."""
    for span, i in datasets:
        if 0 <= figure.span.start - span.end <= 3 and "(" in figure.span.doc[span.end : figure.span.start].text:
            return i
    after = sorted((s for s in datasets if s[0].start >= figure.span.end), key=lambda s: s[0].start)
    before = sorted((s for s in datasets if s[0].end <= figure.span.start), key=lambda s: -s[0].end)
    following = figures[position + 1].span.start if position + 1 < len(figures) else figure.span.doc[-1].i
    ranked = before
    if after and (after[0][0].start < following or not before or before[0][1] in spent):
        ranked = after
        spent.add(after[0][1])
    return None if not ranked or len(_listed(ranked)) > len(figures) else ranked[0][1]


def _listed(ranked: list[tuple[Span, int]]) -> set[int]:
    """The first of some mentions in order, forwards or backwards, and those that stand in one list with it."""
    listed = [ranked[0]]
    for span, i in ranked[1:]:
        left, right = sorted((listed[-1][0], span), key=lambda s: s.start)
        words = lowered(span.doc)[left.end : right.start]
        if len(words) > 4 or not _LISTING & set(words):
            break
        listed.append((span, i))
    return {i for _, i in listed}


def _respectively(sentence: Span, figures: list[_Figure], datasets: list[tuple[Span, int]]) -> list[int | None]:
    """Figures and datasets in two lists of equal length, one after the other: paired in order."""
    distinct = list(dict.fromkeys(i for _, i in sorted(datasets, key=lambda d: d[0].start)))
    if len(figures) < 2 or len(figures) != len(distinct):
        return []
    firsts = sorted(s.start for s, _ in datasets)
    apart = figures[-1].span.end <= firsts[0] or firsts[-1] <= figures[0].span.start
    return list(distinct) if apart else []


def _result(
    sentence: Span, figure: _Figure, metric: int | None, dataset: int | None, entities: list[Found], here: list[tuple[Span, int]]
) -> LocalResult:
    clause = _clause(sentence, figure)
    delta = _is_delta(sentence, figure, clause)
    baseline = _baseline(figure, entities, here, sentence) if delta else None
    start, end, text = sentence_of(figure.span)
    before = _cut(sentence, max(sentence.start_char, figure.span.start_char - 24), figure.span.start_char)
    hedge = _HEDGE.search(before)
    parts = [entities[i].confidence for i in (metric, dataset) if i is not None]
    return LocalResult(
        value=figure.value,
        subject=_subject(figure, entities, here, baseline, sentence),
        metric=_id(metric),
        dataset=_id(dataset),
        unit=figure.unit,
        kind="delta" if delta else "absolute",
        direction=("decrease" if _is_down(clause, figure) else "increase") if delta else None,
        baseline=_id(baseline),
        condition=hedge.group(1).lower() if hedge else None,
        evidence=clause,
        confidence=round(0.8 * min(parts), 4),
        start=start,
        end=end,
        sentence=text,
    )


def _is_delta(sentence: Span, figure: _Figure, clause: str) -> bool:
    """A change, not a level: by sign, by the words right before or right after, by the unit."""
    if figure.sign in ("+", "-") or figure.unit == "x":
        return True
    before = _cut(sentence, figure.span.start_char - 60, figure.span.start_char)
    after = _cut(sentence, figure.span.end_char, figure.span.end_char + 40)
    if _CHANGE_BEFORE.search(before) or _CHANGE_AFTER.match(after):
        return True
    return figure.unit == "points" and bool(_DELTA.search(clause)) and not _LEVEL.search(before)


def _is_down(clause: str, figure: _Figure) -> bool:
    """Whether the word of change that stands nearest to the figure is one of decrease."""
    if figure.sign in ("+", "-"):
        return figure.sign == "-"
    at = clause.find(figure.value)
    words = [(abs(m.start() - at), True) for m in _DOWN.finditer(clause)]
    words += [(abs(m.start() - at), False) for m in _UP.finditer(clause)]
    return bool(words) and min(words)[1]


def _clause(sentence: Span, figure: _Figure) -> str:
    """The part of the sentence round the figure, up to the nearest clause marks that leave five words."""
    text = span_text(sentence)
    at = figure.span.start_char - sentence.start_char
    cuts = [0, *(m.end() for m in _CLAUSE.finditer(text)), len(text)]
    left = max((c for c in cuts if c <= at and len(text[c:at].split()) >= 3), default=0)
    right = min((c for c in cuts if c > at + len(figure.value) and len(text[at:c].split()) >= 2), default=len(text))
    return text[left:right].strip(" ,;:\n").rstrip(".").strip()


def _subject(
    figure: _Figure, entities: list[Found], here: list[tuple[Span, int]], baseline: int | None, sentence: Span
) -> str | None:
    """What achieves the figure: the system whose it is said to be (`GPT-4's 23.4%`, `spERT: 27.8%`); else an introduced one in the sentence;
    else the paper's first introduced model, or method if it has none; else the last system before the figure that it is not compared with."""
    systems = [i for i, e in enumerate(entities) if e.type in ("Model", "Method")]
    introduced = sorted((i for i in systems if entities[i].has_role("introduces")), key=lambda i: entities[i].type != "Model")
    ordered = sorted(here, key=lambda h: h[0].start)
    owners = [i for span, i in ordered if i in systems and _owns(span, figure.span)]
    if owners:
        return _id(owners[0])
    in_sentence = [i for _, i in ordered if i in introduced and i != baseline]
    if in_sentence or introduced:
        return _id((in_sentence or introduced)[0])
    before = [
        i
        for span, i in ordered
        if i in systems and i != baseline and span.end <= figure.span.start
        and not _BASE.search(_cut(sentence, sentence.start_char, span.start_char))
    ]  # fmt: skip
    return _id(before[-1] if before else None)


def _owns(span: Span, figure: Span) -> bool:
    """Whether only a possessive, a colon, a bracket, `=` or `at` stands between a name and the figure behind it."""
    return 0 <= figure.start - span.end <= 2 and span.doc[span.end : figure.start].text.strip() in _OF_ITS_OWN


def _baseline(figure: _Figure, entities: list[Found], here: list[tuple[Span, int]], sentence: Span) -> int | None:
    for span, i in sorted(here, key=lambda h: _gap(figure.span, h[0])):
        if entities[i].type in ("Model", "Method") and not entities[i].has_role("introduces"):
            if _BASE.search(_cut(sentence, sentence.start_char, span.start_char)):
                return i
    return None


def _cut(sentence: Span, start: int, end: int) -> str:
    """The sentence's text between two places of the document."""
    return span_text(sentence)[max(0, start - sentence.start_char) : max(0, end - sentence.start_char)]


def _gap(a: Span, b: Span) -> int:
    return max(a.start - b.end, b.start - a.end, 0)


def _id(position: int | None) -> str | None:
    return local_id(position) if position is not None else None
