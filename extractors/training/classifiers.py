"""Fits the role and relation classifiers on gold records, and calibrates mention confidences.

Needs scikit-learn (extra `train`). Role features for the relation classifier come from out-of-fold role
predictions, so that it learns from roles as uncertain as those it will meet.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import Found, reading
from extractors.entities import MentionFinder, known_names
from extractors.linear import BUCKETS, LinearModel, bucket
from extractors.relations import NONE, PairContext, candidates
from extractors.roles import role_features
from extractors.training.corpus import GoldPaper, locate_mentions
from kg.model.identifiers import fold_name
from kg.model.records import Role
from kg.model.vocabulary import load_vocabulary

FOLDS = 5
Floats = npt.NDArray[np.float64]


def gold_documents(nlp: Language, papers: list[GoldPaper]) -> list[tuple[GoldPaper, Doc, list[str]]]:
    """Documents that hold the gold entities as `Found`, with the gold id of each; roles are not set."""
    known = known_names()
    return [(paper, *_gold_document(nlp, paper, known)) for paper in papers]


def _gold_document(nlp: Language, paper: GoldPaper, known: frozenset[str]) -> tuple[Doc, list[str]]:
    doc = nlp.make_doc(paper.text)
    for name in ("kg_sentences", "kg_abbreviations", "kg_gazetteer"):
        doc = nlp.get_pipe(name)(doc)
    spans: dict[str, list[Span]] = defaultdict(list)
    for start, end, entity_id in locate_mentions(paper.text, paper.record["entities"]):
        span = doc.char_span(start, end, alignment_mode="expand")
        if span is not None:
            spans[entity_id].append(span)
    found, ids = [], []
    for entity in paper.record["entities"]:
        if spans[entity["id"]]:
            places = spans[entity["id"]]
            is_known = any(fold_name(m) in known for m in entity["mentions"])
            found.append(Found(entity["type"], entity["name"], places, [1.0] * len(places), known=is_known))
            ids.append(entity["id"])
    order = sorted(range(len(found)), key=lambda i: found[i].spans[0].start)
    reading(doc).entities = [found[i] for i in order]
    return doc, [ids[i] for i in order]


def fit_roles(documents: list[tuple[GoldPaper, Doc, list[str]]]) -> LinearModel:
    """Fit the role classifier; sets out-of-fold roles on the documents' entities."""
    classes = tuple(load_vocabulary().roles)
    samples, targets, folds = [], [], []
    for number, (paper, doc, ids) in enumerate(documents):
        gold = {e["id"]: e.get("roles", []) for e in paper.record["entities"]}
        for entity, entity_id in zip(reading(doc).entities, ids, strict=True):
            samples.append(list(role_features(doc, entity)))
            targets.append([role in gold[entity_id] for role in classes])
            folds.append(number % FOLDS)
    matrix, wanted, fold = _matrix(samples), np.array(targets), np.array(folds)
    out_of_fold = np.zeros(wanted.shape)
    for k in range(FOLDS):
        weights, bias = _fit_binary(matrix[fold != k], wanted[fold != k])
        out_of_fold[fold == k] = _sigmoid(matrix[fold == k] @ weights + bias)
    thresholds = np.array([_best_threshold(out_of_fold[:, c], wanted[:, c]) for c in range(len(classes))])
    _set_roles(documents, out_of_fold, thresholds, classes)
    weights, bias = _fit_binary(matrix, wanted)
    return _model(classes, weights, bias, thresholds, softmax=False)


def fit_relations(documents: list[tuple[GoldPaper, Doc, list[str]]]) -> LinearModel:
    """Fit the relation classifier on documents whose entities already have roles."""
    classes = (NONE, *load_vocabulary().relations)
    samples, targets, folds, kinds = [], [], [], []
    for number, (paper, doc, ids) in enumerate(documents):
        gold = {(r["source"], r["target"]): r["type"] for r in paper.record["relations"]}
        gold.update({(t, s): kind for (s, t), kind in list(gold.items()) if kind == "COMPARED_WITH"})
        entities = reading(doc).entities
        context = PairContext(doc, entities)
        for i, j in candidates(entities):
            samples.append(list(context.features(i, j)))
            targets.append(classes.index(gold.get((ids[i], ids[j]), NONE)))
            kinds.append((entities[i].type, entities[j].type))
            folds.append(number % FOLDS)
    matrix, wanted, fold = _matrix(samples), np.array(targets), np.array(folds)
    out_of_fold = np.zeros((len(samples), len(classes)))
    for k in range(FOLDS):
        weights, bias = _fit_softmax(matrix[fold != k], wanted[fold != k], len(classes))
        out_of_fold[fold == k] = _softmax(matrix[fold == k] @ weights + bias)
    thresholds = _relation_thresholds(out_of_fold, wanted, classes, kinds)
    weights, bias = _fit_softmax(matrix, wanted, len(classes))
    return _model(classes, weights, bias, thresholds, softmax=True)


