"""The admin page's plots, as figures for plotly's script; colours that depend on light or dark are the script's."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hub.generators.former import label_of
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.watch import Snapshot
from hub.watch.timeline import HOUR

GIB = 2**30
GOOD, BAD, ODD, CALM = "#3d8b7d", "#cc5a3c", "#d6a03f", "#6f8fb5"
LEAST_HOURS = 12  # that the votes' plot spans
WORDS = {
    "cookies": Sentence("no cookies"),
    "foreign": Sentence("another browser's"),
    "forgotten": Sentence("not known any more"),
    "limit": Sentence("too many"),
    "storage": Sentence("disk"),
    "undrawn": Sentence("side missing"),
    "voted": Sentence("voted already"),
}  # kinds of refusals that are no words for a plot
ASKED = {"battle": Sentence("battle: {why}"), "vote": Sentence("vote: {why}")}  # what was refused, and why
VOTES = (  # what becomes of votes, and its colour
    ("accepted", Sentence("accepted"), GOOD),
    ("excluded", Sentence("excluded"), ODD),
    ("refused", Sentence("refused"), BAD),
)
Figure = dict[str, Any]


def plot_all(now: Snapshot, language: Language) -> dict[str, Figure]:
    """Return every plot by its element id on the page, in a language."""
    return {
        "plot-seconds": _plot_seconds(now, language),
        "plot-failures": _plot_failures(now, language),
        "plot-queue": _plot_queue(now, language),
        "plot-memory": _plot_memory(now, language),
        "plot-votes": _plot_votes(now, language),
        "plot-reasons": _plot_reasons(now, language),
    }


def _make_figure(data: Sequence[Mapping[str, Any]], y: str = "", **layout: Any) -> Figure:
    return {"data": list(data), "layout": {"yaxis": {"title": {"text": y}, "rangemode": "tozero"}, **layout}}


def _make_bar_figure(data: Sequence[Mapping[str, Any]], x: str, **layout: Any) -> Figure:
    """Return a figure of horizontal bars, because names are long."""
    axis = {"title": {"text": x}, "rangemode": "tozero"}
    return {"data": list(data), "layout": {"xaxis": axis, "yaxis": {"autorange": "reversed"}, **layout}}


def _make_bar(name: str, x: Sequence[float], y: Sequence[str], colour: str) -> dict[str, Any]:
    return {"type": "bar", "orientation": "h", "name": name, "x": x, "y": y, "marker": {"color": colour}}


def _make_line(name: str, x: Sequence[str], y: Sequence[float | None], colour: str) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": {"color": colour, "width": 2}}


def _format_clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _plot_seconds(now: Snapshot, language: Language) -> Figure:
    drawn = [(label_of(line.name).title, *line.seconds) for line in now.lines if line.seconds]
    names = [name for name, _, _ in drawn]
    p50, p95 = [p50 for _, p50, _ in drawn], [p95 for _, _, p95 in drawn]
    bars = [_make_bar("p50", p50, names, CALM), _make_bar("p95", p95, names, BAD)]
    return _make_bar_figure(bars if drawn else [], language.gettext("seconds a picture"), barmode="group")


def _plot_failures(now: Snapshot, language: Language) -> Figure:
    kinds = sorted({kind for line in now.lines for kind in line.failures})
    lines = [line for line in now.lines if line.drawn or line.failures]
    colours = (BAD, ODD, CALM, GOOD)
    bars = []
    for number, kind in enumerate(kinds):
        asked = [line.drawn + sum(line.failures.values()) for line in lines]
        shares = [100 * line.failures.get(kind, 0) / count for line, count in zip(lines, asked, strict=True)]
        bars.append(
            _make_bar(kind, shares, [label_of(line.name).title for line in lines], colours[number % len(colours)])
        )
    return _make_bar_figure(bars, language.gettext("% of drawings"), barmode="stack")


def _plot_queue(now: Snapshot, language: Language) -> Figure:
    times = [_format_clock(sample.time) for sample in now.samples]
    waiting = _make_line(language.gettext("waiting"), times, [sample.waiting for sample in now.samples], BAD)
    drawing = _make_line(language.gettext("drawing"), times, [sample.drawing for sample in now.samples], CALM)
    return _make_figure([waiting, drawing], language.gettext("at a time"))


def _plot_memory(now: Snapshot, language: Language) -> Figure:
    times = [_format_clock(sample.time) for sample in now.samples]
    own = [sample.resident / GIB if sample.resident is not None else None for sample in now.samples]
    lines = [_make_line(language.gettext("process"), times, own, CALM)]
    if any(sample.device is not None for sample in now.samples):
        device = [sample.device / GIB if sample.device is not None else None for sample in now.samples]
        lines.append(_make_line(language.gettext("devices"), times, device, BAD))
    return _make_figure(lines, "GiB")


def _plot_votes(now: Snapshot, language: Language) -> Figure:
    times = [_format_clock(hour + HOUR / 2) for hour, _ in now.hours]
    bars = [
        {"type": "bar", "name": language.tell(name), "x": times, "y": [counts.get(kind, 0) for _, counts in now.hours]}
        | {"marker": {"color": colour}, "width": 0.8 * 1000 * HOUR}
        for kind, name, colour in VOTES
    ]
    last = now.hours[-1][0] + HOUR
    shown = [_format_clock(min(now.hours[0][0], last - LEAST_HOURS * HOUR)), _format_clock(last)]
    some = any(counts for _, counts in now.hours)
    return _make_figure(
        bars if some else [], language.gettext("votes an hour"), barmode="stack", xaxis={"range": shown}
    )


def _plot_reasons(now: Snapshot, language: Language) -> Figure:
    gates = [language.gettext("vote: gate {gate}", gate=gate) for gate in now.gates]
    refused = [language.gettext(ASKED[what], why=WORDS.get(kind, kind)) for what, kind in now.refused]
    bars = [_make_bar(language.gettext("excluded"), list(now.gates.values()), gates, ODD)] if gates else []
    bars += [_make_bar(language.gettext("refused"), list(now.refused.values()), refused, BAD)] if refused else []
    return _make_bar_figure(bars, language.gettext("since the start"), barmode="stack")
