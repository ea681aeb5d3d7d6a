"""The page's head for previews of its link: a name, a sentence, an icon; nothing of Gradio's own."""

import re
from html import escape

from hub.fonts import render_font_face
from hub.language.sentence import Sentence

TITLE = "Vernissage"
SENTENCE = Sentence("Two painters, one prompt, no names. Say what you see, then learn who painted it.")
FOREIGN = re.compile(rb'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>')  # Gradio's, twice, of its own site
END = b"</head>"
FONTS = "".join(  # those of the theme, asked for before the style sheet names them: text that is there does not change
    f'<link rel="preload" href="static/fonts/SourceSansPro/SourceSansPro-{weight}.woff2" as="font" type="font/woff2" '
    "crossorigin>"
    for weight in ("Regular", "Bold")
)
STILL = (  # what Gradio shows before the page is there stands in the middle of what grows, in a font that changes
    "<style>.wrap.full.translucent { position: fixed !important; inset: 0; height: 100vh !important; }"
    ".wrap.full.translucent > .loading { font: 16px/24px sans-serif !important; }</style>"
)


def render_tags() -> str:
    """Return the tags of the page's head; a preview without ``og:url`` is of the address that was asked for."""
    said = {"og:site_name": TITLE, "og:title": TITLE, "og:type": "website", "og:description": SENTENCE}
    properties = "".join(f'<meta property="{name}" content="{escape(text)}">' for name, text in said.items())
    return (
        f'<meta name="description" content="{escape(SENTENCE)}">{properties}<meta name="twitter:card" '
        f'content="summary"><link rel="icon" type="image/png" href="favicon.ico">{FONTS}'
        f"<style>{render_font_face()}</style>{STILL}"
    )


def replace_head(page: bytes) -> bytes:
    """Return the page with these tags in its head in place of Gradio's; its body and scripts stay as they are."""
    head, end, rest = page.partition(END)
    first, script, others = head.partition(b"<script")
    return FOREIGN.sub(b"", first) + (render_tags().encode() + script + others if end else script + others) + end + rest
