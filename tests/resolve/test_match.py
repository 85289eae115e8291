from __future__ import annotations

from kg.model.records import LocalEntity, Mention
from kg.resolve.abbreviations import is_abbreviation
from kg.resolve.census import Census, naming_of, tally
from kg.resolve.match import Matched, match


def entity(kind: str, name: str, *others: str) -> LocalEntity:
    return LocalEntity("e1", kind, name, tuple(Mention(-1, -1, form) for form in (name, *others)))


def groups(*entities: LocalEntity) -> list[set[int]]:
    return in_papers(*([e] for e in entities))


def in_papers(*papers: list[LocalEntity]) -> list[set[int]]:
    """Which papers' first entities are one."""
    matched = matched_names(*papers)
    found: dict[str, set[int]] = {}
    for position in range(len(papers)):
        found.setdefault(matched.ids[matched.census.of_paper(position)[0]], set()).add(position)
    return sorted(found.values(), key=min)


def matched_names(*papers: list[LocalEntity]) -> Matched:
    return match(Census.of([tally(map(naming_of, paper) for paper in papers)]))


def test_case_hyphen_and_plural_do_not_count() -> None:
    assert groups(entity("Model", "Large Language Models"), entity("Model", "large-language model")) == [{0, 1}]


def test_versions_and_types_count() -> None:
    assert groups(entity("Model", "GPT-4"), entity("Model", "GPT-4o"), entity("Method", "GPT-4")) == [{0}, {1}, {2}]


def test_a_bare_abbreviation_follows_its_only_long_form() -> None:
    long_and_short = entity("Model", "ViT", "Vision Transformer")
    assert groups(long_and_short, entity("Model", "ViT"), entity("Model", "vision transformers")) == [{0, 1, 2}]


def test_an_ambiguous_abbreviation_joins_nobody() -> None:
    one = entity("Method", "CPL", "Critical Plan Learning")
    two = entity("Method", "CPL", "Cross-domain Prompt Learning")
    assert groups(one, two, entity("Method", "CPL")) == [{0}, {1}, {2}]


def test_other_forms_of_one_paper_never_join_entities_of_other_papers() -> None:
    loose = entity("Model", "pre-trained language model", "language models")
    assert groups(loose, entity("Model", "language model"), entity("Model", "pre-trained language model")) == [{0, 2}, {1}]


def test_abbreviation_letters_stand_in_order() -> None:
    assert is_abbreviation("LLMs", "large language models")
    assert is_abbreviation("VOS", "video object segmentation")
    assert not is_abbreviation("VOS", "object segmentation")
    assert not is_abbreviation("GPT", "generalized tuning")


def test_papers_vote_on_the_type_of_a_name_of_several_words() -> None:
    method, task = entity("Method", "weed counting"), entity("Task", "Weed-counting")
    matched = matched_names([method], [task], [task])
    assert len(set(matched.ids)) == 1
    (voted,) = matched.census.of_paper(0)
    assert (matched.kinds[voted], matched.census.names[voted].kind) == ("Task", "Method")
    assert (matched.why[voted].rule, matched.why[voted].evidence) == ("type vote", "Task 2.0, Method 1.0")
    assert groups(method, task) == [{0}, {1}]  # a tie settles nothing


def test_one_word_may_name_two_things_unless_nearly_all_agree() -> None:
    assert len(groups(entity("Model", "Vigor"), entity("Model", "Vigor"), entity("Dataset", "Vigor"))) == 2
    assert len(groups(*(entity("Model", "Vigor") for _ in range(5)), entity("Dataset", "Vigor"))) == 1


def test_abbreviations_with_long_forms_of_two_types_do_not_vote() -> None:
    speech = [entity("Task", "ASR", "automatic speech recognition") for _ in range(9)]
    attack = entity("Metric", "ASR", "attack success rate")
    assert groups(*speech, attack, entity("Metric", "ASR"), entity("Task", "ASR")) == [{*range(9), 11}, {9, 10}]


def test_a_paper_that_has_a_name_twice_with_two_types_means_two_things() -> None:
    twice = [entity("Model", "Back Math"), entity("Dataset", "Back Math")]
    assert in_papers(twice, [entity("Model", "Back Math")], [entity("Dataset", "Back Math")]) == [{0, 1}, {2}]


def test_long_forms_of_one_abbreviation_that_differ_in_endings_are_one() -> None:
    square, squared = entity("Metric", "MSE", "mean square error"), entity("Metric", "MSE", "mean squared error")
    assert groups(square, squared, entity("Metric", "mean squared errors"), entity("Metric", "MSE")) == [{0, 1, 2, 3}]
    assert groups(entity("Metric", "mean square error"), entity("Metric", "mean squared error")) == [{0}, {1}]
    assert groups(entity("Method", "LoRA", "low-rank adaption"), entity("Method", "LoRA", "Low-Rank Adaptation")) == [{0, 1}]
    own, half = entity("Method", "SSL", "self-supervised learning"), entity("Method", "SSL", "semi-supervised learning")
    assert groups(own, half) == [{0}, {1}]


def test_one_paper_opens_an_abbreviation_only_by_first_letters() -> None:
    assert groups(entity("Metric", "IoU", "intersection over union"), entity("Metric", "IoU")) == [{0, 1}]
    assert groups(entity("Model", "CAD", "contextual multi-modal alignment"), entity("Model", "CAD")) == [{0}, {1}]


def test_words_and_other_capitals_do_not_follow_the_abbreviation_of_one_paper() -> None:
    crop = entity("Method", "CROP", "careful rose orchard pruning")
    assert groups(crop, entity("Method", "cropping"), entity("Method", "crop"), entity("Method", "CrOP")) == [{0}, {1, 2, 3}]
    again = entity("Method", "CROP", "careful rose orchard pruning")
    assert groups(crop, again, entity("Method", "Crop"), entity("Method", "crop")) == [{0, 1, 2}, {3}]


def test_one_word_votes_as_it_is_written() -> None:
    maths = [entity("Dataset", "MATH") for _ in range(9)]
    assert len(groups(*maths, entity("Task", "math"))) == 2
    pendulum = [entity("Dataset", "BrokenPendulum") for _ in range(9)]
    assert len(groups(*pendulum, entity("Method", "broken pendulum"))) == 2


def test_context_tells_what_a_disputed_abbreviation_means() -> None:
    fields = ["wheat", "barley", "hedges"], ["tensor", "gradient", "spectrum"]
    rice, residual = (
        [entity("Method", "RN", long), *(entity("Task", word) for word in words)]
        for long, words in zip(("rice nursing", "residual norm"), fields, strict=True)
    )
    bare = [[entity("Method", "RN"), entity("Task", a), entity("Task", b)] for a, b in (fields[0][:2], fields[1][1:])]
    apart = [entity("Method", "RN"), entity("Task", "wheat"), entity("Task", "tensor")]
    assert in_papers(rice, residual, *bare, apart) == [{0, 2}, {1, 3}, {4}]


def test_a_long_form_has_few_words_and_is_not_the_name_with_more() -> None:
    assert not is_abbreviation("PSNR", "published method based on a squared new regulariser of pixels")
    assert not is_abbreviation("Llama2", "Llama 2 7B")
    assert not is_abbreviation("Llama-2.1", "Llama-2.1 7B")
