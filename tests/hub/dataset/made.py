"""Data folders to publish."""

import io
import random
from pathlib import Path
from typing import Any

from PIL import Image

from hub.dataset.shard_names import CARD, PUBLISHED, list_local_shards
from hub.schema import Criterion, Outcome, Side, Vote
from hub.votes import ContentStore, VoteLog
from tests.hub.votes.made import SETUP, drawing, sample, setup, vote


def png(name: str, size: int = 48) -> bytes:
    """A noisy picture, always the same for a name."""
    noise = random.Random(name).randbytes(size * size * 3)
    buffer = io.BytesIO()
    Image.frombytes("RGB", (size, size), noise).save(buffer, "png")
    return buffer.getvalue()


def voted(store: ContentStore, id: str, **changes: Any) -> Vote:
    """A vote on two stored pictures of its own."""
    a, b = (store.write_image(png(f"{id} {side}")) for side in "ab")
    left, right = (sample(name, sha256=digest) for name, digest in (("left", a), ("right", b)))
    return vote(id, **{"a": (left,), "b": (right,), **changes})


def fill(data: Path, *ids: str) -> None:
    """Add votes with these ids, each with a sample more that nobody voted on, and seal them."""
    store = ContentStore(data)
    assert store.write_setup(setup()) == SETUP
    log = VoteLog(data)
    for number, id in enumerate(ids):
        log.append(voted(store, id, time=1e9 + number, outcome=list(Outcome)[number % 4]))
        digest = store.write_image(png(f"{id} unvoted"))
        log.append(drawing(f"unvoted {id}", side=Side.b, criterion=Criterion.quality, result=sample(sha256=digest)))
    log.close()


def published(data: Path) -> dict[str, bytes]:
    """What of a data folder is to be in the data set: its shards and its card."""
    return {name: path.read_bytes() for name, path in {CARD: data / PUBLISHED, **list_local_shards(data)}.items()}
