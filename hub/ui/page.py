"""The whole page, and how it is served."""

import logging
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from hub.battle import Battles
from hub.engine.local import LocalEngine
from hub.errors import HubError, MissingFile
from hub.generators import Generator, roster
from hub.generators._facts import Facts, facts
from hub.settings import Settings
from hub.ui import markup
from hub.ui.battle_tab import BattleTab
from hub.ui.side_tab import SideTab
from hub.ui.theme import theme
from hub.votes import ImageStore, VoteLog

log = logging.getLogger(__name__)
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Arena:
    """The page, ready to be served."""

    blocks: gr.Blocks
    settings: Settings
    engine: LocalEngine
    names: tuple[str, ...]

    def launch(self) -> None:
        """Serve the page until it is stopped. Raises HubError when the address can't be used."""
        host, port = self.settings.host, self.settings.port
        try:
            self.blocks.launch(
                server_name=host,
                server_port=port,
                prevent_thread_lock=True,
                show_error=False,
                share=False,
                enable_monitoring=False,
                run_history=False,
                footer_links=[],
                theme=theme(),
                css_paths=HERE / "style.css",
                head=f"<script>{(HERE / 'keys.js').read_text()}</script>",
            )
        except OSError as error:
            raise HubError(f"Nothing can be served at {host}:{port}: is the port taken? Choose another.") from error
        threading.Thread(target=self._prepare, daemon=True).start()
        self.blocks.block_thread()

    def _prepare(self) -> None:
        """Load the generators one by one, so that the first voter need not wait; a page tells what can't be loaded."""
        for name in self.names:
            try:
                self.engine.prepare(name)
            except HubError as error:
                log.warning("%s can't be loaded: %s", name, error)


def _facts(generator: Generator) -> Facts | str:
    try:
        return facts(generator)
    except MissingFile as error:
        return f"{generator.title}: {error}"


def _about(generators: Sequence[Generator]) -> str:
    return markup.roster_table([_facts(generator) for generator in generators])


def build_app(settings: Settings) -> Arena:
    """Build the page from the settings. Raises HubError for a roster that can't battle; loads no model."""
    generators = roster(settings.generators)
    rng = random.SystemRandom()
    log, images = VoteLog(settings.data), ImageStore(settings.data)
    battles = Battles([generator.name for generator in generators], log, images, rng)
    engine = LocalEngine(settings.device)
    with gr.Blocks(title="Vernissage", analytics_enabled=False) as blocks:
        gr.HTML(markup.HEADER)
        with gr.Tabs():
            with gr.Tab("Battle", id="battle"):
                BattleTab(battles, engine, rng)
            with gr.Tab("Side by side", id="side"):
                SideTab(generators, engine, rng)
            with gr.Tab("About", id="about") as about:
                gr.HTML(markup.ABOUT)
                table = gr.HTML("", elem_id="roster")
        about.select(lambda: _about(generators), None, table, show_progress="hidden", api_visibility="private")
        gr.HTML(markup.CONSENT)
    return Arena(blocks, settings, engine, tuple(generator.name for generator in generators))
