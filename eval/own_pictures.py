"""Pictures of one's own in a report: measured as the arena's entries are, joined with the votes by generator's name.

Those of a generator are compared with the real test images only where they are of the same captions; else such a figure
is missing with that reason, since distances of other prompts, or of unequal numbers of them, are not comparable.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import read_reference
from eval.kept_figures import Figure
from eval.measure import Table
from eval.metrics import METRICS, NO_SPACE, FigureName, Measured, Takes, Unmeasured
from eval.paired_differences import PairedDifference
from eval.picture_records.picture_set import PictureSet, read_picture_set
from eval.protocol import PictureProtocol
from eval.score_images import GeneratorScores, score_sides
from eval.scored_sides import Sides
from hub.files import printable_name
from hub.language.sentence import Sentence
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import Settings

OTHER_PROMPTS = Sentence("Its pictures are of other prompts than the real test images: draw the held-out captions.")
MEASURED = Sentence("The figures of {names} are of pictures in {folder}, {n:,} in all.")


@dataclass(frozen=True)
class OwnPictures:
    """The figures of one's own pictures by generator, and a sentence on where they are from."""

    figures: Mapping[str, tuple[Figure, ...]]
    origin: Sentence
    differences: tuple[PairedDifference, ...] = ()  # of these figures, paired by prompt
    protocol: PictureProtocol | None = None

    def joined(self, table: Table) -> Table:
        """Return a report's table of metrics with these figures; their protocol is its own where it has no other."""
        found = ((name, one) for name, those in self.figures.items() for one in those)
        whole = table.with_more(found, origins=(self.origin,))
        return replace(whole, differences=self.differences, protocol=table.protocol or self.protocol)


def _name_generator(name: str, source: str) -> str:
    """Return a generator's name; pictures that say none are called by their folder."""
    return name or printable_name(Path(source).resolve().name)


def _is_reported(name: FigureName, spaces: Mapping[str, FeatureSpace]) -> bool:
    """Return whether a report has a figure: of an image-text encoder it has none that one of images alone gives."""
    metric, space = METRICS[name.metric], spaces.get(name.space)
    taken = Takes.embeddings if space is None or space.encoder.reads_text else Takes.images
    return metric.takes is taken or metric.takes in NO_SPACE


def _choose_figures(one: GeneratorScores, spaces: Mapping[str, FeatureSpace], reference: bool) -> Iterator[Figure]:
    """Yield the figures that a report has, those by category behind the others.

    ``reference``: the generator's pictures are of the real test images' captions.
    """
    found: tuple[Measured | Unmeasured, ...] = (*one.figures, *one.missing)
    for figure in found:
        metric = METRICS[figure.metric]
        if not _is_reported(figure.name, spaces):
            continue
        if "reference" in metric.needs and not reference:
            if metric.needs == ("reference",):
                yield Unmeasured(figure.metric, OTHER_PROMPTS, figure.space)
        elif isinstance(figure, Measured) or not metric.needs or metric.needs == ("texts",):
            yield figure
    yield from (part for part in one.by_category if _is_reported(part.name, spaces))


def _choose_differences(
    found: Sequence[PairedDifference], spaces: Mapping[str, FeatureSpace], same: Collection[str], source: str
) -> Iterator[PairedDifference]:
    """Yield the differences of figures that a report has; ``same`` are of the real test images' captions."""
    for one in found:
        compared = "reference" in METRICS[one.metric].needs
        if _is_reported(one.name, spaces) and (not compared or {one.generator, one.other} <= {*same}):
            first, second = _name_generator(one.generator, source), _name_generator(one.other, source)
            better = _name_generator(one.better, source) if one.better else ""
            yield replace(one, generator=first, other=second, better=better)


def _find_same(read: PictureSet, captions: Sequence[str]) -> set[str]:
    """Return the generators whose pictures are of these captions, all of them and no other prompt."""
    prompts: dict[str, set[str]] = {}
    for record in read.merged.records.values():
        prompts.setdefault(record.generator or "", set()).add(record.prompt or "")
    return {name for name, those in prompts.items() if those == {*captions}}


def _list_broken(read: PictureSet, scores_broken: Mapping[str, str]) -> Iterator[tuple[str, Figure]]:
    """Yield each picture that can't be used, with its generator and the reason."""
    for file, reason in scores_broken.items():
        record = read.merged.records.get(file)
        name = _name_generator((record.generator if record else read.merged.generators.get(file)) or "", read.source)
        yield (
            name,
            Unmeasured(Sentence("the picture {file}", file=file), Sentence("it can't be used ({why}).", why=reason)),
        )


def measure_own_pictures(source: str, settings: Settings) -> OwnPictures:
    """Measure a folder's or data set's pictures in the report's spaces, those of each generator apart.

    Raises: DataError, StorageError, MissingFile.
    """
    reference, read = read_reference(), read_picture_set(source)
    device = next(iter(settings.places), "")
    spaces = reference.spaces(FeatureStore(cache_dir() / "features.sqlite"), device)
    same = _find_same(read, reference.captions)
    scores = score_sides(Sides(read, real_test=bool(same)), spaces)
    for line in scores.read:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    titled = {space.encoder.title: space for space in spaces}
    found: dict[str, tuple[Figure, ...]] = {
        _name_generator(one.name, source): tuple(_choose_figures(one, titled, one.name in same))
        for one in scores.generators
    }
    for name, lost in _list_broken(read, {one.name: one.reason for one in scores.broken}):
        found[name] = (*found.get(name, ()), lost)
    origin = Sentence(
        MEASURED.template, names=[*found], folder=printable_name(Path(source).name or source), n=len(read.pictures)
    )
    differences = tuple(_choose_differences(scores.differences, titled, same, source))
    return OwnPictures(found, origin, differences, scores.protocol)
