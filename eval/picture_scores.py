"""How well pictures in memory fit their prompts, by the embedded judge."""

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from PIL import Image

from eval.encoders import ENCODERS, TextNetwork
from eval.metrics import Array
from eval.metrics.entries.image_text import image_text_scores

JUDGE = "judge"
BATCH = 16


@dataclass(frozen=True)
class PictureScores:
    """Unit embeddings (N, D) of pictures, and the image-text score of each with its prompt, a cosine.

    The score is None for a prompt of which the judge reads the beginning alone.
    """

    images: Array
    fit: tuple[float | None, ...]


class PictureScorer:
    """The embedded judge, loaded when it is first asked, and on the CPU: devices are the engine's to share out.

    Safe to call from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _network(self) -> TextNetwork:
        judge = ENCODERS[JUDGE]
        return cast(TextNetwork, judge.load(judge.checkpoint(None), "cpu"))

    def __call__(self, pngs: Sequence[bytes], prompts: Sequence[str]) -> PictureScores:
        """Return the scores of PNGs, one or more, with as many prompts.

        Raises: MissingFile where the judge's weights are not there.
        """
        with self._lock:
            images = np.concatenate([self._embed(pngs[at : at + BATCH]) for at in range(0, len(pngs), BATCH)])
            each = list(dict.fromkeys(prompts))
            rows = [each.index(prompt) for prompt in prompts]
            texts, cut = self._network.texts(each)[rows].astype(np.float64), self._network.cut(each)[rows]
        scores = image_text_scores(images, texts)
        return PictureScores(images, tuple(None if no else float(one) for one, no in zip(scores, cut, strict=True)))

    def _embed(self, pngs: Sequence[bytes]) -> Array:
        pixels = [self._network.prepare(Image.open(io.BytesIO(png)).convert("RGB")) for png in pngs]
        return self._network(np.stack(pixels)).astype(np.float64)
