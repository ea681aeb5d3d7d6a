"""How far metrics say what votes say: tables, sentences and plots."""

from collections.abc import Sequence

import plotly.graph_objects as go

from eval.join import ByModel, ByVote, Join
from eval.metrics import plain, space
from eval.render import Grid, figure
from eval.render.language import Language
from eval.render.names import asked, interval, metric_name, named, word
from eval.render.plots import Interval, intervals, label, laid_out, written
from hub.sentences import Sentence

CHANCE = "#8b949e"
LINES = 64  # pixels of a label of three lines
SHARE = Sentence("Share of votes answered as the raters did")
TAU = Sentence("Kendall's tau with the ratings")
VOTES = Sentence("Metrics against votes, one by one")
MODELS = Sentence("Metrics against ratings, by generator")
NO_VOTES = Sentence("Nobody has voted on a question that a metric claims to answer.")
NO_METRICS = Sentence("No metric that claims to answer a question was measured, or nobody has voted on one.")
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
WITNESS = Sentence(
    "MMD witness: a picture's mean kernel with the real pictures less that with the other voted ones, by KID's cubic "
    "kernel; higher is more like real pictures."
)
ORDERS = Sentence(
    "Tau and rho turn a metric's sign where lower is better, so that 1 is the votes' own order. Their intervals are "
    "over the errors of the ratings, clustered by rater and by prompt where there are ten or more, and of the metric, "
    "for these generators; p is the share of all orders that agree as well or better. A star marks the metrics that "
    "claim to answer the question."
)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _between(low: float | None, high: float | None, language: Language) -> str:
    return "-" if low is None or high is None else interval(f"{low:.1%}", f"{high:.1%}", language)


def _vote_row(one: ByVote, language: Language) -> tuple[str, ...]:
    name, metric, found = asked(one.criterion, one.source, language), metric_name(one.metric, language), one.found
    if found is None:
        return (name, metric, f"{one.votes:,}", *("-" for _ in range(8)))
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
    rows = tuple(_vote_row(one, language) for one in join.by_vote)
    return Grid(language.tell(VOTES), head, rows, language.tell(NO_VOTES), tuple(range(2, len(head))))


def _model_row(one: ByModel, language: Language) -> tuple[str, ...]:
    metric, found = metric_name(one.metric, language), one.found
    of = (asked(one.criterion, one.source, language), f"{metric} *" if one.paired else metric)
    if found is None:
        return (*of, *("-" for _ in range(7)))
    tau = (f"{found.tau:.2f}", interval(f"{found.tau_low:.2f}", f"{found.tau_high:.2f}", language), figure(found.tau_p))
    rho = (f"{found.rho:.2f}", interval(f"{found.rho_low:.2f}", f"{found.rho_high:.2f}", language), figure(found.rho_p))
    return (*of, f"{found.generators:,}", *tau, *rho)


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
    told = any(one.found for one in join.by_model)
    rows = tuple(_model_row(one, language) for one in join.by_model) if told else ()
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
    told += [language.tell(WITNESS)] if any(metric.startswith("MMD witness") for metric in found) else []
    told += dict.fromkeys(_partial(one, language) for one in join.by_vote if one.judged < one.votes and one.judged)
    return told + [
        language.gettext(
            "{question}, no accuracy of {metric}: {reason}",
            question=asked(one.criterion, one.source, language), metric=metric_name(one.metric, language),
            reason=one.missing,
        )
        for one in join.by_vote if one.missing
    ]  # fmt: skip


def by_model_notes(join: Join, language: Language) -> list[str]:
    """What to know of the agreement by generator; metrics that lack it for one reason are named together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in join.by_model:
        if one.missing:
            reason = language.tell(one.missing)
            reasons.setdefault((asked(one.criterion, one.source, language), reason), []).append(one.metric)
    told = [language.tell(ORDERS)] if any(one.found for one in join.by_model) else []
    return told + [
        language.gettext(
            "{question}, no agreement by generator of {metrics}: {reason}",
            question=name, metrics=named(metrics, language), reason=reason,
        )
        for (name, reason), metrics in reasons.items()
    ]  # fmt: skip


def _point(one: ByVote | ByModel, value: float, low: float, high: float, spec: str, language: Language) -> Interval:
    """A figure with its interval, written by ``spec``; a label that leaves room on a narrow page."""
    name, metric = asked(one.criterion, one.source, language), metric_name(one.metric, language)
    whole = language.gettext("{question}: {metric}", question=name, metric=metric)
    said = written(whole, format(value, spec), format(low, spec), format(high, spec), language)
    lines = (name, metric_name(plain(one.metric), language), word(space(one.metric), language))
    return Interval(label(*filter(None, lines)), value, low, high, said)


def _forest(points: Sequence[Interval]) -> go.Figure:
    """Figures with their intervals, from the top down."""
    return laid_out(intervals(points), 80 + LINES * len(points))


def by_vote_plot(join: Join, language: Language) -> go.Figure | None:
    """Accuracy of each metric with its interval, and what chance reaches; None where there is none."""
    found = [(one, one.found) for one in join.by_vote if one.found]
    if not found:
        return None
    points = [_point(one, it.accuracy, it.low, it.high, ".1%", language) for one, it in found]
    drawn = _forest(points)
    drawn.update_traces(name=language.gettext("metric"), showlegend=True)
    tick = {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": CHANCE}}
    by_chance = {"x": [it.chance for _, it in found], "y": [point.label for point in points]}
    drawn.add_scatter(**by_chance, mode="markers", marker=tick, name=language.gettext("by chance"))
    drawn.update_xaxes(tickformat=".0%", range=[0, 1])
    drawn.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}, margin={"t": 40})
    return drawn


def by_model_plot(join: Join, language: Language) -> go.Figure | None:
    """Kendall's tau of each metric with its interval; None where there is none."""
    points = [
        _point(one, it.tau, it.tau_low, it.tau_high, ".2f", language)
        for one in join.by_model
        for it in [one.found]
        if it
    ]
    if not points:
        return None
    drawn = _forest(points)
    drawn.update_xaxes(range=[-1.05, 1.05])
    return drawn
