"""The page's head for previews of its link: a name, a sentence, an icon; nothing of Gradio's own."""

import re
from html import escape

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TITLE = "Vernissage"
SENTENCE = "Two painters, one prompt, no names. Say what you see, then learn who painted it."
FOREIGN = re.compile(rb'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>')  # Gradio's, twice, of its own site
END = b"</head>"


def render_tags() -> str:
    """Return the tags of the page's head; a preview without ``og:url`` is of the address that was asked for."""
    said = {"og:site_name": TITLE, "og:title": TITLE, "og:type": "website", "og:description": SENTENCE}
    properties = "".join(f'<meta property="{name}" content="{escape(text)}">' for name, text in said.items())
    return (
        f'<meta name="description" content="{escape(SENTENCE)}">{properties}<meta name="twitter:card" '
        'content="summary"><link rel="icon" type="image/png" href="favicon.ico">'
    )


def replace_head(page: bytes) -> bytes:
    """Return the page with these tags in its head in place of Gradio's; its body and scripts stay as they are."""
    head, end, rest = page.partition(END)
    first, script, others = head.partition(b"<script")
    return FOREIGN.sub(b"", first) + (render_tags().encode() + script + others if end else script + others) + end + rest


class Preview:
    """ASGI middleware that puts the preview's tags into the head of the page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
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
                whole = replace_head(bytes(page))
                MutableHeaders(scope=start[0])["content-length"] = str(len(whole))
                await send(start[0])
                await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, sending)
