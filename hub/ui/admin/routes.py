"""The admin page and the metrics, beside the arena and apart from Gradio: they answer when its queue does not.

Neither is there without HUB_ADMIN_TOKEN. ``/metrics`` wants the token as a bearer; ``/admin`` wants a cookie, which is
given for the token by a form. Nothing here names a rater, a prompt, or the generators of one battle.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.language.sentence import Sentence
from hub.ui.admin.admin_page import render_login, render_page, render_tables
from hub.ui.admin.auth import Keeper, TooMany
from hub.ui.admin.plots import plot_all
from hub.ui.visitor_language import choose_language
from hub.watch import Watch, take_snapshot

HERE = Path(__file__).parent
FORM = 4096  # bytes that a login may have
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # with less a browser hides the form's own origin
    "X-Content-Type-Options": "nosniff",
}
LIMITED = Sentence("Too many wrong tokens came from your network: try again in a minute.")
LONG = Sentence("That is too long for a token.")
WRONG = Sentence("That is not the token. It is what HUB_ADMIN_TOKEN is set to.")


def _find_plotly() -> Path:
    """Return the path of the script in the plotly package; the package itself is not imported."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("plotly")
    return Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"


def _answer_login(request: Request, trouble: str, status: int) -> Response:
    """Return the form that asks for the token, saying why the last one was not taken."""
    html = render_login(trouble, choose_language(request.headers))
    later = {"Retry-After": "60"} if status == 429 else {}
    return HTMLResponse(html, status, HEADERS | later)


@dataclass(frozen=True)
class Admin:
    """The routes of the admin page; ``space`` means that a Hugging Face Space serves it, over HTTPS."""

    watch: Watch
    keeper: Keeper
    space: bool

    def app(self) -> Starlette:
        """Return all routes as an ASGI app."""
        routes = [
            Route("/metrics", self.metrics),
            Route("/admin", self.page),
            Route("/admin/login", self.login, methods=["POST"]),
            Route("/admin/logout", self.logout, methods=["POST"]),
            Route("/admin/data", self.data),
            Route("/admin/plotly.js", self.plotly),
            *(Route(f"/admin/{name}", self.file) for name in ("admin.css", "admin.js")),
        ]
        return Starlette(routes=routes, middleware=[Middleware(GZipMiddleware)])

    def metrics(self, request: Request) -> Response:
        """Answer with the figures as Prometheus reads them."""
        try:
            known = self.keeper.bearer(request)
        except TooMany:
            return PlainTextResponse(LIMITED, 429, HEADERS | {"Retry-After": "60"})
        if not known:
            return PlainTextResponse("A bearer token is needed.", 401, HEADERS | {"WWW-Authenticate": "Bearer"})
        return Response(generate_latest(self.watch.registry), 200, HEADERS, CONTENT_TYPE_LATEST)

    def page(self, request: Request) -> Response:
        """Answer with the admin page, or with the form that asks for the token."""
        if not self.keeper.inside(request):
            return _answer_login(request, "", 200)
        html = render_page(take_snapshot(self.watch), choose_language(request.headers))
        return HTMLResponse(html, headers=HEADERS)

    async def login(self, request: Request) -> Response:
        """Answer with a login's cookie for the right token."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > FORM:
                return _answer_login(request, LONG, 413)
        given = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]
        try:
            known = self.keeper.knows(given.strip(), request)
        except TooMany:
            return _answer_login(request, LIMITED, 429)
        if not known:
            return _answer_login(request, WRONG, 403)
        cookie = self.keeper.bake(self._secure(request))
        return RedirectResponse("/admin", 303, HEADERS | {"Set-Cookie": cookie})

    def logout(self, request: Request) -> Response:
        """End the login of a request."""
        cookie = self.keeper.end(request, self._secure(request))
        return RedirectResponse("/admin", 303, HEADERS | {"Set-Cookie": cookie})

    def data(self, request: Request) -> Response:
        """Answer with the page's present content: its tables as HTML, its plots as figures."""
        if not self.keeper.inside(request):
            return JSONResponse({"error": "log in again"}, 401, HEADERS)
        now, spoken = take_snapshot(self.watch), choose_language(request.headers)
        return JSONResponse({"tables": render_tables(now, spoken), "figures": plot_all(now, spoken)}, headers=HEADERS)

    def plotly(self, request: Request) -> Response:
        """Answer with the script that draws the plots."""
        if not self.keeper.inside(request):
            return PlainTextResponse("", 401, HEADERS)
        kept = HEADERS | {"Cache-Control": "private, max-age=86400"}
        return FileResponse(_find_plotly(), headers=kept, media_type="text/javascript")

    def file(self, request: Request) -> Response:
        """Answer with the page's own style or script, in which there is nothing to hide."""
        return FileResponse(HERE / request.url.path.rpartition("/")[2], headers=HEADERS)

    def _secure(self, request: Request) -> bool:
        return self.space or request.url.scheme == "https"


class AdminDoor:
    """ASGI middleware that sends requests for the admin's paths to the admin's app, and all others on."""

    def __init__(self, app: ASGIApp, admin: ASGIApp) -> None:
        self.app, self.admin = app, admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        path = scope.get("path", "")
        ours = scope["type"] == "http" and (path in ("/metrics", "/admin") or path.startswith("/admin/"))
        await (self.admin if ours else self.app)(scope, receive, send)
