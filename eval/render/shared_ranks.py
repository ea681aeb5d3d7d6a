"""Ranks that generators share: they are underpowered, and about how many more votes would part neighbours."""

from collections import defaultdict
from collections.abc import Sequence

from eval.ratings.bradley_terry import Rating
from eval.ratings.votes_needed import VotesNeeded, estimate_votes_needed
from eval.summary import Question
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

MOST_NAMED = 3  # generators that share a rank and are named
MANY = 100_000  # votes, beyond which an estimate says nothing
ESTIMATE = Sentence("An estimate: if they differ as much as now, and new votes are like those of before.")


def needed_notes(needed: Sequence[VotesNeeded], language: Language) -> list[str]:
    """How many more votes would part neighbours."""
    told = []
    for one in needed:
        fields = {"better": language.title(one.better), "worse": language.title(one.worse)}
        if one.more is None:
            told.append(language.gettext("{better} and {worse} are level: no number of votes parts equals.", **fields))
        elif one.more > MANY:
            told.append(language.gettext("{better} over {worse}: more than {many:,} votes.", many=MANY, **fields))
        else:
            told.append(
                language.ngettext(
                    "{better} over {worse}: about {more:,} more vote on this question.",
                    "{better} over {worse}: about {more:,} more votes on this question.",
                    one.more, more=int(float(f"{one.more:.2g}")), **fields,
                )
            )  # fmt: skip
    return told


def rank_notes(ratings: Sequence[Rating], language: Language) -> list[str]:
    """Which ranks are shared, as there are too few votes to part who has them; empty where none is."""
    told, by_rank = [], defaultdict[int, list[str]](list)
    for row in ratings:
        by_rank[row.rank].append(language.title(row.generator))
    for rank, names in by_rank.items():
        if len(names) > MOST_NAMED:
            told.append(
                language.gettext(
                    "Rank {rank} is shared by {n} generators: underpowered, too few votes to part them.",
                    rank=rank, n=len(names),
                )
            )  # fmt: skip
        elif len(names) > 1:
            told.append(
                language.gettext(
                    "Rank {rank} is shared by {names}: underpowered, too few votes to part them.",
                    rank=rank, names=names,
                )
            )  # fmt: skip
    return told


def shared_notes(question: Question, language: Language) -> list[str]:
    """Which ranks are shared, and how many more votes would part neighbours; empty where no rank is shared."""
    told = rank_notes(question.ratings, language)
    if not told:
        return []
    needed = needed_notes(estimate_votes_needed(question.ratings, question.used), language)
    return [*told, *needed, *([language.tell(ESTIMATE)] if needed else [])]
