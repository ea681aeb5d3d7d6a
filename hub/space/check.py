"""What a Space of this repository still lacks: findings, each with how to mend it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from huggingface_hub import metadata_load
from packaging.requirements import InvalidRequirement, Requirement
from yaml import YAMLError  # type: ignore[import-untyped]

from hub.space.tracked_files import README, Tracked

LARGE = 10 * 2**20  # bytes from which a plain git push is refused, and a file is kept apart
WHOLE = 2**30  # bytes of a Space's repository
POINTER = b"version https://git-lfs.github.com/spec/"
SHORT = 60  # characters of a short description
PYTHONS = ("3.11", "3.12", "3.13")  # those this code runs on
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")


class FindingState(StrEnum):
    """Whether a finding must be mended, should be known, or could not be examined."""

    ok = "ok"
    note = "note"
    wrong = "wrong"
    unknown = "unknown"


@dataclass(frozen=True)
class Finding:
    """One thing that a Space has or lacks; ``mend`` is empty where there is nothing to do."""

    what: str
    state: FindingState
    text: str
    mend: str = ""


def report_ok(what: str, text: str) -> Finding:
    """Return a finding that needs no change."""
    return Finding(what, FindingState.ok, text)


def report_wrong(what: str, text: str, mend: str) -> Finding:
    """Return a finding that must be mended."""
    return Finding(what, FindingState.wrong, text, mend)


def check_repository(root: Path, tracked: Tracked) -> Iterator[Finding]:
    """Yield what can be found without asking the Hub."""
    pins = list(_check_requirements(tracked))
    yield from (finding for finding in pins if isinstance(finding, Finding))
    yield from _check_front_matter(root, tracked, {pin.name: pin for pin in pins if isinstance(pin, Requirement)})
    yield from _check_files(tracked)
    if tracked.changed:
        text = f"{len(tracked.changed)} files differ from the last commit, {tracked.changed[0]} for one"
        yield Finding(
            "git", FindingState.note, text, "They are pushed as they are; commit them so that the Space has a revision."
        )


def _check_requirements(tracked: Tracked) -> Iterator[Requirement | Finding]:
    path = tracked.files.get("requirements.txt")
    if path is None:
        yield report_wrong("requirements", "there is no requirements.txt", "Add it: a Space installs what it names.")
        return
    bad = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            need = Requirement(text)
        except InvalidRequirement:
            bad += 1
            yield report_wrong("requirements", f"{text!r} is no requirement", "Write it as name==version.")
            continue
        if need.url or [one.operator for one in need.specifier] != ["=="]:
            bad += 1
            yield report_wrong(
                "requirements", f"{text!r} is not one version of one package", "Pin it as name==version."
            )
        yield need
    if not bad:
        yield report_ok("requirements", "each names one version of one package")


def _check_front_matter(root: Path, tracked: Tracked, pins: dict[str, Requirement]) -> Iterator[Finding]:
    try:
        facts = metadata_load(tracked.files[README]) if README in tracked.files else None
    except (YAMLError, ValueError):
        facts = None
    if facts is None:
        yield report_wrong(
            "front matter", f"{README} starts with none", "Begin it with --- and the Space's settings in YAML."
        )
        return
    version = str(next(iter(pins["gradio"].specifier)).version) if "gradio" in pins and pins["gradio"].specifier else ""
    wanted: dict[str, tuple[Callable[[object], bool], str]] = {
        "title": (bool, "Give the Space a title."),
        "emoji": (bool, "Give the Space an emoji."),
        "colorFrom": (lambda value: value in COLOURS, f"Use one of {', '.join(COLOURS)}."),
        "colorTo": (lambda value: value in COLOURS, f"Use one of {', '.join(COLOURS)}."),
        "sdk": (lambda value: value == "gradio", "Write sdk: gradio."),
        "sdk_version": (lambda value: value == version, f"Write the version that requirements.txt pins: {version}."),
        "python_version": (lambda value: str(value) in PYTHONS, f"Write one of {', '.join(PYTHONS)}, in quotes."),
        "app_file": (lambda value: value in tracked.files, "Write app_file: app.py."),
        "license": (bool, "Name the licence, as in license: apache-2.0."),
        "hf_oauth": (lambda value: value is True, "Write hf_oauth: true, so that raters can log in."),
        "suggested_hardware": (bool, "Write suggested_hardware: cpu-basic, or what your generators need."),
        "short_description": (
            lambda value: isinstance(value, str) and 0 < len(value) <= SHORT,
            f"Write one of at most {SHORT} characters.",
        ),
    }
    bad = [name for name, (fits, _) in wanted.items() if not fits(facts.get(name))]
    for name in bad:
        said = f"{name} is {facts[name]!r}" if name in facts else f"{name} is missing"
        yield report_wrong("front matter", said, wanted[name][1])
    if not bad:
        yield report_ok(
            "front matter", f"gradio {version}, Python {facts['python_version']}, login, {facts['app_file']}"
        )


def _check_files(tracked: Tracked) -> Iterator[Finding]:
    sizes = {name: path.stat().st_size for name, path in tracked.files.items()}
    total = sum(sizes.values())
    for name, path in tracked.files.items():
        if sizes[name] < 1024 and path.read_bytes().startswith(POINTER):
            yield report_wrong("files", f"{name} is a Git LFS pointer, not the file", "Run git lfs pull.")
    if total > WHOLE:
        text = f"{total / 2**30:.2f} GiB, and a Space holds 1 GiB"
        yield report_wrong("files", text, "Keep large weights in a model repository and load them from there.")
    else:
        yield report_ok("files", f"{len(sizes):,} files, {total / 2**20:.1f} MiB of the 1,024 that a Space holds")
    if large := [name for name, size in sizes.items() if size > LARGE]:
        text = f"{large[0]} and others have more than 10 MiB" if len(large) > 1 else f"{large[0]} has more than 10 MiB"
        yield Finding(
            "files", FindingState.note, text, "push keeps them apart by itself; a git push needs Git LFS for them."
        )
