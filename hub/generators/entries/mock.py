"""A generator that draws a plain picture from the request's hash; for tests and demonstrations."""

import hashlib
from pathlib import Path

from PIL import Image, ImageDraw

from hub.errors import GenerationError
from hub.generators import GENERATORS, Accepts, Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.language.sentence import Sentence
from hub.schema import Request

FAILS = "mock: fail"  # a prompt that the mock refuses


def draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    """Draw a disc, another for each prompt, mix and seed, on white or a named picture, turned by ``turn`` degrees."""
    if request.prompt == FAILS:
        raise GenerationError(Sentence("The mock generator was asked to fail."))
    said = " ".join(f"{term.weight:g} {term.prompt or term.image}" for term in request.mix) or request.prompt
    digest = hashlib.sha256(f"{request.seed} {said}".encode()).digest()
    named = [pictures[sha256].resize((64, 64)) for sha256 in request.pictures]
    image = named[0] if named else Image.new("RGB", (64, 64), "white")
    left, top, radius = digest[0] % 24, digest[1] % 24, 12 + digest[2] % 8
    box = (left, top, left + 2 * radius, top + 2 * radius)
    ImageDraw.Draw(image).ellipse(box, fill=(digest[3], digest[4], digest[5]))
    on_progress(1.0, image.copy)
    return image.rotate(float(request.parameters.get("turn", 0)))


@GENERATORS.register
class Mock:
    """The mock's entry."""

    name = "mock"
    title = "Mock"
    method = Sentence("hash of the prompt and seed, no model")
    licence = "MIT"
    weights: tuple[Path, ...] = ()
    sampling = Sampling()
    accepts = Accepts(image=True, mix=True, parameters={"turn": float})
    remote = False
    hidden = True

    def load(self, place: Placement) -> Draw:
        """Nothing to load."""
        return draw
