"""All that a report has beside the votes: the generators' figures, what they cost, and pictures; stage by stage.

Each stage is told as it begins, so that nobody wonders whether it hangs.
"""

from collections.abc import Sequence
from pathlib import Path

from eval.agreement.evidence import Evidence, open_evidence
from eval.agreement.strips import chosen_requests
from eval.costs import measure_costs
from eval.embedded import Embedded, file_of, measured_by, protocol, read_embedded, samples_of
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.machine import machine
from eval.measure import REAL, Table, measure
from eval.sample import adopt, draw_requests
from hub.engine.open_engine import open_engine
from hub.errors import DataError
from hub.generators import roster
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import Settings

STAGES = 4  # of a report: ratings, figures, cost, pictures


class Stages:
    """Tells which of so many stages begins."""

    def __init__(self, number: int) -> None:
        self._of, self._begun = number, 0

    def begin(self, what: str) -> None:
        """The next stage begins."""
        self._begun += 1
        console.print(f"{self._begun} of {self._of}: {what}", markup=False, highlight=False, soft_wrap=True)


def kept_figures(names: Sequence[str], reference: Reference, spaces: Sequence[FeatureSpace]) -> dict[str, Embedded]:
    """Figures that came with checkpoints and still hold, by generator; what has none is said."""
    common, kept = protocol(reference, spaces), {}
    for name in (*names, REAL):
        try:
            kept[name] = read_embedded(file_of(name), measured_by(name, common))
        except DataError as error:
            console.print(f"{name}: {error}; measured here.", markup=False, highlight=False, soft_wrap=True)
    return kept


def gather(
    names: tuple[str, ...], settings: Settings, votes: Path | None, stages: Stages, anew: bool
) -> tuple[Table, Evidence]:
    """Figures of the named generators, or of all that are not hidden, and the pictures to join with votes.

    ``anew``: measure those that came with figures, too. Pictures are those of the votes at ``votes``, and some of each
    generator, which stay in the user's cache.
    """
    generators = [generator.name for generator in roster(tuple(dict.fromkeys(names)))]
    reference, samples, device = read_reference(), cache_dir() / "samples", next(iter(settings.places), "")
    spaces = reference.spaces(FeatureStore(cache_dir() / "features.sqlite"), device)
    engine = open_engine(settings)
    kept = {} if anew else kept_figures(generators, reference, spaces)
    lacking = [name for name in generators if name not in kept]
    stages.begin(_figures(lacking, len(reference.captions)))
    figures = {name: one.figures for name, one in kept.items()}
    table = measure(generators, engine, reference, spaces, samples, figures)
    stages.begin("timing the generators in turns")
    turns = list(chosen_requests(reference).values())
    own = {name: one.own_bytes for name, one in kept.items()}
    costs = measure_costs(engine, generators, turns, cache_dir(), machine(engine, device), own)
    table = table.with_more(costs.figures, costs.level)
    stages.begin("comparing with the votes, and choosing pictures")
    for name in generators:
        if not anew:
            adopt(name, samples_of(name), samples)
        draw_requests(engine, name, [request for those in turns for request in those], samples)
    return table, open_evidence(votes, reference, spaces, generators, samples)


def _figures(lacking: Sequence[str], captions: int) -> str:
    if not lacking:
        return "reading the figures that came with the checkpoints"
    return f"measuring {', '.join(lacking)}: each draws {captions:,} captions, and some of them more than once"


def cache_size() -> str:
    """Where pictures and features are kept, and how big that is."""
    folder = cache_dir()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{folder} ({size / 2**20:,.0f} MiB)"
