"""The whole page, built from the settings."""

import logging
import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import pyarrow as pa
from starlette.middleware import Middleware

from eval.ratings.live_information import LiveInformation
from hub.battle import Battles, Tokens
from hub.battle.ahead import BattlesAhead
from hub.battle.live_roster import LiveRoster
from hub.dataset import Publisher
from hub.engine.hardware import effort
from hub.engine.open_engine import open_engine
from hub.engine.zero import load_spaces, on_zero
from hub.errors import DataError, HubError
from hub.gates import Guard, build_guard
from hub.generators import Generator, roster
from hub.generators.facts import check
from hub.jobs import Jobs
from hub.language.sentence import Sentence
from hub.moderation import Moderation
from hub.prompt_sets.open_sets import ArenaPrompts, open_sets
from hub.raters import load_secret
from hub.settings import Count, PairChoice, Settings, TabAccess
from hub.ui import markup
from hub.ui.about_tab import AboutTab
from hub.ui.admin.auth import Keeper
from hub.ui.battle.battle_tab import BattleTab
from hub.ui.battle.beginning import Beginning
from hub.ui.battle.own_votes import OwnVotes, count_raters
from hub.ui.battle.showing import Hall
from hub.ui.battle.verdict_counts import VerdictCounts
from hub.ui.compare.added_pictures import HeldOwnSets
from hub.ui.compare.compare_tab import CompareTab
from hub.ui.compare.read_own_pictures import OwnPicturesDoor
from hub.ui.field_notes import SCRIPT as NOTES
from hub.ui.field_notes import render_field_notes
from hub.ui.gallery.gallery_tab import GalleryTab
from hub.ui.gallery.gallery_votes import GalleryVotes
from hub.ui.leaderboard.leaderboard_tab import LeaderboardTab
from hub.ui.middleware.gradio_queue import SIZE, GradioQueue, read_queue
from hub.ui.middleware.waiting_line import WaitingLine
from hub.ui.parts import add_login
from hub.ui.picture_addresses import PictureAddresses
from hub.ui.serve import Arena
from hub.ui.studio.held_pictures import HeldPictures
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.studio.studio_tab import StudioTab
from hub.ui.studio.upload_door import UploadDoor
from hub.ui.tour import SCRIPT as GUIDE
from hub.ui.tour import render_tour
from hub.ui.training_tabs import TrainingTabs
from hub.ui.translated_page import Said, TranslatedBlocks
from hub.ui.visitors import Visitors
from hub.votes import TABLE, ContentStore, VoteLog, read_votes
from hub.watch import Readings, Watch, WatchedBattles, WatchedEngine

