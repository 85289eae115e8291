"""Gold papers → token indices, spans and labels that the network learns from."""

from __future__ import annotations

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from extractors.document import words_of
from extractors.neural.labels import Labels
from extractors.neural.pieces import PieceCutter, Pieces, join_pieces, windows
from extractors.pipeline import blank_pipeline, register_components
from extractors.spans import given_sentences
from extractors.training.corpus import GoldPaper, locate_mentions
from extractors.training.neural.example import Example
from kg.model.vocabulary import load_vocabulary
from kg.spans import Spans, is_symmetric


def tokenising_pipeline() -> Language:
    """spaCy's English tokeniser with the project's sentence rules, as in the shipped pipelines."""
    register_components()
    nlp = blank_pipeline()
    nlp.add_pipe("kg_sentences")
    return nlp


def to_example(nlp: Language, cutter: PieceCutter, paper: GoldPaper) -> Example:
    """The example of a paper. Forms that split a token or lie beyond the first window are left out."""
    vocabulary = load_vocabulary()
    kinds, roles, relations = (list(v) for v in (vocabulary.entities, vocabulary.roles, vocabulary.relations))
    doc = nlp(paper.text)
    pieces = _window(doc, cutter)
    record = paper.record
    entities = {e["id"]: e for e in record["entities"]}
    places = []
    for start, end, entity_id in locate_mentions(paper.text, record["entities"]):
        span = doc.char_span(start, end)
        if span is not None and span.end <= len(pieces.first):
            places.append((span.start, span.end, entity_id, span.text))
    order = {entity_id: i for i, entity_id in enumerate(dict.fromkeys(p[2] for p in places))}
    pairs = {}
    for relation in record["relations"]:
        if relation["source"] in order and relation["target"] in order:
            pair = order[relation["source"]], order[relation["target"]]
            pairs[pair] = relations.index(relation["type"]) + 1
            if relation["type"] == "COMPARED_WITH":
                pairs.setdefault(pair[::-1], pairs[pair])
    return Example(
        id=paper.id,
        pieces=pieces,
        sentences=_sentence_numbers(doc, len(pieces.first), first=0),
        mentions=tuple((a, b, kinds.index(entities[e]["type"]) + 1, order[e]) for a, b, e, _ in places),
        forms=tuple(text for *_, text in places),
        roles=tuple(frozenset(roles.index(r) for r in entities[e].get("roles", [])) for e in order),
        relations=pairs,
    )


def to_span_example(nlp: Language, cutter: PieceCutter, piece: Spans, labels: Labels) -> Example:
    """The example of a span-annotated text: every span is an entity of its own, without roles or forms in common.

    Spans that split a token or lie beyond the first window are left out, and their relations.
    """
    doc = given_sentences(nlp, piece)
    pieces = _window(doc, cutter)
    order: dict[int, int] = {}
    mentions: list[tuple[int, int, int, int]] = []
    for i, (start, end, label) in enumerate(piece.entities):
        span = doc.char_span(start, end)
        if span is not None and span.end <= len(pieces.first):
            order[i] = len(mentions)
            mentions.append((span.start, span.end, labels.entities.index(label) + 1, order[i]))
    pairs = {}
    for head, tail, label in piece.relations:
        if head in order and tail in order:
            pair = order[head], order[tail]
            pairs[pair] = labels.relations.index(label) + 1
            if is_symmetric(label):
                pairs.setdefault(pair[::-1], pairs[pair])
    return Example(
        id=piece.id,
        pieces=pieces,
        sentences=_sentence_numbers(doc, len(pieces.first), first=1 - labels.titled),
        mentions=tuple(mentions),
        forms=(),
        roles=(frozenset(),) * len(mentions),
        relations=pairs,
    )


def _window(doc: Doc, cutter: PieceCutter) -> Pieces:
    """The pieces of the first window of a document."""
    tokens = words_of(doc)
    cut = cutter(tokens)
    _, end, _, _ = next(windows(cut))
    return join_pieces(tokens[:end], cut[:end])


def _sentence_numbers(doc: Doc, tokens: int, first: int) -> tuple[int, ...]:
    """The sentence of each of the first tokens, counted from `first`; what stands before the first start belongs to it."""
    starts = np.cumsum(doc.to_array("SENT_START") == 1)[:tokens] - 1
    return tuple((np.maximum(starts, 0) + first).tolist())
