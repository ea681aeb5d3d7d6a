"""What the leaderboard's tab asks for: whether anything changed, a view, a file, a link that freezes the report.

It is answered before Gradio and its queue, so that who looks at the board costs those who vote nothing. A frozen report
is asked for by ``report`` in the query, and answered from its file alone.
"""

from datetime import UTC, datetime

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from eval.leaderboard.standings import Standings
from hub.errors import MissingFile
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui.leaderboard import overall_view, pair_view
from hub.ui.leaderboard.changes import Changes
from hub.ui.leaderboard.frozen_boards import FrozenBoards, make_citation
from hub.ui.leaderboard.live_board import LiveBoard
from hub.ui.middleware.rooms import Room
from hub.ui.visitor_language import choose_language

PREFIX = "/board/"
HOLD = 20.0  # seconds that a page waits for a change at most
FRESH = {"Cache-Control": "no-store"}
KINDS = {"csv": "text/csv; charset=utf-8", "svg": "image/svg+xml"}
COMING = Sentence("The votes are being counted: the board comes in some seconds.")
TROUBLE = Sentence("The votes can't be counted just now: it is tried again")
LOST = Sentence("There is no such table on this board.")


def _to_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def describe_state(standings: Standings | None, newer: int, trouble: bool, frozen: bool, language: Language) -> str:
    """Return what the board is of: counted to which vote, and when that was given."""
    if standings is None:
        return language.tell(TROUBLE if trouble else COMING)
    told = [language.gettext("Counted to vote {n:,}", n=standings.votes)]
    if standings.until is not None:
        told.append(language.gettext("given {time}", time=_to_time(standings.until)))
    if frozen:
        told.append(language.gettext("frozen: this address always shows the same figures"))
    elif newer > 0:
        told.append(
            language.ngettext("{n:,} newer vote is being counted", "{n:,} newer votes are being counted", newer)
        )
    if trouble and not frozen:
        told.append(language.tell(TROUBLE))
    return language.pgettext("between items", "; ").join(told)


class BoardDoor(Room):
    """The room of the leaderboard."""

    def __init__(self, app: ASGIApp, board: LiveBoard, frozen: FrozenBoards) -> None:
        self._board, self._frozen = board, frozen
        self._changes = Changes(board.watch)
        routes = [
            Route("/board/state", self.state),
            Route("/board/view/{key}", self.view),
            Route("/board/file/{name}", self.file),
            Route("/board/freeze", self.freeze, methods=["POST"]),
        ]
        super().__init__(app, PREFIX, routes)

    async def state(self, request: Request) -> Response:
        """Answer with what the board is of, once it is other than what the page has by ``after``."""
        spoken, name = choose_language(request.headers), request.query_params.get("report")
        if name:
            standings = await run_sync(self._frozen.read, name)
            return self._describe(standings, "frozen", describe_state(standings, 0, False, True, spoken), spoken, name)
        board = self._board
        board.ask()
        await self._changes.wait(lambda: board.mark != request.query_params.get("after"), HOLD)
        said = describe_state(board.standings, board.newer, board.trouble, False, spoken)
        return self._describe(board.standings, board.mark, said, spoken)

    def _describe(
        self, standings: Standings | None, mark: str, said: str, spoken: Language, name: str = ""
    ) -> Response:
        titles = standings.titles.get(spoken.code, []) if standings else []
        pair = [(pair_view.KEY, spoken.gettext("Head to head"))] if standings and standings.meetings else []
        views = [(overall_view.KEY, spoken.gettext("Overall")), *pair, *titles] if standings else []
        told = {"mark": mark, "number": mark.partition(".")[0], "said": said, "views": views}
        return JSONResponse(
            told | {"citation": make_citation(standings, name) if standings and name else ""}, 200, FRESH
        )

    def _find(self, request: Request) -> Standings:
        """Return the standings that are asked for.

        Raises: MissingFile, DataError.
        """
        name = request.query_params.get("report")
        if name:
            return self._frozen.read(name)
        if self._board.standings is None:
            raise MissingFile(COMING)
        return self._board.standings

    def view(self, request: Request) -> Response:
        """Answer with a view's HTML."""
        standings, spoken, key = self._find(request), choose_language(request.headers), request.path_params["key"]
        if key == overall_view.KEY:
            weights = overall_view.read_weights(request.query_params, standings)
            html = overall_view.render_overall(standings, weights, spoken.with_titles(standings.entries))
        elif key == pair_view.KEY:
            pair = pair_view.read_pair(request.query_params, standings)
            html = pair_view.render_pair(standings, *pair, spoken.with_titles(standings.entries))
        else:
            html = standings.views.get(spoken.code, {}).get(key, "")
        if not html:
            raise MissingFile(LOST)
        return HTMLResponse(html, headers=FRESH)

    def file(self, request: Request) -> Response:
        """Answer with a file."""
        standings, name = self._find(request), request.path_params["name"]
        if name == overall_view.FILE:
            text = overall_view.make_overall_csv(standings, overall_view.read_weights(request.query_params, standings))
        elif name == pair_view.FILE:
            text = pair_view.make_pair_csv(standings, *pair_view.read_pair(request.query_params, standings))
        else:
            text = standings.files.get(name, "")
        if not text:
            raise MissingFile(LOST)
        named = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, 200, FRESH | named, KINDS[name.rpartition(".")[2]])

    def freeze(self, request: Request) -> Response:
        """Freeze the board of now, and answer with its name."""
        return JSONResponse({"report": self._frozen.freeze(self._find(request))}, 200, FRESH)
