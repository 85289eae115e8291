from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.model.identifiers import digest, fold_name, fold_title, normalise_identifier
from kg.model.records import Paper


@pytest.mark.parametrize(
    ("scheme", "value", "normal"),
    [
        ("arxiv", "arXiv:1706.03762v5", "1706.03762"),
        ("arxiv", "https://arxiv.org/pdf/1706.03762.pdf", "1706.03762"),
        ("arxiv", "cs/0112017v1", "cs/0112017"),
        ("arxiv", "not an id", ""),
        ("doi", "HTTPS://DOI.ORG/10.18653/V1/N19-1423", "10.18653/v1/n19-1423"),
        ("doi", "11.5/x", ""),
        ("acl", "https://aclanthology.org/N19-1423/", "N19-1423"),
        ("openalex", "https://openalex.org/W123", "W123"),
        ("hf", "https://huggingface.co/papers/1706.03762", "1706.03762"),
    ],
)
def test_identifiers(scheme: str, value: str, normal: str) -> None:
    assert normalise_identifier(scheme, value) == normal


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("LLaMA-2", "LLaMA 2", True),
        ("Fashion-MNIST", "MNIST", False),
        ("GPT-3.5", "GPT-35", False),
        ("GPT-3.5", "gpt 3.5", True),
        ("WMT'14", "WMT14", True),
        ("neural networks", "Neural Network", True),
        ("loss", "los", False),
        ("C++", "C", False),
        ("ＢＥＲＴ", "BERT", True),
    ],
)
def test_folded_names(a: str, b: str, same: bool) -> None:
    assert (fold_name(a) == fold_name(b)) is same


def test_names_of_signs_only_keep_their_signs() -> None:
    assert fold_name("😀") == "😀"
    assert fold_name("???") != fold_name("!!!")
    assert fold_title("…") == "…"


def test_digests_keep_parts_apart() -> None:
    assert digest("a", "bc") != digest("ab", "c")
    assert len(digest("a")) == 16


def test_a_papers_id_follows_its_strongest_identifier() -> None:
    bare = Paper("", "On Things", "Text.")
    known = Paper("", "On Things!", "Other text.", identifiers=(("arxiv", "2001.00001"), ("doi", "10.1/x")))
    assert bare.canonical_id == Paper("own", "on things", "Text.").canonical_id
    assert bare.canonical_id != known.canonical_id
    assert known.canonical_id == digest("paper", "arxiv", "2001.00001")


@given(st.text(st.characters(codec="ascii")))
def test_titles_of_ascii_letters_fold_as_all_others(title: str) -> None:
    assert fold_title(title) == (re.sub(r"[\W_]+", " ", title.lower()).strip() or title.strip())
