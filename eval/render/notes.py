"""What to know of the report's figures, in sentences."""

from eval.measure import REAL
from eval.raters import TITLES, Raters
from eval.raters.alpha import DRAWS, LEVEL
from eval.raters.crowd import RULE as SHARE_RULE
from eval.raters.crowd import Crowd
from eval.raters.shares import Share
from eval.render.agreement_sections import joined_notes
from eval.render.category_tables import category_notes
from eval.render.difference_tables import difference_notes
from eval.render.firmness import study_notes
from eval.render.grids import heading
from eval.render.machine_section import machines_notes
from eval.render.metric_tables import missing_notes, notes_of
from eval.render.names import ANSWERS, CRITERIA
from eval.render.reasons_section import reasons_notes
from eval.render.shared_ranks import shared_notes
from eval.rounding import is_above
from eval.summary import CAVEAT, Question, Summary
from eval.votes.alarm import RULE
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

GROUPED = Sentence("Real images count by concept: one concept in its several styles stands for one prompt.")
TIES = Sentence("A tie, or a vote that calls both bad, counts as half a win for each side.")
SHARES = Sentence("Intervals of shares are Wilson's, wider where raters differ by more than luck.")
LEVELS = {"nominal": Sentence("nominal")}
ALPHA = Sentence(
    "Krippendorff's alpha is {level} over {answers}, where one is the generator that stood on the left when the battle "
    "was first answered. 1 is full agreement, 0 what chance gives; intervals are of {draws:,} bootstrap samples of the "
    "battles.",
    level=LEVELS[LEVEL], answers=list(ANSWERS.values()), draws=DRAWS,
)  # fmt: skip


def question_notes(question: Question, language: Language) -> list[str]:
    """What to know of one question's ratings."""
    notes = [
        language.gettext(
            "{question}: {used:,} of {total:,} votes are counted.",
            question=heading(question, language), used=question.used, total=question.total,
        )
    ]  # fmt: skip
    if question.prior:
        notes.append(
            language.gettext(
                "Too few votes for an estimate from them alone; a prior is in use: {prior}.", prior=question.prior
            )
        )
    notes += map(language.tell, question.notes)
    return notes + (study_notes(question.study, language) if question.study else [])


def crowd_notes(crowd: Crowd | None, language: Language) -> list[str]:
    """Who gave the votes that count."""
    if not crowd:
        return []
    raters = language.gettext(
        "Of {raters:,} raters whose votes count {once:,} gave one vote; the largest gave {share:.0%} of {votes:,}.",
        raters=crowd.raters, once=crowd.once, share=crowd.largest_rater, votes=crowd.votes,
    )  # fmt: skip
    if crowd.largest_network is None:
        return [raters, language.gettext("No counted vote tells its network.")]
    networks = language.gettext(
        "They came from {networks:,} networks: {median:,g} raters a network at the median, {most:,} at most; the "
        "largest gave {share:.0%} of the votes.",
        networks=crowd.networks, median=crowd.raters_a_network, most=crowd.raters_most, share=crowd.largest_network,
    )  # fmt: skip
    return [raters, networks]


def votes_notes(summary: Summary, language: Language) -> list[str]:
    """What to know of the votes."""
    criteria = [CRITERIA[criterion] for criterion in summary.unanswered]
    unanswered = [language.gettext("Nobody has voted on {criteria} yet.", criteria=list(criteria))] if criteria else []
    unchecked = [
        language.gettext(
            "Counted without a check by {gate}, which could not run: {number:,}.", gate=gate, number=number
        )
        for gate, number in summary.unchecked.items()
    ]
    crowd = crowd_notes(summary.crowd, language)
    return [
        *unanswered,
        *crowd,
        language.tell(TIES),
        *unchecked,
        language.tell(RULE),
        language.tell(SHARE_RULE),
        *map(language.tell, summary.problems),
    ]


def _leaning(left: Share, language: Language) -> str:
    if not is_above(left.low, 0.5) and not is_above(0.5, left.high):
        return language.gettext(
            "The interval of the share for the left side holds one half: no leaning to a side is shown."
        )
    if left.value > 0.5:
        return language.gettext(
            "The interval of the share for the left side excludes one half: raters lean to the left."
        )
    return language.gettext("The interval of the share for the left side excludes one half: raters lean to the right.")


def _chance(raters: Raters, language: Language) -> list[str]:
    if not raters.consistency or raters.chance is None:
        return []
    return [
        language.gettext(
            "Of {repeats:,} hidden repeats {n:,} have their first vote; chance alone would make {chance:.0%} of the "
            "answers alike.",
            repeats=raters.repeats, n=raters.consistency.n, chance=raters.chance,
        )
    ]  # fmt: skip


def _told(raters: Raters, language: Language) -> list[str]:
    if not raters.repeats:
        return []
    return [
        language.gettext(
            "Of {repeats:,} hidden repeats {told:,} were of battles whose names the rater had been told and could "
            "remember.",
            repeats=raters.repeats, told=raters.repeats_told,
        )
    ]  # fmt: skip


def raters_notes(raters: Raters, language: Language) -> list[str]:
    """What to know of the raters."""
    if not raters.raters:
        return []
    given = language.ngettext(
        "{n:,} rater gave {votes:,} answers that no gate left out, hidden repeats among them: {median:,g} at the "
        "median, {most:,} at most.",
        "{n:,} raters gave {votes:,} answers that no gate left out, hidden repeats among them: {median:,g} at the "
        "median, {most:,} at most.",
        raters.raters, votes=raters.votes, median=raters.median, most=raters.most,
    )  # fmt: skip
    leaning = [_leaning(raters.left, language)] if raters.left else []
    shares = [language.tell(SHARES)] if raters.left or raters.consistency else []
    alpha = [language.tell(ALPHA)] if raters.within or raters.between else []
    missing = [
        language.gettext("No {measure}: {reason}", measure=TITLES[name], reason=why)
        for name, why in raters.missing.items()
    ]
    return [given, *leaning, *_chance(raters, language), *_told(raters, language), *shares, *alpha, *missing]


def metrics_notes(summary: Summary, language: Language) -> list[str]:
    """What to know of the metrics: the notes of the figures, the missing ones with the reason."""
    if not summary.table:
        return [language.gettext("Metrics were not asked for.")]
    grouped = [language.tell(GROUPED)] if any(row.generator == REAL for row in summary.table.rows) else []
    told = [*notes_of(summary.table, language), *missing_notes(summary.table.missing, language)]
    apart = category_notes(summary.table.by_category, language) + difference_notes(summary.table, language)
    return [language.tell(CAVEAT), *grouped, *told, *apart]


def notes(summary: Summary, language: Language) -> list[str]:
    """Every sentence but the alarms, in the order of the page."""
    questions = [
        note
        for question in summary.answered
        for note in (*question_notes(question, language), *shared_notes(question, language))
    ]
    raters = [*raters_notes(summary.raters, language), *reasons_notes(summary, language)]
    raters += machines_notes(language) if summary.machines else []
    told = [*questions, *votes_notes(summary, language), *raters, *metrics_notes(summary, language)]
    return [*told, *joined_notes(summary.join, language)]
