"""What the gallery's tab asks for: a list of battles, one battle, a picture of it, its receipt.

It is answered before Gradio and its queue, by few threads of its own, so that who looks at pictures holds up nobody who
votes. Everything is asked for by the id of a vote whose names are told: nothing of an open battle can be named.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from hub.errors import MissingFile
from hub.generators.former import label_of
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.receipt import receipt
from hub.schema import Vote
from hub.ui.gallery.gallery_search import read_search
from hub.ui.gallery.gallery_view import NAME, list_sides, render_battle, render_cards, tell_count
from hub.ui.gallery.gallery_votes import GalleryVotes
from hub.ui.middleware.rooms import Room
from hub.ui.visitor_language import choose_language
from hub.votes import ContentStore

T = TypeVar("T")
PREFIX = f"/{NAME}/"
PAGE = 24  # battles of a list at a time
THREADS = 4
FRESH = {"Cache-Control": "no-store"}
KEPT = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
NO_PICTURE = Sentence("There is no such picture in the gallery.")


class GalleryDoor(Room):
    """The room of the gallery."""

    def __init__(self, app: ASGIApp, votes: GalleryVotes, store: ContentStore) -> None:
        self._votes, self._store = votes, store
        self._threads, self._search = CapacityLimiter(THREADS), CapacityLimiter(1)
        routes = [
            Route(f"{PREFIX}list", self.list),
            Route(f"{PREFIX}battle/{{id}}", self.battle),
            Route(f"{PREFIX}picture/{{id}}/{{side}}/{{place:int}}", self.picture),
            Route(f"{PREFIX}receipt/{{id}}", self.receipt),
        ]
        super().__init__(app, PREFIX, routes)

    async def _run(self, work: Callable[..., T], *given: object) -> T:
        return await run_sync(work, *given, limiter=self._threads)

    async def list(self, request: Request) -> Response:
        """Answer with the cards of the battles that are looked for, those after the battle ``after``."""
        query, language = dict(request.query_params), choose_language(request.headers)
        found = await run_sync(self._list, query, language, limiter=self._search)  # one at a time, however many ask
        return JSONResponse(found, 200, FRESH)

    def _list(self, query: dict[str, str], language: Language) -> dict[str, Any]:
        search, shown = read_search(query), self._votes.battles
        rows = shown.select(search)
        said = tell_count(len(rows), len(shown.table), language)
        last = shown.find(query["after"]) if query.get("after") else None
        rest = rows if last is None else rows[rows > last]
        part = rest[:PAGE]
        more = shown.table["id"][int(part[-1])].as_py() if len(rest) > PAGE else ""
        cards = render_cards(self._votes.read(shown, part), language)
        entries = [(name, label_of(name).title) for name in shown.entries]
        return {"said": said, "html": cards, "more": more, "entries": entries}

    async def battle(self, request: Request) -> Response:
        """Answer with one battle's HTML."""
        vote = await self._run(self._votes.find, request.path_params["id"])
        return HTMLResponse(render_battle(vote, choose_language(request.headers)), headers=FRESH)

    async def picture(self, request: Request) -> Response:
        """Answer with a picture of a battle."""
        return Response(await self._run(self._read_picture, request.path_params), 200, KEPT, "image/png")

    def _read_picture(self, asked: dict[str, Any]) -> bytes:
        vote = self._votes.find(asked["id"])
        samples = next((samples for side, samples in list_sides(vote) if side == asked["side"]), ())
        if asked["place"] >= len(samples):
            raise MissingFile(NO_PICTURE)
        return self._store.read_image(samples[asked["place"]].sha256)

    async def receipt(self, request: Request) -> Response:
        """Answer with a battle's receipt, as a file."""
        vote = await self._run(self._votes.find, request.path_params["id"])
        text = await self._run(self._write_receipt, vote)
        named = {"Content-Disposition": f'attachment; filename="receipt-{quote(vote.id, safe="")}.json"'}
        return Response(text, 200, FRESH | named, "application/json")

    def _write_receipt(self, vote: Vote) -> str:
        return receipt(vote, self._store).model_dump_json(indent=1)
