"""A thousand texts that have attacked pages: seeds in wrappings, in several encodings."""

from __future__ import annotations

import html
from itertools import product
from urllib.parse import quote

SEEDS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert`1`>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<math><mi xlink:href=javascript:alert(1)>x",
    "<a href=javascript:alert(1)>x</a>",
    "<form action=javascript:alert(1)><button>x",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<link rel=stylesheet href=data:text/css,*{color:red}>",
    "<style>@import'javascript:alert(1)'</style>",
    "<meta http-equiv=refresh content='0;javascript:alert(1)'>",
    "<base href=javascript:alert(1)//>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "`${alert(1)}`",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "]]><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "\\u003cscript\\u003ealert(1)",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "\u202e<script>alert(1)</script>",
    "\u2028<script>alert(1)</script>",
    "<IMG SRC=j&#X41vascript:alert(1)>",
    "__proto__",
    "constructor",
    "toString",
    "<p><b><i><u>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)
WRAPPINGS = (
    "{0}",
    "[x]({0})",
    "![x]({0})",
    "<{0}>",
    "[x]: {0}",
    "**{0}**",
    "`{0}`",
    "> {0}",
    "- {0}",
    "https://a.example/{0}",
    "https://a.example/?q={0}",
    "irc://{0}",
    "@{0}",
    "#{0}",
    "||{0}||",
    "[{0}](https://a.example)",
)
ENCODINGS = (lambda text: text, html.escape, quote)


def payloads() -> list[str]:
    """At least a thousand different texts of one line."""
    made = dict.fromkeys(
        encode(wrapping.format(seed)) for encode, wrapping, seed in product(ENCODINGS, WRAPPINGS, SEEDS)
    )
    return [text.replace("\n", " ") for text in made]
