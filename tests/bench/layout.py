"""A stand-in for spaCy's `en_core_web_sm`, whose own weights the package registry has not: its published layout, with the same numbers of classes.

A shared encoder of width 96 and depth 4 under tagger and parser, another under the recogniser, an attribute ruler with a pattern for each tag, a lemmatizer by rules.
Their numbers are what costs: the recogniser alone takes twice as long with 18 kinds of names as with one. The parser learns from sentences of a small grammar, so that on real text it builds trees of
sentences, as a trained one does: an untrained one makes a sentence of each word, and takes longer.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

_TAGS = {  # Penn Treebank tag → part of speech
    "ADJ": "AFX JJ JJR JJS",
    "ADP": "IN RP",
    "ADV": "EX RB RBR RBS WRB",
    "CCONJ": "CC",
    "DET": "DT PDT WDT",
    "INTJ": "UH",
    "NOUN": "NN NNS",
    "NUM": "CD",
    "PART": "POS TO",
    "PRON": "PRP PRP$ WP WP$",
    "PROPN": "NNP NNPS",
    "PUNCT": "'' , -LRB- -RRB- . : HYPH NFP ``",
    "SPACE": "_SP",
    "SYM": "$ SYM",
    "VERB": "MD VB VBD VBG VBN VBP VBZ",
    "X": "ADD FW LS XX",
}
_ARCS = (
    "acl acomp advcl advmod agent amod appos attr aux auxpass case cc ccomp compound conj csubj csubjpass dative dep det dobj expl intj mark meta neg nmod npadvmod "
    "nsubj nsubjpass nummod oprd parataxis pcomp pobj poss preconj predet prep prt punct quantmod relcl xcomp"
)
_NAMES = "CARDINAL DATE EVENT FAC GPE LANGUAGE LAW LOC MONEY NORP ORDINAL ORG PERCENT PERSON PRODUCT QUANTITY TIME WORK_OF_ART"
_LEMMAS = {
    "noun": [["ies", "y"], ["ses", "s"], ["s", ""]],
    "verb": [["ies", "y"], ["es", "e"], ["s", ""], ["ing", ""], ["ing", "e"], ["ed", ""], ["ed", "e"]],
    "adj": [["er", ""], ["est", ""]],
    "adv": [["er", ""], ["est", ""]],
}
_WORDS = {
    "DT": "the a this each",
    "JJ": "large deep robust novel sparse strong",
    "NN": "model network method image language training task graph",
    "NNS": "models results images datasets features methods",
    "VBZ": "improves learns shows needs encodes",
    "VBP": "propose present use show",
    "RB": "often also directly",
    "IN": "of on for with from in",
    "CC": "and or",
}
_SENTENCES, _ROUNDS = 400, 4


def write(folder: Path) -> None:
    """Teach the stand-in and write it to a folder, as `spacy.load` reads it."""
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("en")
    tok2vec = {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {"@architectures": "spacy.MultiHashEmbed.v2", "width": 96, "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"],
                  "rows": [5000, 1000, 2500, 2500, 50, 50], "include_static_vectors": False},
        "encode": {"@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 96, "depth": 4, "window_size": 1, "maxout_pieces": 3},
    }  # fmt: skip
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"}
    moves = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
    }
    parts: dict[str, Any] = {}
    for name, model in {
        "tok2vec": tok2vec,
        "tagger": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener},
        "parser": moves | {"state_type": "parser", "tok2vec": listener},
        "attribute_ruler": None,
        "lemmatizer": None,
        "ner": moves | {"state_type": "ner", "tok2vec": tok2vec},
    }.items():
        parts[name] = nlp.add_pipe(name, config={"model": model} if model else {})
    for part, labels in (("tagger", " ".join(_TAGS.values())), ("parser", _ARCS), ("ner", _NAMES)):
        for label in labels.split():
            parts[part].add_label(label)
    parts["attribute_ruler"].load_from_tag_map({tag: {"POS": part} for part, tags in _TAGS.items() for tag in tags.split()})
    for table, content in {"lemma_index": {}, "lemma_exc": {}, "lemma_rules": _LEMMAS}.items():
        parts["lemmatizer"].lookups.add_table(table, content)
    chance = random.Random(0)
    examples = [
        Example.from_dict(nlp.make_doc(" ".join(one["words"])), one) for one in (_sentence(chance) for _ in range(_SENTENCES))
    ]
    with nlp.select_pipes(disable=["attribute_ruler", "lemmatizer"]):
        optimiser = nlp.initialize(lambda: examples)
        for _ in range(_ROUNDS):
            chance.shuffle(examples)
            for start in range(0, len(examples), 32):
                nlp.update(examples[start : start + 32], sgd=optimiser)
    nlp.to_disk(folder)


def _sentence(chance: random.Random) -> dict[str, list[Any]]:
    """Subject, verb, object, with what hangs on them: words, tags, heads and arcs; no names."""
    words: list[str] = []
    tags: list[str] = []
    heads: list[int] = []
    arcs: list[str] = []

    def say(tag: str, arc: str, head: int = -1, word: str = "") -> int:
        words.append(word or chance.choice(_WORDS[tag].split()))
        tags.append(tag)
        heads.append(head)
        arcs.append(arc)
        return len(words) - 1

    def phrase(arc: str, head: int, depth: int = 0) -> int:
        """A noun with its modifiers; `head` -1 where it is yet to come."""
        hanging = [say("DT", "det")] if chance.random() < 0.5 else []
        hanging += [say("JJ", "amod") for _ in range(chance.choice((0, 0, 1, 2)))]
        hanging += [say("NN", "compound") for _ in range(chance.choice((0, 0, 1)))]
        noun = say(chance.choice(("NN", "NNS")), arc, head)
        for one in hanging:
            heads[one] = noun
        if depth < 2 and chance.random() < 0.4:
            phrase("pobj", say("IN", "prep", noun), depth + 1)
        if depth < 2 and chance.random() < 0.25:
            say("CC", "cc", noun)
            phrase("conj", noun, depth + 1)
        return noun

    subject = phrase("nsubj", -1)
    adverb = say("RB", "advmod") if chance.random() < 0.3 else None
    verb = say(chance.choice(("VBZ", "VBP")), "ROOT")
    heads[subject] = heads[verb] = verb
    if adverb is not None:
        heads[adverb] = verb
    phrase("dobj", verb)
    if chance.random() < 0.5:
        phrase("pobj", say("IN", "prep", verb))
    say(".", "punct", verb, ".")
    return {"words": words, "tags": tags, "heads": heads, "deps": arcs, "entities": ["O"] * len(words)}
