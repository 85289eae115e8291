from __future__ import annotations

from kg.model.records import LocalEntity, Mention
from kg.resolve.cluster import assign_keys, is_abbreviation


def entity(kind: str, name: str, *others: str) -> LocalEntity:
    return LocalEntity("e1", kind, name, tuple(Mention(-1, -1, form) for form in (name, *others)))


def groups(*entities: LocalEntity) -> list[set[int]]:
    keys = assign_keys((str(i), e) for i, e in enumerate(entities))
    found: dict[str, set[int]] = {}
    for (paper, _), key in keys.items():
        found.setdefault(key, set()).add(int(paper))
    return sorted(found.values(), key=min)


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
