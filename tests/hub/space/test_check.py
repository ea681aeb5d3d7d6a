"""What a Space lacks, found here and on the Hub, each with how to mend it."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from hub.dataset import Patience
from hub.generators import Accepts, Generator, roster
from hub.generators.facts import Facts
from hub.space.check import Finding, FindingState, check_repository
from hub.space.check_remote import check_space
from hub.space.space_repository import SpaceRepository
from hub.space.tracked_files import list_tracked
from tests.hub.dataset.server import WRITER
from tests.hub.space.conftest import CLONE, README, SPACE
from tests.hub.space.server import SpaceHub

ROOT = Path(__file__).parents[3]
SECRETS = {"HUB_SECRET", "HF_TOKEN", "HUB_ADMIN_TOKEN"}


def wrong(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """What must be mended; each says how."""
    found = [one for one in findings if one.state is FindingState.wrong]
    assert all(one.mend.endswith((".", ")")) for one in found)
    return [(one.what, one.text) for one in found]


def here(repo: Path) -> list[tuple[str, str]]:
    """What must be mended in a repository."""
    return wrong(check_repository(repo, list_tracked(repo)))


def there(patience: Patience, roster: list[Generator] | None = None) -> list[Finding]:
    """Findings on the Hub."""
    return list(check_space(SpaceRepository(SPACE, SecretStr(WRITER), patience), roster or []))


def test_a_whole_repository_lacks_nothing(repo: Path) -> None:
    assert here(repo) == []
    states = {one.what: one.state for one in check_repository(repo, list_tracked(repo))}
    assert states == {"requirements": FindingState.ok, "front matter": FindingState.ok, "files": FindingState.ok}


@CLONE
def test_this_repository_lacks_nothing() -> None:
    assert here(ROOT) == []


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("sdk_version: 6.31.0", "sdk_version: 6.30.0", "sdk_version is '6.30.0'"),
        ('python_version: "3.11"', 'python_version: "3.9"', "python_version is '3.9'"),
        ('python_version: "3.11"', "", "python_version is missing"),
        ("app_file: app.py", "app_file: main.py", "app_file is 'main.py'"),
        ("hf_oauth: true", "hf_oauth: false", "hf_oauth is False"),
        ("sdk: gradio", "sdk: docker", "sdk is 'docker'"),
        ("colorFrom: indigo", "colorFrom: mauve", "colorFrom is 'mauve'"),
        ("short_description: Battles", f"short_description: {'x' * 61}", f"short_description is '{'x' * 61}'"),
        ("title: Arena", "", "title is missing"),
        ("---\ntitle", "title", "README.md starts with none"),
        ("title: Arena", "title: [", "README.md starts with none"),
    ],
)
def test_front_matter_that_is_wrong_is_found(repo: Path, old: str, new: str, text: str) -> None:
    assert old in README
    (repo / "README.md").write_text(README.replace(old, new), encoding="utf-8")
    assert here(repo) == [("front matter", text)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("rich", "'rich' is not one version of one package"),
        ("rich>=13", "'rich>=13' is not one version of one package"),
        ("rich @ https://example.org/rich.whl", "'rich @ https://example.org/rich.whl' is not one version"),
        ("rich=13", "'rich=13' is no requirement"),
    ],
)
def test_requirements_that_nobody_can_resolve_are_found(repo: Path, line: str, text: str) -> None:
    (repo / "requirements.txt").write_text(f"gradio==6.31.0\n{line}\n")
    ((what, said),) = here(repo)
    assert what == "requirements"
    assert said.startswith(text)


def test_files_a_space_can_not_hold_are_found(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "hub/model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert here(repo) == [("files", "hub/model.safetensors is a Git LFS pointer, not the file")]
    (repo / "hub/model.safetensors").write_bytes(b"x" * 5000)
    monkeypatch.setattr("hub.space.check.LARGE", 4999)
    notes = [
        one.text
        for one in check_repository(repo, list_tracked(repo))
        if one.what == "files" and one.state is FindingState.note
    ]
    assert notes == ["hub/model.safetensors has more than 10 MiB"]
    monkeypatch.setattr("hub.space.check.WHOLE", 5000)
    assert [what for what, _ in here(repo)] == ["files"]


def test_a_space_that_has_all_lacks_nothing(hub: SpaceHub, patience: Patience) -> None:
    hub.space(SPACE, secrets=SECRETS, variables={"HUB_DATASET": "someone/votes"})
    findings = there(patience, roster())
    assert {one.state for one in findings} == {FindingState.ok}
    assert {one.what for one in findings} == {"space", "secrets", "votes", "hardware"}


def test_no_space_yet_is_no_fault(hub: SpaceHub, patience: Patience) -> None:
    (found,) = there(patience)
    assert (found.state, found.mend) == (FindingState.note, "python -m hub.space push makes it.")


DATASET = {"HUB_DATASET": "someone/votes"}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ({"secrets": {"HF_TOKEN"}, "variables": DATASET}, [("secrets", "HUB_SECRET is missing")]),
        ({"secrets": {"HUB_SECRET"}, "variables": DATASET}, [("secrets", "HF_TOKEN is missing")]),
        (
            {"secrets": SECRETS - {"HF_TOKEN"}, "variables": DATASET | {"HF_TOKEN": "hf_open"}},
            [("secrets", "HF_TOKEN is a variable, which anybody can read")],
        ),
        ({"secrets": SECRETS}, [("votes", "no data set and no storage: all votes are lost at each restart")]),
        (
            {"secrets": SECRETS, "variables": DATASET, "sdk": "docker"},
            [("space", "{url} runs docker, not Gradio")],
        ),
        (
            {
                "secrets": SECRETS,
                "variables": DATASET,
                "runtime": {"stage": "BUILD_ERROR", "errorMessage": "a\nno such wheel"},
            },
            [("build", "the last build ended as BUILD_ERROR: no such wheel")],
        ),
    ],
)
def test_what_a_space_lacks_is_found(
    hub: SpaceHub, patience: Patience, state: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    hub.space(SPACE, **state)
    url = f"{hub.url}/spaces/{SPACE}"
    assert wrong(there(patience)) == [(what, text.replace("{url}", url)) for what, text in found]


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({"storage": "small"}, True),
        ({"volumes": [{"type": "bucket", "source": "someone/votes", "mountPath": "/data"}]}, True),
        ({"volumes": [{"type": "bucket", "source": "someone/votes", "mountPath": "/other"}]}, False),
        ({"volumes": [{"type": "dataset", "source": "someone/x", "mountPath": "/data", "readOnly": True}]}, False),
    ],
)
def test_storage_keeps_votes_where_it_can_be_written(
    hub: SpaceHub, patience: Patience, more: dict[str, Any], kept: bool
) -> None:
    runtime = {"stage": "RUNNING", "hardware": {"current": "cpu-basic"}} | more
    hub.space(SPACE, secrets=SECRETS, runtime=runtime)
    assert (wrong(there(patience)) == []) is kept


class Large:
    """A generator that no CPU draws with."""

    name, title, method, licence = "large", "Large", "m", "MIT"
    accepts, remote, hidden = Accepts(), False, True


def test_hardware_is_held_against_the_generators(
    hub: SpaceHub, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    large: Any = Large()
    large.sampling = type("Sampling", (), {"dtype": "float16"})()
    parameters: list[int | None] = [3_000_000_000]
    monkeypatch.setattr("hub.space.check_remote.known", lambda one: Facts.model_construct(parameters=parameters[0]))
    state = hub.space(SPACE, secrets=SECRETS, variables=DATASET)
    assert [text.split(" is ")[0] for _, text in wrong(there(patience, [large]))] == ["large"]
    state.runtime = {"stage": "RUNNING", "hardware": {"current": "cpu-basic", "requested": "t4-small"}}
    assert wrong(there(patience, [large])) == []
    parameters[0] = 5_000_000_000
    assert [text for _, text in wrong(there(patience, [large]))] == [
        "the generators want about 20.0 GB and t4-small has 16 GB"
    ]
    parameters[0] = None
    (unknown, _) = (one for one in there(patience, [large]) if one.what == "hardware")
    assert (unknown.state, "--fetch" in unknown.mend) == (FindingState.unknown, True)
    state.runtime = {"stage": "RUNNING", "hardware": {"current": "zx81"}}
    (unknown,) = (one for one in there(patience, [large]) if one.what == "hardware")
    assert unknown.state is FindingState.unknown


def command(hub: SpaceHub, *arguments: str, token: str = WRITER) -> subprocess.CompletedProcess[str]:
    """Run the command on this repository."""
    env = {"PATH": "/usr/bin:/bin", "HF_ENDPOINT": hub.url, "HF_TOKEN": token, "PYTHONDONTWRITEBYTECODE": "1"}
    asked = [sys.executable, "-m", "hub.space", "check", *arguments]
    return subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@CLONE
def test_the_command_lists_and_ends_with_1_where_something_must_be_mended(hub: SpaceHub) -> None:
    state = hub.space(SPACE, secrets={"HUB_SECRET"}, variables=DATASET)
    done = command(hub, "--repo", SPACE)
    assert done.returncode == 1
    assert "✗ secrets: HF_TOKEN is missing" in done.stderr
    assert "1 to mend." in done.stderr
    state.secrets |= SECRETS
    done = command(hub, "--repo", SPACE, "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told["ok"]
    assert {one["state"] for one in told["findings"]} <= {"ok", "note"}
    for output in (done.stdout, done.stderr):
        assert WRITER not in output
    assert "needs a token" in command(hub, "--repo", SPACE, token="").stderr
