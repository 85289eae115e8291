from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.lexicon import known_synonyms
from kg.model.vocabulary import load_vocabulary
from kg.resolve.normalize import name_key

SAME = [
    ("Model", "LLaMA-2", "Llama 2", "LLaMA2"),
    ("Model", "GPT-4o", "GPT4o", "gpt 4o"),
    ("Model", "ResNet-50", "ResNet50"),
    ("Model", "Gaussian process", "Gaussian Processes"),
    ("Model", "multimodal LLM", "Multi-modal large language models"),
    ("Model", "transformer models", "Transformer"),
    ("Dataset", "GSM8K", "GSM8K dataset", "GSM8K data set", "GSM8K benchmark"),
    ("Dataset", "COCO", "MS-COCO"),
    ("Metric", "BLEU", "BLEU score", "BLEU scores"),
    ("Metric", "accuracy", "Accuracies"),
    ("Method", "fine-tuning", "Finetuning", "fine-tuned", "fine-tune"),
    ("Method", "attention", "attention mechanism", "attention mechanisms"),
    ("Method", "β-VAE", "beta-VAE"),
    ("Task", "modelling dialogues", "modeling dialog"),
    ("Metric", "recall@1", "Recall at 1"),
    ("Task", "nonconvex optimization", "non-convex optimisation"),
    ("Model", "meta-llama/Llama-2-7B", "Llama-2-7B"),
    ("Metric", "word error rate (WER)", "Word Error Rate", "WER (word error rate)"),
    ("Dataset", "WeedBench", "WeedBenchRetrieval", "WeedBenchClassification.v2"),
    ("Model", "GANS", "GANs", "GAN"),
]
APART = [
    ("Model", "LLaMA-2", "LLaMA"),
    ("Model", "GPT-4o", "GPT-4"),
    ("Model", "Llama-2-7B", "Llama 2"),
    ("Model", "language model", "large language model"),
    ("Dataset", "ImageNet-1k", "ImageNet-21k"),
    ("Dataset", "MNIST", "Fashion-MNIST"),
    ("Dataset", "CIFAR-10", "CIFAR-100"),
    ("Dataset", "SQuAD", "SQuAD 2.0"),
    ("Method", "DARE", "DAR"),
    ("Metric", "recall@1", "recall@10"),
    ("Metric", "R@1", "R1"),
    ("Task", "few-shot learning", "zero-shot learning"),
    ("Model", "VITS", "ViT"),
    ("Dataset", "CNN/DailyMail", "DailyMail"),
    ("Metric", "accuracy (top five)", "accuracy"),
    ("Dataset", "image classification", "image"),
    ("Task", "WeedBenchRetrieval", "WeedBench"),
]


@pytest.mark.parametrize("case", SAME, ids=lambda case: case[1])
def test_spellings_of_one_name(case: tuple[str, ...]) -> None:
    kind, *names = case
    assert len({name_key(name, kind) for name in names}) == 1


@pytest.mark.parametrize(("kind", "a", "b"), APART)
def test_names_of_different_things(kind: str, a: str, b: str) -> None:
    assert name_key(a, kind) != name_key(b, kind)


@given(st.text(), st.sampled_from(sorted(load_vocabulary().entities)))
def test_every_name_has_a_key(name: str, kind: str) -> None:
    assert name_key(name, kind) or not name.strip()


def test_synonyms_lead_to_their_usual_name_unless_it_is_of_several_things() -> None:
    usual: dict[tuple[str, str], set[str]] = {}
    for kind, name, alias in known_synonyms():
        usual.setdefault((kind, name_key(alias, kind)), set()).add(name_key(name, kind))
    assert sum(len(names) > 1 for names in usual.values()) < 5
    for (_, alias), names in usual.items():
        assert len(names) > 1 or names == {alias}
