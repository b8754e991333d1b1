"""Which language a browser wants. It knows no request."""

from __future__ import annotations

LANGUAGES = {"en": "en", "pt": "pt_BR"}
"""First part of a language tag to our catalogue."""


def choose_language(accept_language: str) -> str:
    """`en` or `pt_BR`, by the Accept-Language header (RFC 9110, section 12.5.4); `en` where neither is asked for."""
    best, best_weight = "en", 0.0
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        name, _, value = parameter.partition("=")
        try:
            weight = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        language = LANGUAGES.get(tag.strip().lower().partition("-")[0])
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best
