"""Raw titles and abstracts → plain text in one line: Unicode NFC, no markup, no LaTeX, no words cut at line ends.

Only fragments that are surely LaTeX are touched, each handed to pylatexenc; a fragment that does not come
out clean stays as it was. Percent signs, ampersands and tildes of ordinary prose are never read as LaTeX, `<mask>` and `a < b` not as
markup. What comes out is not changed by a second pass.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from typing import Any

_ACCENT = r"\\(?:[\"'`^~=.]\s?|[cvuHrk](?=[\s{])\s?)(?:\{\\?[A-Za-z]\}|\\[ij]\b|[A-Za-z])"
_FONT = r"\\(?:text(?:tt|bf|it|sc|sf|rm|sl|up|md|normal)?|emph|math(?:bf|rm|it|sf|tt|cal|bb)|underline)\s?\{[^{}\\$]*\}"
_ESCAPE = r"\\[%&_#$]"
_SYMBOL = r"\{\\[A-Za-z]+\}"
_MATH = r"(?<![\\$])\$(?!\s)[^$\n]{1,120}?(?<!\s)\$(?![\d$])"
_FRAGMENT = re.compile(rf"(?=[\\${{])(?:{'|'.join((_MATH, _ACCENT, _FONT, _SYMBOL, _ESCAPE))})")
_BRACED = re.compile(r"\{([^{}\\$]*[^\x00-\x7f][^{}\\$]*)\}")  # {Erd{\H o}s} leaves braces round an accent
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_STYLE = re.compile(r"\\(?:math(?:bf|rm|it|sf|tt|cal|bb|scr)|boldsymbol|bm|text(?:tt|bf|it|sc|sf|rm|sl|up|md)?|emph)(?![A-Za-z])")
_LOSSY = {"widetilde", "widehat", "overline", "underline", "cite", "ref", "label"}  # their conversion drops a sign
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # joiners stay: scripts and emoji need them
_LIGATURES = dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "ft", "st"), strict=True))
_LIGATURE = re.compile("[ﬀ-ﬆ]")
_BLOCKS = "p|br|div|li|ul|ol|title|sec|abstract|h[1-6]|tr|list|list-item|disp-formula"
_INLINE = (
    "i|b|u|em|strong|sub|sup|span|a|tt|code|italic|bold|sc|inline-formula|named-content|ext-link|xref|underline|monospace|font|scp"
)
_TAG = re.compile(
    rf"</?(?:jats:)?(?:({_BLOCKS})|{_INLINE})(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s<>]+))*\s*/?>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_CUT = re.compile(r"(?<![\w-])([A-Za-z]+)-[ \t]*\r?\n[ \t]*([a-z]+)(-?)")
_LOOKED_THROUGH = 20_000  # characters of a text up to which other places of a cut word are looked for
_KEPT_HYPHEN = {  # parts that a hyphen follows more often than not
    "all", "anti", "auto", "best", "bi", "class", "co", "cross", "data", "deep", "domain", "down", "easy", "end", "ex", "few",
    "fine", "first", "full", "general", "goal", "graph", "hand", "hard", "high", "human", "inter", "intra", "in", "knowledge",
    "language", "large", "left", "long", "low", "machine", "macro", "mean", "meta", "mid", "mini", "mixed", "model", "multi",
    "near", "neural", "non", "off", "on", "one", "open", "out", "over", "part", "per", "plug", "point", "post", "pre",
    "problem", "query", "quasi", "question", "rank", "re", "real", "right", "rule", "same", "second", "self", "semi",
    "sentence", "short", "side", "single", "small", "so", "socio", "soft", "source", "spatio", "state", "step", "sub", "super",
    "target", "task", "text", "third", "time", "token", "top", "trade", "two", "type", "ultra", "un", "under", "up", "user",
    "vision", "weak", "well", "wide", "word", "world", "zero",
}  # fmt: skip
_PREFIX = re.compile(
    r"\s*(?i:abstract|summary)(?:\s*[.:\u2013\u2014]\s*(?:-\s*)?|\s*-\s+|[ \t]*\n\s*"
    r"|\s+(?=(?:We|This|In|The|These|Our|It|To|For|With|Recent|Recently|Although|While|Despite|Background|Many|Most|An|As|Existing)\b))"
    r"(?=\S)"
)
_LEGAL = re.compile(r"\d{4}|rights\s+reserved|authors?\b|elsevier|springer|ieee|\bacm\b|wiley|licen[cs]e", re.IGNORECASE)
_TAIL = re.compile(
    r"(?:(?<=[.!?)\]])|(?<=[.!?][\"'\u201d\u2019]))\s*(?:©|\([cC]\)\s*(?:\d{4}|[Cc]opyright)|Copyright\b).{0,300}$", re.DOTALL
)
_FRONT = re.compile(
    r"\s*(?:©|\([cC]\)|Copyright)\s*(?:\d{4}\s+)?(?:The\s+Authors?|IEEE|ACM|Elsevier\s+\w+|Springer[\w\s-]{0,40})\.\s*(?:All rights reserved\.?\s*)?(?=\S)"
)
_OPENINGS = ("abstract", "summary", "©", "(c)", "copyright")
_PASSES = 8


def normalise_text(raw: str) -> str:
    r"""Plain NFC text in one line, ends stripped; lone surrogates become U+FFFD, control characters go.

    >>> normalise_text(r'T\"ULU 3 gains 8\% on \texttt{MATH} with $\alpha$')
    'TÜLU 3 gains 8% on MATH with α'
    >>> normalise_text('costs $5 or $6, 3% of it')
    'costs $5 or $6, 3% of it'
    >>> normalise_text('an exam-\nple of <i>F<sub>1</sub></i> &amp; zero-\nshot <mask>')
    'an example of F1 & zero-shot <mask>'
    """
    if is_plain(raw):
        return raw.strip()
    return _settled(_pass, raw)


def normalise_abstract(raw: str, plain: bool = False) -> str:
    """As `normalise_text`, without the word Abstract in front and a copyright notice behind; `plain` if it is known to need no more.

    >>> normalise_abstract("Abstract: We parse. © 2024 The Authors. All rights reserved.")
    'We parse.'
    >>> normalise_abstract("Abstract Meaning Representation is a graph.")
    'Abstract Meaning Representation is a graph.'
    >>> normalise_abstract("Abstract to concrete: we go from one to the other.")
    'Abstract to concrete: we go from one to the other.'
    """
    if (plain or is_plain(raw)) and not _framed(raw):
        return raw.strip()
    return _settled(_abstract_pass, raw)


def is_plain(raw: str, of_json: bool = False) -> bool:
    """Whether a text surely has nothing to normalise but white space at its ends: printable, no signs of markup, NFC, no ligatures. Text
    `of_json`, a whole object's, holds no control characters, so that plain ASCII is printable."""
    if "\\" in raw or "<" in raw or "&" in raw or "$" in raw or "  " in raw:
        return False
    if raw.isascii():
        return of_json or raw.isprintable()
    return raw.isprintable() and unicodedata.is_normalized("NFC", raw) and not any(map(raw.__contains__, _LIGATURES))


