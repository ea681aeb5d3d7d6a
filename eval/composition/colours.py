"""Names of colours, told in OKLab, a space in which distances and hues are as people see them.

OKLab is of Bjorn Ottosson, "A perceptual color space for image processing" (2020). The bounds of the hues are half way
between the outermost hearts and circles of those colours in the four styles of the training data; squares, books and
apples had no part in them.
"""

import numpy as np

from eval.metrics import Array, Flags, Ints

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
COLOUR_NAMES = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "grey", "white")
HUES = ((35.0, "red"), (74.5, "orange"), (111.5, "yellow"), (192.0, "green"), (280.0, "blue"), (339.0, "purple"))
PINK = 13.0  # degrees: from purple to this one is pink, from this one to orange red
BROWN = (0.14, 0.75)  # a red or orange of less chroma and lightness than these
GREY = 0.04  # chroma below which there is no hue
DARK, LIGHT = 0.45, 0.9  # lightness of black, at most, and of white, at least
HUED = 0.25  # share of a thing's pixels with a hue, from which its outline and its whites are not its colour


def to_oklab(rgb: Array) -> Array:
    """Return OKLab (..., 3), lightness from 0 to 1 first, of sRGB (..., 3) from 0 to 255."""
    share = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ TO_CONES.T) @ TO_LAB.T)


def name_pixels(lab: Array) -> Ints:
    """Return the place in COLOUR_NAMES of each colour in OKLab, (N,) of (N, 3)."""
    place = {name: number for number, name in enumerate(COLOUR_NAMES)}
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    by_hue = np.array([*(place[name] for _, name in HUES), place["pink"]])
    found = by_hue[np.searchsorted([most for most, _ in HUES], hue, side="left")]
    found = np.where(hue < PINK, place["pink"], found)
    brown = (hue >= PINK) & (hue < HUES[1][0]) & (chroma < BROWN[0]) & (lightness < BROWN[1])
    found = np.where(brown, place["brown"], found)
    plain = np.where(lightness < DARK, place["black"], np.where(lightness > LIGHT, place["white"], place["grey"]))
    return np.where(chroma < GREY, plain, found)


def name_colour(lab: Array) -> int:
    """Return the place in COLOUR_NAMES of the colour that most pixels (N, 3) of a thing have.

    Black, grey and white are those of outlines and lights too: they count where few pixels have a hue.
    """
    names = np.bincount(name_pixels(lab), minlength=len(COLOUR_NAMES))
    hued: Flags = np.arange(len(COLOUR_NAMES)) < COLOUR_NAMES.index("black")
    chosen = hued if names[hued].sum() >= HUED * names.sum() else ~hued
    return int(np.argmax(np.where(chosen, names, -1)))
