"""How firm a question's ratings are, in sentences."""

from eval.ratings.fragility import Fragility
from eval.ratings.settled import Settled
from eval.ratings.study import Study
from eval.render import listed, printable


def _gone(found: Fragility, what: str) -> str:
    rest = f"of {found.of:,} {what}s would put {printable(found.rival)} level with or above {printable(found.leader)}"
    return f"leaving out {found.number:,} {rest}"


def fragility(studied: Study) -> str:
    """The fewest votes, and raters, whose removal was found to change first place."""
    if not studied.votes:
        return "No set of votes was found whose removal changes first place."
    raters = f"; {_gone(studied.raters, 'rater')}" if studied.raters else ""
    sentence = f"{_gone(studied.votes, 'vote')}{raters} (found by refitting; fewer may do)."
    return f"Fragility: {sentence}"


def settlement(found: Settled, telling: tuple[str, str] | None) -> str:
    """What of the order is settled, and where the next vote would tell most."""
    if found.whole:
        return "This order is settled at 95 %, however often one looked."
    pairs = [f"{printable(a)} over {printable(b)}" for a, b in found.open]
    first = "First place is settled at 95 %; not settled" if found.first else "Not settled at 95 %"
    asked = f" The next vote tells most between {listed([printable(name) for name in telling])}." if telling else ""
    return f"{first}: {listed(pairs)}.{asked}"


def left_side(position: tuple[float, float, float]) -> str:
    """What standing on the left is worth."""
    points, low, high = position
    return f"Standing on the left is worth {points:.0f} points ({low:.0f} to {high:.0f})."


def study_notes(studied: Study) -> list[str]:
    """Every sentence on how firm the ratings are."""
    widening = [
        f"Clustered by {by}, intervals are {times:.2f} times as wide at the median."
        for by, times in studied.widening.items()
    ]
    position = [left_side(studied.position)] if studied.position else []
    missing = [f"No ratings with {one.rule}: {printable(one.missing)}" for one in studied.otherwise if one.missing]
    unrated = [f"No ratings of {one.name}: {printable(one.unrated)}" for one in studied.categories if one.unrated]
    prior = [one.rule for one in studied.otherwise if one.prior] + [c.name for c in studied.categories if c.prior]
    added = [f"A prior is in use also for: {'; '.join(prior)}."] if prior else []
    settled = settlement(studied.settled, studied.telling)
    return [fragility(studied), settled, *position, *widening, *missing, *unrated, *added]
