"""What to know of the report's figures, in sentences."""

from eval.alarm import RULE
from eval.measure import REAL
from eval.raters import Raters
from eval.raters.alpha import CATEGORIES, DRAWS, LEVEL
from eval.raters.shares import Share
from eval.render import listed, printable
from eval.render.firmness import study_notes
from eval.render.grids import heading
from eval.render.joined import joined_notes
from eval.summary import CAVEAT, Question, Summary

GROUPED = "Real images count by concept: one concept in its several styles stands for one prompt."
TIES = "A tie, or a vote that calls both bad, counts as half a win for each side."
SHARES = "Intervals of shares are Wilson's, wider where raters differ by more than luck."
ALPHA = (
    f"Krippendorff's alpha is {LEVEL} over {listed(CATEGORIES)}, where one is the generator that stood on the "
    f"left when the battle was first answered. 1 is full agreement, 0 what chance gives; intervals are of {DRAWS:,} "
    "bootstrap samples of the battles."
)


def question_notes(question: Question) -> list[str]:
    """What to know of one question's ratings."""
    notes = [f"{heading(question)}: {question.used:,} of {question.total:,} votes are counted."]
    if question.prior:
        notes.append(f"Too few votes for an estimate from them alone; a prior is in use: {question.prior}.")
    return notes + (study_notes(question.study) if question.study else [])


def votes_notes(summary: Summary) -> list[str]:
    """What to know of the votes."""
    unanswered = [f"Nobody has voted on {listed(summary.unanswered)} yet."] if summary.unanswered else []
    unchecked = [
        f"Counted without a check by {printable(gate)}, which could not run: {number:,}."
        for gate, number in summary.unchecked.items()
    ]
    return [*unanswered, TIES, *unchecked, RULE, *map(printable, summary.problems)]


def _leaning(left: Share) -> str:
    if left.low <= 0.5 <= left.high:
        return "The interval of the share for the left side holds one half: no leaning to a side is shown."
    side = "left" if left.value > 0.5 else "right"
    return f"The interval of the share for the left side excludes one half: raters lean to the {side}."


def raters_notes(raters: Raters) -> list[str]:
    """What to know of the raters."""
    if not raters.raters:
        return []
    notes = [
        f"{raters.raters:,} rater{'s' if raters.raters > 1 else ''} gave {raters.votes:,} answers that no gate left "
        f"out, hidden repeats among them: {raters.median:,g} at the median, {raters.most:,} at most."
    ]
    if raters.left:
        notes.append(_leaning(raters.left))
    if raters.consistency and raters.chance is not None:
        notes.append(
            f"Of {raters.repeats:,} hidden repeats {raters.consistency.n:,} have their first vote; chance alone would "
            f"make {raters.chance:.0%} of the answers alike."
        )
    shares = [SHARES] if raters.left or raters.consistency else []
    alpha = [ALPHA] if raters.within or raters.between else []
    return [*notes, *shares, *alpha, *(f"No {name}: {why}" for name, why in raters.missing.items())]


def metrics_notes(summary: Summary) -> list[str]:
    """What to know of the metrics: the notes of the figures, the missing ones with the reason."""
    if not summary.table:
        return ["Metrics were not asked for."]
    notes = dict.fromkeys(f"{r.measured.metric}: {r.measured.note}." for r in summary.table.rows if r.measured.note)
    grouped = [GROUPED] if any(row.generator == REAL for row in summary.table.rows) else []
    missing = [f"{m.metric} of {m.generator} is missing: {m.reason}" for m in summary.table.missing]
    return [CAVEAT, *grouped, *map(printable, notes), *map(printable, missing)]


def notes(summary: Summary) -> list[str]:
    """Every sentence but the alarms, in the order of the page."""
    questions = [note for question in summary.answered for note in question_notes(question)]
    told = [*questions, *votes_notes(summary), *raters_notes(summary.raters), *metrics_notes(summary)]
    return [*told, *joined_notes(summary.join)]
