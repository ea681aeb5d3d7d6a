"""What a generator is to everything that runs or lists one, and where each registers itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from PIL import Image

from hub.errors import RequestError
from hub.language.sentence import Sentence
from hub.registry import Registry
from hub.schema import Request, Sha256, Value

MakePreview = Callable[[], Image.Image]  # of the picture as far as it is, RGB


class OnProgress(Protocol):
    """Hears of each step of a drawing."""

    def __call__(self, share: float, preview: MakePreview | None = None) -> None:
        """Take the share done, 0 to 1, and what makes a picture of this step, for a generator that has one.

        The preview may be made later and by another thread while the drawing goes on, or never, as in a battle; so it
        must change nothing. Raises Cancelled where nobody waits for the drawing any more.
        """
        ...


def ignore_progress(share: float, preview: MakePreview | None = None) -> None:
    """Do nothing: the progress of a drawing that nobody watches."""


NamedPictures = Mapping[Sha256, Image.Image]  # every picture that a request names, as RGB
Draw = Callable[[Request, NamedPictures, OnProgress], Image.Image]  # gives an RGB image


@dataclass(frozen=True)
class Accepts:
    """What a request to a generator may say beside prompt and seed.

    An image, a mix of prompts and pictures, and parameters of these names and types; a whole number is taken for a
    ``float``. ``any_language``: it gets each prompt as it was typed, which is its model's affair; the others read
    English alone, and get the English reading of a Japanese prompt.
    """

    image: bool = False
    mix: bool = False
    any_language: bool = False
    parameters: Mapping[str, type] = field(default_factory=dict)

    def check(self, request: Request, title: str) -> None:
        """Raise RequestError for a request that the generator of this title can't take."""
        if request.image is not None and not self.image:
            raise RequestError(
                Sentence("{title} can't start from an image: leave it out, or choose another generator.", title=title)
            )
        if request.mix and not self.mix:
            raise RequestError(
                Sentence(
                    "{title} can't mix prompts and pictures: ask for one prompt, or choose another generator.",
                    title=title,
                )
            )
        for name, value in request.parameters.items():
            wanted = self.parameters.get(name)
            if wanted is None:
                known = ", ".join(sorted(self.parameters)) or Sentence("none")
                raise RequestError(
                    Sentence(
                        "{title} takes no parameter {name!r} (it takes {known}): leave it out.",
                        title=title,
                        name=name,
                        known=known,
                    )
                )
            if type(value) is not wanted and (type(value), wanted) != (int, float):
                raise RequestError(
                    Sentence(
                        "{title} takes a parameter {name!r} that is a {kind}, not {value!r}.",
                        title=title,
                        name=name,
                        kind=wanted.__name__,
                        value=value,
                    )
                )


@runtime_checkable
class DrawsMany(Protocol):
    """A ``Draw`` that also draws many pictures at once, faster than one by one, for studies.

    Matrix products and convolutions add up in another order in a batch than alone, which moves the last bits of a
    float: a picture may differ from the one drawn alone by one level of 255, in a few values. So what has a receipt
    (votes, samples) is drawn one by one.
    """

    def draw_many(self, requests: Sequence[Request]) -> Iterator[Image.Image]:
        """Yield the picture of each request, none of which names a picture, within one level of 255 of its ``Draw``."""
        ...


@dataclass(frozen=True)
class Sampling:
    """How a generator draws, as its receipts tell it; ``scheduler`` is the class's name, None for one step.

    ``steps`` are None where a remote model decides. ``dtype`` is what was asked for (see ``hub.devices.choose_dtype``).
    ``parameters`` are what else decides the pixels, such as a size; ``endpoint`` is who is asked for a remote picture.
    """

    scheduler: str | None = None
    steps: int | None = 1
    guidance_scale: float | None = None
    dtype: str = "float32"
    parameters: Mapping[str, Value] = field(default_factory=dict)
    endpoint: str | None = None


@dataclass(frozen=True)
class Placement:
    """Where a model runs: ``device`` is ``cpu``, ``cuda``, ``cuda:1``, or empty for CUDA where there is one.

    ``offload``: parts come to the device only while they run, for a model that does not fit whole; ``compile``: by
    torch.compile. A generator that has no use for one of them leaves it.
    """

    device: str = ""
    offload: bool = False
    compile: bool = False


class Generator(Protocol):
    """An entry of the arena.

    ``load`` brings the model to a place and returns what draws: the same request gives the same image, whatever else
    runs; it is asked for nothing beyond what it ``accepts``. It raises MissingFile when weights are missing.
    ``weights`` are the files that define the revision; ``remote`` ones run elsewhere and need no device here;
    ``hidden`` ones are shown only when asked for by name.
    """

    @property
    def name(self) -> str:
        """What it is called in settings, votes and samples."""
        ...

    @property
    def title(self) -> str:
        """What it is called on the page."""
        ...

    @property
    def method(self) -> str:
        """How it draws, in a few words."""
        ...

    @property
    def licence(self) -> str:
        """The licence of its weights."""
        ...

    @property
    def weights(self) -> tuple[Path, ...]:
        """Its checkpoints; none for what needs no device."""
        ...

    @property
    def sampling(self) -> Sampling:
        """How it draws, for receipts."""
        ...

    @property
    def accepts(self) -> Accepts:
        """What a request may say beside prompt and seed."""
        ...

    @property
    def remote(self) -> bool:
        """Whether it draws elsewhere."""
        ...

    @property
    def hidden(self) -> bool:
        """Whether it is shown only when asked for by name."""
        ...

    def load(self, place: Placement) -> Draw:
        """Bring the model to its place."""
        ...


GENERATORS: Registry[Generator] = Registry(Sentence("generator"), "hub.generators.entries")
