"""Figures that come with a checkpoint: ``metrics.json`` beside it, and what they are of.

The file holds every figure of the generator's pictures with N, interval and encoder, the memory it takes, and what
all of it is of: the checkpoints' SHA-256, how they draw, the encoders with theirs, the reference, the prompts and
seeds, and the metrics' names. Where all that is still so the figures hold; a metric that is new is lacking, and nothing
else is.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.features.feature_space import FeatureSpace
from eval.features.reference_features import Reference
from eval.kept_figures import Figure, KeptFigures, key_of
from eval.measure import EXTRA_SEEDS, REAL, list_test_requests, list_wording_requests
from eval.metrics import METRICS, FigureName, Measured, OfEachPrompt, Takes, Unmeasured, name_by_category, read_figure
from eval.protocol import FIRST, PictureProtocol
from eval.score_categories import CategoryFigure
from hub.errors import DataError
from hub.files import WEIGHTS
from hub.generators import GENERATORS
from hub.generators.facts import facts
from hub.language.sentence import Sentence
from hub.schema import Request

FILE, SAMPLES = "metrics.json", "samples"
PARTS = ("figure", "lacking")  # of a figure by category: what a category has one of
METRIC_NAMES = "metrics"  # what of a file's ``measured_by`` tells which figures there are, not what they are of
TOLERANCE = 0.02  # of a figure's size: what other processors' rounding may move


@dataclass(frozen=True)
class Embedded(KeptFigures):
    """Figures that came with a checkpoint, the bytes of memory its generator takes, and where they were measured."""

    own_bytes: int | None = None
    machine: str = ""


def figures_file(name: str, weights: Path = WEIGHTS) -> Path:
    """Return the path of a generator's figures; those of the real images are beside the reference."""
    return weights / ("reference" if name == REAL else name) / FILE


def samples_folder(name: str, weights: Path = WEIGHTS) -> Path:
    """Return the folder of a generator's pictures that came with its checkpoint."""
    return weights / name / SAMPLES


def _sha256(*parts: bytes) -> str:
    """Return the SHA-256 of some bytes, one part after the other."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _request_to_plain(request: Request) -> list[str | int]:
    """Return what tells a request apart.

    Extras are there only where there are some, so that figures of before stay valid.
    """
    return [request.prompt, request.seed, *filter(None, [request.extras])]


def describe_protocol(reference: Reference, spaces: Sequence[FeatureSpace]) -> dict[str, Any]:
    """Return everything that figures are measured by, whatever generator drew."""
    drawn, said = list_test_requests(reference)[0], list_wording_requests(reference)[0]
    asked = json.dumps([[_request_to_plain(request) for request in those] for those in (drawn, said)]).encode()
    rows = [reference.features[name].tobytes() for name in sorted(reference.features)]
    texts = json.dumps([reference.captions, reference.concepts, reference.paraphrases]).encode()
    return {
        "reference": _sha256(texts, *rows),
        "encoders": sorted(space.name for space in spaces),
        "prompts": {"number": len(reference.captions), "pictures": len({*drawn, *said}),
                    "sha256": _sha256(asked)},
        METRIC_NAMES: sorted(_list_metric_names()),
    }  # fmt: skip


def _list_metric_names() -> Iterator[str]:
    """Yield the metrics that pictures are measured by, and what those are called that are told by category, too."""
    for metric in METRICS:
        if metric.takes in (Takes.cost, Takes.pairs):
            continue
        yield metric.name
        if isinstance(metric, OfEachPrompt):
            yield name_by_category(metric)


def describe_pictures(reference: Reference) -> PictureProtocol:
    """Return of what pictures a report's figures are, in sentences."""
    common = describe_protocol(reference, ())
    prompts, n = common["prompts"], len(reference.captions)
    return PictureProtocol(
        Sentence("{n:,} captions of the real test pictures, SHA-256 {sha256}", n=n, sha256=prompts["sha256"][:FIRST]),
        Sentence("i for caption i, and {more} more for one caption of every second concept", more=EXTRA_SEEDS),
        Sentence("{n:,} real test pictures, SHA-256 {sha256}", n=n, sha256=common["reference"][:FIRST]),
    )


def describe_measurement(name: str, common: dict[str, Any]) -> dict[str, Any]:
    """Return everything that a generator's figures depend on.

    Stored figures hold only where theirs is equal, but for the metrics: each figure is one of its own.
    """
    if name == REAL:
        return common
    known, sampling = facts(GENERATORS[name]), asdict(GENERATORS[name].sampling)
    sampling["parameters"] = dict(sampling["parameters"])
    return {"revision": known.revision, "checkpoints": known.sha256, "drawn": sampling, **common}


