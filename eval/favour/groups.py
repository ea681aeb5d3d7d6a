"""Search for groups of raters who favour one generator, or refuse it, though it is not certain of each alone.

All raters' votes on a generator are accounted for twice. By one account all of them look, and their likings are spread
about a middle, as widely as tells the votes best. By the other a share of them votes by one rule, for the generator in
the same 65 to 99.9 % of its battles whoever stands beside it, as one person's cookies do, and only the rest looks: a
mixture, whose share, rule, middle and spread make the votes likeliest (empirical Bayes: Efron, Large-Scale Inference,
2010). Were rules of 65 % unknown, honest raters could look like a group beside bots that vote by one. Where that is
``CERTAIN`` times as likely there is a group, and no vote counts of those who are of it with a probability of
``MEMBER``. So beside a group some honest raters go whose votes are no other than its; without one hardly anybody does
(``python -m tests.hub.gates.simulation``).
"""

from dataclasses import dataclass

import numpy as np

from eval.favour.tallies import Floats, Tallies, look_up, number_keys
from eval.votes.codes import Codes
from hub.gates.entries.favour import HEARD, LIKING, SHARES, compute_log_likelihoods, log_weighted_mean

CERTAIN = float(np.log(1e4))  # times as likely with a group as without
MEMBER = 0.9
RULES = np.array([0.65, 0.75, *SHARES])  # shares of battles; with half its votes at random a favour's is .75
FEWEST = 3  # raters
SAMPLE = 1000  # raters among whom a group is looked for: one that is rare among them moves nothing
MIDDLES, SPREADS = np.linspace(-2.4, 2.4, 13), (1.0, 1.5, 2.0)  # of likings, in standard deviations of tastes
WEIGHTS = np.concatenate([np.exp(-(((LIKING - MIDDLES[:, None]) / spread) ** 2) / 2) for spread in SPREADS])
LOOKING = WEIGHTS / WEIGHTS.sum(axis=1, keepdims=True)  # how common each liking is, (crowds, likings)
HALVINGS = 12  # of the range that a group's share is in, at first up to a half
MOST = 300.0  # of a logarithm of odds


@dataclass(frozen=True)
class RaterGroup:
    """Raters who by their votes together favour one generator, or refuse it, by number."""

    log_times: float  # how many times as likely their votes are with a group as without, as a logarithm
    generator: int
    liked: bool
    members: Codes


@dataclass(frozen=True)
class _GeneratorVotes:
    """Votes that prefer one generator, or another to it: parallel arrays, (rows,), sorted by who gave them and pair."""

    who: Codes
    cells: Codes  # (rows, 2), those that prefer it, and another
    own: Floats  # (rows, 2)


def _select_votes(tallies: Tallies, generator: int) -> _GeneratorVotes:
    """Return the votes that prefer this generator, or another to it."""
    some = tallies.where((tallies.preferred == generator) | (tallies.other == generator))
    won = some.preferred == generator
    keys, place = number_keys(some.who * some.cells + np.where(won, some.cell, some.turned()))
    own = [np.bincount(place, some.votes * side, len(keys)).astype(np.int64) for side in (won, ~won)]
    for_it = Tallies(some.n, keys // some.cells, keys % some.cells, own[0])
    return _GeneratorVotes(for_it.who, np.stack((for_it.cell, for_it.turned()), 1), np.stack(own, 1).astype(np.float64))


def _fit_share(odds: Floats) -> Floats:
    """Return the share of raters who favour that makes all votes likeliest, at most a half, (crowds,).

    ``odds``: how many times as likely each rater's votes are by favour as by taste, (raters, crowds).
    """
    low, high = np.zeros(odds.shape[1]), np.full(odds.shape[1], 0.5)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rises = ((odds - 1) / (1 + middle * (odds - 1))).mean(axis=0) > 0  # the slope, which falls with the share
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return low


def _fit_mixture(wins: Floats, losses: Floats, taste: Floats) -> tuple[float, Floats]:
    """Return the log of how many times as likely a group is as none, and each rater's probability to be of it.

    ``taste``: log-likelihoods of their votes if they are of each crowd of raters who look, (raters, crowds).
    """
    best, of = -np.inf, np.zeros(len(wins))
    for rule in RULES:
        favour = wins * np.log(rule) + losses * np.log1p(-rule)
        odds = np.exp(np.clip(favour[:, None] - taste, -MOST, MOST))
        share = _fit_share(odds)
        whole = (taste + np.log1p(share * (odds - 1))).sum(axis=0)
        at = int(whole.argmax())
        if whole[at] > best:
            best, of = float(whole[at]), share[at] * odds[:, at] / (1 + share[at] * (odds[:, at] - 1))
    return best - float(taste.sum(axis=0).max()), of


@dataclass(frozen=True)
class _Crowd:
    """Raters' votes, each rater's voice, and what voices' votes are worth."""

    raters: Tallies
    voice: Codes  # (raters,)
    voices: Tallies
    worths: Floats  # (voices' tallies,)

    def groups(self, raters: Tallies, generator: int) -> list[RaterGroup]:
        """List the groups among these raters that favour a generator, and that refuse it, however unlikely."""
        asked = _select_votes(raters, generator)
        total = np.bincount(self.voices.cell, self.worths, self.voices.cells)
        keys = self.voice[asked.who][:, None] * self.voices.cells + asked.cells
        others = np.maximum(total[asked.cells] - look_up(self.voices.keys, self.worths, keys), 0.0)
        heard = others.sum(axis=1) >= HEARD
        who, own = asked.who[heard], asked.own[heard]
        if not len(who):
            return []
        starts = np.flatnonzero(np.diff(who, prepend=-1))
        likings = compute_log_likelihoods(own, others[heard], starts)
        taste = np.stack([log_weighted_mean(likings, weights) for weights in LOOKING], axis=1)
        wins, losses = np.add.reduceat(own, starts).T
        sides = ((True, wins, losses), (False, losses, wins))
        found = [(liked, *_fit_mixture(along, against, taste)) for liked, along, against in sides]
        return [RaterGroup(times, generator, liked, who[starts[of >= MEMBER]]) for liked, times, of in found]


def find_group(raters: Tallies, voice: Codes) -> RaterGroup | None:
    """Return the most certain group that favours, or refuses, one generator; None if none is certain.

    ``voice``: each rater's, by number: a network, or the rater alone; (raters,).
    """
    voices = raters.by(voice[raters.who])
    crowd = _Crowd(raters, voice, voices, voices.worths())
    everyone = np.unique(raters.who)
    sample = everyone[:: -(-len(everyone) // SAMPLE)]
    some = raters.where(np.isin(raters.who, sample)) if len(sample) < len(everyone) else raters
    found = [
        group
        for generator in np.unique(np.concatenate((raters.preferred, raters.other))).tolist()
        for group in crowd.groups(some, generator)
        if group.log_times >= CERTAIN and len(group.members) >= FEWEST
    ]
    if not found:
        return None
    surest = max(found, key=lambda group: group.log_times)
    if some is raters:
        return surest
    return max(crowd.groups(raters, surest.generator), key=lambda group: group.log_times)
