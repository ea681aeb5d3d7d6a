"""Scores of pictures in memory equal those that eval.score gives the same pictures."""

import io
from typing import cast

import numpy as np
import pytest
from PIL import Image

from eval.encoders import ENCODERS, TextNetwork
from eval.metrics.entries.image_text import image_text_scores
from eval.picture_scores import BATCH, PictureScorer
from hub.files import png_bytes


def test_the_score_of_a_picture_is_the_judges_whatever_comes_with_it() -> None:
    rng = np.random.default_rng(0)
    pngs = [png_bytes(Image.fromarray(rng.integers(0, 255, (64, 64, 3), np.uint8))) for _ in range(BATCH + 2)]
    prompts = ["red apple", "rocket"] * (len(pngs) // 2)
    scorer = PictureScorer()
    found = scorer(pngs, prompts)
    judge = cast(TextNetwork, ENCODERS["judge"].load(ENCODERS["judge"].checkpoint(None), "cpu"))
    image = Image.open(io.BytesIO(pngs[-1])).convert("RGB")
    alone = judge(judge.prepare(image)[None]).astype(np.float64)
    texts = judge.texts(["rocket"]).astype(np.float64)
    assert found.fit[-1] == pytest.approx(float(image_text_scores(alone, texts)[0]), abs=1e-4)
    assert found.images.shape[0] == len(found.fit) == len(pngs)
    assert scorer(pngs[:1], prompts[:1]).fit[0] == pytest.approx(found.fit[0], abs=1e-4)


def test_a_prompt_that_is_read_in_part_alone_has_no_score() -> None:
    png = png_bytes(Image.new("RGB", (64, 64), "red"))
    assert PictureScorer()([png], ["a red apple on a green hill, " * 60]).fit == (None,)
