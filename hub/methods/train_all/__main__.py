"""``python -m hub.methods.train_all``: train all that is due, pack it for another machine, or collect it from there."""

from pathlib import Path
from typing import Annotated

import torch
import typer

from hub.command import PART, make_command, print_error, split_names
from hub.devices import describe_device, pick_device
from hub.errors import DataError, MissingFile
from hub.files import WEIGHTS
from hub.methods.train_all.code_version import ROOT, describe_commit, read_manifest
from hub.methods.train_all.collect import collect_runs
from hub.methods.train_all.mps import share_gpu
from hub.methods.train_all.need import Need, RunNeed, read_need, sort_by_need
from hub.methods.train_all.remote_pack import pack_folder
from hub.methods.train_all.session import TrainingSession, hold_folder, open_session
from hub.methods.train_all.supervise import Supervisor, list_installs
from hub.methods.training_runs import TrainingRun, choose_runs, list_runs
from hub.progress import console, format_duration
from hub.weights.trained_checkpoint import find_trained
from hub.weights.training_ledger import append_rows, make_row

Pack = Annotated[Path | None, typer.Option(help="The file written by hub.methods.data build --pack.")]


def choose_due(only: str, out: Path, cuda: bool) -> list[RunNeed]:
    """Return the needs of the runs to train, in order, and say of each that is left out, why.

    Raises: UnknownName.
    """
    runs = list_runs()
    if only:
        return [read_need(run, WEIGHTS, out, cuda) for run in choose_runs(split_names(only), runs).values()]
    needs = sort_by_need(read_need(run, WEIGHTS, out, cuda) for run in runs.values())
    for one in needs:
        if one.waits:
            say(f"{one.name} waits to be installed: {list_installs([one.name], runs, out)[0]}")
        elif one.need is Need.none:
            say(f"{one.name} is not due: {one.reason}.")
    return [one for one in needs if one.need is not Need.none and not one.waits]


def say(text: str) -> None:
    """Print a line on standard error."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def train(session: TrainingSession, runs: dict[str, TrainingRun], pack: Path, out: Path) -> dict[str, str]:
    """Train what is pending in a session, and return why runs failed, by name.

    Raises: HubError.
    """
    device, pending = pick_device(), session.pending()
    packed = read_manifest(ROOT) is not None

    def note(name: str, folder: Path, day: str) -> None:
        found = find_trained(folder)
        if found and not packed:  # what a packed folder trained gets its row where it is collected
            append_rows([make_row(name, found, day, session.commit)])
        say(f"{name} has ended.")

    together = device.type == "cuda" and len(pending) > 1
    supervisor = Supervisor(session, runs, pack, out, note)
    how, minutes = describe_device(device), format_duration(60 * session.minutes)
    if together:
        with share_gpu() as shared:
            say(f"Side by side on {how}, {shared}, {minutes} in all: {', '.join(pending)}")
            supervisor.train(together)
    else:
        say(f"One after another on {how}, {minutes} in all: {', '.join(pending)}")
        supervisor.train(together)
    return supervisor.failures


def train_due(minutes: float, only: str, pack: Path, out: Path) -> None:
    """Train what is due, and say how it gets into its place.

    Raises: HubError, typer.Exit where a run failed.
    """
    due = choose_due(only, out, torch.cuda.is_available())
    session = open_session(out, minutes, [one.name for one in due], bool(only), describe_commit())
    if not session.pending():
        say("Nothing is due.")
        return
    for one in due:
        say(f"{one.name}: {one.reason}.")
    with hold_folder(out):
        failures = train(session, choose_runs(session.names, list_runs()), pack, out)
    for line in list_installs(list(session.ended), list_runs(), out):
        print(line)
    for name, sentence in failures.items():
        print_error(f"{name} failed: {sentence}")
    if failures:
        raise typer.Exit(PART)


def main(
    minutes: Annotated[float, typer.Option(min=0.0, help="Wall-clock minutes for all runs together.")] = 0.0,
    only: Annotated[str, typer.Option(help="Train these runs, comma-separated, whether due or not.")] = "",
    pack: Pack = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs"),
    remote: Annotated[Path | None, typer.Option(help="Pack this folder for a machine without a network.")] = None,
    collect: Annotated[Path | None, typer.Option(help="Take the results in that folder back.")] = None,
) -> None:
    """Train what is due, most needed first: what has no checkpoint, one of a CPU, or one of an older recipe.

    Run it again to go on after a stop. With --remote the folder is packed and nothing is trained here.
    """
    if remote and collect:
        raise DataError("--remote packs a folder and --collect takes one back: give one of the two.")
    if collect:
        collect_all(collect, out)
        return
    if minutes <= 0:
        raise DataError("--minutes is missing: give the minutes that all runs together may take.")
    if pack is None:
        raise DataError("--pack is missing: python -m hub.methods.data build --pack emoji.safetensors writes it.")
    if not pack.is_file():
        raise MissingFile(f"{pack} is missing: write it by python -m hub.methods.data build --pack {pack}")
    if remote is None:
        train_due(minutes, only, pack, out)
        return
    names = [one.name for one in choose_due(only, out, cuda=True)]
    if not names:
        say("Nothing is due.")
        return
    sizes = pack_folder(remote, choose_runs(names, list_runs()), pack, minutes)
    for what, size in sizes.items():
        print(f"{size / 2**20:5.1f} MiB  {what}")
    print(f"{remote}: {sum(sizes.values()) / 2**20:.1f} MiB for {', '.join(names)}. Run there: sh train.sh")
    print(f"Back here, with results/ in it: python -m hub.methods.train_all --collect {remote}")


def collect_all(folder: Path, out: Path) -> None:
    """Take results back, and say how they get into their places.

    Raises: HubError, typer.Exit where a part of them can't be used.
    """
    runs = list_runs()
    with hold_folder(out):
        taken, failures = collect_runs(folder, runs, out)
    for line in list_installs(taken, runs, out):
        print(line)
    for name, sentence in failures.items():
        print_error(f"{name}: {sentence}")
    if failures:
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.train_all --minutes 40 --pack emoji.safetensors")()
