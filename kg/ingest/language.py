"""The language of an abstract, of which what sources say is no witness (papers in Chinese have abstracts in English): a count of common English words, and py3langid (Lui and Baldwin 2012) where that leaves a doubt."""

from __future__ import annotations

import functools
from typing import Any

LEAST = 80  # characters from which a language can be told
_COMMON = tuple(
    f" {word} "
    for word in ["the", "of", "and", "to", "with", "that", "for", "are", "which", "our", "this", "by", "from", "these", "can"]
)
_DISTINCT = 4  # common words in the first part of a text, from which it is surely English
_PART = 500  # characters
_SURE = 0.9  # probability from which another language is believed


def language_of(text: str) -> str:
    """ISO 639-1 code; empty for a text too short to tell, `en` unless another language is sure.

    >>> language_of("We show that the size of a model and the amount of data are linked, and explain how to choose one for the other.")
    'en'
    >>> language_of("Wir zeigen, dass die Größe eines Modells und die Menge der Daten zusammenhängen, und erklären die Auswahl beider Werte.")
    'de'
    """
    if len(text) < LEAST:
        return ""
    if _has_common(text[:_PART], _DISTINCT) or _has_common(text, _DISTINCT + 2):
        return "en"
    code, probability = _identifier().classify(text[:4000])
    return str(code) if probability >= _SURE else "en"


def _has_common(text: str, wanted: int) -> bool:
    for word in _COMMON:
        if word in text:
            wanted -= 1
            if not wanted:
                return True
    return False


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
