"""What drift watches found, on the tab: of one run in words, tables and pictures; of all runs as points."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from eval.drift_watch.drift_record import DriftRecord, PicturePair, choose_shown, read_drift
from eval.drift_watch.drift_text import PAID, SETS, make_drift_grids, tell_evidence, tell_verdict
from eval.drift_watch.figure_names import AFTER, BEFORE, KID, SIMILARITY, SUBJECT, UNRELATED
from eval.drift_watch.verdict import find
from eval.render import Grid
from hub.errors import DataError
from hub.jobs import Jobs, JobState, JobView
from hub.language.catalogue import Language, printable
from hub.raters import Rater
from hub.ui.training.preview_addresses import PreviewAddresses
from hub.ui.training.run_plots import RunPoint, render_point_plot
from hub.ui.training.run_view import render_progress

MODULE = "eval.drift_watch"
SPACE = "EfficientNet-Lite2"  # the encoder of the plot, in no loss
PROMPTS, SEEDS = 6, 2  # of a set that are shown


class DriftView:
    """Renders drift watches; what is read once is kept, as they never change."""

    def __init__(self, jobs: Jobs, previews: PreviewAddresses) -> None:
        self._jobs, self._previews = jobs, previews
        self._read: dict[Path, DriftRecord | None] = {}

    def render_watch(self, watch: JobView, page: str, language: Language) -> str:
        """Return a watch of a run: how far it is, or what it found."""
        record = self._find(watch)
        if record is None or watch.result is None:
            return render_progress(language.gettext("What changed beside"), watch, language)
        title = escape(language.gettext("What it gained, and what changed beside (step {step})", step=record.step))
        verdict, evidence = tell_verdict(record.verdict, language), tell_evidence(record.figures, language)
        tables = "".join(_render_grid(grid) for grid in make_drift_grids(record.figures, language))
        pictures = "".join(self._render_set(record, watch.result, name, page, language) for name in SETS)
        figures = escape(language.gettext("All figures"))
        return (
            f'<section class="vs-drift"><h3>{title}</h3><p class="vs-verdict">{escape(verdict)}</p>'
            f'<p class="vs-said">{escape(evidence)}</p>{pictures}'
            f"<details><summary>{figures}</summary>{tables}</details></section>"
        )

    def render_runs(self, rater: Rater, language: Language) -> str:
        """Return the plot of all watched runs: reference similarity against drift, the visitor's own by name."""
        points = []
        for watch in self._jobs.views():
            if watch.record.module == MODULE and (record := self._find(watch)):
                own = watch.record.owner == rater.id
                points += _point(record, own)
        if not points:
            said = language.gettext("No run has been measured yet: the plot of what lambda costs begins with yours.")
            return f'<p class="vs-said">{escape(said)}</p>'
        across = language.gettext("drift of unrelated prompts (KID, lower is better)")
        return render_point_plot(points, across, language.gettext("reference similarity"), language)

    def _find(self, watch: JobView) -> DriftRecord | None:
        if watch.state is not JobState.done or watch.result is None:
            return None
        if watch.result not in self._read:
            try:
                self._read[watch.result] = read_drift(watch.result)
            except DataError:
                self._read[watch.result] = None
        return self._read[watch.result]

    def _render_set(self, record: DriftRecord, folder: Path, name: str, page: str, language: Language) -> str:
        before, after = (escape(language.tell(PAID[role])) for role in (BEFORE, AFTER))
        rows = "".join(
            f'<tr><th scope="row">{escape(printable(prompt))}</th>'
            f"<td>{self._render_side(pairs, folder, BEFORE, page, language)}</td>"
            f"<td>{self._render_side(pairs, folder, AFTER, page, language)}</td></tr>"
            for prompt, pairs in choose_shown(record.pairs, name, PROMPTS, SEEDS).items()
        )
        title, prompt = escape(language.tell(SETS[name])), escape(language.gettext("Prompt"))
        heads = "".join(f'<th scope="col">{head}</th>' for head in (prompt, before, after))
        return (
            f'<h4>{title}</h4><div class="vs-table" role="region" tabindex="0" aria-label="{title}">'
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def _render_side(self, pairs: Sequence[PicturePair], folder: Path, role: str, page: str, language: Language) -> str:
        when, shown = language.tell(PAID[role]), ""
        for number, one in enumerate(pairs, 1):
            address = self._previews.hang(page, folder / (one.before if role == BEFORE else one.after))
            alt = language.gettext("{prompt}, {when}, picture {number}", prompt=one.prompt, when=when, number=number)
            shown += f'<img src="{escape(address)}" alt="{escape(alt)}" title="{escape(alt)}">'
        return f'<div class="vs-pair">{shown}</div>'


def _point(record: DriftRecord, own: bool) -> list[RunPoint]:
    """Return the point of a run; none where it lacks a figure. Others' runs are not named."""
    drift = find(record.figures, UNRELATED, KID, AFTER).get(SPACE)
    similarity = find(record.figures, SUBJECT, SIMILARITY, AFTER).get(SPACE)
    if drift is None or similarity is None:
        return []
    strength = f"λ {record.config['strength']:g}"
    label = f"{record.config['subject']}, {strength}" if own else strength
    return [RunPoint(drift.value, similarity.value, label, own)]


def _render_grid(grid: Grid) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in grid.head)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in grid.rows)
    title = escape(grid.title)
    return (
        f'<h4>{title}</h4><div class="vs-table" role="region" tabindex="0" aria-label="{title}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
