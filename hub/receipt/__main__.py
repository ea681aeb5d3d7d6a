"""``python -m hub.receipt``: the receipt of a vote or of the Studio, and the proof that it tells the truth."""

import os
from pathlib import Path
from typing import Annotated

import typer

from hub.command import PART, make_commands
from hub.engine.local_engine import LocalEngine
from hub.errors import DataError
from hub.generators import roster
from hub.language.sentence import number_of
from hub.progress import track_items
from hub.receipt import PictureReceipt, Receipt, read_receipt, receipt
from hub.receipt.given_pictures import GivenPictures
from hub.receipt.replay import Replayed, replay
from hub.settings import Settings
from hub.votes import ContentStore, find_vote
from hub.votes.disk import explain_disk_error

Data = Annotated[Path | None, typer.Option(help="Data folder (default HUB_DATA).")]


def _folder(data: Path | None) -> Path:
    return data or Settings.from_env(os.environ).data


def _of(which: str, data: Path) -> Receipt | PictureReceipt:
    """The receipt in a file of this name, or of the vote with this id."""
    path = Path(which)
    if not which or not path.exists():
        if path.suffix or path.name != which:
            raise DataError(f"There is no file {which}: give a receipt's file, or a vote's id.")
        if not data.is_dir():
            raise DataError(f"There is no data folder at {data}: give another with --data, or set HUB_DATA.")
        return receipt(find_vote(data, which), ContentStore(data))
    try:
        return read_receipt(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The receipt {path} can't be read: {explain_disk_error(error)}.") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def show(vote: Annotated[str, typer.Argument(help="A vote's id.")], data: Data = None) -> None:
    """Print the receipt of a vote in the data folder, as JSON."""
    print(_of(vote, _folder(data)).model_dump_json(indent=1))


def _line(one: Replayed) -> str:
    sample = one.sample
    what = f"{one.label}: {sample.generator} {sample.revision}, {sample.prompt!r}, seed {sample.seed}"
    what += f", {sample.extras}" if sample.extras else ""
    if one.remote:
        return f"{what}: can't be replayed. {'; '.join(one.differences)}"
    note = f" (though {'; '.join(one.differences)})" if one.identical and one.differences else ""
    return f"{what}: identical{note}" if one.identical else f"{what}: differs. {'; '.join(one.differences)}"


def again(
    which: Annotated[str, typer.Argument(metavar="RECEIPT", help="A receipt's file, or a vote's id.")],
    data: Data = None,
    device: Annotated[str, typer.Option(help="Where to draw (default HUB_DEVICES).")] = "",
    picture: Annotated[
        list[Path] | None, typer.Option(help="A picture that was given and is not in the data folder; may be repeated.")
    ] = None,
) -> None:
    """Draw a receipt's pictures again: prints "identical", or ends with 1 and what differs or can't be replayed."""
    settings = Settings.from_env(os.environ)
    folder = data or settings.data
    roster(settings.generators, folder)  # registers those of the user's files, and those made at run time
    read = _of(which, folder)
    store = ContentStore(folder)
    given = GivenPictures(store, picture or ())
    engine = LocalEngine(device or settings.places, compile=settings.compile, read=given.read)
    found = replay(read, engine, store.image, track_items)
    for one in found:
        print(_line(one))
    same = sum(one.identical for one in found)
    elsewhere = sum(one.remote for one in found)
    if elsewhere:
        print(f"not to be replayed: {elsewhere} of {number_of(len(found), 'picture')}")
    if same or elsewhere < len(found):
        of_all = number_of(len(found), "picture")
        print(f"identical: {same} of {of_all}" if same else f"different: all {of_all}")
    if same < len(found):
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_commands(
        "Receipts of votes and of the Studio's pictures.",
        {
            "show": (show, "python -m hub.receipt show 4fJ2kQ > receipt.json"),
            "replay": (again, "python -m hub.receipt replay receipt.json"),
        },
    )()