log = logging.getLogger(__name__)
SWITCHES = "".join((Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8") for name in ("language", "theme"))
STATUS_SECONDS = 2.0  # how often those who wait for a drawing hear of their place
# Gradio sums up its own monitoring page, which is off, after every event: more work than the event itself.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")


def select_usable(generators: Sequence[Generator]) -> list[Generator]:
    """Return the generators that lack nothing; the others stay on the list, with the reason, and meet nobody."""
    found = []
    for generator in generators:
        try:
            check(generator)
        except HubError as error:
            log.warning("%s: %s", generator.title, error)
        else:
            found.append(generator)
    return found


def recall_votes(guard: Guard, data: Path) -> pa.Table:
    """Return the votes of before this start, after the guard has learned from them."""
    try:
        table = read_votes(data).table
    except DataError:  # nobody voted yet
        table = TABLE.empty_table()
    guard.recall(table)
    return table


def count_meetings(table: pa.Table) -> dict[tuple[str, str], int]:
    """Return how often each pair of generators was voted on, so that a restart forgets no balance."""
    met: Counter[tuple[str, str]] = Counter()
    for row in table.group_by(["generator_a", "generator_b"]).aggregate([([], "count_all")]).to_pylist():
        a, b = row["generator_a"], row["generator_b"]
        if a and b:
            met[min(a, b), max(a, b)] += row["count_all"]
    return dict(met)


def _log_notes(moderation: Moderation, votes: VoteLog, settings: Settings) -> None:
    """Log what whoever runs this arena should know of."""
    for sentence in (*moderation.missing, *votes.recovered):
        log.warning("%s", sentence)
    if settings.space and settings.secret is None:
        log.warning("There is no HUB_SECRET on this Space: raters get new ids at each restart. Set it as a secret.")


def _choose(
    settings: Settings, before: pa.Table, votes: VoteLog, watch: Watch, prompts: ArenaPrompts
) -> dict[str, Any]:
    """Return how battles are held, after the votes of before."""
    shown: dict[str, Any] = {"variety_images": settings.variety_images, "repeats": settings.repeats}
    shown |= {"absent": watch.absent, "find_origin": prompts.find}
    if settings.pairing is PairChoice.uniform:
        return shown | {"met": count_meetings(before)}
    information = LiveInformation(before, lambda name: watch.seconds.quantile(name, 0.5), settings.variety_images)
    votes.told.follow(information.add)
    return shown | {"information": information}


def build_app(settings: Settings) -> Arena:
    """Return the page, ready to be served, with the data folder open; no generator is loaded.

    Raises: HubError for what can't be served.
    """
    spaces = load_spaces()  # before anything imports torch
    generators, guard = roster(settings.generators, settings.data), build_guard(settings)
    lent = on_zero(spaces, generators, settings.places) if spaces else ()
    secret, rng, moderation = load_secret(settings), random.SystemRandom(), Moderation(settings.filters)
    prompts, keeper = open_sets(settings.prompts, rng), make_keeper(settings, secret)
    store, watch, visitors = ContentStore(settings.data), Watch(), Visitors(secret, bool(settings.space))
    votes = VoteLog(settings.data, written=watch.wrote, battle_seconds=settings.battle_minutes * 60)
    tokens, publisher = Tokens(secret, settings.battle_minutes), Publisher(settings, votes)
    _log_notes(moderation, votes, settings)
    publisher.start()
    names, held = [generator.name for generator in select_usable(generators)], HeldPictures(tokens.seconds)
    before = recall_votes(guard, settings.data)
    chosen = _choose(settings, before, votes, watch, prompts)
    battles = Battles(names, votes, store, rng, tokens, guard, moderation, **chosen)
    inside = open_engine(settings.model_copy(update={"compile": settings.compile and not lent}), held.read)  # forks
    engine, names = WatchedEngine(inside, watch), [generator.name for generator in sorted(generators, key=effort)]
    addresses, jobs, given = PictureAddresses(store, tokens.seconds), Jobs(settings.data), HeldOwnSets(tokens.seconds)
    ahead = BattlesAhead(battles, engine, moderation, rng, prompts, 0 if lent else settings.ahead)
    watched, verdicts = WatchedBattles(battles, tokens, watch), VerdictCounts(before, votes)
    own = OwnVotes(settings.data, votes, count_raters(before), verdicts)
    beginning = Beginning(watched, ahead, prompts, guard.allow_battle)
    hall = Hall(watched, engine, store, addresses, visitors, rng, prompts, beginning, own, verdicts, settings.consent)
    live = LiveRoster(generators, settings.data, engine, battles.change_roster, watch.forget)
    shared = StudioParts(engine, moderation, addresses, visitors, rng, prompts, store, held, hall.battles, live, given)
    training, gallery = TrainingTabs(settings, jobs, keeper, bool(spaces)), GalleryVotes(settings.data, votes)
    blocks = _build_page(hall, shared, watch, settings, training, gallery)
    asks: dict[str, Any] = {"rater": visitors.joining, "admit": guard.allow_battle, "refused": watch.refuse}
    line = Middleware(WaitingLine, queue=GradioQueue(blocks), **asks)
    waiting, published = lambda: len(read_queue(blocks)), lambda: publisher.state
    watch.look_at(Readings(inside, waiting, published, settings.dataset, settings.data), names)
    watch.coming = tuple(names)  # small ones first, so that some can draw soon
    parts: dict[str, Any] = {"publisher": publisher, "watch": watch, "line": line, "settle_votes": battles.settle_due}
    parts |= {"uploads": _take_uploads(shared), "addresses": addresses, "jobs": jobs, "keeper": keeper}
    return Arena(blocks, settings, engine, names, live, secret, votes, gallery=gallery, lent=lent, ahead=ahead, **parts)


def _take_uploads(shared: StudioParts) -> tuple[Middleware, ...]:
    """Return the middleware that takes in what visitors give: pictures, and sets of them."""
    return (
        Middleware(UploadDoor, held=shared.held, moderation=shared.moderation),
        Middleware(OwnPicturesDoor, held=shared.own, moderation=shared.moderation),
    )


def make_keeper(settings: Settings, secret: str) -> Keeper | None:
    """Return who lets the admin in, None without an admin; logins are seen by the page only where it asks for them."""
    if settings.admin_token is None:
        return None
    path = "/" if TabAccess.admin in (settings.adapt, settings.personalise) else "/admin"
    return Keeper(settings.admin_token.get_secret_value(), secret, path)


def _build_head(settings: Settings, blocks: TranslatedBlocks) -> None:
    blocks.build(gr.HTML, {"value": markup.render_header}, js_on_load=SWITCHES, padding=False)
    notes: Mapping[str, Said] = {"value": render_field_notes}
    blocks.build(gr.HTML, notes, js_on_load=NOTES, elem_id="notes", padding=False, apply_default_css=False)
    tour: Mapping[str, Said] = {"value": partial(render_tour, settings.consent)}
    blocks.build(gr.HTML, tour, js_on_load=GUIDE, elem_id="tour", apply_default_css=False)
    if settings.logins:
        add_login(blocks)
    if settings.count is Count.logins:
        blocks.build(gr.HTML, {"value": markup.render_login_rule})


def _build_page(
    hall: Hall,
    shared: StudioParts,
    watch: Watch,
    settings: Settings,
    training: TrainingTabs,
    gallery: GalleryVotes,
) -> gr.Blocks:
    blocks = TranslatedBlocks(title="Vernissage", analytics_enabled=False)
    with blocks:
        _build_head(settings, blocks)
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            with blocks.build(gr.Tab, {"label": Sentence("Battle")}, id="battle"):
                battle = BattleTab(hall, blocks)
            with blocks.build(gr.Tab, {"label": Sentence("Compare")}, id="compare") as compare:
                CompareTab(shared, battle, tabs, blocks).follow(compare)
            with blocks.build(gr.Tab, {"label": Sentence("Leaderboard")}, id="leaderboard"):
                LeaderboardTab(blocks)
            with blocks.build(gr.Tab, {"label": Sentence("Gallery")}, id="gallery"):
                GalleryTab(shared, gallery, blocks)
            with blocks.build(gr.Tab, {"label": Sentence("Studio")}, id="studio") as studio:
                StudioTab(shared, battle, tabs, blocks).follow(studio)
            training.build(shared, blocks)
            with blocks.build(gr.Tab, {"label": Sentence("About")}, id="about") as about:
                AboutTab(settings, shared.live, watch, blocks).follow(about)
        blocks.build(gr.HTML, {"value": partial(markup.render_consent, settings.consent)})

        def leave(request: gr.Request) -> None:
            hall.addresses.clear(request.session_hash or "")
            shared.held.clear(request.session_hash or "")
            shared.own.clear(request.session_hash or "")
            hall.beginning.leave(request.session_hash or "")

        blocks.unload(leave)
    blocks.queue(status_update_rate=STATUS_SECONDS, max_size=SIZE, api_open=False)
    return blocks
