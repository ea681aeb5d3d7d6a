"""Arithmetic on embeddings: exact ends, averages, and what commutes with standardisation."""

import pytest
import torch

from hub.errors import RequestError
from hub.methods.unclip.embedding_arithmetic import average, check_affine, combine, interpolate
from tests.hub.methods.unclip_made import made_statistics


def test_the_ends_of_an_interpolation_are_exact_and_its_middle_is_the_average() -> None:
    a, b = torch.randn(2, 256) * 1e3
    between = interpolate(a, b, 8)
    assert between.shape == (8, 256)
    assert torch.equal(between[0], a)
    assert torch.equal(between[-1], b)
    assert torch.allclose(interpolate(a, b, 3)[1], average(torch.stack([a, b])), rtol=1e-5)
    assert torch.equal(interpolate(a, a, 2)[1], a)
    with pytest.raises(RequestError, match="at least 2 steps, not 1"):
        interpolate(a, b, 1)


@pytest.mark.parametrize("weights", [[1.0], [0.5, 0.5], [1.0, 1.0, -1.0], [0.1] * 10, [3.0, -2.0]])
def test_weights_that_sum_to_1_commute_with_standardisation(weights: list[float]) -> None:
    statistics, raw = made_statistics(), torch.randn(len(weights), 256)
    combined = statistics.standardise("image", combine(raw, weights)[None])[0]
    assert torch.allclose(combine(statistics.standardise("image", raw), weights), combined, atol=1e-4)


def test_one_term_is_itself_bit_for_bit() -> None:
    raw = torch.randn(1, 256)
    assert torch.equal(combine(raw, [1.0]), raw[0])


@pytest.mark.parametrize("weights", [[], [1.0, -1.0], [0.5], [float("nan"), 1.0], [float("inf"), -float("inf")]])
def test_other_weights_are_refused_in_one_sentence(weights: list[float]) -> None:
    with pytest.raises(RequestError, match=r"must sum to 1, not .*: A \+ B - C does, A - B does not"):
        check_affine(weights)
