"""Weights of votes, and the groups that intervals are clustered by.

No rater counts for more votes than others trust one person with: for RATER votes, or a hundredth of all where that is
more; and no network for more than NETWORK, or a twentieth of all others' votes where that is more, so that many cookies
behind one address stay a few raters. A vote beyond weighs less, like all votes of its rater or network: none is left
out. Where all votes come from one network, or none tells one, networks say nothing.

Where asked for, a vote weighs one over the chance with which its pair was drawn, which was known before it was: the sum
of the votes' scores so weighed has, whatever was drawn before, the mean that it has where all pairs that could meet do
so alike (Horvitz and Thompson, JASA 47, 1952). So the ratings aim at those of pairs that meet evenly, also where no
strengths fit all pairs, and where pairs were drawn by the votes before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pyarrow as pa

from eval.protocol import VoteProtocol
from eval.ratings.clusters import number_groups
from eval.ratings.counts import Votes
from eval.ratings.freedom import group_shape
from eval.ratings.newton import Vector
from eval.votes.codes import Codes, number_values
from hub.language.sentence import Sentence

RATER, OF_ALL = 50, 0.01  # votes that a rater counts for at most, or this share of all
NETWORK, OF_OTHERS = 50, 0.05  # votes that a network counts for at most, or this share of the others'


class Weigh(StrEnum):
    """What a vote weighs, beside the most that a rater and a network count for."""

    alike = "alike"
    inverse_probability = "inverse-probability"  # one over the chance with which its pair was drawn


FEW = 10  # groups of equal shares, from which on intervals hold the truth about as often as they say

RATER_GROUP, PROMPT_GROUP, SINGLE_VOTE = Sentence("rater"), Sentence("prompt"), Sentence("vote")
NO_RATER = Sentence("No rater is known: intervals take each vote for another rater's.")
ONE_RATER = Sentence("All votes are of one rater: intervals say nothing of others.")
ONE_PROMPT = Sentence("All votes are on one prompt: intervals say nothing of others.")


def describe_few_raters(n: int, alike: float) -> Sentence:
    """Return the note on intervals by so many raters, who tell as much as so many of equal shares."""
    return Sentence(
        "Intervals rest on {n:,} raters, who tell as much of how raters differ as {alike:.1f} of equal shares. With "
        "fewer than {few} they are wider than 95 % needs: they held the truth in 95 to 100 of 100 simulations of "
        "raters who do not differ, in 95 to 97 of raters who do.",
        n=n, alike=alike, few=FEW,
    )  # fmt: skip


def describe_few_prompts(n: int, alike: float) -> Sentence:
    """Return the note on intervals by so many prompts, which tell as much as so many of equal shares."""
    return Sentence(
        "Votes are on {n:,} prompts, which tell as much of how prompts differ as {alike:.1f} of equal shares. With "
        "fewer than {few} intervals are wider than 95 % needs: they held the truth in 97 to 100 of 100 simulations of "
        "prompts that do not differ.",
        n=n, alike=alike, few=FEW,
    )  # fmt: skip


def find_weights(rater: Codes, network: Codes) -> Vector | None:
    """Return the weight of each vote, (votes,), at most 1; None where all weigh the same.

    A negative key is unknown, and each such vote is its own rater's or network's.
    """
    of = number_groups(rater)
    sizes = np.bincount(of).astype(np.float64)
    weight = np.minimum(1.0, max(RATER, OF_ALL * len(rater)) / sizes)[of]
    told = network[network >= 0]
    if len(told) and (told != told[0]).any():
        place = number_groups(network)
        each = np.bincount(place, weight)
        weight *= np.minimum(1.0, np.maximum(NETWORK, OF_OTHERS * (each.sum() - each)) / each)[place]
    highest = weight.max(initial=0.0)
    return None if not len(weight) or weight.min() > highest * (1 - 1e-9) else np.asarray(weight / highest)


def _describe_few(key: Codes, weight: Vector | None, told: Callable[..., Sentence]) -> list[Sentence]:
    """Return what simulations say of intervals by groups that are few, or unequal.

    They are ``tests.benchmarks.coverage_votes``.
    """
    of = number_groups(key)
    alike = group_shape(of, weight)[1] + 1  # groups of equal shares that would tell as much of how groups differ
    return [told(n=int(of.max()) + 1, alike=alike)] if alike < FEW else []


def _describe_capped(lighter: int) -> Sentence:
    """Return the note that so many votes weigh less than one."""
    return Sentence(
        "No rater counts for more than {rater:,} votes or {of_all:.0%} of all, no network for more than {network:,} or "
        "{of_others:.0%} of the others' votes: {n:,} votes weigh less than one.",
        rater=RATER, of_all=OF_ALL, network=NETWORK, of_others=OF_OTHERS, n=lighter,
    )  # fmt: skip


def _describe_inverse(weight: Vector) -> Sentence:
    """Return the note on votes that weigh one over the chance of their pair."""
    return Sentence(
        "Votes weigh one over the chance with which their pair was drawn, as if all pairs that could meet had met "
        "alike; so they tell as much as {alike:,} of {n:,} votes of one weight.",
        n=len(weight), alike=round(float(weight.sum() ** 2 / (weight**2).sum())),
    )  # fmt: skip


@dataclass(frozen=True)
class WeighedVotes:
    """A question's votes with their weights, the groups they are clustered by, (votes,) each, and what they lack.

    ``rater``, ``prompt`` and ``network`` tell apart whose votes they are, on what and from where, (votes,), negative
    where that is unknown; ``groups`` are of the first two. ``lacking``: notes on raters and prompts that are no groups;
    ``weighed``: on the weights.
    """

    votes: Votes
    groups: tuple[Codes, ...]
    lacking: tuple[Sentence, ...]
    rater: Codes
    prompt: Codes
    network: Codes
    weighed: tuple[Sentence, ...] = ()

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What to know of the votes and of intervals by their groups."""
        return self.describe(self.groups)

    def describe(self, groups: Sequence[Codes]) -> tuple[Sentence, ...]:
        """Return what to know of the votes and of intervals by these groups, ``rater``, ``prompt`` or both."""
        weight, notes = self.votes.weight, list(self.lacking)
        for key in groups:
            notes += _describe_few(key, weight, describe_few_raters if key is self.rater else describe_few_prompts)
        return (*notes, *self.weighed)

    def describe_protocol(self, groups: Sequence[Codes] | None = None, drawn: int = 0) -> VoteProtocol:
        """Return on whose votes ratings rest, and how their intervals by these groups, or by its own, are made.

        ``drawn``: bootstrap samples, where intervals are of those.
        """
        raters, prompts = (len(np.unique(key[key >= 0])) for key in (self.rater, self.prompt))
        keys = self.groups if groups is None else groups
        names = [RATER_GROUP if key is self.rater else PROMPT_GROUP for key in keys]
        if drawn:
            of = names[0] if names else SINGLE_VOTE
            said = Sentence("{draws:,} bootstrap samples by {group}", draws=drawn, group=of)
        elif names:
            said = Sentence("sandwich, clustered by {groups}", groups=list(names))
        else:
            said = Sentence("sandwich, each vote by itself")
        return VoteProtocol(raters, prompts, said)


