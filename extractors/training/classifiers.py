"""Fits the role and relation classifiers, and calibrates mention confidences, on predicted entities aligned to gold.

Needs scikit-learn (extra `train`). Roles for the relation classifier are out-of-fold predictions, so that it
learns from roles as unsure as those it will meet.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from spacy.language import Language
from spacy.tokens import Doc

from extractors.alias_pairs import alias_pairs
from extractors.aliases import ALIAS_CLASSES, linked, merge
from extractors.document import Found, reading
from extractors.linear import BUCKETS, LinearModel, Sample
from extractors.relations import NONE, PairContext
from extractors.roles import IS, role_samples, said_roles, settle
from extractors.training.corpus import GoldPaper
from kg.model.identifiers import fold_name
from kg.model.records import Role
from kg.model.vocabulary import load_vocabulary

FOLDS = 5
RELATION_FOLDS = 3
LEAST = 3  # samples that a feature is learnt from
_ALWAYS = 6.0  # log-odds of an answer that never changes
Floats = npt.NDArray[np.float64]
Documents = list[tuple[GoldPaper, Doc, list[str | None]]]


def predicted_documents(nlp: Language, papers: list[GoldPaper]) -> Documents:
    """Documents with predicted entities, and for each the id of the gold entity it is aligned to, or None.

    `nlp` must not have seen these papers: the classifiers are to learn from entities as unsure as those that
    they will meet.
    """
    documents: Documents = []
    with nlp.select_pipes(disable=["kg_roles", "kg_relations", "kg_results"]):
        for paper, doc in zip(papers, nlp.pipe(p.text for p in papers), strict=True):
            documents.append((paper, doc, _align(paper.record["entities"], reading(doc).entities)))
    return documents


def _align(gold: list[dict[str, Any]], found: list[Found]) -> list[str | None]:
    """Best-first, one to one: forms in common, else one form inside another; then the type."""
    pairs = []
    for e in gold:
        forms = {fold_name(m) for m in e["mentions"]}
        for position, entity in enumerate(found):
            shared = _shared(forms, entity)
            if shared:
                pairs.append((-(shared + (e["type"] == entity.type) / 10), e["id"], position))
    aligned: list[str | None] = [None] * len(found)
    for _, gold_id, position in sorted(pairs):
        if aligned[position] is None and gold_id not in aligned:
            aligned[position] = gold_id
    return aligned


def _shared(forms: set[str], entity: Found) -> float:
    """How many forms are common; a half where only one stands inside another."""
    found = {fold_name(s.text) for s in entity.spans}
    return len(forms & found) or 0.5 * any(f" {a} " in f" {b} " or f" {b} " in f" {a} " for a in forms for b in found)


def fit_aliases(documents: Documents) -> LinearModel | None:
    """Fit the classifier of pairs of clusters, on documents joined by rule; joins them by out-of-fold scores, and
    aligns them anew. None where there is nothing to learn from."""
    samples, targets, folds, places = [], [], [], []
    for number, (paper, doc, _) in enumerate(documents):
        forms = {fold_name(m): e["id"] for e in paper.record["entities"] for m in e["mentions"]}
        owners = [{forms.get(fold_name(s.text)) for s in e.spans} - {None} for e in reading(doc).entities]
        for i, j, sample in alias_pairs(doc):
            samples.append(_columns(sample))
            targets.append([bool(owners[i] & owners[j])])
            folds.append(number % FOLDS)
            places.append((number, i, j))
    if not any(target for (target,) in targets):
        return None
    matrix, wanted, fold = _matrix(samples), np.array(targets), np.array(folds)
    out_of_fold = np.zeros(wanted.shape)
    for k in range(FOLDS):
        weights, bias = _fit_binary(matrix[fold != k], wanted[fold != k])
        out_of_fold[fold == k] = _sigmoid(matrix[fold == k] @ weights + bias)
    pairs: list[list[tuple[float, int, int]]] = [[] for _ in documents]
    for (number, i, j), score in zip(places, out_of_fold[:, 0].tolist(), strict=True):
        pairs[number].append((score, i, j))
    threshold = max(np.arange(0.2, 0.9, 0.02).tolist(), key=lambda t: _alias_f1(documents, pairs, t))
    for scored, (paper, doc, ids) in zip(pairs, documents, strict=True):
        reading(doc).entities = merge(reading(doc).entities, scored, threshold)
        ids[:] = _align(paper.record["entities"], reading(doc).entities)
    weights, bias = _fit_binary(matrix, wanted)
    return _model(ALIAS_CLASSES, weights, bias, np.array([threshold]), softmax=False)


def _alias_f1(documents: Documents, pairs: list[list[tuple[float, int, int]]], threshold: float) -> float:
    """F1 of pairs of forms in one entity, those left out that hold no gold form: later stages drop most of them."""
    right = said = wanted = 0
    for scored, (paper, doc, _) in zip(pairs, documents, strict=True):
        gold = {pair for e in paper.record["entities"] for pair in _form_pairs({fold_name(m) for m in e["mentions"]})}
        known = {fold_name(m) for e in paper.record["entities"] for m in e["mentions"]}
        groups = [{fold_name(s.text) for s in e.spans} for e in reading(doc).entities]
        clusters = linked(len(groups), scored, threshold)
        found = {pair for members in clusters for pair in _form_pairs(set().union(*(groups[i] for i in members)))}
        found = {pair for pair in found if known & set(pair)}
        right, said, wanted = right + len(gold & found), said + len(found), wanted + len(gold)
    return 2 * right / max(1, said + wanted)


def _form_pairs(forms: set[str]) -> set[tuple[str, str]]:
    return set(itertools.combinations(sorted(forms), 2))


def fit_roles(documents: Documents) -> LinearModel:
    """Fit the role classifier; keeps only the entities it finds valid, with out-of-fold roles and scores."""
    kinds = list(load_vocabulary().entities)
    classes = (*load_vocabulary().roles, *(IS + kind for kind in kinds))
    samples, targets, folds = [], [], []
    for number, (paper, doc, ids) in enumerate(documents):
        gold = {e["id"]: e for e in paper.record["entities"]}
        for entity, entity_id, sample in zip(reading(doc).entities, ids, role_samples(doc), strict=True):
            match = gold.get(entity_id or "")
            roles = match.get("roles", []) if match else []
            exact = match is not None and _shared({fold_name(m) for m in match["mentions"]}, entity) >= 1
            samples.append(_columns(sample))
            targets.append(
                [role in roles for role in classes[: -len(kinds)]]
                + [exact and match is not None and match["type"] == k for k in kinds]
            )
            folds.append(number % FOLDS)
    matrix, fold = _matrix(samples), np.array(folds)
    wanted: npt.NDArray[np.bool_] = np.array(targets)
    out_of_fold = np.zeros(wanted.shape)
    for k in range(FOLDS):
        weights, bias = _fit_binary(matrix[fold != k], wanted[fold != k])
        out_of_fold[fold == k] = _sigmoid(matrix[fold == k] @ weights + bias)
    missed = _missed(documents)
    winners = _winners_only(out_of_fold, len(kinds))
    thresholds = np.zeros(len(classes))
    for group in (
        ["introduces"],
        [r for r in load_vocabulary().roles if r not in ("introduces", "mentions")],
        [IS + k for k in kinds],
    ):
        columns = [classes.index(name) for name in group]
        lost = sum(missed[name] for name in group)
        thresholds[columns] = _best_threshold(winners[:, columns].ravel(), wanted[:, columns].ravel(), lost)
    _set_roles(documents, out_of_fold, thresholds, classes)
    weights, bias = _fit_binary(matrix, wanted)
    return _model(classes, weights, bias, thresholds, softmax=False)


def _winners_only(scores: Floats, kinds: int) -> Floats:
    """Scores with those of all types but the likeliest, which are the last columns, set to zero."""
    types = scores[:, -kinds:]
    return np.hstack([scores[:, :-kinds], np.where(types == types.max(axis=1, keepdims=True), types, 0.0)])


def _missed(documents: Documents) -> Counter[str]:
    """Per role and type, how many gold ones no predicted entity stands for: they count in recall."""
    missed: Counter[str] = Counter()
    for paper, _, ids in documents:
        for entity in paper.record["entities"]:
            if entity["id"] not in ids:
                missed.update([*entity.get("roles", []), IS + entity["type"]])
    return missed


def fit_relations(documents: Documents) -> LinearModel:
    """Fit the relation classifier on documents whose entities already have roles.

    One threshold for all types: the one that gives the best F1 of all together, out of fold.
    """
    classes = (NONE, *load_vocabulary().relations)
    samples, targets, folds, kinds = [], [], [], []
    stated = 0
    for number, (paper, doc, ids) in enumerate(documents):
        gold = {(r["source"], r["target"]): r["type"] for r in paper.record["relations"]}
        stated += len(gold)
        gold.update({(t, s): kind for (s, t), kind in list(gold.items()) if kind == "COMPARED_WITH"})
        entities = reading(doc).entities
        context = PairContext(doc, entities)
        for i, j in context.candidates():
            samples.append(_columns(context.sample(i, j)))
            targets.append(classes.index(gold.get((ids[i] or "", ids[j] or ""), NONE)))
            kinds.append((entities[i].type, entities[j].type))
            folds.append(number % RELATION_FOLDS)
    matrix, wanted, fold = _matrix(samples), np.array(targets), np.array(folds)
    out_of_fold = np.zeros((len(wanted), len(classes)))
    for k in range(RELATION_FOLDS):
        weights, bias = _fit_softmax(matrix[fold != k], wanted[fold != k], len(classes))
        out_of_fold[fold == k] = _softmax(matrix[fold == k] @ weights + bias)
    threshold = _relation_threshold(out_of_fold, wanted, classes, kinds, stated)
    weights, bias = _fit_softmax(matrix, wanted, len(classes))
    return _model(classes, weights, bias, np.full(len(classes), threshold), softmax=True)


def mention_confidence(documents: Documents) -> dict[str, float]:
    """Share of right mentions by type and state, from documents of `predicted_documents` before roles are fitted."""
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for paper, doc, _ in documents:
        gold = {(fold_name(m), e["type"]) for e in paper.record["entities"] for m in e["mentions"]}
        for entity in reading(doc).entities:
            for span, state in zip(entity.spans, entity.states, strict=True):
                key = f"{entity.type} {state}"
                seen[key] += 1
                right[key] += (fold_name(span.text), entity.type) in gold
    return {key: round((right[key] + 2) / (seen[key] + 4), 4) for key in sorted(seen)}


def set_confidence(documents: Documents, confidence: dict[str, float]) -> None:
    """Give the documents' mentions the confidences that `mention_confidence` found."""
    for _, doc, _ in documents:
        for entity in reading(doc).entities:
            entity.scores = [confidence[f"{entity.type} {state}"] for state in entity.states]