def mention_confidence(nlp: Language, papers: list[GoldPaper]) -> dict[str, float]:
    """Share of right mentions by type and state, on papers that the recogniser was not fitted on."""
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    finder = nlp.get_pipe("kg_mentions")
    assert isinstance(finder, MentionFinder)
    finder.calibrate({f"{kind} {state}": {"unlisted": 0.1, "listed": 0.2, "added": 0.3}[state]
                      for kind in load_vocabulary().entities for state in ("unlisted", "listed", "added")})  # fmt: skip
    names = {0.1: "unlisted", 0.2: "listed", 0.3: "added"}
    with nlp.select_pipes(disable=["kg_aliases", "kg_roles", "kg_relations", "kg_results"]):
        for paper, doc in zip(papers, nlp.pipe(p.text for p in papers), strict=True):
            gold = {(m, e["type"]) for e in paper.record["entities"] for m in e["mentions"]}
            for entity in reading(doc).entities:
                key = f"{entity.type} {names[entity.scores[0]]}"
                seen[key] += 1
                right[key] += (entity.spans[0].text, entity.type) in gold
    return {key: round((right[key] + 2) / (seen[key] + 4), 4) for key in sorted(seen)}


def _matrix(samples: list[list[str]]) -> csr_matrix:
    columns = [sorted({bucket(f) for f in sample}) for sample in samples]
    ends = np.cumsum([0, *(len(c) for c in columns)])
    flat = np.fromiter((c for cs in columns for c in cs), np.int32, ends[-1])
    return csr_matrix((np.ones(len(flat), np.float32), flat, ends), shape=(len(samples), BUCKETS))


def _fit_binary(matrix: csr_matrix, wanted: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    fitted = [LogisticRegression(C=0.15, solver="liblinear").fit(matrix, wanted[:, c]) for c in range(wanted.shape[1])]
    return np.stack([f.coef_[0] for f in fitted], axis=1), np.array([f.intercept_[0] for f in fitted])


def _fit_softmax(matrix: csr_matrix, wanted: npt.NDArray[np.int64], count: int) -> tuple[Floats, Floats]:
    fitted = LogisticRegression(C=0.1, solver="lbfgs", max_iter=150).fit(matrix, wanted)
    weights, bias = np.zeros((matrix.shape[1], count)), np.full(count, -30.0)
    for row, c in enumerate(fitted.classes_):
        weights[:, c], bias[c] = fitted.coef_[row], fitted.intercept_[row]
    return weights, bias


def _model(classes: tuple[str, ...], weights: Floats, bias: Floats, thresholds: Floats, softmax: bool) -> LinearModel:
    """Weights near zero are dropped: they cost space and change nothing."""
    kept = np.flatnonzero(np.abs(weights).max(axis=1) > 0.02)
    rows = np.zeros(BUCKETS, dtype=np.int32)
    rows[kept] = np.arange(1, len(kept) + 1)
    stored = np.vstack([np.zeros((1, len(classes))), weights[kept]]).astype(np.float32)
    return LinearModel(classes, rows, stored, bias.astype(np.float32), thresholds.astype(np.float32), softmax)


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _best_threshold(scores: Floats, wanted: npt.NDArray[np.bool_]) -> float:
    """The score from which saying the class gives the best F1."""

    def f1(threshold: float) -> float:
        said = scores >= threshold
        return float(2 * (said & wanted).sum() / max(1, said.sum() + wanted.sum()))

    return max(np.arange(0.1, 0.9, 0.02), key=f1)


def _relation_thresholds(
    scores: Floats, wanted: npt.NDArray[np.int64], classes: tuple[str, ...], kinds: list[tuple[str, str]]
) -> Floats:
    allows = load_vocabulary().allows
    masks = {pair: np.array([c != NONE and allows(c, *pair) for c in classes]) for pair in set(kinds)}
    masked = np.where(np.stack([masks[pair] for pair in kinds]), scores, 0.0)
    best = masked.argmax(axis=1)
    thresholds = np.ones(len(classes))
    for c in range(1, len(classes)):
        column = np.where(best == c, masked[:, c], 0.0)
        thresholds[c] = _best_threshold(column, wanted == c) if (wanted == c).any() else 0.9
    return thresholds


def _set_roles(
    documents: list[tuple[GoldPaper, Doc, list[str]]], scores: Floats, thresholds: Floats, classes: tuple[str, ...]
) -> None:
    rows = iter(scores)
    for _, doc, _ in documents:
        for entity in reading(doc).entities:
            row = next(rows)
            said = [c for c, role in enumerate(classes) if role != "mentions" and row[c] >= thresholds[c]] or [int(row.argmax())]
            entity.roles = [Role(classes[c], float(row[c])) for c in said]
