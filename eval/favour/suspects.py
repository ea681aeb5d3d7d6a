"""Raters, and networks of several, whose votes on some generator are nearly all for it or against it."""

from dataclasses import dataclass

import numpy as np

from eval.favour.tallies import CRITERIA, Floats, Tallies, number_keys
from eval.votes.codes import Codes, Mask
from hub.gates.entries.favour import LEAST, SCREEN, compute_log_ratios

COARSE = slice(13, 22, 2)  # likings of 0 to 3.2 standard deviations, by which a bound is taken
ROUNDING = 1e-9


@dataclass(frozen=True)
class Suspects:
    """Raters or networks who stand out, and their leanings: generators that nearly all their votes are for, or against.

    ``who`` of the tallies they were found in. Leanings, (leanings,), are sorted by suspect, then by generator; their
    pairs with others, (pairs,), by leaning.
    """

    who: Codes  # (suspects,)
    decided: Codes  # (suspects,), generators that they voted on
    suspect: Codes  # (leanings,)
    generator: Codes  # (leanings,)
    liked: Mask  # (leanings,)
    leaning: Codes  # (pairs,)
    own: Floats  # (pairs, 2), votes along with the leaning, and against it
    cells: Codes  # (pairs, 2), that these are on

    def log_times(self, others: Floats, least: float) -> tuple[Floats, Codes]:
        """Return how many times as likely each suspect's votes are by favour as by taste, as logarithms.

        With them the leaning that stands out, (suspects,) each; -inf and -1 for all that can't reach ``least``.
        ``others`` is what others' votes are worth, (pairs, 2).
        """
        leanings = self._log_times(others, np.arange(len(self.suspect)), COARSE)
        may = self._together(leanings) >= least - ROUNDING
        these = np.flatnonzero(may[self.suspect])
        leanings = np.full(len(self.suspect), -np.inf)
        leanings[these] = self._log_times(others, these)
        strongest = np.full(len(self.who), -1)
        order = np.lexsort((-np.arange(len(leanings)), leanings))  # the first of the highest comes last, and stays
        strongest[self.suspect[order]] = order
        return self._together(leanings), np.where(may, strongest, -1)

    def _log_times(self, others: Floats, leanings: Codes, some: slice = slice(None)) -> Floats:
        """Return the logarithms of some leanings, in their order."""
        kept = np.zeros(len(self.suspect), dtype=bool)
        kept[leanings] = True
        rows = kept[self.leaning]
        starts = np.flatnonzero(np.diff(self.leaning[rows], prepend=-1))
        return compute_log_ratios(self.own[rows], others[rows], starts, some)

    def _together(self, leanings: Floats) -> Floats:
        """Return the mean over all leanings that a suspect could have, from those it has."""
        top = np.full(len(self.who), -np.inf)
        np.maximum.at(top, self.suspect, leanings)
        safe = np.where(np.isneginf(top), 0.0, top)
        total = np.bincount(self.suspect, np.exp(leanings - safe[self.suspect]), len(self.who))
        with np.errstate(divide="ignore"):
            return np.asarray(safe + np.log(total) - np.log(2 * self.decided))


def find_suspects(tallies: Tallies) -> Suspects:
    """Return those of the tallies' ``who`` with enough votes on a generator, nearly all for it or against it."""
    n, half = tallies.n, len(tallies.who)
    keys, place = number_keys(np.concatenate((tallies.who * n + tallies.preferred, tallies.who * n + tallies.other)))
    wins, losses = (np.bincount(side, tallies.votes, len(keys)) for side in (place[:half], place[half:]))
    votes = wins + losses
    found = np.flatnonzero((votes >= LEAST) & (np.maximum(wins, losses) >= SCREEN * votes))
    who, suspect = np.unique(keys[found] // n, return_inverse=True)
    everyone, decided = np.unique(keys // n, return_counts=True)
    leaning = np.full(len(keys), -1)
    leaning[found] = np.arange(len(found))
    liked, generator = wins[found] > losses[found], keys[found] % n
    rows, own, cells = _pairs(tallies, leaning[place], generator, liked)
    return Suspects(who, decided[np.searchsorted(everyone, who)], suspect, generator, liked, rows, own, cells)


def _pairs(tallies: Tallies, leaning: Codes, generator: Codes, liked: Mask) -> tuple[Codes, Floats, Codes]:
    """Return the pairs of each leaning.

    ``leaning`` is of those who preferred, then of those who did not, (2 * tallies,).
    """
    n, half = tallies.n, len(tallies.who)
    criterion = tallies.cell // n**2
    both = leaning * (len(CRITERIA) * n) + np.concatenate((criterion, criterion)) * n
    both += np.concatenate((tallies.other, tallies.preferred))
    on = leaning >= 0
    keys, place = number_keys(both[on])
    won = on.nonzero()[0] < half
    votes = np.concatenate((tallies.votes, tallies.votes))[on]
    sides = np.stack([np.bincount(place[side], votes[side], len(keys)) for side in (won, ~won)], axis=1)
    rows, question, rival = keys // (len(CRITERIA) * n), keys // n % len(CRITERIA) * n, keys % n
    cells = np.stack(((question + generator[rows]) * n + rival, (question + rival) * n + generator[rows]), axis=1)
    turned = ~liked[rows, None]
    return rows, np.where(turned, sides[:, ::-1], sides), np.where(turned, cells[:, ::-1], cells)
