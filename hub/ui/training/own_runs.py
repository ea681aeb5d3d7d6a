"""The runs that a visitor started: found again by their cookie or login, and nobody else's to see or touch."""

from collections.abc import Callable

from hub.errors import RequestError, UnknownName
from hub.jobs import Jobs, JobView
from hub.jobs.job_record import JobRecord
from hub.language.sentence import Sentence
from hub.raters import KnownBy, Rater

NOT_YOURS = Sentence("There is no such run of yours: reload the page.")
NO_COOKIE = Sentence(
    "This browser sends no cookie back, so that nobody could find your run again: allow cookies, then reload the page."
)


class OwnRuns:
    """The runs of one training in a data folder, by their owners."""

    def __init__(self, jobs: Jobs, module: str) -> None:
        self.jobs, self.module = jobs, module

    def of(self, rater: Rater) -> list[JobView]:
        """Return the runs of a visitor, the newest first; a page without a cookie has none."""
        if rater.known_by is KnownBy.page:
            return []
        return self._watch(lambda one: one.module == self.module and one.owner == rater.id)

    def all(self) -> list[JobView]:
        """Return the runs of every visitor, whichever training, the newest first; not what looks at a run."""
        return self._watch(lambda one: bool(one.owner) and not one.about)

    def find(self, rater: Rater, id: str) -> JobView:
        """Return a visitor's own run. Raises: UnknownName for any other."""
        found = next((one for one in self.of(rater) if one.id == id), None)
        if found is None:
            raise UnknownName(NOT_YOURS)
        return found

    def about(self, id: str) -> list[JobView]:
        """Return the jobs that look at a run, the newest first."""
        return self._watch(lambda one: one.about == id)

    def _watch(self, wanted: Callable[[JobRecord], bool]) -> list[JobView]:
        """Return jobs by their records alone, which are quickly read; the newest first."""
        return self.jobs.watch_some([id for id, one in self.jobs.records().items() if wanted(one)])[::-1]


def check_cookie(rater: Rater) -> None:
    """Raise RequestError for a visitor who could not be known again."""
    if rater.known_by is KnownBy.page:
        raise RequestError(NO_COOKIE)
