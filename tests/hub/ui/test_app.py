"""The command that serves the arena: help, and one clear sentence for what can't be served."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hub.gates import build_guard
from hub.generators import roster
from hub.language.catalogue import ENGLISH
from hub.settings import Settings
from hub.ui.about_tab import render_about, render_generators
from hub.ui.markup import render_status
from hub.ui.page import count_meetings, recall_votes
from hub.votes import read_votes
from tests.hub.ui.fakes import NAMES
from tests.hub.ui.served import APP, FAKES, ROOT, Page, environment, served


def app(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, str(FAKES if "HUB_GENERATORS" in env else APP), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(**env), cwd=ROOT)


def test_help_has_an_example() -> None:
    done = app("--help")
    assert done.returncode == 0
    assert "Example: python app.py --port" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "names", "message"),
    [
        (("--port", "http"), NAMES, "GRADIO_SERVER_PORT can't be 'http'"),
        ((), ("gouache-fake", "nobody"), "There is no generator 'nobody'"),
        ((), ("gouache-fake",), "A battle needs two generators, but there is only 'gouache-fake'"),
    ],
)
def test_what_cannot_be_served_is_told(arguments: tuple[str, ...], names: tuple[str, ...], message: str) -> None:
    done = app(*arguments, HUB_GENERATORS=",".join(names))
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = app("--port", str(taken.getsockname()[1]), HUB_GENERATORS=",".join(NAMES))
    assert done.returncode == 2
    assert "is the port taken? Choose another." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_is_built_without_torch(tmp_path: Path) -> None:
    settings = f"Settings(data=Path({str(tmp_path)!r}), generators={NAMES!r}, filters=('none',))"
    code = (
        "import sys; from pathlib import Path; from hub.settings import Settings; from hub.ui.page import build_app; "
        f"import tests.hub.ui.fakes; build_app({settings}); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_markup_escapes_every_text() -> None:
    assert "<b>" not in render_status("<b>", "<b>", 0.5, "<b>")
    assert 'aria-valuenow="50"' in render_status("A", "drawing", 0.5)


def test_stopping_seals_the_votes_and_a_restart_remembers_the_pairs(tmp_path: Path) -> None:
    assert count_meetings(recall_votes(build_guard(Settings()), tmp_path / "nothing")) == {}
    with served(tmp_path, FAKES, NAMES) as arena, Page(arena.url) as page:
        for number in range(3):
            page.draw(f"boat {number}")
            page.vote("tie")
        assert "INFO hub.ui.serve: The arena is open at" in arena.said
    assert list(arena.data.glob("data/votes/*.parquet"))
    assert not list(arena.data.glob("log/*.jsonl"))
    assert len(read_votes(arena.data).table) == 3
    assert count_meetings(recall_votes(build_guard(Settings()), arena.data)) == {("fresco-fake", "gouache-fake"): 3}
    assert "Traceback" not in arena.said


def test_a_space_without_a_secret_and_a_missing_filter_are_said_at_start(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, NAMES, SPACE_ID="someone/arena", HUB_FILTERS="fake-missing") as arena:
        assert "There is no HUB_SECRET on this Space" in arena.said
        assert "The filter fake-missing is not used" in arena.said


def test_the_list_of_generators_says_why_one_can_not_be_loaded() -> None:
    text = render_generators(roster(("galip", "mock")), {"mock": "its model is <gated>; name a token."})
    assert "Mock: its model is &lt;gated&gt;; name a token." in text
    assert "GALIP-style GAN" in text
    assert "hash of the prompt" not in text


def test_about_links_to_what_the_settings_know_and_to_nothing_private() -> None:
    assert "href" not in render_about(Settings(), ENGLISH)
    told = Settings(dataset="someone/votes", space="someone/arena")
    assert 'href="https://huggingface.co/datasets/someone/votes"' in render_about(told, ENGLISH)
    private = render_about(told.model_copy(update={"private": True}), ENGLISH)
    assert "someone/votes" not in private
    assert 'href="https://huggingface.co/spaces/someone/arena"' in private
