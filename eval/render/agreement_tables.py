"""How far metrics say what votes say: tables, sentences and plots."""

from dataclasses import replace

from eval.agreement import ModelAgreement, VoteAccuracy
from eval.agreement.by_vote import WITNESS
from eval.agreement.evidence import ByModel, ByVote, Join
from eval.metrics import FigureName
from eval.render import Grid, figure
from eval.render.drawn import Column, Interval, column, interval_of
from eval.render.names import asked, interval, metric_name, named
from eval.rounding import is_above
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

VOTES = Sentence("Metrics against votes, one by one")
MODELS = Sentence("Metrics against ratings, by generator")
NO_VOTES = Sentence("Nobody has voted on a question that a metric claims to answer.")
NO_METRICS = Sentence("No metric that claims to answer a question was measured, or nobody has voted on one.")
UNTOLD_VOTES = Sentence("No metric can be asked about single votes here; the notes say why.")
UNTOLD = Sentence("No metric's agreement with ratings can be told; the notes say why.")
ACCURACY = Sentence(
    "Accuracy is over all votes: a metric says tie where its two figures differ by at most a threshold, the least that "
    "makes most votes right (Deutsch and others, Ties Matter, EMNLP 2023), as GenAI-Bench counts; a vote that calls "
    "both bad is a tie. The interval is of the accuracy on new votes. By chance: what a metric that knows nothing "
    "reaches. Votes for a side are those without ties, where chance is one half."
)
CLUSTERED = Sentence(
    "Intervals of accuracies are clustered by rater where raters are known, and by prompt where votes share prompts."
)
FEW = 20  # raters, from which on intervals of accuracies hold the truth about as often as they say
FEW_RATERS = Sentence(
    "With fewer than {few} raters intervals of accuracies held the truth in 93 to 98 of 100 simulations, in 97 to 100 "
    "where raters' shares were very unequal.",
    few=FEW,
)
NEAR = Sentence(
    "Nearness to the real pictures is the witness function of the MMD: a picture's mean kernel with the real pictures "
    "less that with the other voted ones, by KID's cubic kernel; higher is more like real pictures."
)
ORDERS = Sentence(
    "Tau and rho turn a metric's sign where lower is better, so that 1 is the votes' own order. Their intervals are "
    "over the errors of the ratings and of the metric, for these generators, those of the ratings clustered by rater "
    "where raters are known, and by prompt where votes share prompts; p is the share of all orders that agree as well "
    "or better. With few generators a coefficient takes few values, and errors mostly lower it: so a figure may stand "
    "at the end of its interval, and the interval is what to read. A star marks the metrics that claim to answer the "
    "question."
)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _between(low: float | None, high: float | None, language: Language) -> str:
    return "-" if low is None or high is None else interval(f"{low:.1%}", f"{high:.1%}", language)


def _vote_row(one: ByVote, found: VoteAccuracy, language: Language) -> tuple[str, ...]:
    name, metric = asked(one.criterion, one.source, language), metric_name(one.name, language)
    raters = "-" if found.raters is None else f"{found.raters:,}"
    between = _between(found.low, found.high, language)
    reached = (_share(found.accuracy), between, _share(found.chance), _share(found.majority))
    decided = (_share(found.decided_accuracy), _between(found.decided_low, found.decided_high, language))
    return (name, metric, f"{found.votes:,}", raters, *reached, f"{found.decided:,}", *decided)


def by_vote_grid(join: Join, language: Language) -> Grid:
    """Accuracy of each metric vote by vote."""
    head = (
        language.gettext("Question"),
        language.gettext("Metric"),
        language.pgettext("number", "Votes"),
        language.pgettext("number", "Raters"),
        language.gettext("Accuracy"),
        language.gettext("95 % interval"),
        language.gettext("By chance"),
        language.gettext("Commonest answer"),
        language.gettext("Votes for a side"),
        language.gettext("Accuracy on them"),
        language.gettext("Its 95 % interval"),
    )
    rows = tuple(_vote_row(one, one.found, language) for one in join.by_vote if one.found)
    empty = language.tell(UNTOLD_VOTES if join.by_vote else NO_VOTES)
    return Grid(language.tell(VOTES), head, rows, empty, tuple(range(2, len(head))))


def _model_row(one: ByModel, found: ModelAgreement, language: Language) -> tuple[str, ...]:
    metric = metric_name(one.name, language)
    of = (asked(one.criterion, one.source, language), f"{metric} *" if one.paired else metric)
    tau = (f"{found.tau:.2f}", _around(found.tau, found.tau_low, found.tau_high, language), figure(found.tau_p))
    rho = (f"{found.rho:.2f}", _around(found.rho, found.rho_low, found.rho_high, language), figure(found.rho_p))
    return (*of, f"{found.generators:,}", *tau, *rho)


