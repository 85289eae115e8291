"""Raw titles and abstracts → plain text: Unicode NFC, LaTeX accents, fonts, escapes and short math.

Only fragments that are surely LaTeX are touched, each handed to pylatexenc; a fragment that does not come
out clean stays as it was. Percent signs, ampersands and tildes of ordinary prose are never read as LaTeX.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Any

_ACCENT = r"\\(?:[\"'`^~=.]\s?|[cvuHrk](?=[\s{])\s?)(?:\{\\?[A-Za-z]\}|\\[ij]\b|[A-Za-z])"
_FONT = r"\\(?:text(?:tt|bf|it|sc|sf|rm|sl|up|md|normal)?|emph|math(?:bf|rm|it|sf|tt|cal|bb)|underline)\s?\{[^{}\\$]*\}"
_ESCAPE = r"\\[%&_#$]"
_SYMBOL = r"\{\\[A-Za-z]+\}"
_MATH = r"(?<![\\$])\$(?!\s)[^$\n]{1,120}?(?<!\s)\$(?![\d$])"
_FRAGMENT = re.compile("|".join((_MATH, _ACCENT, _FONT, _SYMBOL, _ESCAPE)))
_BRACED = re.compile(r"\{([^{}\\$]*[^\x00-\x7f][^{}\\$]*)\}")  # {Erd{\H o}s} leaves braces round an accent
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_STYLE = re.compile(r"\\(?:math(?:bf|rm|it|sf|tt|cal|bb|scr)|boldsymbol|bm|text(?:tt|bf|it|sc|sf|rm|sl|up|md)?|emph)(?![A-Za-z])")
_LOSSY = {"widetilde", "widehat", "overline", "underline", "cite", "ref", "label"}  # their conversion drops a sign


def normalise_text(raw: str) -> str:
    r"""Plain NFC text, ends stripped; control characters and lone surrogates become U+FFFD.

    >>> normalise_text(r'T\"ULU 3 gains 8\% on \texttt{MATH} with $\alpha$')
    'TÜLU 3 gains 8% on MATH with α'
    >>> normalise_text('costs $5 or $6, 3% of it')
    'costs $5 or $6, 3% of it'
    """
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub("", raw))
    if "\\" in text or "$" in text:
        text = _FRAGMENT.sub(lambda match: _plain(match.group()), text)
        text = _BRACED.sub(r"\1", text)
    return unicodedata.normalize("NFC", text).strip()


def _plain(fragment: str) -> str:
    if fragment[0] == "$":
        if not _is_math(fragment[1:-1]):
            return fragment
        fragment_in = f"${_STYLE.sub('', fragment[1:-1])}$"
    else:
        fragment_in = _STYLE.sub("", fragment)
    if not all(_is_known(name) for name in re.findall(r"\\([A-Za-z]+)", fragment_in)):
        return fragment
    plain = _convert(fragment_in).strip()
    clean = plain == "$" or (plain and not re.search(r"[\\{}$]", plain))
    return plain if clean else fragment


def _is_math(inner: str) -> bool:
    """Dollar signs round prices are prose: math has a macro, an operator, or is one short symbol."""
    return bool(re.search(r"[\\^_=<>+*/|(]", inner)) or re.fullmatch(r"[A-Za-z0-9]{1,3}", inner) is not None


def _is_known(macro: str) -> bool:
    if macro in _LOSSY:
        return False
    spec = _converter().latex_context.get_macro_spec(macro)
    return bool(spec is not None and spec.macroname)


def _convert(fragment: str) -> str:
    try:
        return str(_converter().latex_to_text(fragment, tolerant_parsing=True))
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        return ""


@functools.cache
def _converter() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", keep_comments=True, strict_latex_spaces=False)
