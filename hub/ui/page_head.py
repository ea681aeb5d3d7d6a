"""The page as a browser gets it: with a preview of its own, and in its visitor's language."""

import re
from html import escape
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui.preview import replace_head
from hub.ui.translated_page import SPOKEN
from hub.ui.visitor_language import choose_language

PAGES = ("/", "/config")  # answered with the page's config
LANG, HEAD = b'lang="en"', b"<head>"
BODY = re.compile(rb"<body\b[^>]*>")
OFF = Sentence("This arena needs JavaScript: allow it for this page, and reload.")
# Gradio's own words, few as they are, follow the browser's language, which it also writes over the page's
FOLLOW = b'<script>Object.defineProperty(navigator, "language", {value: document.documentElement.lang})</script>'
# before Gradio's own scripts, which find the page's ``fetch`` there
STREAM = b"<script>" + (Path(__file__).parent / "event_stream.js").read_bytes() + b"</script>"


def write_language(page: bytes, spoken: Language) -> bytes:
    """Return the page with its language in ``<html lang>``, Gradio made to follow that, and a word without scripts."""
    start, head, rest = page.partition(HEAD)
    off = f'<noscript><p style="margin: 3em; font: 20px sans-serif">{escape(spoken.tell(OFF))}</p></noscript>'.encode()
    rest = BODY.sub(lambda body: body[0] + off, rest, count=1)
    return start.replace(LANG, f'lang="{spoken.code}"'.encode(), 1) + head + (FOLLOW + STREAM + rest if head else rest)


class PageHead:
    """ASGI middleware that has the page said in its visitor's language, and puts its own tags into its head."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"] not in PAGES or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        spoken = choose_language(Headers(scope=scope))
        SPOKEN.set(spoken)
        if scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        start: list[Message] = []
        page = bytearray()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
                return
            page.extend(message.get("body", b""))
            if not message.get("more_body", False):
                whole = write_language(replace_head(bytes(page)), spoken)
                headers = MutableHeaders(scope=start[0])
                headers["content-length"] = str(len(whole))
                headers["content-language"] = spoken.code
                headers.add_vary_header("Accept-Language, Cookie")
                await send(start[0])
                await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, sending)
