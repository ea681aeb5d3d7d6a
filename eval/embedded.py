"""``python -m eval.embedded``: measure this repository's generators and write the figures beside their checkpoints.

``metrics.json`` beside a checkpoint holds every figure of its pictures with N, interval and encoder, the memory it
takes, and what all of it is of: the checkpoints' SHA-256, how they draw, the encoders with theirs, the reference, the
prompts and seeds. A report takes the figures where all that is still so, and measures anew where it is not. ``samples``
beside it are the pictures that a report shows, as ``eval.sample`` writes them; it takes those of the same revision.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from eval.agreement.strips import choose_requests
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.machine import describe_machine
from eval.measure import (
    REAL,
    list_test_requests,
    list_wording_requests,
    measure_generator,
    measure_real,
    place_reference,
)
from eval.memory import measure_own_bytes
from eval.metrics import METRICS, Measured, Takes, Unmeasured, read_figure
from eval.sample import draw_requests
from hub.command import make_command, split_names
from hub.engine import Engine
from hub.engine.open_engine import open_engine
from hub.errors import DataError
from hub.files import WEIGHTS, write_whole
from hub.generators import GENERATORS, roster
from hub.generators.facts import facts
from hub.language.sentence import Sentence
from hub.paths import cache_dir
from hub.progress import console
from hub.schema import Request
from hub.settings import Settings

FILE, SAMPLES = "metrics.json", "samples"
TOLERANCE = 0.02  # of a figure's size: what other processors' rounding may move
Figures = tuple[Measured | Unmeasured, ...]


@dataclass(frozen=True)
class Embedded:
    """Figures that came with a checkpoint, and the bytes of memory its generator takes, where they are known."""

    figures: Figures
    own_bytes: int | None


def figures_file(name: str, weights: Path = WEIGHTS) -> Path:
    """Return the path of a generator's figures; those of the real images are beside the reference."""
    return weights / ("reference" if name == REAL else name) / FILE


def samples_folder(name: str, weights: Path = WEIGHTS) -> Path:
    """Return the folder of a generator's pictures that came with its checkpoint."""
    return weights / name / SAMPLES


def list_shown_requests(reference: Reference) -> list[Request]:
    """List the requests of the pictures that a report shows."""
    return [request for those in choose_requests(reference).values() for request in those]


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
        "metrics": sorted(metric.name for metric in METRICS if metric.takes is not Takes.cost),
    }  # fmt: skip


def describe_measurement(name: str, common: dict[str, Any]) -> dict[str, Any]:
    """Return everything that a generator's figures depend on; stored figures hold only where theirs is equal."""
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


def _plain_figure(one: Measured | Unmeasured) -> dict[str, Any]:
    """Return a figure as JSON, its sentences as templates."""
    kept = {key: float(f"{value:.6g}") if isinstance(value, float) else value for key, value in vars(one).items()}
    return {key: _to_plain(value) for key, value in kept.items() if value is not None}


def to_text(by: Mapping[str, Any], found: Embedded, where: str) -> str:
    """Return the text of the file that holds these figures, measured ``by`` all this on the machine ``where``."""
    content = {"measured_by": by, "machine": where, "own_bytes": found.own_bytes}
    return (
        json.dumps({**content, "figures": [_plain_figure(one) for one in found.figures]}, indent=1, ensure_ascii=False)
        + "\n"
    )


def read_embedded(path: Path, by: Mapping[str, Any]) -> Embedded:
    """Read the figures of a file.

    Raises: DataError where there are none, or they were measured by something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        was, figures = (
            content["measured_by"],
            [{k: _from_plain(v) for k, v in one.items()} for one in content["figures"]],
        )
        found = Embedded(tuple(map(read_figure, figures)), content["own_bytes"])
    except FileNotFoundError as error:
        raise DataError("no figures came with it") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path} can't be read ({error})") from error
    now = json.loads(json.dumps(by))
    other = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
    if other:
        raise DataError(f"its figures were measured by other {', '.join(other)}")
    return found


def find_differences(one: Embedded, other: Embedded) -> list[str]:
    """List figures of two measurements that differ by more than the tolerance, or that only one of them has."""
    was, now = ({figure.name: figure for figure in these.figures} for these in (one, other))
    told = [f"only one of them has {name}" for name in sorted(was.keys() ^ now.keys())]
    for name in was.keys() & now.keys():
        old, new = was[name], now[name]
        if isinstance(old, Measured) and isinstance(new, Measured):
            if abs(new.value - old.value) > TOLERANCE * max(abs(old.value), old.high - old.low):
                told.append(f"{name} was {old.value:.6g}, is {new.value:.6g}")
        elif type(old) is not type(new):
            told.append(f"only one of them could measure {name}")
    return told


def measure_embedded(
    name: str, engine: Engine, reference: Reference, spaces: Sequence[FeatureSpace], samples: Path
) -> Embedded:
    """Measure a generator's figures, or those of the real images.

    Raises: what drawing and encoding raise.
    """
    places = [place_reference(space, reference) for space in spaces]
    if name == REAL:
        return Embedded(tuple(measure_real(reference, places)), None)
    return Embedded(tuple(measure_generator(name, engine, reference, places, samples)), measure_own_bytes(name))


def _report_differences(name: str, path: Path, by: dict[str, Any], found: Embedded) -> bool:
    """Print how new figures differ from those that are there; return whether they agree."""
    try:
        told = find_differences(read_embedded(path, by), found)
    except DataError as error:
        told = [str(error)]
    for text in told or ["the same figures as those that are there"]:
        console.print(f"{name}: {text}", markup=False, soft_wrap=True)
    return not told


def main(
    generators: Annotated[
        str, typer.Option(help="Names, comma-separated (default: all here, and the real images).")
    ] = "",
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 where a figure differs.")] = False,
) -> None:
    """Measure generators with a checkpoint in this repository, and write the figures beside it."""
    names = [one.name for one in roster(split_names(generators)) if figures_file(one.name).parent.is_dir()]
    settings, reference = Settings.from_env(os.environ), read_reference()
    device = next(iter(settings.places), "")
    spaces = reference.spaces(FeatureStore(cache_dir() / "features.sqlite"), device)
    engine, common, agree = open_engine(settings), describe_protocol(reference, spaces), True
    for name in names if generators else [*names, REAL]:
        found = measure_embedded(name, engine, reference, spaces, cache_dir() / "samples")
        by = describe_measurement(name, common)
        agree &= _report_differences(name, figures_file(name), by, found)
        if not check:
            write_whole(figures_file(name), to_text(by, found, describe_machine(engine, device)).encode())
            if name != REAL:
                draw_requests(engine, name, list_shown_requests(reference), samples_folder(name))
    if check and not agree:
        raise typer.Exit(1)


if __name__ == "__main__":
    make_command(main, "python -m eval.embedded --generators galip --check")()
