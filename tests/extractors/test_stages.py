"""Single stages of the pipeline on made-up sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from extractors import abbreviations, aliases, entities, links, sentences, variants
from extractors.document import reading
from extractors.lexicon import metric_directions
from extractors.perceptron import Perceptron
from extractors.pipeline import blank_pipeline

NLP = blank_pipeline()


@given(
    st.lists(st.sampled_from(["net", "nets", "analysis", "rl", "class"]), min_size=2, max_size=4),
    st.text("nets rlcas-–_/(\n", max_size=40),
    st.data(),
)
def test_a_spelling_that_stands_in_a_text_is_looked_for(words: list[str], around: str, data: st.DataObject) -> None:
    spelt = "".join(
        word.upper() + data.draw(st.sampled_from(["", "s"])) + data.draw(st.sampled_from([" ", "-", " / "])) for word in words
    )
    for text in (around, f"({spelt.rstrip(' -/')}), {around}"):
        if variants._pattern(" ".join(words)).search(text):
            assert variants._flat(" ".join(words)) in variants._flat(text)


def read(text: str) -> Doc:
    return sentences.split_sentences(NLP.make_doc(text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A title: about it\nFirst one. Second one!", ["A title: about it", "First one.", "Second one!"]),
        ("T\nGains of 3.5% vs. Foo et al. (2020). The end.", ["T", "Gains of 3.5% vs. Foo et al. (2020).", "The end."]),
        ("T\nIt works, e.g. Here it does. Is it so? \"Yes.\" We think so.", ["T", "It works, e.g. Here it does.", "Is it so?", '"Yes."', "We think so."]),
        ("T\nCode: https://x.org/a.b. iPhone users agree.", ["T", "Code: https://x.org/a.b.", "iPhone users agree."]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences(text: str, parts: list[str]) -> None:
    assert [s.text.strip() for s in read(text).sents] == parts


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("We use a large language model (LLM) here.", [("LLM", "large language model")]),
        ("Large language models (LLMs) grow.", [("LLMs", "Large language models")]),
        ("The ALMA (Advanced Language Model trAnslator) is new.", [("ALMA", "Advanced Language Model trAnslator")]),
        ("We propose video-object segmentation (VOS).", [("VOS", "video-object segmentation")]),
        ("a hidden Markov model [HMM], then more", [("HMM", "hidden Markov model")]),
        ("We propose cyclical curriculum learning (CCL).", [("CCL", "cyclical curriculum learning")]),
        ("lifelong learning in decision making (LLDM)", [("LLDM", "lifelong learning in decision making")]),
        ("a new Bidirectional Code Distillation framework (BiCoD)", [("BiCoD", "Bidirectional Code Distillation")]),
        ("Openness via Minds of curious Names of Interest (OMNI)", [("OMNI", "Openness via Minds of curious Names of Interest")]),
        ("an SBP (split, broadcast and partial) scheme", [("SBP", "split, broadcast and partial")]),
        ("a tool (QAN), broadcast and so on", []),
        ("a convolutional neural network (CNN)", [("CNN", "convolutional neural network")]),
        ("Self-Guessing Tinker (SGT): a start\nText.", [("SGT", "Self-Guessing Tinker")]),
        ("RVT: Robust Vine Trimmer for Gardens\nText.", [("RVT", "Robust Vine Trimmer")]),
        ("GRAPES: Gardens, Roses, and Apples of the Province in Every Season Corpus\nText.",
         [("GRAPES", "Gardens, Roses, and Apples of the Province in Every Season")]),
        ("RVT: Trimming Vines\nThe robust vine trimmer (RVT) cuts.", [("RVT", "robust vine trimmer")]),
        ("RVT: Trimming Vines\nText.", []),
        ("It is fast (see Figure 2) and small (3 MB).", []),
        ("The gain (QAN) is odd and the cat sat (XYZ).", []),
    ],
)  # fmt: skip
def test_abbreviations(text: str, pairs: list[tuple[str, str]]) -> None:
    doc = abbreviations.find_abbreviations(read(text))
    assert [(s.text, long.text) for s, long in reading(doc).abbreviations] == pairs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Code is at https://github.com/a/b-c.", [("code", "https://github.com/a/b-c")]),
        ("(https://x.org/wiki/A_(b)), see http://y.org/z;", [("project", "https://x.org/wiki/A_(b)"), ("project", "http://y.org/z")]),
        ("Weights: https://huggingface.co/org/m-7b, data: https://huggingface.co/datasets/org/d.",
         [("model", "https://huggingface.co/org/m-7b"), ("data", "https://huggingface.co/datasets/org/d")]),
        ("Twice https://a.org/x and again https://a.org/x!", [("project", "https://a.org/x")]),
        ("No link: http:// or example.com.", []),
    ],
)  # fmt: skip
def test_links(text: str, found: list[tuple[str, str]]) -> None:
    doc = links.find_links(read(text))
    assert [(x.type, x.url) for x in reading(doc).links] == found
    assert all(text[x.start : x.end] == x.url for x in reading(doc).links)


def test_metric_directions() -> None:
    known = metric_directions()
    assert (known["bleu"], known["fid"], known["wer"], known["map"]) == (True, False, False, True)
    assert "human evaluation" not in known


def mentions_of(text: str, *recognised: str) -> Doc:
    """A document after the stages up to aliases, with what a recogniser would have found."""
    doc = abbreviations.find_abbreviations(read(text))
    places = [(text.index(form), text.index(form) + len(form)) for form in recognised]
    doc.ents = [span for place in places if (span := doc.char_span(*place, label="Model")) is not None]
    doc = entities.MentionFinder(candidates=False)(doc)
    return aliases.AliasJoiner()(doc)


@pytest.mark.parametrize(
    ("text", "recognised", "forms"),
    [
        (
            "T\nA tiny garden-language model (GLM) sees.",
            ["garden-language model (GLM"],
            {"garden-language model", "GLM"},
        ),
        (
            "T\nA pre-trained garden-language model (GLM) sees.",
            ["pre-trained garden-language model"],
            {"pre-trained garden-language model", "GLM"},
        ),
        ("T\nWe propose lifelong work in games (LWG).", ["games"], {"lifelong work in games", "LWG"}),
        ("T\nTÜLU 3 is open. Tulu 3 is good.", ["TÜLU 3", "Tulu 3"], {"TÜLU 3", "Tulu 3"}),
        ("T\nThe induction head (IH) copies. IHs emerge.", ["induction head", "IHs"], {"induction head", "IH", "IHs"}),
        (
            "T\nThe steady cloud merger (SteCM) merges. Ste-CM is fast.",
            ["steady cloud merger", "Ste-CM"],
            {"steady cloud merger", "SteCM", "Ste-CM"},
        ),
    ],
)
def test_defined_abbreviations_are_one_thing_exactly_as_defined(text: str, recognised: list[str], forms: set[str]) -> None:
    (entity,) = reading(mentions_of(text, *recognised)).entities
    assert {span.text for span in entity.spans} == forms
    assert entity.type == "Model"


@pytest.mark.parametrize("name", ["out-of-garden (OOG) detection", "Pruning Score", "F1-score", "garden model"])
def test_what_the_recogniser_found_stands_with_its_head(name: str) -> None:
    doc = mentions_of(f"T\nThe {name} is high.", name)
    assert [span.text for entity in reading(doc).entities for span in entity.spans] == [name]


def test_listed_names_and_guesses_lose_generic_heads() -> None:
    doc = read("The DOVE dataset and the F1-score.")
    found = [doc.char_span(4, 16, label="Dataset"), doc.char_span(25, 33, label="Metric")]
    assert [cleaned.text for span in found if span and (cleaned := entities.clean_span(span))] == ["DOVE", "F1-score"]


@pytest.mark.parametrize(
    ("name", "long", "passed"),
    [
        ("FedQuill", "federated quantised illustration", 0),
        ("PixMerge", "robust pixel merger", 1),
        ("DOVE", "detector of very early signs", 1),
        ("TOTEM", "attention over tokens", None),
        ("quill", "federated quantised illustration", 1),
    ],
)
def test_names_made_of_beginnings_of_words(name: str, long: str, passed: int | None) -> None:
    assert abbreviations.words_passed_over(name.lower(), tuple(long.split())) == passed


def test_an_abbreviation_of_nothing_found_is_no_mention() -> None:
    assert reading(mentions_of("T\nThe graphics card unit (GCU) is hot.")).entities == []


@pytest.mark.parametrize(
    ("text", "recognised", "forms"),
    [
        ("T\nVine trimming (VT) is fun. Offline vine trimming is hard. We study offline VT.", ["Offline vine trimming"], {"Offline vine trimming", "offline VT"}),
        ("T\nVine trimming (VT) is hard, robust VT more so. Robust Vine Trimming\u2019s end.", ["robust VT"], {"robust VT", "Robust Vine Trimming"}),
        ("T\nMulti-modal policies and a multimodal policy.", ["Multi-modal policies", "multimodal policy"], {"Multi-modal policies", "multimodal policy"}),
        ("T\nSmall LMs are small language models.", ["Small LMs"], {"Small LMs", "small language models"}),
    ],
)  # fmt: skip
def test_spellings_of_one_name_are_one_thing(text: str, recognised: list[str], forms: set[str]) -> None:
    by_form = {span.text: i for i, entity in enumerate(reading(mentions_of(text, *recognised)).entities) for span in entity.spans}
    assert forms <= set(by_form)
    assert len({by_form[form] for form in forms}) == 1


def test_another_spelling_inside_a_longer_name_is_left_there() -> None:
    text = "T\nVine trimming (VT) is fun. Offline vine trimming is hard. The offline VT robot helps."
    doc = mentions_of(text, "Offline vine trimming", "offline VT robot")
    assert {s.text for e in reading(doc).entities for s in e.spans} == {"Offline vine trimming", "offline VT robot"}


def test_scores_are_the_mean_of_networks(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    inner, outer = chance.normal(size=(2, 4, 5)).astype(np.float16), chance.normal(size=(2, 5, 3)).astype(np.float16)
    centre, scale, features = (chance.normal(size=4).astype(np.float32) for _ in range(3))
    plain = [np.maximum((features - centre) * scale @ inner[n], 0) @ outer[n] for n in range(2)]
    for softmax in (False, True):
        model = Perceptron(
            ("a", "b", "c"), centre, scale, inner.transpose(1, 0, 2).reshape(4, 10).astype(np.float32), np.zeros(10, np.float32),
            outer.astype(np.float32), np.zeros((2, 3), np.float32), np.full(3, 0.5, np.float32), softmax,
        )  # fmt: skip
        expected = np.mean([np.exp(x) / np.exp(x).sum() if softmax else 1 / (1 + np.exp(-x)) for x in plain], axis=0)
        np.testing.assert_allclose(model.scores([features.tolist()])[0], expected, rtol=1e-4)
        model.save(tmp_path / "one.npz")
        again = Perceptron.load(tmp_path / "one.npz")
        assert again.classes == model.classes
        assert np.array_equal(again.scores([features]), model.scores([features]))
        assert model.scores([]).shape == (0, 3)
