"""What judges adaptations from flat pictures to 3D ones: test concepts' real targets, and probes of training concepts'.

Captions ask for the source's own style; row i of the reference is the real target of caption i. The probe has seen six
styles: the four of the generators' training, gradients and 3D.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.features.sources import Picture
from eval.metrics import Array
from eval.reference import SPACES, build, load_rows
from eval.reference_space import ReferenceSpace, place_reference
from eval.studies.diffusion_sampling import take_some
from eval.studies.rendering_figures import RenderingJudges
from eval.study.run_scores import draw_with
from eval.style_probe import load_clusters, load_probe
from hub.files import WEIGHTS, png_bytes, write_whole
from hub.generators.entries.one_step import OneStepCheckpoint
from hub.methods.data.packages import FLUENT
from hub.methods.data.renderings import FLAT, SOLID, load_renderings
from hub.paths import cache_dir
from hub.progress import track_items
from hub.schema import Request

SOURCE, TARGET = "scad", SOLID.name
EVERY = 4  # of the training concepts one in so many teaches the probe


@dataclass(frozen=True)
class Judging:
    """The reference of real targets, its spaces, the judges, and what is to be said of them."""

    reference: Reference
    places: list[ReferenceSpace]
    judges: RenderingJudges
    told: tuple[str, ...]


def open_judging(store: FeatureStore, captions: int = 0) -> Judging:
    """Return what adaptations are judged by, on so many test concepts; 0: all. Raises: HubError."""
    renderings = load_renderings(cache_dir(), track_items)
    spaces = [FeatureSpace(ENCODERS[name], store) for name in SPACES]
    reference = _make_reference(renderings, spaces)
    reference = take_some(reference, captions) if captions else reference
    places = [place_reference(space, reference) for space in spaces]
    taught, tested = (_list_real(renderings, split) for split in ("train", "test"))
    judges, told = RenderingJudges(TARGET, {}, {}, {place.space.name: place.real.images for place in places}), []
    for space in spaces:
        features = encode(space, taught[0], "real pictures")
        judges.probes[space.name] = probe = load_probe(features, taught[1])
        judges.clusters[space.name] = load_clusters(features[np.array(taught[1]) == TARGET])
        share = probe.accuracy(encode(space, tested[0], "real test pictures"), tested[1])
        real = probe.probabilities(judges.targets[space.name], TARGET).mean()
        told.append(
            f"The probe by {space.encoder.title} finds the style of {share:.1%} of {len(tested[1]):,} real test "
            f"pictures; the mean probability of the real targets is {real:.3f}."
        )
        judges.sources[space.name] = encode(space, draw_source(reference), SOURCE)
    return Judging(reference, places, judges, tuple(told))


def encode(space: FeatureSpace, pictures: list[Picture], title: str) -> Array:
    """Return the features (N, D) of pictures."""
    return space.pictures(pictures, f"{space.encoder.title}: {title}").features.astype(np.float64)


def draw_source(reference: Reference) -> list[Picture]:
    """Return what the source draws of each caption, caption i with seed i."""
    requests = [Request(prompt=caption, seed=row) for row, caption in enumerate(reference.captions)]
    drawn = draw_with(OneStepCheckpoint(WEIGHTS / SOURCE / "model.safetensors"), requests)
    return [Picture(f"row {row}", partial(bytes, png_bytes(one))) for row, one in enumerate(drawn)]


def _make_reference(renderings: Any, spaces: list[FeatureSpace]) -> Reference:
    """Return the test concepts' real targets under the captions that the source is asked."""
    rows = _rows_of(renderings, "test", TARGET)
    said = [f"{text.removesuffix(f', {SOLID.words}')}, {FLUENT.words}" for text in rows["caption"]]
    rows = rows.remove_columns(["caption", "paraphrases"]).add_column("caption", said)
    rows = rows.add_column("paraphrases", [[]] * len(rows))
    path = cache_dir() / "renderings-test.safetensors"
    write_whole(path, build(rows, spaces))
    return read_reference(path)


def _rows_of(data: Any, split: str, style: str) -> Any:
    code = data.features["style"].str2int(style)
    return data.filter(lambda part, found: part == split and found == code, input_columns=["split", "style"])


def _list_real(renderings: Any, split: str) -> tuple[list[Picture], list[str]]:
    """Return real pictures of a split, one in ``EVERY`` concepts, with their styles; the flat ones are Fluent's."""
    data = load_rows(split)
    sources = [(data, name) for name in data.features["style"].names]
    sources += [(renderings.filter(lambda part: part == split, input_columns="split"), style)
                for style in renderings.features["style"].names if style != FLAT.name]  # fmt: skip
    pictures, styles = list[Picture](), list[str]()
    for rows, style in sources:
        code = rows.features["style"].str2int(style)
        for row in np.flatnonzero(np.array(rows["style"]) == code)[::EVERY]:
            pictures.append(Picture(f"{style} {row}", partial(_png_of, rows, int(row))))
            styles.append(style)
    return pictures, styles


def _png_of(rows: Any, row: int) -> bytes:
    return png_bytes(rows[row]["image"])
