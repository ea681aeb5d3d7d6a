"""Everything a report has beside the votes: the generators' figures, what they cost, and pictures, stage by stage.

Each stage is told as it begins, so that nobody wonders whether it hangs.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from eval.agreement.evidence import Evidence, open_evidence
from eval.agreement.nearest_pairs import FILE as PAIRS
from eval.agreement.nearest_pairs import NearestPairs, read_pairs
from eval.agreement.strips import choose_requests
from eval.bundle.content import CaptionSeeds
from eval.costs import measure_costs
from eval.encoders import ENCODERS, TrainedOnPreferences
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.machine import describe_machine
from eval.measure import REAL, Table, list_test_requests, list_wording_requests, measure_generators
from eval.picture_style import StyleEncoder
from eval.sample import adopt_samples, draw_requests
from eval.stored_figures import (
    Embedded,
    describe_measurement,
    describe_pictures,
    describe_protocol,
    figures_file,
    read_embedded,
    samples_folder,
)
from hub.engine.open_engine import open_engine
from hub.errors import DataError, MissingFile
from hub.generators import roster
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import Settings

STAGES = 4  # of a report: ratings, figures, cost, pictures


class Stages:
    """Prints which of so many stages begins."""

    def __init__(self, number: int) -> None:
        self._of, self._begun = number, 0

    def begin(self, what: str) -> None:
        """Print that the next stage begins."""
        self._begun += 1
        console.print(f"{self._begun} of {self._of}: {what}", markup=False, highlight=False, soft_wrap=True)


def find_kept(names: Sequence[str], reference: Reference, spaces: Sequence[FeatureSpace]) -> dict[str, Embedded]:
    """Return the figures that came with checkpoints and still hold, by generator; print which lack any."""
    common, kept = describe_protocol(reference, spaces), {}
    for name in (*names, REAL):
        try:
            kept[name] = read_embedded(figures_file(name), describe_measurement(name, common))
            said = f"its figures lack {', '.join(kept[name].lacking)}" if kept[name].lacking else ""
        except DataError as error:
            said = str(error)
        if said:
            console.print(f"{name}: {said}; measured here.", markup=False, highlight=False, soft_wrap=True)
    return kept


def gather_evidence(
    names: tuple[str, ...], settings: Settings, votes: Path | None, stages: Stages, anew: bool
) -> tuple[Table, Evidence]:
    """Measure the named generators, or all that are not hidden, and open the pictures to join with votes.

    ``anew``: measure those that came with figures, too. Pictures are those of the votes at ``votes``, and some of each
    generator, which stay in the user's cache.
    """
    generators = [generator.name for generator in roster(tuple(dict.fromkeys(names)))]
    reference, samples, device = read_reference(), cache_dir() / "samples", next(iter(settings.places), "")
    store = FeatureStore(cache_dir() / "features.sqlite")
    spaces = reference.spaces(store, device)
    engine = open_engine(settings)
    kept = {} if anew else find_kept(generators, reference, spaces)
    lacking = [name for name in generators if name not in kept or kept[name].lacking]
    stages.begin(_describe_figures(lacking, len(reference.captions)))
    table = measure_generators(generators, engine, reference, spaces, samples, kept)
    stages.begin("timing the generators in turns")
    turns = list(choose_requests(reference).values())
    own = {name: one.own_bytes for name, one in kept.items()}
    costs = measure_costs(engine, generators, turns, cache_dir(), describe_machine(engine, device), own)
    table = replace(table.with_more(costs.figures, costs.level), protocol=describe_pictures(reference))
    stages.begin("comparing with the votes, and choosing pictures")
    for name in generators:
        if not anew:
            adopt_samples(name, samples_folder(name), samples)
        draw_requests(engine, name, [request for those in turns for request in those], samples)
    style, preferences = FeatureSpace(StyleEncoder(), store), find_preferences(store, device)
    evidence = open_evidence(votes, reference, spaces, generators, samples, style, preferences)
    return table, replace(evidence, nearest=find_nearest_pairs([name for name in generators if name in kept]))


def find_preferences(store: FeatureStore, device: str) -> list[FeatureSpace]:
    """Return the spaces of models of people's preferences whose weights are at hand."""
    found = []
    for encoder in ENCODERS:
        if isinstance(encoder, TrainedOnPreferences):
            with suppress(MissingFile):  # they are optional
                found.append(FeatureSpace(encoder, store, device=device))
    return found


def find_nearest_pairs(generators: Sequence[str]) -> tuple[NearestPairs, ...]:
    """Return the pairs of pictures that came with the figures of generators; print which can't be read."""
    found = []
    for name in generators:
        path = figures_file(name).with_name(PAIRS)
        try:
            found += [read_pairs(name, path)] if path.exists() else []
        except DataError as error:
            console.print(f"{name}: {error}", markup=False, highlight=False, soft_wrap=True)
    return tuple(found)


def list_captions() -> tuple[CaptionSeeds, ...]:
    """Return every prompt that a generator is measured on, with the seeds of its pictures."""
    reference, seeds = read_reference(), dict[str, list[int]]()
    for request in (*list_test_requests(reference)[0], *list_wording_requests(reference)[0]):
        known = seeds.setdefault(request.prompt, [])
        known += [] if request.seed in known else [request.seed]
    return tuple(CaptionSeeds(prompt, tuple(known)) for prompt, known in seeds.items())


def _describe_figures(lacking: Sequence[str], captions: int) -> str:
    """Return a sentence on how many pictures are to be drawn."""
    if not lacking:
        return "reading the figures that came with the checkpoints"
    return f"measuring {', '.join(lacking)}: each draws {captions:,} captions, and some of them more than once"


def describe_cache() -> str:
    """Return where pictures and features are kept, and how big that is."""
    folder = cache_dir()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{folder} ({size / 2**20:,.0f} MiB)"