def _to_plain(text: Any) -> Any:
    """Return a sentence as its template and fields, so that it can be told in any language again."""
    if isinstance(text, Sentence):
        return {"template": text.template, "fields": {key: _to_plain(value) for key, value in text.fields.items()}}
    if isinstance(text, np.generic):
        return text.item()
    return [_to_plain(one) for one in text] if isinstance(text, list) else text


def _from_plain(plain: Any) -> Any:
    """Return the sentence of a template and fields; any other value as it is."""
    if isinstance(plain, dict):
        template, fields = plain["template"], plain["fields"]
        return Sentence(template, **{key: _from_plain(value) for key, value in fields.items()})
    return [_from_plain(one) for one in plain] if isinstance(plain, list) else plain


def _plain_figure(one: Figure) -> dict[str, Any]:
    """Return a figure as JSON, its sentences as templates."""
    kept = {key: value for key, value in vars(one).items() if value is not None}
    return {
        key: _plain_figure(value) if key in PARTS
        else float(f"{value:.6g}") if isinstance(value, float) else _to_plain(value)
        for key, value in kept.items()
    }  # fmt: skip


def _read_figure(plain: Mapping[str, Any]) -> Figure:
    """Return the figure of JSON. Raises: TypeError for other fields than a figure's."""
    parts = {part: read_figure(_read_fields(plain[part])) for part in PARTS if part in plain}
    fields = _read_fields({key: value for key, value in plain.items() if key not in parts})
    return CategoryFigure(**{"figure": None, **fields, **parts}) if parts else read_figure(fields)


def _read_fields(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _from_plain(value) for key, value in plain.items()}


def to_text(by: Mapping[str, Any], found: Embedded) -> str:
    """Return the text of the file that holds these figures, measured ``by`` all this."""
    content: dict[str, Any] = {"measured_by": by, "machine": found.machine, "own_bytes": found.own_bytes}
    parts = [_plain_figure(one) for one in found.figures if isinstance(one, CategoryFigure)]
    whole = [_plain_figure(one) for one in found.figures if not isinstance(one, CategoryFigure)]
    content |= {"figures": whole, **({"by_category": parts} if parts else {})}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read_embedded(path: Path, by: Mapping[str, Any]) -> Embedded:
    """Read those figures of a file that still hold; its ``lacking`` are the metrics that it was measured without.

    Raises: DataError where there are none, or they were measured by something else than other metrics.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        was = content["measured_by"]
        had = was.get(METRIC_NAMES, [])
        figures = tuple(map(_read_figure, [*content["figures"], *content.get("by_category", [])]))
        found = Embedded(figures, (), content["own_bytes"], content["machine"])
    except FileNotFoundError as error:
        raise DataError("no figures came with it") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path} can't be read ({error})") from error
    now = json.loads(json.dumps(by))
    other = sorted(key for key in {*was, *now} - {METRIC_NAMES} if was.get(key) != now.get(key))
    if other:
        raise DataError(f"its figures were measured by other {', '.join(other)}")
    names = now.get(METRIC_NAMES, [])
    kept = tuple(one for one in found.figures if one.metric not in {*had} - {*names})
    return replace(found, figures=kept, lacking=tuple(name for name in names if name not in had))


def _told(one: Figure) -> Measured | Unmeasured:
    return one.told if isinstance(one, CategoryFigure) else one


def _say_key(key: tuple[FigureName, str, str]) -> str:
    name, prompt_set, category = key
    return f"{name} of {prompt_set}: {category}" if category else str(name)


def find_differences(one: Embedded, other: Embedded) -> list[str]:
    """List figures of two measurements that differ by more than the tolerance, or that only one of them has."""
    was, now = ({key_of(figure): figure for figure in these.figures} for these in (one, other))
    told = [f"only one of them has {_say_key(key)}" for key in sorted(was.keys() ^ now.keys())]
    for key in was.keys() & now.keys():
        name, old, new = _say_key(key), *(_told(figure) for figure in (was[key], now[key]))
        if isinstance(old, Measured) and isinstance(new, Measured):
            if abs(new.value - old.value) > TOLERANCE * max(abs(old.value), old.high - old.low):
                told.append(f"{name} was {old.value:.6g}, is {new.value:.6g}")
        elif type(old) is not type(new):
            told.append(f"only one of them could measure {name}")
    return told
