"""Frames of ratings and scores as plotly figures, for notebooks."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from eval.rounding import round_off
from eval.study.sweep_plot import COLOURS, label
from eval.vote_frames import check_columns
from hub.errors import DataError

ROW, MARGIN = 34, 110  # pixels


def _plot(rows: pd.DataFrame, value: str, groups: Sequence[str], title: str) -> go.Figure:
    """Return figures with their intervals, one below the other, in a colour for each group."""
    drawn = go.Figure()
    found = list(rows.groupby(list(groups), sort=False, observed=True)) if groups else [((), rows)]
    for number, (names, those) in enumerate(found):
        shown = [[round_off(float(x)) for x in those[name]] for name in (value, "low", "high")]
        middle, low, high = shown
        error = {
            "type": "data",
            "symmetric": False,
            "array": [b - a for a, b in zip(middle, high, strict=True)],
            "arrayminus": [a - b for a, b in zip(middle, low, strict=True)],
        }
        drawn.add_scatter(
            x=middle, y=[label(str(name)) for name in those["generator"]], error_x=error, mode="markers",
            name=label(", ".join(str(name) for name in names if name)),
            marker={"size": 10, "color": COLOURS[number % len(COLOURS)]},
        )  # fmt: skip
    names = list(dict.fromkeys(label(str(name)) for name in rows["generator"]))
    drawn.update_yaxes(categoryorder="array", categoryarray=names[::-1], automargin=True)
    drawn.update_xaxes(title=label(title))
    height = MARGIN + ROW * len(names) * max(1, len(found))
    return drawn.update_layout(template="plotly_white", height=height, showlegend=len(found) > 1)


def plot_ratings(ratings: pd.DataFrame) -> go.Figure:
    """Return the ratings of ``rate_frame`` with their intervals, best first, a colour a question.

    Raises: DataError for a frame that has none.
    """
    check_columns(ratings, ["generator", "rating", "low", "high"])
    if ratings.empty:
        raise DataError("There are no ratings to plot.")
    groups = [name for name in ("source", "question") if name in ratings and ratings[name].nunique() > 1]
    return _plot(ratings, "rating", groups, "rating (Elo points, 95 % interval)")


def plot_scores(scores: pd.DataFrame, metric: str) -> go.Figure:
    """Return one metric's figures of ``score_frame`` with their intervals, a colour an encoder.

    Raises: DataError where the metric has none, naming those that have.
    """
    check_columns(scores, ["generator", "metric", "value", "low", "high"])
    measured = scores[scores["value"].notna()]
    rows = measured[measured["metric"] == metric]
    if rows.empty:
        known = ", ".join(dict.fromkeys(measured["metric"])) or "none"
        raise DataError(f"There are no figures of {metric!r} to plot; there are those of {known}.")
    return _plot(rows, "value", ["space"] if rows["space"].nunique() > 1 else [], f"{metric} (95 % interval)")


def plot_wins(wins: pd.DataFrame) -> go.Figure:
    """Return the shares of ``wins_frame`` as a map of colours, rows winning over columns, of one question.

    Raises: DataError for a frame of several questions.
    """
    check_columns(wins, ["generator", "opponent", "share", "battles"])
    if wins.duplicated(["generator", "opponent"]).any():
        raise DataError("The frame has several questions: take one, as wins[wins.question == 'quality'].")
    share = wins.pivot_table(index="generator", columns="opponent", values="share")
    number = wins.pivot_table(index="generator", columns="opponent", values="battles")
    text = [[f"{x:.0%} of {n:.0f}" if x == x else "" for x, n in zip(a, b, strict=True)]  # noqa: PLR0124 - NaN
            for a, b in zip(share.to_numpy(), number.to_numpy(), strict=True)]  # fmt: skip
    drawn = go.Figure(
        go.Heatmap(
            z=share.to_numpy(),
            x=[label(str(name)) for name in share.columns], y=[label(str(name)) for name in share.index],
            text=text, texttemplate="%{text}", zmin=0, zmax=1, colorscale="RdBu",
        )
    )  # fmt: skip
    return drawn.update_layout(template="plotly_white").update_yaxes(autorange="reversed", automargin=True)
