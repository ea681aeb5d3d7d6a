"""A room: paths of the arena's own, answered before Gradio and its queue: who looks there holds up nobody who votes."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.errors import HubError, MissingFile
from hub.ui.middleware import make_refusal


def _refuse(request: Request, error: HubError) -> Response:
    return make_refusal(404 if isinstance(error, MissingFile) else 400, error.sentence, request.scope)


class Room:
    """ASGI middleware that answers by ``routes`` for all paths below ``prefix``, and passes other requests on.

    An error of the hub is answered by its sentence, 404 where something is missing and 400 else.
    """

    def __init__(self, app: ASGIApp, prefix: str, routes: Sequence[Route]) -> None:
        self.app, self._prefix = app, prefix
        refusals: dict[Any, Any] = {HubError: _refuse}
        zipped = [Middleware(GZipMiddleware)]
        self._inside = Starlette(routes=routes, middleware=zipped, exception_handlers=refusals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or not path.startswith(self._prefix):
            await self.app(scope, receive, send)
        else:
            await self._inside({**scope, "path": path, "root_path": ""}, receive, send)
