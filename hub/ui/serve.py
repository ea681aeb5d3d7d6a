"""Serving the page, from the first request to an orderly end."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from hub.battle.ahead import BattlesAhead
from hub.battle.live_roster import LiveRoster
from hub.dataset import Publisher
from hub.engine import ServingEngine
from hub.engine.zero import OnZero
from hub.errors import HubError
from hub.jobs import JobRunner, Jobs
from hub.jobs.finished_models import RegisterModel
from hub.log import adopt_logger
from hub.settings import Settings
from hub.ui.admin.auth import Keeper
from hub.ui.admin.routes import Admin, AdminDoor
from hub.ui.cookies import RaterCookie
from hub.ui.gallery.gallery_door import GalleryDoor
from hub.ui.gallery.gallery_votes import GalleryVotes
from hub.ui.leaderboard.board_door import BoardDoor
from hub.ui.leaderboard.frozen_boards import FrozenBoards
from hub.ui.leaderboard.live_board import LiveBoard
from hub.ui.middleware import wrap_app
from hub.ui.middleware.bodies import Bodies
from hub.ui.middleware.doors import Doors
from hub.ui.middleware.origins import Origins, is_this_machine
from hub.ui.middleware.proxies import Proxies
from hub.ui.page_head import PageHead
from hub.ui.parts import DRAWINGS
from hub.ui.picture_addresses import PictureAddresses, PictureDoor
from hub.ui.theme import make_theme
from hub.votes import ContentStore, VoteLog
from hub.watch import TimelineSampler, Watch
from hub.watch.readings import read_earlier

log = logging.getLogger(__name__)
HERE = Path(__file__).parent
STYLES = (
    "style.css", "tour.css", "compare/compare.css", "studio/studio.css", "leaderboard/leaderboard.css",
    "training/training.css", "personalise/personalise.css", "adapt/adapt.css", "gallery/gallery.css",
    "dark_mats.css",
)  # fmt: skip
SCRIPTS = ("cookies.js", "keys.js", "tab_link.js", "picture_slider.js", "picture_tools.js")
THREADS = 40  # for what is no drawing, so that votes need not wait behind them
LOOK = 1.0  # seconds between looks for entries that were added or removed, and for votes that are settled by time
AGAIN = 300.0  # seconds until what could not be loaded is tried again
SESSIONS = 1000  # pages whose last view Gradio keeps in memory; none of a battle's record is in it


@dataclass(frozen=True)
class Arena:
    """The page, ready to be served, and what must be closed after it."""

    blocks: gr.Blocks
    settings: Settings
    engine: ServingEngine
    names: Sequence[str]
    live: LiveRoster
    secret: str
    votes: VoteLog
    publisher: Publisher
    watch: Watch
    line: Middleware  # before Gradio's queue
    addresses: PictureAddresses
    uploads: Sequence[Middleware]  # which take pictures in
    jobs: Jobs
    ahead: BattlesAhead
    gallery: GalleryVotes
    settle_votes: Callable[[], None]  # that can't be taken back any more
    keeper: Keeper | None = None  # of the admin's page, where there is one
    lent: Sequence[OnZero] = ()  # generators whose GPU is lent for each drawing

    @cached_property
    def board(self) -> LiveBoard:
        """The leaderboard of the votes, which counts nothing until somebody looks."""
        return LiveBoard(self.settings.data, self.votes)

    def launch(self) -> None:
        """Serve the page until Ctrl-C or SIGTERM, then seal the log.

        Raises: HubError when the address can't be used.
        """
        stopped, runner = threading.Event(), JobRunner(self.jobs, RegisterModel(self.jobs))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        try:
            if self.lent:
                self._prepare(self.names)  # here, now: in another thread, or later, no model gets to a GPU that is lent
            self._serve()
            if self.settings.admin_token:
                data, started = self.settings.data, self.watch.started
                TimelineSampler(self.watch.timeline, self.watch.sample, lambda: read_earlier(data, started)).start()
            if not self.lent:
                threading.Thread(target=self._keep_trying, args=(stopped,), daemon=True).start()
                threading.Thread(target=self._follow, args=(stopped,), daemon=True).start()
                runner.open(wait=True)  # no GPU is lent to a process of its own, so that jobs wait there
            while not stopped.wait(LOOK):
                self._settle()
            log.info("Stopping: the votes are sealed, then published.")
        finally:
            runner.close()
            self.board.close()
            self.engine.close()
            self.blocks.close(verbose=False)
            self.votes.end_battles()
            self.publisher.stop()
            self.votes.close()

    def _settle(self) -> None:
        """Settle votes whose time is over; nothing that goes wrong with one may end the arena."""
        try:
            self.settle_votes()
        except Exception:
            log.exception("votes can't be settled")

    def _layers(self) -> list[Middleware]:
        """Return the middleware round Gradio, the outermost first."""
        settings, space = self.settings, bool(self.settings.space)
        local = is_this_machine(settings.host) and not settings.proxies
        return [
            Middleware(Proxies, trusted=settings.proxies),
            Middleware(Origins, host=settings.space_host, local=local, space=space),
            Middleware(Bodies),
            *self._rooms(space),
            Middleware(RaterCookie, secret=self.secret, space=space),
            Middleware(Doors),
        ]

    def _rooms(self, space: bool) -> list[Middleware]:
        """Return the middleware that answers for paths of the arena's own, which the doors to Gradio lack."""
        pictures = Middleware(PictureDoor, addresses=self.addresses)
        board = Middleware(BoardDoor, board=self.board, frozen=FrozenBoards(self.settings.data, self.secret))
        gallery = Middleware(GalleryDoor, votes=self.gallery, store=ContentStore(self.settings.data))
        rooms = [*self.uploads, pictures, board, gallery]
        if self.keeper is None:
            return rooms
        admin = Admin(self.watch, self.keeper, space).app()
        return [*rooms, Middleware(AdminDoor, admin=admin)]

    def _serve(self) -> None:
        host, port = self.settings.host, self.settings.port
        os.environ["FORWARDED_ALLOW_IPS"] = ""  # uvicorn believes whoever is on this machine; see Proxies
        try:
            self.blocks.launch(
                server_name=host,
                server_port=port,
                prevent_thread_lock=True,
                quiet=True,
                show_error=False,
                share=False,
                enable_monitoring=False,
                run_history=False,
                footer_links=[],
                state_session_capacity=SESSIONS,
                max_threads=DRAWINGS + THREADS,
                theme=make_theme(),
                css_paths=[HERE / name for name in STYLES],
                favicon_path=HERE / "favicon.png",
                head="".join(f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS),
                ssr_mode=False,  # Node would stand before us, and every visitor come from this machine
                mcp_server=False,
                app_kwargs={"middleware": [Middleware(PageHead), self.line], "lifespan": wrap_app(self._layers())},
            )
        except OSError as error:
            raise HubError(f"Nothing can be served at {host}:{port}: is the port taken? Choose another.") from error
        adopt_logger("uvicorn")
        log.info("The arena is open at http://%s:%s", host, port)

    def _prepare(self, names: Sequence[str]) -> None:
        """Warm generators up one by one, so that the first voter need not wait.

        A generator that fails meets nobody until it is loaded; a page tells why.
        """
        for name, why in self.engine.prepare(names):
            if why:
                log.warning("%s can't be loaded: %s", name, why)

    def _keep_trying(self, stopped: threading.Event) -> None:
        """Warm all generators up, and retry those that can't be loaded: they may be mended meanwhile.

        Battles are drawn ahead once all were tried: before, that would hold up the loading.
        """
        self._prepare(self.names)
        threading.Thread(target=self.ahead.run, args=(stopped,), daemon=True).start()
        while not stopped.wait(AGAIN):
            there = {generator.name for generator in self.live.generators}
            self._prepare(sorted(there & self.watch.unloadable().keys()))

    def _follow(self, stopped: threading.Event) -> None:
        """Let entries that are added meet the others, once each is loaded, and those that are removed nobody."""
        while not stopped.wait(LOOK):
            try:
                come = self.live.look()
            except Exception:  # a folder that can't be read now, whatever the reason, must not end the following
                log.exception("the models of the data folder can't be looked at")
                continue
            for name in come:
                threading.Thread(target=self._prepare, args=([name],), daemon=True).start()
