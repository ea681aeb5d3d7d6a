"""What the Space on the Hub lacks: secrets by name, a place for the votes, hardware for the generators."""

import re
from collections.abc import Iterator, Sequence

from huggingface_hub import SpaceRuntime

from hub.generators import Generator
from hub.generators.facts import Facts, known
from hub.settings import STORAGE
from hub.space.check import Finding, FindingState, report_ok, report_wrong
from hub.space.space_repository import SpaceRepository

SECRETS = {
    "HUB_SECRET": "It signs cookies and salts raters' pseudonyms: without it raters get new ids at each restart.",
    "HF_TOKEN": "It publishes the votes: a token with write access to the data set.",
}
WISHED = {"HUB_ADMIN_TOKEN": "With it there is an admin page at /admin, and metrics at /metrics."}
FAILED = ("BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE")
BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
ROOM = 2.0  # memory for each byte of weights: what is computed, the libraries, and the text encoder
SLOW = 500_000_000  # parameters that no two CPU cores draw with while somebody waits


def check_space(space: SpaceRepository, roster: Sequence[Generator]) -> Iterator[Finding]:
    """Yield what can be found by asking the Hub about a Space.

    Raises: RemoteError.
    """
    info = space.persist(space.info)
    if info is None:
        text = f"there is no Space {space.name} that this token may see"
        yield Finding("space", FindingState.note, text, "python -m hub.space push makes it.")
        return
    yield _check_sdk(space, info.sdk)
    secrets, variables = space.persist(space.secrets), space.persist(space.variables)
    runtime = space.persist(space.runtime)
    yield from _check_secrets(space, secrets, set(variables))
    yield from _check_storage(space, variables | dict.fromkeys(secrets & {"HUB_DATASET"}, "a secret"), runtime)
    yield from _check_runtime(space, runtime, roster)


def _check_sdk(space: SpaceRepository, sdk: str | None) -> Finding:
    if sdk == "gradio":
        return report_ok("space", f"{space.url} runs Gradio")
    return report_wrong(
        "space", f"{space.url} runs {sdk}, not Gradio", "Push to another name, or delete this Space first."
    )


def _check_secrets(space: SpaceRepository, secrets: set[str], variables: set[str]) -> Iterator[Finding]:
    where = f"Add it under Variables and secrets in {space.url}/settings."
    for name, use in (SECRETS | WISHED).items():
        if name in variables:
            mend = f"Delete the variable, make a new value, and set that as a secret in {space.url}/settings."
            yield report_wrong("secrets", f"{name} is a variable, which anybody can read", mend)
        elif name in secrets:
            yield report_ok("secrets", f"{name} is set")
        elif name in SECRETS:
            yield report_wrong("secrets", f"{name} is missing", f"{use} {where}")
        else:
            yield Finding("secrets", FindingState.note, f"{name} is not set", f"{use} {where}")


def _check_storage(space: SpaceRepository, named: dict[str, str], runtime: SpaceRuntime) -> Iterator[Finding]:
    dataset = named.get("HUB_DATASET", "")
    mounted = [one for one in runtime.volumes or () if one.mount_path == str(STORAGE) and not one.read_only]
    kept = runtime.storage or (mounted[0].source if mounted else "")
    if dataset:
        yield report_ok("votes", f"HUB_DATASET is {dataset}: votes are published there and fetched at each start")
    if kept:
        yield report_ok("votes", f"persistent storage ({kept}) at {STORAGE}: the data folder is on it")
    if not (dataset or kept):
        mend = (
            f"Set the variable HUB_DATASET, as in someone/votes, or add storage at {STORAGE} in {space.url}/settings."
        )
        yield report_wrong("votes", "no data set and no storage: all votes are lost at each restart", mend)
    elif not dataset:
        yield Finding(
            "votes", FindingState.note, "HUB_DATASET is not set", "Set it to publish the votes as a data set."
        )


def _check_runtime(space: SpaceRepository, runtime: SpaceRuntime, roster: Sequence[Generator]) -> Iterator[Finding]:
    if runtime.stage in FAILED:
        said = str(runtime.raw.get("errorMessage", "")).strip().splitlines()
        text = f"the last build ended as {runtime.stage}{': ' + said[-1] if said else ''}"
        yield report_wrong("build", text, f"Read {space.url}?logs=container.")
    name = runtime.requested_hardware or runtime.hardware
    offered = space.persist(space.hardware)
    if name is None or name not in offered:
        yield Finding("hardware", FindingState.unknown, f"{name or 'none yet'}, of which the Hub tells no memory")
        return
    ram, vram = offered[name]
    place, size = ("GPU", _parse_gigabytes(vram)) if vram else ("machine", _parse_gigabytes(ram))
    here = {one.name: (_count_parameters(one), one.sampling.dtype) for one in roster if not one.remote}
    need = sum((count or 0) * BYTES[dtype] for count, dtype in here.values()) * ROOM
    for one in (one for one, (count, _) in here.items() if count is None):
        mend = "Fetch it here first: python -m hub.generators --fetch"
        yield Finding("hardware", FindingState.unknown, f"how large {one} is, which is left out below", mend)
    if size is None:
        yield Finding("hardware", FindingState.unknown, f"{name}, of which the Hub tells no memory")
    elif need > size:
        text = f"the generators want about {need / 1e9:.1f} GB and {name} has {size / 1e9:.0f} GB"
        yield report_wrong(
            "hardware", text, f"Name fewer in HUB_GENERATORS, or choose larger hardware in {space.url}/settings."
        )
    else:
        yield report_ok("hardware", f"{name}: about {need / 1e9:.1f} GB wanted, {size / 1e9:.0f} GB on its {place}")
    slow = [one for one, (count, _) in here.items() if not vram and (count or 0) > SLOW]
    if slow and name != "zero-a10g":
        text = f"{slow[0]} is too large to be drawn with on a CPU while somebody waits"
        yield report_wrong("hardware", text, f"Choose a GPU, or ZeroGPU, in {space.url}/settings.")


def _count_parameters(generator: Generator) -> int | None:
    """Return a generator's number of parameters; None where that is not known here."""
    found = known(generator)
    return found.parameters if isinstance(found, Facts) else None


def _parse_gigabytes(text: str) -> float | None:
    """Return the bytes of a text like ``16 GB``."""
    found = re.fullmatch(r"([\d.]+)\s*G(i?)B", text.strip())
    return float(found[1]) * (2**30 if found[2] else 1e9) if found else None
