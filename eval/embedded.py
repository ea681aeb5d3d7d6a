"""``python -m eval.embedded``: measure this repository's generators and write the figures beside their checkpoints.

Figures that are there and still hold stay; what they lack is measured, a metric that is new or everything, and put into
the checkpoint's card. ``samples`` beside it are the pictures that a report shows, as ``eval.sample`` writes them; it
takes those of the same revision. ``nearest.json`` has those of a generator's pictures that are nearest to training
pictures, which are built first where they are not in the cache.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Annotated, Any

import typer

from eval.agreement.nearest_pairs import FILE as PAIRS
from eval.agreement.nearest_pairs import pairs_to_text
from eval.agreement.strips import choose_requests
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.kept_figures import complete_figures
from eval.machine import describe_machine
from eval.measure import REAL, measure_generator, measure_real
from eval.memory import measure_own_bytes
from eval.reference_space import ReferenceSpace, place_reference
from eval.sample import draw_requests, read_manifest
from eval.stored_figures import (
    Embedded,
    describe_measurement,
    describe_protocol,
    figures_file,
    find_differences,
    read_embedded,
    samples_folder,
    to_text,
)
from eval.training_pictures import TrainingPictures, find_pairs, load_training
from hub.command import make_command, split_names
from hub.engine import Engine
from hub.engine.open_engine import open_engine
from hub.errors import DataError
from hub.files import write_whole
from hub.generators import GENERATORS, roster
from hub.generators.facts import facts
from hub.paths import cache_dir
from hub.progress import console
from hub.schema import Request
from hub.settings import Settings
from hub.weights.measured_card import write_measured


def list_shown_requests(reference: Reference) -> list[Request]:
    """List the requests of the pictures that a report shows."""
    return [request for those in choose_requests(reference).values() for request in those]


@dataclass(frozen=True)
class Measurement:
    """What figures are measured with: the engine that draws, the encoders, and the machine."""

    engine: Engine
    reference: Reference
    spaces: Sequence[FeatureSpace]
    machine: str
    store: FeatureStore

    @cached_property
    def training(self) -> TrainingPictures:
        """The training pictures, read once, when something is measured."""
        return load_training(self.store)

    @cached_property
    def places(self) -> list[ReferenceSpace]:
        """The spaces with the real and the training pictures in them."""
        return [place_reference(space, self.reference, self.training.encoded) for space in self.spaces]

    def complete(self, name: str, kept: Embedded | None) -> Embedded:
        """Return a generator's figures, or those of the real images: the kept ones, and what they lack.

        Raises: what drawing and encoding raise.
        """
        if kept and not kept.lacking:
            return kept
        if name == REAL:
            measure = partial(measure_real, self.reference, self.places)
        else:
            samples = cache_dir() / "samples"
            measure = partial(measure_generator, name, self.engine, self.reference, self.places, samples)
        figures = complete_figures(kept, measure)
        if kept:
            more = f"{', '.join(kept.lacking)}: {self.machine}"
            machine = kept.machine if kept.machine == self.machine else f"{kept.machine}; {more}"
            return replace(kept, figures=figures, lacking=(), machine=machine)
        return Embedded(figures, (), None if name == REAL else measure_own_bytes(name), self.machine)

    def write_pairs(self, name: str) -> None:
        """Write a generator's pictures beside their nearest training pictures.

        Raises: what drawing and encoding raise, StorageError.
        """
        found = find_pairs(name, self.engine, self.reference, self.places, self.training, cache_dir() / "samples")
        encoder = next(one.name for one in self.spaces if one.encoder.title == found.space)
        write_whole(figures_file(name).with_name(PAIRS), pairs_to_text(found, encoder).encode())


def draw_shown(engine: Engine, name: str, reference: Reference) -> None:
    """Draw the pictures that a report shows, in the place of those of another revision.

    Raises: what drawing raises.
    """
    folder, revision = samples_folder(name), facts(GENERATORS[name]).revision
    if any(entry.revision != revision for entry in read_manifest(folder)):
        shutil.rmtree(folder)
    draw_requests(engine, name, list_shown_requests(reference), folder)


def _say(name: str, text: str) -> None:
    console.print(f"{name}: {text}", markup=False, highlight=False, soft_wrap=True)


def _read_kept(name: str, by: dict[str, Any]) -> Embedded | None:
    """Return the figures that are there and still hold, and print what is measured now."""
    try:
        kept = read_embedded(figures_file(name), by)
    except DataError as error:
        _say(name, f"{error}; measured now")
        return None
    lacking = ", ".join(kept.lacking)
    _say(name, f"its figures lack {lacking}, measured now" if lacking else "the figures that are there hold")
    return kept


def _report_differences(name: str, by: dict[str, Any], found: Embedded) -> bool:
    """Print how new figures differ from those that are there; return whether they agree."""
    try:
        told = find_differences(read_embedded(figures_file(name), by), found)
    except DataError as error:
        told = [str(error)]
    for text in told or ["the same figures as those that are there"]:
        _say(name, text)
    return not told


def main(
    generators: Annotated[
        str, typer.Option(help="Names, comma-separated (default: all here, and the real images).")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Measure all, write nothing; exit with 1 where a figure differs.")
    ] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Measure all, also the figures that still hold.")] = False,
) -> None:
    """Measure what generators with a checkpoint in this repository lack, and write the figures beside it."""
    names = [one.name for one in roster(split_names(generators)) if figures_file(one.name).parent.is_dir()]
    settings, reference = Settings.from_env(os.environ), read_reference()
    device = next(iter(settings.places), "")
    store = FeatureStore(cache_dir() / "features.sqlite")
    spaces = reference.spaces(store, device)
    engine, common, agree = open_engine(settings), describe_protocol(reference, spaces), True
    measurement = Measurement(engine, reference, spaces, describe_machine(engine, device), store)
    for name in names if generators else [*names, REAL]:
        by = describe_measurement(name, common)
        kept = None if check or anew else _read_kept(name, by)
        found = measurement.complete(name, kept)
        if check or anew:
            agree &= _report_differences(name, by, found)
        if not check:
            write_whole(figures_file(name), to_text(by, found).encode())
            if name != REAL:
                write_measured(figures_file(name).with_name("README.md"), figures_file(name))
                draw_shown(engine, name, reference)
                if found is not kept or not figures_file(name).with_name(PAIRS).is_file():
                    measurement.write_pairs(name)
    if check and not agree:
        raise typer.Exit(1)


if __name__ == "__main__":
    make_command(main, "python -m eval.embedded --generators galip --check")()