def _columns(sample: Sample) -> npt.NDArray[np.int32]:
    return np.unique(np.fromiter(sample.columns(), np.int32))


def _matrix(columns: list[npt.NDArray[np.int32]]) -> csr_matrix:
    ends = np.cumsum([0, *(len(c) for c in columns)])
    return csr_matrix((np.ones(ends[-1], np.float32), np.concatenate(columns), ends), shape=(len(columns), BUCKETS))


def _told(matrix: csr_matrix) -> npt.NDArray[np.int64]:
    """The buckets that at least three samples have, or all in use where there are none: the others tell nothing that holds elsewhere, and
    without them fits and models are many times smaller."""
    times = np.bincount(matrix.indices, minlength=matrix.shape[1])
    often = np.flatnonzero(times >= LEAST)
    return np.asarray(often if len(often) else np.flatnonzero(times))


def _fit_binary(matrix: csr_matrix, wanted: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """One logistic regression a column; a column that is all one answer gets that answer."""
    weights, bias = np.zeros((matrix.shape[1], wanted.shape[1])), np.zeros(wanted.shape[1])
    used = _told(matrix)
    matrix = matrix[:, used]
    for c in range(wanted.shape[1]):
        if wanted[:, c].any() and not wanted[:, c].all():
            fitted = LogisticRegression(C=0.05, solver="liblinear").fit(matrix, wanted[:, c])
            weights[used, c], bias[c] = fitted.coef_[0], fitted.intercept_[0]
        else:
            bias[c] = _ALWAYS if len(wanted) and wanted[0, c] else -_ALWAYS
    return weights, bias


def _fit_softmax(matrix: csr_matrix, wanted: npt.NDArray[np.int64], count: int) -> tuple[Floats, Floats]:
    """A softmax regression; classes that do not occur get next to no probability."""
    weights, bias = np.zeros((matrix.shape[1], count)), np.full(count, -30.0)
    known = np.unique(wanted)
    if len(known) < 2:
        bias[known] = 0.0
        return weights, bias
    used = _told(matrix)
    fitted = LogisticRegression(C=0.03, solver="lbfgs", max_iter=300).fit(matrix[:, used], wanted)
    if len(known) == 2:  # scikit-learn then gives the second class's weights only
        weights[used, known[1]], bias[known] = fitted.coef_[0], (0.0, fitted.intercept_[0])
        return weights, bias
    for row, c in enumerate(fitted.classes_):
        weights[used, c], bias[c] = fitted.coef_[row], fitted.intercept_[row]
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


def _best_threshold(scores: Floats, wanted: npt.NDArray[np.bool_], missed: int = 0) -> float:
    """The score from which saying the class gives the best F1, with `missed` more to find that are no samples."""

    def f1(threshold: float) -> float:
        said = scores >= threshold
        return float(2 * (said & wanted).sum() / max(1, said.sum() + wanted.sum() + missed))

    return max(np.arange(0.1, 0.9, 0.02), key=f1)


def _relation_threshold(
    scores: Floats, wanted: npt.NDArray[np.int64], classes: tuple[str, ...], kinds: list[tuple[str, str]], stated: int
) -> float:
    """`stated` counts the gold relations, those included whose entities were not found."""
    if not len(wanted):
        return 0.5
    allows = load_vocabulary().allows
    masks = {pair: np.array([c != NONE and allows(c, *pair) for c in classes]) for pair in set(kinds)}
    masked = np.where(np.stack([masks[pair] for pair in kinds]), scores, 0.0)
    best = masked.argmax(axis=1)
    right = (best == wanted) & (wanted > 0)
    return _best_threshold(masked.max(axis=1), right, max(0, stated - int(right.sum())))


def _set_roles(documents: Documents, scores: Floats, thresholds: Floats, classes: tuple[str, ...]) -> None:
    """Settle types and roles as `RoleClassifier` does; entities that are dropped leave the documents."""
    rows, least = iter(scores.tolist()), thresholds.tolist()
    for _, doc, ids in documents:
        entities, kept = reading(doc).entities, []
        for entity, entity_id in zip(entities, list(ids), strict=True):
            row = next(rows)
            if settle(entity, classes, row, least):
                entity.roles = [Role(classes[c], row[c]) for c in said_roles(classes, row, least)]
                kept.append((entity, entity_id))
        reading(doc).entities = [entity for entity, _ in kept]
        ids[:] = [entity_id for _, entity_id in kept]
