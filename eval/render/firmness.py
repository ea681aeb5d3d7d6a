"""How firm a question's ratings are, in sentences."""

from typing import Any

from eval.ratings.bets import FEWEST, SHARE
from eval.ratings.fragility import Fragility
from eval.ratings.robustness import Robustness
from eval.ratings.settled import Settled
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

ONE_BET = Sentence(
    "What is settled rests on one bet of each rater on a pair of generators, on prompts of their own; of raters of one "
    "network at most {fewest} bet on a pair, or {share:.0%} of the number of the others.",
    fewest=FEWEST, share=SHARE,
)  # fmt: skip
NO_RATERS = Sentence("No rater is known: what is settled takes each vote for another rater's.")


def _titled(found: Fragility, language: Language) -> dict[str, Any]:
    """Return the fields of a sentence on it."""
    return {**vars(found), "leader": language.title(found.leader), "rival": language.title(found.rival)}


def _votes_gone(found: Fragility, language: Language) -> str:
    return language.gettext(
        "leaving out {number:,} of {of:,} votes would put {rival} level with or above {leader}",
        **_titled(found, language),
    )


def _raters_gone(found: Fragility, language: Language) -> str:
    return language.gettext(
        "leaving out {number:,} of {of:,} raters would put {rival} level with or above {leader}",
        **_titled(found, language),
    )


def fragility(studied: Robustness, language: Language) -> str:
    """The fewest votes, and raters, whose removal was found to change first place."""
    if not studied.votes:
        return language.gettext("No set of votes was found whose removal changes first place.")
    votes = _votes_gone(studied.votes, language)
    if not studied.raters:
        return language.gettext("Fragility: {votes} (found by refitting; fewer may do).", votes=votes)
    raters = _raters_gone(studied.raters, language)
    return language.gettext(
        "Fragility: {votes}; {raters} (found by refitting; fewer may do).", votes=votes, raters=raters
    )


def settlement(found: Settled, telling: tuple[str, str] | None, language: Language) -> str:
    """What of the order is settled, and where the next vote would tell most."""
    if found.whole:
        return language.gettext("This order is settled at 95 %, however often one looked.")
    pairs = [
        Sentence("{better} over {worse}", better=language.title(better), worse=language.title(worse))
        for better, worse in found.open
    ]
    if found.first:
        settled = language.gettext("First place is settled at 95 %; not settled: {pairs}.", pairs=list(pairs))
    else:
        settled = language.gettext("Not settled at 95 %: {pairs}.", pairs=list(pairs))
    if not telling:
        return settled
    one, other = map(language.title, telling)
    asked = language.gettext("The next vote tells most between {one} and {other}.", one=one, other=other)
    return language.gettext("{first} {second}", first=settled, second=asked)


def left_side(position: tuple[float, float, float], language: Language) -> str:
    """What standing on the left is worth."""
    points, low, high = position
    return language.gettext(
        "Standing on the left is worth {points:.0f} points ({low:.0f} to {high:.0f}).",
        points=points, low=low, high=high,
    )  # fmt: skip


def _without(studied: Robustness, language: Language) -> list[str]:
    """What has no ratings, and what has them with a prior."""
    rules = [(one.rule, one.missing) for one in studied.otherwise if one.missing]
    categories = [(one.name, one.unrated) for one in studied.categories if one.unrated]
    prior = [one.rule for one in studied.otherwise if one.prior] + [c.name for c in studied.categories if c.prior]
    names = language.pgettext("between items", "; ").join(language.tell(name) for name in prior)
    return [
        *(language.gettext("No ratings with {rule}: {reason}", rule=rule, reason=why) for rule, why in rules),
        *(language.gettext("No ratings of {category}: {reason}", category=one, reason=why) for one, why in categories),
        *([language.gettext("A prior is in use also for: {names}.", names=names)] if prior else []),
    ]


def study_notes(studied: Robustness, language: Language) -> list[str]:
    """Every sentence on how firm the ratings are."""
    widening = [
        language.gettext(
            "Clustered by {by}, intervals are {times:.2f} times as wide at the median.", by=by, times=times
        )
        for by, times in studied.widening.items()
    ]
    position = [left_side(studied.position, language)] if studied.position else []
    settled = settlement(studied.settled, studied.telling, language)
    rests = language.tell(ONE_BET if studied.settled.raters_known else NO_RATERS)
    return [fragility(studied, language), settled, rests, *position, *widening, *_without(studied, language)]