def code_origins(table: pa.Table) -> tuple[Codes, Codes, Codes]:
    """Return the rater, prompt and network of each row, (rows,), negative where it is unknown."""
    rater, prompt, network = (number_values(table[name]) for name in ("rater", "prompt", "network"))
    return rater, prompt, network


def weigh_votes(votes: Votes, of: tuple[Codes, Codes, Codes], chance: Vector | None = None) -> WeighedVotes:
    """Return a question's votes with weights and groups; ``of`` are all rows' raters, prompts and networks.

    They are clustered by rater where raters are known, and by prompt where votes share prompts; not by a single group.
    ``chance``: with which each vote's pair was drawn, (votes,), where votes weigh one over it too, one in the mean.
    """
    rater, prompt, network = (each[votes.rows] for each in of)
    if not len(votes.rows):
        return WeighedVotes(votes, (), (), rater, prompt, network)
    groups, lacking = [], []
    if not (rater >= 0).any():
        lacking.append(NO_RATER)
    elif number_groups(rater).max():
        groups.append(rater)
    else:
        lacking.append(ONE_RATER)
    if number_groups(prompt).max() + 1 < len(prompt):
        if number_groups(prompt).max():
            groups.append(prompt)
        else:
            lacking.append(ONE_PROMPT)
    weight, notes = find_weights(rater, network), []
    if weight is not None:
        notes.append(_describe_capped(int((weight < 1).sum())))
    if chance is not None:
        weight = (1 if weight is None else weight) / chance
        weight = weight / weight.mean()
        notes.append(_describe_inverse(weight))
    weighed = replace(votes, weight=weight)
    return WeighedVotes(weighed, tuple(groups), tuple(lacking), rater, prompt, network, tuple(notes))
