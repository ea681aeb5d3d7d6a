"""Votes and drawings as rows of a shard and back: nothing is lost on the way."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from hub.errors import MissingFile
from hub.log_entries import Drawing, Reasons, Withdrawal
from hub.schema import Failure, Request, Sample, Side, Vote
from hub.votes.content_store import ContentStore

OWN = "arena"  # the source of our own votes
EXTRAS = frozenset(Request.model_fields) - {"prompt", "seed"}  # in one column, as most rows have none
NO_WORDING = {"wording": None, "wording_read_as": None}
Row = dict[str, Any]
Cell = dict[str, Any] | None  # a picture: its bytes and the name of its file


class Media:
    """Reads the pictures and setups that rows embed, and notes those that are missing."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store
        self._setups: dict[str, str | None] = {}
        self._missing: dict[str, dict[str, MissingFile]] = {"pictures": {}, "setups": {}}

    def problems(self) -> tuple[str, ...]:
        """What was missing: a sentence for pictures, one for setups."""
        return tuple(
            f"{what} left out of a shard: {len(errors)}; the first: {next(iter(errors.values()))}"
            for what, errors in self._missing.items()
            if errors
        )

    def picture(self, sha256: str) -> Cell:
        """Return the cell of a picture; empty where the picture is missing."""
        try:
            return {"bytes": self._store.read_image(sha256), "path": f"{sha256}.png"}
        except MissingFile as error:
            self._missing["pictures"][sha256] = error
            return None

    def setup(self, digest: str) -> str | None:
        """Return the JSON of a setup; None where the setup is missing."""
        if digest not in self._setups:
            try:
                self._setups[digest] = self._store.read_setup(digest).model_dump_json()
            except MissingFile as error:
                self._missing["setups"][digest] = error
                self._setups[digest] = None
        return self._setups[digest]


def make_vote_row(vote: Vote, media: Media) -> Row:
    """Return a vote as a row of the config ``votes``."""
    first, *others = vote.requests
    row = vote.model_dump(mode="json", exclude={"kind", "a", "b", "risk"}) | _asked(first, media)
    row |= {"risk": json.dumps(vote.risk), "prompt": first.prompt, "seeds": vote.seeds, "source": OWN}
    row |= {"wording": others[0].prompt, "wording_read_as": others[0].read_as or None} if others else NO_WORDING
    row |= {name: getattr(vote, name) or None for name in ("network", "prompt_set", "prompt_category")}
    for side in Side:
        samples = vote.a if side is Side.a else vote.b
        row |= {
            f"generator_{side}": samples[0].generator,
            f"revision_{side}": samples[0].revision,
            f"setups_{side}": [media.setup(sample.setup) for sample in samples],
            f"setup_sha256_{side}": [sample.setup for sample in samples],
            f"sha256_{side}": [sample.sha256 for sample in samples],
            f"seconds_drawn_{side}": [sample.seconds for sample in samples],
            f"images_{side}": [media.picture(sample.sha256) for sample in samples],
        }
    return row


def _asked(request: Request, media: Media) -> Row:
    """The cells of what a request says beside prompt and seed."""
    return {"extras": request.extras or None, "from_image": media.picture(request.image) if request.image else None}


def extras(row: Row) -> dict[str, Any]:
    """What a row's request says beside prompt and seed. Raises ValueError for a cell that is no JSON object."""
    found = json.loads(row.get("extras") or "{}")
    if not isinstance(found, dict) or not isinstance(found.get("image", ""), str):
        raise ValueError("the extras are no JSON object, or name no image")
    return found


def parse_vote_row(row: Row) -> Vote:
    """Return the vote of a row of the config ``votes``.

    Raises: pydantic's ValidationError for a row that is no vote.
    """
    vote = {name: row[name] for name in Vote.model_fields if row.get(name) is not None and name != "risk"}
    return Vote.model_validate(
        vote | {"risk": json.loads(row["risk"] or "{}"), "a": _make_side(row, "a"), "b": _make_side(row, "b")},
        strict=False,
    )


def _make_side(row: Row, side: str) -> list[Row]:
    lists = ("seeds", f"sha256_{side}", f"seconds_drawn_{side}", f"setup_sha256_{side}")
    common = {"generator": row[f"generator_{side}"], "revision": row[f"revision_{side}"], "prompt": row["prompt"]}
    common |= extras(row)
    other = common
    if row.get("wording") is not None:  # which is that of all pictures but the first
        other = common | {"prompt": row["wording"], "read_as": row["wording_read_as"] or ""}
    pictures = zip(*(row[name] or () for name in lists), strict=True)
    return [
        (other if place else common) | {"seed": seed, "sha256": sha256, "seconds": seconds, "setup": setup}
        for place, (seed, sha256, seconds, setup) in enumerate(pictures)
    ]


def make_drawing_row(drawing: Drawing, media: Media) -> Row:
    """Return a drawing as a row of the config ``samples``."""
    row = drawing.model_dump(mode="json", exclude={"kind", "result"})
    row |= {"sha256": None, "seconds": None, "setup": None, "setup_sha256": None, "image": None, "error": None}
    result = drawing.result
    row |= result.model_dump(mode="json", exclude={"setup", *EXTRAS}) | _asked(result.request, media)
    if isinstance(result, Sample):
        row |= {"setup": media.setup(result.setup), "setup_sha256": result.setup, "image": media.picture(result.sha256)}
    return row


def parse_drawing_row(row: Row) -> Drawing:
    """Return the drawing of a row of the config ``samples``.

    Raises: pydantic's ValidationError for a row that is no drawing.
    """
    drawing = {name: row[name] for name in Drawing.model_fields if name in row}
    form = Sample if row["error"] is None else Failure
    result = {name: row[name] for name in form.model_fields if name not in EXTRAS} | extras(row)
    result |= {"setup": row["setup_sha256"]} if form is Sample else {}
    return Drawing.model_validate(drawing | {"result": result}, strict=False)


def make_withdrawal_row(withdrawal: Withdrawal, media: Media) -> Row:
    """Return a withdrawal as a row of the config ``withdrawals``."""
    return withdrawal.model_dump(mode="json", exclude={"kind"})


def parse_withdrawal_row(row: Row) -> Withdrawal:
    """Return the withdrawal of a row of the config ``withdrawals``.

    Raises: pydantic's ValidationError for a row that is none.
    """
    return Withdrawal.model_validate(row, strict=False)


def make_reasons_row(reasons: Reasons, media: Media) -> Row:
    """Return later reasons as a row of the config ``reasons``."""
    return reasons.model_dump(mode="json", exclude={"kind"})


def parse_reasons_row(row: Row) -> Reasons:
    """Return the later reasons of a row of the config ``reasons``.

    Raises: pydantic's ValidationError for a row that is none.
    """
    return Reasons.model_validate(row, strict=False)


def iterate_pictures(row: Row) -> Iterator[tuple[str | None, Cell]]:
    """Yield the pictures of a row of any config: the SHA-256 that each must have, and its cell.

    Raises: ValueError for extras that are no JSON object.
    """
    if image := extras(row).get("image"):
        yield image, row["from_image"]
    if "vote" in row:  # what is said of a vote later has none
        return
    if "image" in row:
        yield row["sha256"], row["image"]
    else:
        for side in Side:
            yield from zip(row[f"sha256_{side}"] or (), row[f"images_{side}"] or (), strict=True)


def is_intact(sha256: str | None, cell: Cell) -> bool:
    """Return whether a picture's cell is empty or holds what its digest says."""
    return cell is None or hashlib.sha256(cell["bytes"]).hexdigest() == sha256