def _around(value: float, low: float, high: float, language: Language) -> str:
    """An interval, and that the coefficient is at the end of it where it is."""
    between = interval(f"{low:.2f}", f"{high:.2f}", language)
    if is_above(value, low) == is_above(high, value):
        return between
    return language.gettext("{interval}, at its end", interval=between)


def by_model_grid(join: Join, language: Language) -> Grid:
    """Kendall's tau and Spearman's rho of each metric with the ratings of its question; none, no rows."""
    head = (
        language.gettext("Question"),
        language.gettext("Metric"),
        language.gettext("Generators"),
        language.gettext("Kendall's tau"),
        language.gettext("95 % interval of tau"),
        language.gettext("p of tau"),
        language.gettext("Spearman's rho"),
        language.gettext("95 % interval of rho"),
        language.gettext("p of rho"),
    )
    rows = tuple(_model_row(one, one.found, language) for one in join.by_model if one.found)
    empty = language.tell(UNTOLD if join.by_model else NO_METRICS)
    return Grid(language.tell(MODELS), head, rows, empty, tuple(range(2, len(head))))


def _partial(one: ByVote, language: Language) -> str:
    """Which votes a metric could not be asked about."""
    name = asked(one.criterion, one.source, language)
    some = Sentence("{n:,} of {total:,} votes have all their pictures", n=one.judged, total=one.votes)
    if not one.lost:
        return language.gettext("{question}: {some}.", question=name, some=some)
    return language.gettext(
        "{question}: {some}; {lost:,} pictures are missing or can't be read, the first: {why}.",
        question=name, some=some, lost=one.lost, why=one.why or "",
    )  # fmt: skip


def by_vote_notes(join: Join, language: Language) -> list[str]:
    """What to know of the accuracies."""
    found = [one.metric for one in join.by_vote if one.found]
    told = [language.tell(ACCURACY), language.tell(CLUSTERED)] if found else []
    raters = [one.found.raters for one in join.by_vote if one.found and one.found.raters]
    told += [language.tell(FEW_RATERS)] if min(raters, default=FEW) < FEW else []
    told += [language.tell(NEAR)] if WITNESS in found else []
    told += dict.fromkeys(_partial(one, language) for one in join.by_vote if one.judged < one.votes and one.judged)
    return told + [
        language.gettext(
            "{question}, no accuracy of {metric}: {reason}",
            question=asked(one.criterion, one.source, language), metric=metric_name(one.name, language),
            reason=one.missing,
        )
        for one in join.by_vote if one.missing
    ]  # fmt: skip


def by_model_notes(join: Join, language: Language) -> list[str]:
    """What to know of the agreement by generator; metrics that lack it for one reason are named together."""
    reasons: dict[tuple[str, str], list[FigureName]] = {}
    for one in join.by_model:
        if one.missing:
            reason = language.tell(one.missing)
            reasons.setdefault((asked(one.criterion, one.source, language), reason), []).append(one.name)
    told = [language.tell(ORDERS)] if any(one.found for one in join.by_model) else []
    return told + [
        language.gettext(
            "{question}, no agreement by generator of {metrics}: {reason}",
            question=name, metrics=named(metrics, language), reason=reason,
        )
        for (name, reason), metrics in reasons.items()
    ]  # fmt: skip


def _interval(name: FigureName, value: float, low: float, high: float, spec: str, language: Language) -> Interval:
    return interval_of(metric_name(name, language), (value, low, high), lambda one: format(one, spec), language)


def by_vote_column(join: Join, language: Language) -> Column:
    """Accuracy of each metric with its interval, and what chance reaches."""
    found = [(one, one.found) for one in join.by_vote if one.found]
    points = [
        replace(_interval(one.name, it.accuracy, it.low, it.high, ".1%", language), mark=it.chance) for one, it in found
    ]
    return column(2, points, ".0%", language, (0, 1))


def by_model_column(join: Join, language: Language) -> Column:
    """Kendall's tau of each metric with its interval."""
    found = [(one, one.found) for one in join.by_model if one.found]
    points = [_interval(one.name, it.tau, it.tau_low, it.tau_high, ".2f", language) for one, it in found]
    return column(2, [replace(point, mark=0) for point in points], ".0f", language, (-1, 1))
