"""Results of a folder that was packed for another machine are taken back: checked, copied, written into the ledger."""

import secrets
import shutil
from pathlib import Path

from hub.errors import DataError, HubError, MissingFile
from hub.methods.train_all.code_version import REMOTE, read_manifest
from hub.methods.train_all.need import list_run_changes
from hub.methods.train_all.remote_pack import RESULTS
from hub.methods.train_all.session import SESSION, TrainingSession, read_session
from hub.methods.training_runs import TrainingRun
from hub.training_process import ALIVE, explain_failure
from hub.weights.trained_checkpoint import TrainedCheckpoint, find_trained
from hub.weights.training_ledger import LEDGER, append_rows, make_row


def collect_runs(
    folder: Path, runs: dict[str, TrainingRun], out: Path, ledger: Path = LEDGER
) -> tuple[list[str], dict[str, str]]:
    """Take each run's results to ``out/NAME``; returns the names of those taken, and why others were not, by name.

    Raises: HubError for a folder that was not packed, of another version, or without results.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise MissingFile(f"{folder} was not packed by train_all --remote: it has no {REMOTE}.")
    session = read_session(folder / RESULTS)
    if session is None:
        raise MissingFile(
            f"{folder / RESULTS} has no {SESSION}: run sh train.sh there first, and bring {RESULTS}/ back."
        )
    taken, failures = list[str](), dict[str, str]()
    for name in session.names:
        try:
            found = _check(folder / RESULTS / name, name, runs, session)
            row = make_row(name, found, session.ended[name], session.commit)
            _take(folder / RESULTS / name, out / name)
            append_rows([row], ledger)
            taken.append(name)
        except HubError as error:
            failures[name] = str(error)
        except OSError as error:
            failures[name] = f"It can't be copied to {out / name}: {error.strerror or error}; mend that, collect again."
    return taken, failures


def _check(place: Path, name: str, runs: dict[str, TrainingRun], session: TrainingSession) -> TrainedCheckpoint:
    """Return the checkpoint of results that can be used.

    Raises: HubError for results that can't: of a run that did not end, is unknown here, or has another recipe here.
    """
    if name not in runs:
        raise DataError("There is no run of that name here: the results are of another version of the code.")
    if name not in session.ended:
        raise DataError(f"It did not end there: {explain_failure(place, 1) if place.is_dir() else 'it never began.'}")
    found = find_trained(place) if place.is_dir() else None
    if found is None:
        raise MissingFile(f"{place} holds no checkpoint: bring the whole of {RESULTS}/ back.")
    if changes := list_run_changes(runs[name], found):
        raise DataError(f"It is of another version: {', '.join(changes)} differ from today's recipe; train it again.")
    return found


def _take(place: Path, target: Path) -> None:
    """Copy results, whole or not at all; those that were taken before give way to themselves only.

    Raises: DataError where other results lie, OSError.
    """
    if target.exists() and any(target.iterdir()):
        there, new = find_trained(target), find_trained(place)
        if there and new and there.sha256 == new.sha256:
            return
        raise DataError(f"{target} holds another run: move it away, or give another --out.")
    beside = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        shutil.copytree(place, beside, ignore=shutil.ignore_patterns(ALIVE))
        if target.exists():
            target.rmdir()
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
