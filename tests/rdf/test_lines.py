"""N-Triples as text say what pyoxigraph would write."""

from __future__ import annotations

from decimal import Decimal

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.rdf.lines import Place, boolean, decimal, each_line, in_graph, integer, iri, line, literal, parsed, pattern, portions

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
def test_a_literal_is_written_as_the_engine_writes_it(text: str) -> None:
    assert literal(text) == str(ox.Literal(text))


@pytest.mark.parametrize("text", [*(chr(code) for code in (*range(0x20), 0x7F, 0x85, 0x2028)), '"\\', 'a " .\nb'])
def test_marks_that_end_lines_stay_in_their_literal(text: str) -> None:
    one = line("<https://example.org/a>", "rdfs:label", literal(text))
    assert [quad.object.value for quad in parsed([one])] == [text]
    assert each_line(one + one) == [one, one]
    (quad,) = ox.parse(in_graph(one, "<https://example.org/g>"), ox.RdfFormat.N_QUADS)
    assert (quad.object.value, quad.graph_name) == (text, ox.NamedNode("https://example.org/g"))


@given(TEXTS)
def test_an_address_from_data_never_breaks_a_line(text: str) -> None:
    address = f"https://example.org/{text}"
    (quad,) = parsed([line(iri(address), "rdfs:label", literal("x"))])
    assert quad.subject.value == address or quad.subject.value == iri(address)[1:-1] != address


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (1.0, "1.0"), (Decimal("-12.500000000000"), "-12.5"), (Decimal("3E+2"), "300.0"), (0.1234567, "0.123457")],
)
def test_decimals_are_canonical(value: object, text: str) -> None:
    assert decimal(value) == str(ox.Literal(text, datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")))


def test_other_literals_are_those_of_the_engine() -> None:
    assert [integer(-3), boolean(True), boolean(False)] == [str(ox.Literal(value)) for value in (-3, True, False)]


def test_a_pattern_is_filled_line_by_line() -> None:
    filled = pattern("""
        {it} a kg:Paper
        {it} kg:label "Paper"
    """)(it=Place("https://example.org/").node("paper", "00"))
    type_ = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    schema = "https://w3id.org/paperkg/schema#"
    it = "<https://example.org/paper/00>"
    assert filled == f'{it} {type_} <{schema}Paper> .\n{it} <{schema}label> "Paper" .\n'


def test_portions_join_texts_and_lose_none() -> None:
    texts = [str(number) * 1000 + "\n" for number in range(3000)]
    found = list(portions(texts))
    assert len(found) < 20
    assert "".join(found) == "".join(texts)
    assert list(portions([])) == []
