from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kg.model.records import Paper
from kg.resolve.papers import merge_papers

PREPRINT = Paper("a1", "On Things", "We study things.", year=2020, identifiers=(("arxiv", "2001.00001"),), authors=("Ada",))
PUBLISHED = Paper("d1", "On Things", "We study things well.", year=2021, identifiers=(("arxiv", "2001.00001"), ("doi", "10.1/x")))
SAME_TEXT = Paper("z9", "On things!", "We study things.", venue="V")
OTHER = Paper("o1", "On Other Things", "We study others.")
TWIN_TITLE = Paper("t1", "On Things", "Something else altogether.")


def test_shared_identifier_or_equal_text_is_one_paper() -> None:
    merged = {m.paper.id: m for m in merge_papers([PREPRINT, PUBLISHED, SAME_TEXT, OTHER])}
    assert set(merged) == {"d1", "o1"}
    paper = merged["d1"].paper
    assert paper.identifiers == (("arxiv", "2001.00001"), ("doi", "10.1/x"))
    assert (paper.abstract, paper.year, paper.authors, paper.venue) == ("We study things well.", 2021, ("Ada",), "V")
    assert paper.canonical_id == PREPRINT.canonical_id
    assert merged["o1"].variants == ()


def test_equal_titles_alone_are_two_papers() -> None:
    assert len(merge_papers([PREPRINT, TWIN_TITLE])) == 2


ABSTRACT = "Gardens grow weeds. We present a robot that pulls them, in the rain and in the dark, without a map of the beds."
EDITED = ABSTRACT.replace("We present a robot", "We present a small robot")
REVIEWED = Paper("r1", "A Robot That Pulls Weeds", EDITED, year=2022, identifiers=(("doi", "10.1/y"),), authors=("Lovelace, A.",))
DRAFT = Paper(
    "r0", "A robot that pulls weeds", ABSTRACT, year=2021, identifiers=(("arxiv", "2101.00001"),), authors=("Ada Lovelace",)
)


def test_a_preprint_and_its_published_version_are_one_paper() -> None:
    (merged,) = merge_papers([DRAFT, REVIEWED])
    assert merged.paper.identifiers == (("arxiv", "2101.00001"), ("doi", "10.1/y"))
    assert (merged.paper.abstract, merged.paper.year, len(merged.variants)) == (EDITED, 2022, 2)
    rewritten = replace(REVIEWED, abstract="Weeding by machine.")
    assert len(merge_papers([DRAFT, rewritten])) == 1  # by the author
    assert len(merge_papers([replace(DRAFT, authors=()), REVIEWED])) == 1  # by the abstract
    assert len(merge_papers([DRAFT, replace(rewritten, authors=("Charles Babbage",))])) == 2


def test_short_titles_of_one_author_are_several_papers() -> None:
    one = Paper("e1", "Editorial", "This issue is about weeds.", authors=("Ada Lovelace",))
    assert len(merge_papers([one, Paper("e2", "Editorial", "This issue is about robots.", authors=("Ada Lovelace",))])) == 2


def test_own_id_and_title_make_a_changed_abstract_the_same_paper() -> None:
    assert len(merge_papers([OTHER, replace(OTHER, abstract="We study others better.")])) == 1


POOL = [DRAFT, REVIEWED, PREPRINT, PUBLISHED, SAME_TEXT, OTHER, TWIN_TITLE, replace(OTHER, abstract="We study others better.")]


@given(st.permutations(POOL), st.integers(0, len(POOL)))
def test_any_order_and_split_gives_the_same(papers: list[Paper], cut: int) -> None:
    first = merge_papers(papers[:cut])
    grown = merge_papers([*(p for m in first for p in m.inputs), *papers[cut:]])
    assert grown == merge_papers(POOL)
