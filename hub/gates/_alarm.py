"""The alarm: one line when a gate starts to throw most votes away, because a broken gate looks like many bots."""

import logging
from collections import Counter, deque

log = logging.getLogger(__name__)
WINDOW = 100  # votes: the latest that the gate checked
LEAST = 50  # votes; with fewer nothing is said
COLLAPSED = 0.5  # a pass rate below this rings
RECOVERED = 0.75  # and one above this lets it ring again


class Alarm:
    """Rings once when a gate excludes more than half of the latest 100 votes that it checked (at least 50).

    It can ring again after the pass rate has been above three quarters. Not safe to call from several threads.
    """

    def __init__(self, gate: str) -> None:
        self._gate = gate
        self._latest: deque[tuple[bool, str]] = deque(maxlen=WINDOW)
        self._rang = False

    def note(self, passed: bool, rater: str) -> None:
        """Count a vote that the gate let pass, or excluded; ``rater`` is a pseudonym."""
        self._latest.append((passed, rater))
        votes = len(self._latest)
        stopped = Counter(rater for passed, rater in self._latest if not passed)
        share = 1 - stopped.total() / votes
        if self._rang:
            self._rang = share <= RECOVERED
        elif votes >= LEAST and share < COLLAPSED:
            self._rang = True
            log.error(
                "The gate %s let %.0f%% of the latest %d votes pass; it excluded %d, by %d of %d raters. They are "
                "kept: look whether these raters are honest; if so the gate is wrong, and HUB_GATES can leave it out.",
                self._gate,
                100 * share,
                votes,
                stopped.total(),
                len(stopped),
                len({rater for _, rater in self._latest}),
            )
