"""The alarm: one line when a gate starts to throw most votes away, because a broken gate looks like many bots."""

import logging
from collections import deque

log = logging.getLogger(__name__)
WINDOW = 100  # votes: the latest that the gate checked
LEAST = 50  # votes; with fewer nothing is said
COLLAPSED = 0.5  # a pass rate below this rings
RECOVERED = 0.75  # and one above this lets it ring again


class Alarm:
    """Warns once when a gate excludes more than half of the latest 100 votes that it checked (at least 50).

    It can warn again after the pass rate has been above three quarters. Not safe to call from several threads.
    """

    def __init__(self, gate: str) -> None:
        self._gate = gate
        self._latest: deque[tuple[bool, str]] = deque()
        self._stopped = 0
        self._rang = False

    def note(self, passed: bool, rater: str) -> None:
        """Count one vote that the gate let pass or excluded; ``rater`` is a pseudonym."""
        self._latest.append((passed, rater))
        self._stopped += not passed
        if len(self._latest) > WINDOW:
            self._stopped -= not self._latest.popleft()[0]
        votes = len(self._latest)
        share = 1 - self._stopped / votes
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
                self._stopped,
                len({rater for passed, rater in self._latest if not passed}),
                len({rater for _, rater in self._latest}),
            )
