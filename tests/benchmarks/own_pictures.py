"""``python -m tests.benchmarks.own_pictures``: seconds that the prompts of 10,000 pictures take to be read.

The pictures are PNGs of 64 pixels with ComfyUI's graph in them, of the size its first workflow has with a page's own;
beside them lie a metadata file, then text files. The last line is what the features of 640 of them take, by the
smallest encoder: of 10,000 it is the part that reading adds to.
"""

import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.picture_records.picture_set import AskedRecords, read_picture_set
from hub.progress import console
from tests.eval.picture_records.made_pictures import comfy_graph

PICTURES, ENCODED = 10_000, 640
PAGE = json.dumps({"nodes": [{"id": n, "type": "Node", "pos": [n, n]} for n in range(300)], "links": []})


def fill(folder: Path, number: int) -> None:
    """Write pictures with their graphs."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for n in range(number):
        info = PngInfo()
        info.add_text("prompt", json.dumps(comfy_graph(f"a red apple, number {n}", n)))
        info.add_text("workflow", PAGE)
        pixels[n % 64, n // 64 % 64] ^= n % 255 + 1
        Image.fromarray(pixels).save(folder / f"picture_{n}.png", pnginfo=info, compress_level=1)


def measure(folder: Path, what: str, asked: AskedRecords | None = None) -> None:
    """Print the seconds of reading a folder."""
    begun, computing = time.perf_counter(), time.process_time()
    read = read_picture_set(str(folder), asked)
    took = f"{time.perf_counter() - begun:.1f} s, {time.process_time() - computing:.1f} s of computing"
    console.print(f"{what}: {took}; {read.describe()}", markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """Print how long each source takes, and the features."""
    folder = Path(tempfile.mkdtemp(prefix="own-pictures-"))
    try:
        fill(folder, PICTURES)
        measure(folder, f"text of {PICTURES:,} pictures")
        measure(folder, "the same and their names", AskedRecords(None, "{prompt}_{seed}"))
        rows = [{"file_name": f"picture_{n}.png", "prompt": f"number {n}", "seed": n} for n in range(PICTURES)]
        (folder / "metadata.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        measure(folder, f"the same and a metadata file of {PICTURES:,} lines")
        for n in range(PICTURES):
            (folder / f"picture_{n}.txt").write_text(f"number {n}", encoding="utf-8")
        measure(folder, f"the same and {PICTURES:,} text files")
        encoder = ENCODERS["efficientnet-lite2"]
        space = FeatureSpace(encoder, FeatureStore(folder / "features.sqlite"))
        pictures = read_picture_set(str(folder)).pictures
        space.pictures(pictures[:64], encoder.title)  # loads it
        begun, computing = time.perf_counter(), time.process_time()
        space.pictures(pictures[64 : 64 + ENCODED], encoder.title)
        took, spent = (
            (now - then) * PICTURES / ENCODED
            for now, then in ((time.perf_counter(), begun), (time.process_time(), computing))
        )
        told = f"{took:.0f} s, {spent:.0f} s of computing"
        console.print(f"features of {PICTURES:,} pictures at the speed of {ENCODED}: {told}", highlight=False)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
