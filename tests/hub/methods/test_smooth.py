"""The filter after the last step: flat colours become even, edges stay, real pictures are hardly moved."""

import pytest
import torch

from hub.methods.diffusion.smooth import average_alike, smooth_flats


def dithered(levels: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture of two flat halves, and the same with a dither on 2x2 blocks of this many levels."""
    flat = torch.full((1, 3, 16, 16), 0.5)
    flat[..., 8:] = -0.5
    block = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(8, 8) * levels / 127.5
    return flat, flat + block


def test_a_dither_goes_and_an_edge_stays_where_it_was() -> None:
    flat, noisy = dithered(4)
    smooth = smooth_flats(noisy, 16, 3)
    assert (smooth - flat).abs().max() * 127.5 < 0.6  # levels
    assert (noisy - flat).abs().max() * 127.5 == pytest.approx(4, abs=0.01)


def test_steps_above_the_tolerance_are_left_and_none_is_touched_without_one() -> None:
    flat, noisy = dithered(20)
    assert torch.allclose(smooth_flats(noisy, 16, 3), noisy, atol=1e-5)
    assert torch.equal(smooth_flats(noisy, 0, 3), noisy)
    assert torch.allclose(smooth_flats(flat, 16, 3), flat, atol=1e-6)


def test_pixels_are_alike_by_all_their_channels() -> None:
    x = torch.zeros(1, 3, 5, 5)
    x[0, 1, 2, 2] = 40 / 127.5  # one channel of one pixel
    assert torch.allclose(average_alike(x, 16), x)
    assert average_alike(x, 64)[0, 1, 2, 2] < x[0, 1, 2, 2] / 20


def test_edges_of_the_picture_are_repeated_lest_corners_be_marked() -> None:
    grey = torch.full((1, 3, 8, 8), 6 / 127.5)  # so near to 0 that zeros past the edge would count
    assert torch.allclose(smooth_flats(grey, 16, 3), grey)


def test_more_passes_even_a_slope_that_fewer_leave() -> None:
    slope = torch.linspace(-6, 6, 16).expand(1, 3, 16, 16) / 127.5  # less than a level a pixel
    few, many = ((smooth_flats(slope, 20, passes) * 127.5).round().unique().numel() for passes in (3, 40))
    assert few >= 3 * many
