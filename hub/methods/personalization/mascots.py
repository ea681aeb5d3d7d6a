"""Subjects drawn by rule: two mascots in several poses on several grounds, so that a study ships nobody's pictures."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PIL import Image, ImageDraw

SIZE, FINE = 64, 8  # pixels a side, and how many times as many they are drawn with
Point = tuple[float, float]


@dataclass(frozen=True)
class Pose:
    """How a mascot stands: its lean and arms in degrees, its size as a share, and the colour of the ground."""

    lean: float
    left: float
    right: float
    size: float
    ground: str


POSES = (
    Pose(0, 20, 20, 1.0, "#ffffff"),
    Pose(10, 150, 30, 0.9, "#ffe9a8"),
    Pose(-12, 40, 160, 1.0, "#ffffff"),
    Pose(0, 140, 140, 0.8, "#cfe8ff"),
    Pose(15, 90, 10, 0.95, "#d9f2d0"),
    Pose(-6, 70, 80, 1.05, "#ffffff"),
)


class PosedPen:
    """A pen on a fine page whose middle is (0, 0), 1 being half a side, turned and scaled as a pose says."""

    def __init__(self, pose: Pose) -> None:
        self.pose, self.image = pose, Image.new("RGB", (SIZE * FINE,) * 2, pose.ground)
        self.draw = ImageDraw.Draw(self.image)

    def at(self, point: Point) -> Point:
        """Return the pixel of a point."""
        turn, half = math.radians(self.pose.lean), SIZE * FINE / 2
        x, y = (one * self.pose.size for one in point)
        return half * (1 + x * math.cos(turn) - y * math.sin(turn)), half * (
            1 + x * math.sin(turn) + y * math.cos(turn)
        )

    def disc(self, middle: Point, radius: float, colour: str) -> None:
        """Draw a disc."""
        x, y = self.at(middle)
        r = radius * self.pose.size * SIZE * FINE / 2
        self.draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def shape(self, points: list[Point], colour: str) -> None:
        """Draw a polygon."""
        self.draw.polygon([self.at(one) for one in points], fill=colour)

    def limb(self, start: Point, angle: float, side: int, length: float, colour: str) -> None:
        """Draw a round limb from a point: 0 degrees hangs down, 180 points up; side -1 is the left."""
        turn = math.radians(angle)
        end = (start[0] + side * length * math.sin(turn), start[1] + length * math.cos(turn))
        width = round(0.13 * self.pose.size * SIZE * FINE / 2)
        self.draw.line((self.at(start), self.at(end)), fill=colour, width=width)
        for point in (start, end):
            self.disc(point, 0.065, colour)

    def finish(self) -> Image.Image:
        """Return the picture, 64 pixels a side."""
        return self.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def draw_one_eyed(pose: Pose) -> Image.Image:
    """Return the one-eyed mascot: a teal drop with a horn, one large eye and a yellow belly."""
    pen, teal, dark = PosedPen(pose), "#1f9e9a", "#146a68"
    for side, angle in ((-1, pose.left), (1, pose.right)):
        pen.limb((side * 0.4, 0.1), angle, side, 0.42, dark)
        pen.limb((side * 0.2, 0.5), 10, side, 0.32, dark)
    pen.shape([(-0.3, -0.35), (0.02, -0.92), (0.3, -0.35)], "#e2583e")
    pen.disc((0, 0.1), 0.52, teal)
    pen.disc((0, -0.2), 0.4, teal)
    pen.disc((0, 0.28), 0.26, "#f4cf45")
    pen.disc((0, -0.2), 0.23, "#ffffff")
    pen.disc((0.04, -0.18), 0.11, "#22202a")
    return pen.finish()


def draw_striped(pose: Pose) -> Image.Image:
    """Return the striped mascot: a violet and white barrel with long ears and a pink nose."""
    pen, violet = PosedPen(pose), "#6d3fb0"
    for side, angle in ((-1, pose.left), (1, pose.right)):
        pen.limb((side * 0.22, -0.45), 165, side, 0.42, violet)
        pen.limb((side * 0.38, 0.15), angle, side, 0.4, violet)
        pen.limb((side * 0.2, 0.6), 5, side, 0.25, "#f08a24")
    for number in range(6):
        top = -0.55 + 0.2 * number
        half = 0.3 + 0.12 * math.sin(math.pi * (number + 0.5) / 6)
        colour = "#efe7fb" if number % 2 else violet
        pen.shape([(-half, top), (half, top), (half, top + 0.2), (-half, top + 0.2)], colour)
    for side in (-1, 1):
        pen.disc((side * 0.17, -0.25), 0.1, "#22202a")
        pen.disc((side * 0.17 + 0.03, -0.28), 0.035, "#ffffff")
    pen.disc((0, -0.05), 0.08, "#f06a9b")
    return pen.finish()


MASCOTS: Mapping[str, Callable[[Pose], Image.Image]] = {"one-eyed": draw_one_eyed, "striped": draw_striped}


def draw_mascot(name: str) -> list[Image.Image]:
    """Return a mascot's pictures, one a pose."""
    return [MASCOTS[name](pose) for pose in POSES]
