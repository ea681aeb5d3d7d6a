"""What stands before Gradio: ASGI layers that say who may ask, for what, how much, and when.

The outermost come first; a layer sees nothing that one before it refused:

    proxies   whose address this is
    origins   no page of another site's asks here
    bodies    nothing large is read
    rooms     what is ours and not Gradio's, by path (pictures, leaderboard, gallery, the admin's pages)
    doors     of Gradio's routes those that this page uses
    Gradio    its own layers, among them the session of a login
    line      whose drawing joins the queue, and when
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Scope

from hub.ui.visitor_language import choose_language

__all__ = ["make_refusal", "wrap_app"]


def wrap_app(layers: Sequence[Middleware]) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return a lifespan that puts these layers round an app, the first one outside.

    Gradio puts layers of its own, CORS among them, round those that an app is made with; when the app starts, all of
    those are there and no request is.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        stack: ASGIApp = app.middleware_stack or app.build_middleware_stack()
        for layer in reversed(layers):
            stack = layer.cls(stack, *layer.args, **layer.kwargs)
        app.middleware_stack = stack
        yield

    return lifespan


def make_refusal(status: int, sentence: str, scope: Scope) -> JSONResponse:
    """Return an answer that tells a page why, in the language of its request.

    Gradio's page reads ``detail`` of its queue and ``error`` elsewhere.
    """
    said = choose_language(Headers(scope=scope)).tell(sentence)
    return JSONResponse({"detail": said, "error": said}, status, {"Cache-Control": "no-store"})
