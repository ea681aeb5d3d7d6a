"""The votes: a write-ahead log that becomes Parquet shards, the pictures and setups they are about, and reading back.

``DATA/log/*.jsonl`` holds what came last, one entry a line, in one live segment a process; ``DATA/data/votes``,
``samples``, ``withdrawals`` and ``reasons`` beside it hold the shards that sealed segments became; ``DATA/images`` and
``DATA/setups`` hold pictures and setups by their digest. Nothing of it is ever changed.
"""

from hub.votes.content_store import ContentStore
from hub.votes.pictures import Pictures
from hub.votes.read import ReadVotes, find_vote, read_votes
from hub.votes.shards import (
    REASONS,
    SAMPLES,
    SAMPLES_SCHEMA,
    VOTES,
    VOTES_SCHEMA,
    WITHDRAWALS,
    write_votes_shard,
)
from hub.votes.vote_table import TABLE, make_table
from hub.votes.write_ahead_log import VoteLog

__all__ = [
    "REASONS",
    "SAMPLES",
    "SAMPLES_SCHEMA",
    "TABLE",
    "VOTES",
    "VOTES_SCHEMA",
    "WITHDRAWALS",
    "ContentStore",
    "Pictures",
    "ReadVotes",
    "VoteLog",
    "find_vote",
    "make_table",
    "read_votes",
    "write_votes_shard",
]
