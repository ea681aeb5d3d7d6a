"""How far metrics say what votes say: tables, sentences and plots."""

from collections.abc import Sequence

import plotly.graph_objects as go

from eval.agreement import plain, space
from eval.join import ByModel, ByVote, Join
from eval.render import Grid, figure, listed, printable
from eval.render.plots import _intervals, _label, _laid_out
from eval.render.said import said
from hub.schema import Criterion
from hub.votes.rows import OWN

CHANCE = "#8b949e"
VOTES = "Metrics against votes, one by one"
MODELS = "Metrics against ratings, by generator"
NO_VOTES = "Nobody has voted on a question that a metric claims to answer."
NO_METRICS = "No metric that claims to answer a question was measured, or nobody has voted on one."
ACCURACY = (
    "Accuracy is over all votes: a metric says tie where its two figures differ by at most a threshold, the least that "
    "makes most votes right (Deutsch and others, Ties Matter, EMNLP 2023), as GenAI-Bench counts; a vote that calls "
    "both bad is a tie. The interval is of the accuracy on new votes. By chance: what a metric that knows nothing "
    "reaches. Votes for a side are those without ties, where chance is one half."
)
CLUSTERED = "Intervals of accuracies are clustered by rater where raters are known."
WITNESS = (
    "MMD witness: a picture's mean kernel with the real pictures less that with the other voted ones, by KID's cubic "
    "kernel; higher is more like real pictures."
)
ORDERS = (
    "Tau and rho turn a metric's sign where lower is better, so that 1 is the votes' own order. Their intervals are "
    "over the errors of the ratings and of the metric, for these generators; p is the share of all orders that agree "
    "as well or better. A star marks the metrics that claim to answer the question."
)


