"""Search of all votes for raters who are always for, or against, one generator: none of their votes counts.

It is the arena's gate (:mod:`hub.gates.entries.favour`) asked again of all votes together, so that those count no
longer that a rater gave before the gate was certain; and however many such raters there are, they are not the crowd
that they are held against. Whoever stands out most is taken away first, and the others are asked again without them.

The measure is the gate's, for all of whom nearly all votes on a generator are for it, or against it; certain from 300
times as likely as by taste. In simulations that is true of fewer than 1 in 1,000 honest raters (``python -m
tests.hub.gates.simulation``). Of those left, groups are sought (:mod:`eval.favour.groups`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from eval.favour.groups import find_group
from eval.favour.suspects import Suspects, find_suspects
from eval.favour.tallies import CRITERIA, Floats, Tallies, look_up, tally_votes
from eval.votes.codes import Codes, Mask, encode, list_names
from hub.gates.entries.favour import SCREEN
from hub.schema import Outcome

CERTAIN = float(np.log(300))  # times as likely as by taste: less than the gate asks, for here all have said all
LIKELY = float(np.log(10))  # a suspect of whom less is said is heard by others
MOST = 700.0  # of all that are more certain none is more so than others


@dataclass(frozen=True)
class _DecidedVotes:
    """Decided votes by rater and cell, and each rater's voice, by number: a network, or the rater alone."""

    raters: Tallies
    voice: Codes  # (raters,)

    def without(self, raters: Codes) -> "_DecidedVotes":
        """Return the votes without those of these raters."""
        return _DecidedVotes(self.raters.where(~np.isin(self.raters.who, raters)), self.voice)

    @property
    def shared(self) -> Tallies:
        """The votes by voice of those whose voice others share."""
        present = np.unique(self.raters.who)
        several = np.bincount(self.voice[present], minlength=self.voice.max() + 1) > 1
        voice = self.voice[self.raters.who]
        return self.raters.where(several[voice]).by(voice[several[voice]])


def _read_decided(table: pa.Table, rows: Codes) -> _DecidedVotes:
    """Return the decided votes among these rows, which must be in the order of time and of known raters."""
    names = list_names(table["generator_a"], table["generator_b"])
    a, b = (encode(table[side], names)[rows] for side in ("generator_a", "generator_b"))
    left = encode(table["outcome"], (Outcome.a,))[rows] == 0
    preferred, other = np.where(left, a, b), np.where(left, b, a)
    raters, networks = list_names(table["rater"]), list_names(table["network"])
    rater, network = encode(table["rater"], raters)[rows], encode(table["network"], networks)[rows]
    home = np.full(len(raters), -1)
    home[rater[::-1]] = network[::-1]  # a rater stays with the network of the first vote
    voice = np.where(home >= 0, home, len(networks) + np.arange(len(raters)))
    cell = (encode(table["criterion"], CRITERIA)[rows] * len(names) + preferred) * len(names) + other
    return _DecidedVotes(tally_votes(len(names), rater, cell), voice)


@dataclass(frozen=True)
class _Group:
    """Suspects of one kind, raters or networks, the voice of each, and what voices are worth on their pairs."""

    suspects: Suspects
    voice: Codes  # (suspects,)
    worth: Floats  # (pairs, 2)

    def log_times(self, total: Floats, silent: Mask) -> tuple[Floats, Codes]:
        """Return how many times as likely each suspect's votes are by favour as by taste, as logarithms.

        They are held against the worth of all who are heard, ``total`` (cells,), without their own; with the leaning
        that stands out.
        """
        s = self.suspects
        heard = ~silent[self.voice][s.suspect][s.leaning]
        return s.log_times(np.maximum(total[s.cells] - heard[:, None] * self.worth, 0.0), LIKELY)


@dataclass(frozen=True)
class _CertainFavour:
    """A kind's suspects whose favour is certain: raters or voices, how certain, and what they favour or refuse."""

    who: Codes
    log_times: Floats
    generator: Codes
    liked: Mask


def _group_suspects(tallies: Tallies, voice: Codes, voices: Tallies, worths: Floats) -> _Group:
    """Return the suspects among tallies of those whose voices are ``voice`` (who,)."""
    suspects = find_suspects(tallies)
    of = voice[suspects.who]
    keys = of[suspects.suspect][suspects.leaning][:, None] * voices.cells + suspects.cells
    return _Group(suspects, of, look_up(voices.keys, worths, keys))


