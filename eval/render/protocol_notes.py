"""What figures rest on, below tables for papers: N, prompts, seeds, encoder, resize, reference, and the intervals."""

from collections.abc import Sequence

from eval.measure import Row
from eval.metrics import METRICS, FigureName, Measured
from eval.paired_differences import PairedDifference
from eval.protocol import FIRST, PictureProtocol, describe_interval, describe_resize_of
from eval.ratings.board import BothBad, Rule
from eval.ratings.tie_rules import TieRule
from eval.render.names import generator, word
from eval.summary import Question
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.votes.rows import OWN

TIES = {
    TieRule.half: Sentence("half a win each"),
    TieRule.dropped: Sentence("left out"),
    TieRule.davidson: Sentence("modelled after Davidson"),
    TieRule.rao_kupper: Sentence("modelled after Rao and Kupper"),
}
BAD = {BothBad.tie: Sentence("ties"), BothBad.dropped: Sentence("left out")}
UNKNOWN = Sentence("not known")


def votes_digest_note(digest: str, language: Language) -> list[str]:
    """Which votes they are."""
    return [language.gettext("Votes: SHA-256 {digest}.", digest=digest[:FIRST])] if digest else []


def rating_notes(question: Question, digest: str, language: Language, rule: Rule | None = None) -> list[str]:
    """What the ratings of a question rest on; ``digest`` is the SHA-256 of all votes that were read."""
    basis, by = question.protocol, rule or Rule()
    if basis is None:
        return []
    told = [
        language.gettext(
            "N = {used:,} of {total:,} votes; known raters: {raters:,}, known prompts: {prompts:,}.",
            used=question.used, total=question.total, raters=basis.raters, prompts=basis.prompts,
        ),
        language.gettext(
            "Bradley-Terry on the Elo scale; ties: {ties}; votes that call both bad: {bad}; 95 % intervals: "
            "{interval}.",
            ties=TIES[by.ties], bad=BAD[by.both_bad], interval=basis.interval,
        ),
    ]  # fmt: skip
    if question.source == OWN:
        told.append(language.gettext("Each battle of this arena has seeds of its own, which its receipt tells."))
    if by.position:
        told.append(language.gettext("The left side's lead is allowed for."))
    if question.prior:
        said = "Too few votes for an estimate from them alone; a prior is in use: {prior}."
        told.append(language.gettext(said, prior=question.prior))
    return [*told, *votes_digest_note(digest, language)]


def picture_notes(protocol: PictureProtocol | None, language: Language) -> list[str]:
    """Of which pictures figures are, and what these were compared with."""
    if protocol is None:
        return []
    said = {"prompts": protocol.prompts, "seeds": protocol.seeds, "reference": protocol.reference}
    return [language.gettext("Prompts: {prompts}; seeds: {seeds}; reference: {reference}.", **said)]


def interval_note(metric: str, language: Language) -> str:
    """How the interval of a metric's figures is made."""
    return language.gettext("95 % interval: {way}.", way=describe_interval(metric) or UNKNOWN)


def encoder_notes(figures: Sequence[Measured | PairedDifference], language: Language) -> list[str]:
    """The encoders with their hashes, and how each resizes pictures."""
    known = dict.fromkeys((one.encoder, describe_resize_of(one)) for one in figures if one.encoder)
    return [
        language.gettext("Encoder: {encoder}; pictures resized: {resized}.", encoder=name, resized=how or UNKNOWN)
        for name, how in known
    ]


def _numbers(rows: Sequence[Row], language: Language) -> str:
    """N of these figures: one number where all have the same, else that of each generator."""
    if len({row.measured.n for row in rows}) == 1:
        return f"{rows[0].measured.n:,}"
    return ", ".join(f"{generator(row.generator, language)}: {row.measured.n:,}" for row in rows)


def metric_note(name: FigureName, rows: Sequence[Row], language: Language) -> str:
    """What the figures of one metric rest on, which way is better, and the notes of the figures."""
    said = {
        "metric": word(name.metric, language),
        "n": _numbers(rows, language),
        "interval": describe_interval(name.metric) or UNKNOWN,
    }
    lower = language.gettext("{metric}: lower is better; N = {n}; 95 % interval: {interval}.", **said)
    higher = language.gettext("{metric}: higher is better; N = {n}; 95 % interval: {interval}.", **said)
    notes = dict.fromkeys(language.tell(row.measured.note) for row in rows if row.measured.note)
    first = lower if METRICS[name.metric].better == "lower" else higher
    return " ".join([first, *(language.gettext("Note: {note}.", note=note) for note in notes)])
