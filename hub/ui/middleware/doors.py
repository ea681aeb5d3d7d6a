"""Of Gradio's routes those that this page uses; every other one, and what a later Gradio adds, is shut.

Gradio has doors that let anyone write to the disk (uploads, deep links, recordings), read files, or ask through this
machine elsewhere. Nothing here uses them.
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from hub.language.sentence import Sentence
from hub.ui.middleware import make_refusal

SHUT = Sentence("There is no such page here.")
READ, WRITE = frozenset({"GET", "HEAD"}), frozenset({"POST"})
API = "/gradio_api"
OPEN = (
    # the page, and what it is made of
    (READ, r"/"),
    (READ, r"/config/?"),
    (READ, r"/(assets|static)/.+"),
    (READ, r"(/gradio_api)?/theme\.css"),
    (READ, r"/(favicon\.ico|robots\.txt|manifest\.json|pwa_icon(/\d+)?)"),
    (READ, f"{API}/info/?"),
    (READ, f"{API}/app_id/?"),  # asked by a page that lost its connection, until it is answered
    # its events
    (WRITE, f"{API}/queue/join"),
    (READ, f"{API}/queue/data"),
    (WRITE, f"{API}/run/(predict|open|vote|undo|reveal|names|choose|own|withdraw)"),
    (WRITE, f"{API}/(cancel|reset)/?"),
    (READ, rf"{API}/heartbeat/\w+"),
    (READ, f"{API}/startup-events"),  # asked by the server itself, once
    # a Space's login
    (READ, r"/login/(huggingface|callback)"),
    (READ, r"/logout"),
)


class Doors:
    """ASGI middleware that lets through requests whose method and path are in ``OPEN``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._open = [(methods, re.compile(path)) for methods, path in OPEN]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer that there is no such page."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and self.lets(scope["method"], scope["path"])):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await make_refusal(404, SHUT, scope)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def lets(self, method: str, path: str) -> bool:
        """Return whether a request of this method and path is let through."""
        return any(method in methods and known.fullmatch(path) for methods, known in self._open)