def _judge_suspects(said: _DecidedVotes) -> tuple[_CertainFavour, _CertainFavour]:
    """Return the raters, and the networks of several, whose favour is certain beside those who are heard.

    At first no suspect is heard; then, again and again, those are whose favour is less than ``LIKELY`` times as likely
    as taste. So however many agree, they are held against the rest, while a generator that all prefer is soon heard to
    be so.
    """
    voices = said.raters.by(said.voice[said.raters.who])
    worths, everyone = voices.worths(), np.arange(said.voice.max(initial=-1) + 1)
    groups = [
        _group_suspects(said.raters, said.voice, voices, worths),
        _group_suspects(said.shared, everyone, voices, worths),
    ]
    silent = np.zeros(len(everyone), dtype=bool)
    for group in groups:
        silent[group.voice] = True
    while True:
        total = np.bincount(voices.cell, ~silent[voices.who] * worths, minlength=voices.cells).astype(float)
        judged = [group.log_times(total, silent) for group in groups]
        still = np.zeros_like(silent)
        for group, (logs, _) in zip(groups, judged, strict=True):
            still[group.voice[logs >= LIKELY]] = True
        still &= silent
        if (still == silent).all():
            raters, networks = (_select_certain(group, *each) for group, each in zip(groups, judged, strict=True))
            return raters, networks
        silent = still


def _select_certain(group: _Group, logs: Floats, leaning: Codes) -> _CertainFavour:
    """Return the suspects whose favour is certain."""
    some, s = logs >= CERTAIN, group.suspects
    return _CertainFavour(s.who[some], logs[some], s.generator[leaning[some]], s.liked[leaning[some]])


def _find_strongest(said: _DecidedVotes) -> Codes:
    """Return the raters whose favour is most certain; of a network that favours, those who share it."""
    raters, networks = _judge_suspects(said)
    least = min(MOST, max((*raters.log_times, *networks.log_times), default=0.0)) / 2
    alone = raters.who[raters.log_times >= least]
    certain = networks.log_times >= least
    place = np.full(said.voice.max() + 1, -1)
    place[networks.who[certain]] = np.arange(np.count_nonzero(certain))
    own = said.raters.where(place[said.voice[said.raters.who]] >= 0)
    of = place[said.voice[own.who]]
    favoured, liked = networks.generator[certain][of], networks.liked[certain][of]
    along = np.where(liked, own.preferred == favoured, own.other == favoured)
    against = np.where(liked, own.other == favoured, own.preferred == favoured)
    for_it, not_for_it = (np.bincount(own.who, side * own.votes, len(said.voice)) for side in (along, against))
    members = np.unique(own.who)
    sharing = members[not_for_it[members] <= (1 - SCREEN) * (for_it + not_for_it)[members]]
    return np.union1d(alone, sharing)


@dataclass(frozen=True)
class FavouringGroup:
    """A group of raters who favour one generator, or refuse it; ``networks`` are those that their votes tell."""

    generator: str
    liked: bool
    raters: int
    networks: int
    votes: int


@dataclass(frozen=True)
class FoundFavour:
    """Which rows of a table, (rows,), are of raters who favour one generator, and the groups among these raters."""

    rows: Mask
    groups: tuple[FavouringGroup, ...]


def find_favouring(table: pa.Table, rows: Mask) -> FoundFavour:
    """Return the raters who favour one generator, as rows of the table, found by their votes in ``rows`` (rows,)."""
    rater = encode(table["rater"], list_names(table["rater"]))
    decided = np.flatnonzero(rows & (rater >= 0) & (encode(table["outcome"], (Outcome.a, Outcome.b)) >= 0))
    decided = decided[np.argsort(np.asarray(table["time"])[decided], kind="stable")]
    said, out = _read_decided(table, decided), np.zeros(0, dtype=np.int64)
    groups: dict[tuple[int, bool], Codes] = {}
    while len(said.raters.who):
        found = _find_strongest(said)
        if not len(found):
            group = find_group(said.raters, said.voice)
            if group is None or not len(group.members):
                break
            found, of = group.members, (group.generator, group.liked)
            groups[of] = np.union1d(groups.get(of, found), found)
        out = np.union1d(out, found)
        said = said.without(found)
    told = [_describe_group(table, rows & np.isin(rater, members), *of) for of, members in groups.items()]
    return FoundFavour(np.isin(rater, out), tuple(told))


def _describe_group(table: pa.Table, rows: Mask, generator: int, liked: bool) -> FavouringGroup:
    """Return what is told of a group, of whom these rows are."""
    names = list_names(table["generator_a"], table["generator_b"])
    raters, networks = (np.unique(encode(table[name], list_names(table[name]))[rows]) for name in ("rater", "network"))
    votes = int(np.count_nonzero(rows))
    return FavouringGroup(names[generator], liked, len(raters), int((networks >= 0).sum()), votes)
