"""Machine judges in the report: a section of their own, with people's figures beside theirs."""

from collections.abc import Iterator, Sequence

from eval.judge.machine_figures import Kappa, MachineJudge
from eval.raters import Raters
from eval.raters.alpha import Agreement
from eval.raters.shares import Share
from eval.render import Grid
from eval.render.csv_row import Figure
from eval.render.names import CRITERIA, interval
from hub.language.catalogue import Language, printable
from hub.language.sentence import Sentence

MACHINES = Sentence("Machine judges")
PEOPLE = Sentence("people")
APART = Sentence(
    "Machine judges were shown battles that people voted on, in both orders. Their votes are in none of the ratings. "
    "The verdict on a battle is the answer that both orders gave; where they differ it is a tie. Agreement and kappa "
    "are with people's votes on the same battles, both bad being a tie; kappa is 1 where all are the same, 0 as by "
    "chance. A judge that leans to a side answers differently when sides are swapped."
)
BESIDE = Sentence(
    "People's consistency is that of hidden repeats, and the last figure their own agreement with one another, as "
    "Krippendorff's alpha, on battles that several people were shown."
)


def _share(one: Share | None) -> str:
    return f"{one.value:.0%}" if one else "-"


def _between(one: Share | None, language: Language) -> str:
    return interval(f"{one.low:.0%}", f"{one.high:.0%}", language) if one else "-"


def _agreement(one: Kappa | Agreement | None, language: Language) -> str:
    if one is None:
        return "-"
    between = interval(f"{one.low:.2f}", f"{one.high:.2f}", language)
    return language.gettext("{value} ({between})", value=f"{one.value:.2f}", between=between)


def machines_grid(found: Sequence[MachineJudge], raters: Raters, language: Language) -> Grid:
    """Each model's figures by question, and those of people below."""
    rows = [
        (printable(one.model), language.tell(CRITERIA[one.criterion]), f"{one.battles:,}", _share(one.left),
         _between(one.left, language), _share(one.consistent), _between(one.consistent, language),
         _share(one.agreeing), _agreement(one.kappa, language))
        for one in found
    ]  # fmt: skip
    rows.append((language.tell(PEOPLE), "", "-", _share(raters.left), _between(raters.left, language),
                 _share(raters.consistency), _between(raters.consistency, language), "-",
                 _agreement(raters.between, language)))  # fmt: skip
    head = (
        language.gettext("Judge"),
        language.gettext("Question"),
        language.gettext("Battles"),
        language.gettext("For the left side"),
        language.gettext("95 % interval"),
        language.gettext("Same in both orders"),
        language.gettext("95 % interval"),
        language.gettext("As people"),
        language.gettext("Kappa"),
    )
    return Grid(language.tell(MACHINES), head, tuple(rows), "", (2, 3, 4, 5, 6, 7, 8))


def machines_notes(language: Language) -> list[str]:
    """What to know of machine judges."""
    return [language.tell(APART), language.tell(BESIDE)]


def machines_figures(found: Sequence[MachineJudge]) -> Iterator[Figure]:
    """The models' figures as rows of the CSV report."""
    for one in found:
        about = Figure(question=str(one.criterion), group=one.model)
        yield about.of("machines", "battles", one.battles)
        for name, share in (("left", one.left), ("consistent", one.consistent), ("agreeing", one.agreeing)):
            if share:
                yield about.of("machines", name, share.value, low=share.low, high=share.high, n=share.n)
        if one.kappa:
            kappa = one.kappa
            yield about.of("machines", "kappa", kappa.value, low=kappa.low, high=kappa.high, n=kappa.votes)
