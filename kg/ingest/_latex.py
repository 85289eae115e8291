"""LaTeX in fields that are known to be LaTeX, such as those of BibTeX → text."""

from __future__ import annotations

import re

from kg.ingest.normalise import convert_latex, normalise_text

_DASHES = re.compile(r"(?<!-)(-{2,3})(?!-)")
_BRACES = re.compile(r"(?<!\\)[{}]")
_QUOTES = (("``", "“"), ("''", "”"))


def plain(value: str) -> str:
    r"""The text of a value: macros, accents, dashes, quotes and short formulas converted, braces gone; line ends stay.

    >>> plain(r"{BERT}: na{\"\i}ve ``bidirectional'' 10--12\%")
    'BERT: naïve “bidirectional” 10–12%'
    """
    if not _has_signs(value):
        return value
    text = value
    if "\\" in text or "$" in text:
        text = "\n".join(map(normalise_text, text.split("\n")))
        if re.search(r"\\[A-Za-z]{2,}", text) and "$" not in text:
            text = convert_latex(text) or text
    text = _BRACES.sub("", text)
    for signs, quote in _QUOTES:
        text = text.replace(signs, quote)
    text = _DASHES.sub(lambda match: "–" if len(match.group(1)) == 2 else "—", text)
    return re.sub(r"(?<!\\)~", " ", text) if "://" not in text else text


def _has_signs(value: str) -> bool:
    """One look for each sign is many times faster than a pattern with all of them."""
    return (
        "\\" in value or "{" in value or "}" in value or "$" in value or "~" in value
        or "--" in value or "``" in value or "''" in value
    )  # fmt: skip