def asked(criterion: Criterion, source: str) -> str:
    """A question's name, and its source where that is not this arena."""
    name = criterion.capitalize()
    return (
        name if source == OWN else said("{question}, imported from {source}", question=name, source=printable(source))
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _between(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{low:.1%} to {high:.1%}"


def _vote_row(one: ByVote) -> tuple[str, ...]:
    name, found = asked(one.criterion, one.source), one.found
    if found is None:
        return (name, one.metric, f"{one.votes:,}", *("-" for _ in range(8)))
    raters = "-" if found.raters is None else f"{found.raters:,}"
    reached = (_share(found.accuracy), _between(found.low, found.high), _share(found.chance), _share(found.majority))
    decided = (_share(found.decided_accuracy), _between(found.decided_low, found.decided_high))
    return (name, one.metric, f"{found.votes:,}", raters, *reached, f"{found.decided:,}", *decided)


def by_vote_grid(join: Join) -> Grid:
    """Accuracy of each metric vote by vote."""
    head = ("Question", "Metric", "Votes", "Raters", "Accuracy", "95 % interval", "By chance", "Commonest answer",
            "Votes for a side", "Accuracy on them", "Its 95 % interval")  # fmt: skip
    return Grid(VOTES, head, tuple(map(_vote_row, join.by_vote)), NO_VOTES)


def _model_row(one: ByModel) -> tuple[str, ...]:
    name, metric, found = asked(one.criterion, one.source), f"{one.metric} *" if one.paired else one.metric, one.found
    if found is None:
        return (name, metric, *("-" for _ in range(7)))
    tau = (f"{found.tau:.2f}", f"{found.tau_low:.2f} to {found.tau_high:.2f}", figure(found.tau_p))
    rho = (f"{found.rho:.2f}", f"{found.rho_low:.2f} to {found.rho_high:.2f}", figure(found.rho_p))
    return (name, metric, f"{found.generators:,}", *tau, *rho)


def by_model_grid(join: Join) -> Grid:
    """Kendall's tau and Spearman's rho of each metric with the ratings of its question."""
    head = ("Question", "Metric", "Generators", "Kendall's tau", "95 % interval of tau", "p of tau", "Spearman's rho",
            "95 % interval of rho", "p of rho")  # fmt: skip
    return Grid(MODELS, head, tuple(map(_model_row, join.by_model)), NO_METRICS)


def _partial(one: ByVote) -> str:
    """Which votes a metric could not be asked about."""
    name = asked(one.criterion, one.source)
    some = said("{n:,} of {total:,} votes have all their pictures", n=one.judged, total=one.votes)
    if not one.lost:
        return said("{question}: {some}.", question=name, some=some)
    return said(
        "{question}: {some}; {lost:,} pictures are missing or can't be read, the first: {why}.",
        question=name, some=some, lost=one.lost, why=printable(one.why or ""),
    )  # fmt: skip


def by_vote_notes(join: Join) -> list[str]:
    """What to know of the accuracies."""
    found = [one.metric for one in join.by_vote if one.found]
    told = [ACCURACY, CLUSTERED] if found else []
    told += [WITNESS] if any(metric.startswith("MMD witness") for metric in found) else []
    told += dict.fromkeys(_partial(one) for one in join.by_vote if one.judged < one.votes and one.judged)
    return told + [
        said("{question}, no accuracy of {metric}: {reason}",
             question=asked(one.criterion, one.source), metric=one.metric, reason=printable(one.missing))
        for one in join.by_vote if one.missing
    ]  # fmt: skip


def _named(metrics: Sequence[str]) -> str:
    """Metrics in a sentence, each space told once."""
    spaces = dict.fromkeys(map(space, metrics))
    parts = [(listed([plain(metric) for metric in metrics if space(metric) == one]), one) for one in spaces]
    return listed([f"{names} ({one})" if one else names for names, one in parts])


def by_model_notes(join: Join) -> list[str]:
    """What to know of the agreement by generator; metrics that lack it for one reason are named together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in join.by_model:
        if one.missing:
            reasons.setdefault((asked(one.criterion, one.source), one.missing), []).append(one.metric)
    told = [ORDERS] if any(one.found for one in join.by_model) else []
    return told + [
        said("{question}, no agreement by generator of {metrics}: {reason}",
             question=name, metrics=_named(metrics), reason=printable(reason))
        for (name, reason), metrics in reasons.items()
    ]  # fmt: skip


def _forest(names: Sequence[str], values: Sequence[tuple[float, float, float]], title: str) -> go.Figure:
    """Figures with their intervals, from the top down."""
    drawn = go.Figure(_intervals(names, values))
    drawn.update_yaxes(range=[len(names) - 0.5, -0.5])
    drawn.update_xaxes(title=title)
    return _laid_out(drawn, 110 + 36 * len(names))


def by_vote_plot(join: Join) -> go.Figure | None:
    """Accuracy of each metric with its interval, and what chance reaches; None where there is none."""
    found = [(f"{asked(one.criterion, one.source)}: {one.metric}", one.found) for one in join.by_vote if one.found]
    if not found:
        return None
    names = [name for name, _ in found]
    values = [(one.accuracy, one.low, one.high) for _, one in found]
    drawn = _forest(names, values, "Share of votes answered as the raters did")
    drawn.update_traces(name="metric", showlegend=True)
    tick = {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": CHANCE}}
    chance = [one.chance for _, one in found]
    drawn.add_scatter(x=chance, y=list(map(_label, names)), mode="markers", marker=tick, name="by chance")
    drawn.update_xaxes(tickformat=".0%", range=[0, 1])
    drawn.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}, margin={"t": 40})
    return drawn


def by_model_plot(join: Join) -> go.Figure | None:
    """Kendall's tau of each metric with its interval; None where there is none."""
    found = [(f"{asked(one.criterion, one.source)}: {one.metric}", one.found) for one in join.by_model if one.found]
    if not found:
        return None
    values = [(one.tau, one.tau_low, one.tau_high) for _, one in found]
    drawn = _forest([name for name, _ in found], values, "Kendall's tau with the ratings")
    drawn.update_xaxes(range=[-1.05, 1.05])
    return drawn
