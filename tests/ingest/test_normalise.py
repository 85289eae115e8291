from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.ingest.normalise import normalise_text


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        (r"T\"ULU 3", "TÜLU 3"),
        (r"PATIENT-{\Psi}-TRAINER", "PATIENT-Ψ-TRAINER"),
        (r"Cram\'er-Rao, na\"{\i}ve, \c{c}a, \v{S}koda, Erd{\H o}s", "Cramér-Rao, naïve, ça, Škoda, Erdős"),
        (r"a 0.05\% deviation, AT\&T, snake\_case", "a 0.05% deviation, AT&T, snake_case"),
        (r"$\alpha$-divergence and $O(\log n)$", "α-divergence and O(log n)"),
        (r"\texttt{FedAvg}, \emph{very} \textbf{bold}, $\mathcal{H}_0$", "FedAvg, very bold, H_0"),
        ("costs $5 or $6, 50% of it & more ~ 3", "costs $5 or $6, 50% of it & more ~ 3"),
        (r"an unknown $\dm_i$ stays, so does \mname{}", r"an unknown $\dm_i$ stays, so does \mname{}"),
        (r"C:\new\table", r"C:\new\table"),
        ("e\u0301 becomes \u00e9", "é becomes é"),
        ("  ends \u0007are cut ", "ends are cut"),
        ("a lone \ud800 surrogate", "a lone \ufffd surrogate"),
    ],
)
def test_plain_text(raw: str, plain: str) -> None:
    assert normalise_text(raw) == plain


@given(st.text())
def test_any_text_comes_out_encodable_and_stays_put(raw: str) -> None:
    plain = normalise_text(raw)
    plain.encode("utf-8")
    if "\\" not in raw and "$" not in raw:
        assert normalise_text(plain) == plain
