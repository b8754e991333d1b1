"""Which language a browser wants. It knows no request."""

from __future__ import annotations

from papo.i18n import SOURCE_LANGUAGE, find_language


def choose_language(accept_language: str) -> str:
    """The code of the preferred language by the Accept-Language header (RFC 9110, section 12.5.4).

    The language of the source if none of ours is accepted.
    """
    best, best_weight = SOURCE_LANGUAGE, 0.0
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        name, _, value = parameter.partition("=")
        try:
            weight = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        language = find_language(tag.strip())
        if language and weight > best_weight:
            best, best_weight = language, weight
    return best