def _settled(step: Any, raw: str) -> str:
    """A text passed until it changes no more."""
    for _ in range(_PASSES):
        text = step(raw)
        if text == raw:
            break
        raw = text
        if is_plain(text) and not _framed(text):
            break
    return raw


def _pass(raw: str) -> str:
    return _in_one_line(_without_markup(raw))


def _in_one_line(text: str) -> str:
    one = text.strip() if "  " not in text and text.isprintable() else " ".join(text.split())
    return unicodedata.normalize("NFC", one)


def _abstract_pass(raw: str) -> str:
    text = _without_markup(raw)
    if _framed(text):
        for front in (_FRONT, _PREFIX):
            if opening := front.match(text):
                text = text[opening.end() :]
        tail = _TAIL.search(text, max(0, len(text) - 400))
        if tail and _LEGAL.search(tail.group()):
            text = text[: tail.start()]
    return _in_one_line(text)


def _framed(text: str) -> bool:
    """Whether a text may have a word in front or a notice behind."""
    if text[:40].lstrip()[:9].lower().startswith(_OPENINGS):
        return True
    end = text[-400:]
    return "(c)" in end or "(C)" in end or "Copyright" in end or (not end.isascii() and "©" in end)


def without_controls(raw: str) -> str:
    """Text that any file and any engine takes: no control characters, U+FFFD for lone surrogates."""
    return raw if raw.isprintable() else _SURROGATE.sub("\ufffd", _CONTROL.sub("", raw))


def _without_markup(raw: str) -> str:
    printable = raw.isprintable()
    text = raw if printable else _INVISIBLE.sub("", without_controls(raw))
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    if "<" in text:
        text = _TAG.sub(lambda match: "\n" if match.group(1) else "", text)
    if not text.isascii() and any(map(text.__contains__, _LIGATURES)):
        text = _LIGATURE.sub(lambda match: _LIGATURES[match.group()], text)
    if not printable and "-" in text:
        text = _CUT.sub(lambda match: _joined(match, text), text)
    if "\\" in text or "$" in text:
        text = _FRAGMENT.sub(lambda match: _plain(match.group()), text)
        text = _BRACED.sub(r"\1", text)
    return text


def _joined(match: re.Match[str], text: str) -> str:
    """A word that a line end cuts: with its hyphen if the text has it so elsewhere, or if its first part mostly has one."""
    before, after, more = match.groups()
    whole, parted = before + after, f"{before}-{after}"
    if more or (len(text) < _LOOKED_THROUGH and re.search(rf"\b{parted}\b", text)):
        return parted + more
    if len(text) < _LOOKED_THROUGH and re.search(rf"\b{whole}\b", text):
        return whole
    return parted if before.lower() in _KEPT_HYPHEN or not before[1:].islower() else whole


@functools.lru_cache(maxsize=1 << 15)
def _plain(fragment: str) -> str:
    """What a fragment of LaTeX says in plain text; itself if that is not sure."""
    if fragment[0] == "$":
        if not _is_math(fragment[1:-1]):
            return fragment
        fragment_in = f"${_STYLE.sub('', fragment[1:-1])}$"
    else:
        fragment_in = _STYLE.sub("", fragment)
    if not all(_is_known(name) for name in re.findall(r"\\([A-Za-z]+)", fragment_in)):
        return fragment
    plain = convert_latex(fragment_in).strip()
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


def convert_latex(fragment: str) -> str:
    """LaTeX as pylatexenc says it in plain text; nothing if it cannot."""
    try:
        return str(_converter().latex_to_text(fragment, tolerant_parsing=True))
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        return ""


@functools.cache
def _converter() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", keep_comments=True, strict_latex_spaces=False)
