"""The data set of a data folder as pandas frames, without pictures; pandas is imported when one is made."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from hub.dataset.card import KINDS
from hub.errors import DataError
from hub.votes import read_votes
from hub.votes.shard_damage import UNREADABLE, find_damage
from hub.votes.shards import IMAGE

if TYPE_CHECKING:
    import pandas as pd


class Config(StrEnum):
    """What a data set has: votes, every picture that was drawn, votes that were taken back, and later reasons."""

    votes = "votes"
    samples = "samples"
    withdrawals = "withdrawals"
    reasons = "reasons"


def frame(data: Path | str, config: str = Config.votes) -> "pd.DataFrame":
    """Return a config of a data folder: a row a vote, a drawn picture, a vote taken back or reasons given later.

    Votes are those of the log too, in the order of time, in the columns of ``hub.votes.TABLE``; ``excluded`` says which
    do not count, those that were taken back among them. Samples are those of the shards, with the pictures' SHA-256.

    Raises: DataError for a folder that has none, and for a config that is none.
    """
    if config not in set(Config):
        raise DataError(f"There is no {config!r} in a data set; there are {', '.join(Config)}.")
    if config == Config.votes:
        votes: pd.DataFrame = read_votes(Path(data)).table.to_pandas()
        return votes
    if not Path(data).is_dir():
        raise DataError(f"There is no data folder at {data}.")
    rows: pd.DataFrame = _read_shards(Path(data), config).to_pandas()
    return rows


def _read_shards(data: Path, config: str) -> pa.Table:
    """Return the rows of a config's shards, as often as shards have them, without pictures.

    Raises: DataError for a shard that is damaged.
    """
    kind = KINDS[config]
    plain = pa.schema([one for one in kind.schema if one.type not in (IMAGE, pa.list_(IMAGE))])
    parts = [plain.empty_table()]
    for path in kind.shards(data):
        try:
            if problem := find_damage(path):
                raise DataError(problem)
            names = [one for one in plain.names if one in pq.read_schema(path).names]
            parts.append(pq.read_table(path, columns=names, page_checksum_verification=True))
        except UNREADABLE as error:
            raise DataError(f"{path} can't be read: python -m hub.dataset verify says what is wrong.") from error
    return pa.concat_tables([part.replace_schema_metadata(None) for part in parts], promote_options="default")
