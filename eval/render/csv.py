"""The report as CSV: every figure a row, in long format, for programs and spreadsheets.

UTF-8 and RFC 4180. Columns that say nothing of a figure are empty; a figure that could not be had is a row without a
value, whose note is the reason. Its words are English whatever the pages are in, as in the JSON report.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from itertools import product
from operator import attrgetter

from eval.measure import Table
from eval.raters import RaterFigure, Raters
from eval.raters.alpha import Agreement
from eval.raters.shares import Share
from eval.ratings.bradley_terry import Rating
from eval.ratings.counts import Counts
from eval.ratings.robustness import Robustness
from eval.render.category_tables import category_figures
from eval.render.csv_agreement import joined_figures
from eval.render.csv_row import Figure
from eval.render.difference_tables import difference_figures
from eval.render.machine_section import machines_figures
from eval.render.reasons_section import reasons_figures
from eval.rounding import rounded
from eval.summary import Question, Summary
from eval.votes.ledger import name_reasons
from hub.spreadsheet import harmless
from hub.votes.rows import OWN

Cell = str | float | None


def _cell(value: Cell) -> str | float:
    if isinstance(value, str):
        return harmless(value)
    return "" if value is None else rounded(value) if isinstance(value, float) else value


def _rating(about: Figure, table: str, rating: Rating, **rest: str) -> Iterator[Figure]:
    rest["generator"] = rating.generator
    yield about.of(table, "rating", rating.rating, low=rating.low, high=rating.high, n=rating.battles, **rest)
    yield about.of(table, "rank", rating.rank, **rest)
    yield about.of(table, "win_rate", rating.win_rate, **rest)


def _wins(about: Figure, counts: Counts) -> Iterator[Figure]:
    names, wins, ties = list(enumerate(counts.names)), counts.wins, counts.ties
    for (i, name), (j, other) in product(names, names):
        if i != j:
            yield about.of("wins", "wins", int(wins[i, j]), generator=name, opponent=other)
            yield about.of("wins", "ties", int(ties[i, j]), generator=name, opponent=other)


def _firmness(about: Figure, studied: Robustness) -> Iterator[Figure]:
    if studied.position:
        points, low, high = studied.position
        yield about.of("firmness", "left_side", points, low=low, high=high)
    for by, times in studied.widening.items():
        yield about.of("firmness", "clustered_widening", times, group=by)
    for figure, found in (("fragility_votes", studied.votes), ("fragility_raters", studied.raters)):
        if found:
            pair = {"generator": found.leader, "opponent": found.rival}
            yield about.of("firmness", figure, found.number, n=found.of, **pair)
    yield about.of("firmness", "settled_first", int(studied.settled.first))
    yield about.of("firmness", "settled_whole", int(studied.settled.whole))
    for place, name in enumerate(studied.settled.order, 1):
        yield about.of("firmness", "settled_order", place, generator=name)
    for better, worse in studied.settled.open:
        yield about.of("firmness", "settled_pair", 0, generator=better, opponent=worse)
    if studied.telling:
        one, other = studied.telling
        yield about.of("firmness", "telling_pair", 1, generator=one, opponent=other)


def _study(about: Figure, studied: Robustness) -> Iterator[Figure]:
    for other in studied.otherwise:
        if other.missing:
            yield about.of("rules", "rating", rule=other.rule, note=other.missing)
        for name, points in other.ratings.items():
            yield about.of("rules", "rating", points, rule=other.rule, generator=name, note=other.prior or "")
    yield from _firmness(about, studied)
    for one in studied.categories:
        yield about.of("categories", "votes", one.votes, group=one.name, note=one.unrated or one.prior or "")
        for rating in one.ratings:
            yield from _rating(about, "categories", rating, group=one.name)


def list_question_figures(question: Question) -> Iterator[Figure]:
    """Yield every figure of a question."""
    about = Figure(source=question.source, question=str(question.criterion or ""))
    yield about.of("votes", "total", question.total)
    yield about.of("votes", "used", question.used)
    for reason, number in name_reasons(question.excluded).items():
        yield about.of("votes", "excluded", number, group=reason)
    if question.unrated:
        yield about.of("ratings", "rating", note=question.unrated)
    for rating in question.ratings:
        yield from _rating(about, "ratings", rating, note=question.prior or "")
    yield from _wins(about, question.counts)
    if question.study:
        yield from _study(about, question.study)


def list_vote_figures(summary: Summary) -> Iterator[Figure]:
    """Yield what became of the votes, and who gave them."""
    about = Figure()
    yield about.of("votes", "total", summary.total)
    yield about.of("votes", "used", summary.used)
    for figure, numbers in (("excluded", name_reasons(summary.excluded)), ("unchecked", summary.unchecked)):
        for group, number in numbers.items():
            yield about.of("votes", figure, number, group=group)
    for text in summary.alarms:
        yield about.of("votes", "alarm", note=text)
    if summary.crowd:
        for name, value in asdict(summary.crowd).items():
            if value is not None:
                yield Figure(source=OWN).of("crowd", name, value)


def _measured(about: Figure, figure: RaterFigure, item: Share | Agreement | None, raters: Raters) -> Iterator[Figure]:
    if item is None:
        yield about.of("raters", figure, note=raters.missing.get(figure, ""))
        return
    n = item.n if isinstance(item, Share) else item.units
    yield about.of("raters", figure, item.value, low=item.low, high=item.high, n=n)
    for name in ("raters", "chance", "answers"):
        if hasattr(item, name):
            yield about.of("raters", f"{figure}_{name}", getattr(item, name))


def list_rater_figures(raters: Raters) -> Iterator[Figure]:
    """Yield every figure of the raters."""
    about = Figure(source=OWN)
    yield about.of("raters", "raters", raters.raters)
    yield about.of("raters", "votes", raters.votes)
    if raters.raters:
        yield about.of("raters", "votes_a_rater_median", raters.median)
        yield about.of("raters", "votes_a_rater_most", raters.most)
    yield about.of("raters", "repeats", raters.repeats)
    yield about.of("raters", "repeats_told", raters.repeats_told)
    yield from _measured(about, RaterFigure.left, raters.left, raters)
    yield from _measured(about, RaterFigure.consistency, raters.consistency, raters)
    if raters.chance is not None:
        yield about.of("raters", "chance_consistency", raters.chance)
    yield from _measured(about, RaterFigure.within, raters.within, raters)
    yield from _measured(about, RaterFigure.between, raters.between, raters)


def list_metric_figures(table: Table) -> Iterator[Figure]:
    """Yield the metrics' figures, and those that are missing."""
    for row in table.rows:
        m = row.measured
        about = {"generator": row.generator, "encoder": m.encoder, "note": m.note or "", "space": m.space}
        yield Figure().of("metrics", str(m.name), m.value, low=m.low, high=m.high, n=m.n, **about)
    for missing in table.missing:
        of, name = missing.unmeasured, missing.generator
        yield Figure().of("metrics", str(of.name), generator=name, note=of.reason, space=of.space)


def figures(summary: Summary) -> Iterator[Figure]:
    """Every figure of the report."""
    for question in summary.questions:
        yield from list_question_figures(question)
    yield from list_vote_figures(summary)
    yield from list_rater_figures(summary.raters)
    yield from reasons_figures(summary)
    yield from machines_figures(summary.machines)
    yield from list_metric_figures(summary.table or Table())
    yield from category_figures(summary.table or Table())
    yield from difference_figures(summary.table or Table())
    if summary.join:
        yield from joined_figures(summary.join)


def csv_of(head: Sequence[str], rows: Iterable[Iterable[Cell]]) -> str:
    """A table as CSV by RFC 4180: no cell is run as a formula, floats have six digits, None is empty."""
    text = io.StringIO(newline="")
    written = csv.writer(text)  # its dialect is RFC 4180's, CR LF and all
    written.writerow(head)
    written.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def to_csv(summary: Summary) -> str:
    """The report's figures as CSV, with a head."""
    names = [field.name for field in fields(Figure)]
    return csv_of(names, (attrgetter(*names)(figure) for figure in figures(summary)))
