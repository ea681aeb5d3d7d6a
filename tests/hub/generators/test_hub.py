"""Models by hub id, against a local server that speaks the Hub's protocol."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.engine.local_engine import LocalEngine
from hub.generators import ignore_progress
from tests.asking import asking
from tests.hub.generators import made
from tests.hub.generators.conftest import Add
from tests.hub.generators.hub_server import READER, FakeHub, Model

ROOT = Path(__file__).parents[3]
LINE = '{name} = {{ kind = "diffusers", model = "{model}", {asked}, licence = "MIT"{more} }}\n'
ASKED = "steps = 2, guidance_scale = 2.0"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHub]:
    """A Hub with models that are whole, gated, of pickles, and none at all."""
    folder = tmp_path_factory.mktemp("models")
    small = made.write_sd(folder / "small", variant="fp16", max_shard_size="100KB")
    files = Model.of(small).files
    pickles = {name.replace(".safetensors", ".bin"): content for name, content in files.items()}
    models = {
        "someone/small": Model(files),
        "someone/gated": Model(files, gated=True),
        "someone/pickles": Model(pickles),
        "someone/words": Model({"README.md": b"words", "config.json": b"{}"}),
    }
    with FakeHub(models) as server:
        yield server


def run(tmp_path: Path, url: str, code: tuple[str, ...], **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python with this Hub, a cache of the test's own, and its file of entries."""
    names = ("HF_TOKEN", "HF_HUB_OFFLINE", "HUB_DEVICE")
    env = {key: value for key, value in os.environ.items() if key not in names}
    own = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "cache"), "HUB_GENERATORS": f"mock,{tmp_path / 'models.toml'}"}
    command = [sys.executable, *code]
    return subprocess.run(command, cwd=ROOT, env={**env, **own, **more}, capture_output=True, text=True, check=False)


def write(tmp_path: Path, **models: str) -> None:
    """A file of entries by name, each with its model and what else it says."""
    lines = []
    for name, said in models.items():
        model, _, more = said.partition(",")
        lines.append(LINE.format(name=name, model=model, asked=ASKED, more=f",{more}" if more else ""))
    (tmp_path / "models.toml").write_text("".join(lines))


LIST = ("-m", "hub.generators", "--json")


def test_what_cannot_be_fetched_is_one_sentence_each_and_the_rest_is_listed(tmp_path: Path, hub: FakeHub) -> None:
    write(
        tmp_path,
        small='someone/small, variant = "fp16"',
        wrong="someone/wrong",
        gated="someone/gated",
        pickles="someone/pickles",
        words="someone/words",
        moved='someone/small, revision = "gone"',
        other='someone/small, variant = "bf16"',
    )
    before = run(tmp_path, hub.url, LIST)
    assert before.returncode == 0, before.stderr
    assert {one["note"] for one in json.loads(before.stdout)} == {"", "not downloaded yet"}
    assert not hub.seen, "listing asked the Hub"
    done = run(tmp_path, hub.url, (*LIST, "--fetch"))
    assert done.returncode == 1
    listed = {one["name"]: one for one in json.loads(done.stdout)}
    model = hub.models["someone/small"]
    assert listed["small"]["revision"].startswith(f"{model.commit[:12]}.")
    assert listed["small"]["parameters"] > 10_000
    assert (listed["small"]["device_hours"], listed["small"]["note"], listed["mock"]["name"]) == (None, "", "mock")
    assert listed["small"]["sha256"].keys() == {name for name in model.files if name.endswith(".safetensors")}
    said = dict(line.split(": ", 1) for line in done.stderr.splitlines() if ": " in line)
    assert said["wrong"].startswith(f"There is no model someone/wrong on {hub.url}, or it is private")
    assert said["gated"].startswith(
        f"someone/gated is gated: accept its terms at {hub.url}/someone/gated; set HF_TOKEN"
    )
    assert "settings/tokens" in said["gated"]
    assert said["pickles"].startswith("someone/pickles has no safetensors without a variant for every part")
    assert said["words"] == "someone/words is no diffusers pipeline: it has no model_index.json."
    assert said["moved"].startswith("someone/small has no revision 'gone'")
    assert said["other"].startswith("someone/small has no safetensors of the variant 'bf16' for every part")
    assert "Traceback" not in done.stderr


def test_a_token_opens_a_gated_model_and_is_never_told(tmp_path: Path, hub: FakeHub) -> None:
    write(tmp_path, gated='someone/gated, variant = "fp16"')
    refused = run(tmp_path, hub.url, (*LIST, "--fetch"), HF_TOKEN="hf_wrong")  # noqa: S106
    assert "HF_TOKEN is not one that may read it" in refused.stderr
    assert "hf_wrong" not in refused.stdout + refused.stderr
    done = run(tmp_path, hub.url, (*LIST, "--fetch"), HF_TOKEN=READER)
    assert done.returncode == 0, done.stderr
    assert READER not in done.stdout + done.stderr
    assert any(authorization == f"Bearer {READER}" for _, _, authorization in hub.seen)


def test_without_a_network_it_says_so_and_what_was_fetched_draws(
    tmp_path: Path, hub: FakeHub, add: Add, pipeline: Callable[[str], Path]
) -> None:
    write(tmp_path, small='someone/small, variant = "fp16"')
    draw = (
        "from pathlib import Path; from hub.engine.local_engine import LocalEngine;"
        "from hub.generators import ignore_progress, register_file; from hub.schema import Request;"
        f"register_file(Path({str(tmp_path / 'models.toml')!r})); engine = LocalEngine('cpu');"
        "drawn = engine.draw('small', Request(prompt='a cat', seed=5), ignore_progress);"
        "print(drawn.setup.revision, drawn.sample.sha256, drawn.setup.dtype, sep='\\n')"
    )
    nowhere = "http://127.0.0.1:9"
    away = run(tmp_path, nowhere, (*LIST, "--fetch"))
    assert away.returncode == 1
    assert (
        "small: someone/small can't be fetched: http://127.0.0.1:9 could not be reached (ConnectError)." in away.stderr
    )
    offline = run(tmp_path, nowhere, LIST, HF_HUB_OFFLINE="1")
    assert (offline.returncode, "HF_HUB_OFFLINE is set" in offline.stderr) == (1, True)
    first = run(tmp_path, hub.url, ("-c", draw))  # fetched as it is loaded
    again = run(tmp_path, nowhere, ("-c", draw))  # from the cache, asking nobody
    assert first.stdout == again.stdout, first.stderr + again.stderr
    commit, digest, dtype = first.stdout.split()
    assert (commit.split(".")[0], dtype) == (hub.models["someone/small"].commit[:12], "float32")
    folder = pipeline("sd")  # the same weights, as one file a part and without a variant
    add(f'here = {{ kind = "diffusers", model = "{folder}", {ASKED}, licence = "MIT" }}')
    assert LocalEngine("cpu").draw("here", asking("a cat", 5), ignore_progress).sample.sha256 == digest
