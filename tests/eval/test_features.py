"""Features of any pictures: formats, broken files, one pass through the network, taking up again, data sets."""

import io
import re
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eval.encoders.pixels import Array32, resize_float, to_rgb
from eval.features import stream
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture, load_pictures
from eval.features.stream import Encoded, encode_pictures
from hub.errors import DataError, StorageError


class Means:
    """A network of mean colours, counting the pictures it has seen."""

    def __init__(self) -> None:
        self.seen = 0
        self.fails_after = 10**9

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, 8, 8)."""
        return resize_float(image, 8)

    def __call__(self, pixels: Array32) -> Array32:
        """Mean colour, (N, 3)."""
        if self.seen >= self.fails_after:
            raise KeyboardInterrupt
        self.seen += len(pixels)
        return np.asarray(pixels.mean((2, 3)), np.float32)


def test_a_data_set_whose_download_breaks_off_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets, httpx2 = pytest.importorskip("datasets"), pytest.importorskip("httpx2")

    def break_off(name: str, split: str) -> None:
        raise httpx2.RemoteProtocolError("peer closed connection")

    monkeypatch.setattr(datasets, "load_dataset", break_off)
    with pytest.raises(DataError, match=r"someone/pictures is no folder of images, .*\(peer closed connection\)"):
        load_pictures("someone/pictures")


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    """An empty store."""
    return FeatureStore(tmp_path / "cache" / "features.sqlite")


def png(colour: Any, mode: str = "RGB", size: tuple[int, int] = (9, 7), format_: str = "PNG") -> bytes:
    """A picture's file."""
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, format_)
    return out.getvalue()


def fill(folder: Path, number: int) -> Path:
    """A folder of grey pictures, picture i of value i."""
    folder.mkdir()
    for i in range(number):
        (folder / f"{i:03}.png").write_bytes(png((i, i, i), size=(5 + i % 7, 6)))
    return folder


def run(source: Path | str, store: FeatureStore, network: Means, name: str = "means@1") -> Encoded:
    """Encode with this network."""
    return encode_pictures(load_pictures(str(source)), lambda: network, name, store, "Encoding")


def test_rows_are_in_order_whatever_the_batches(
    tmp_path: Path, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BATCH", 8)
    monkeypatch.setattr(stream, "AHEAD", 5)
    network = Means()
    made = run(fill(tmp_path / "in", 50), store, network)
    assert made.features[:, 0] == pytest.approx(np.arange(50), abs=1e-4)
    assert made.names == tuple(f"{i:03}.png" for i in range(50))
    assert (network.seen, made.computed, made.broken) == (50, 50, ())


def test_a_second_run_does_no_forward_pass_and_loads_nothing(tmp_path: Path, store: FeatureStore) -> None:
    folder = fill(tmp_path / "in", 20)
    first = run(folder, store, Means())
    (folder / "copy.png").write_bytes((folder / "003.png").read_bytes())

    def load() -> Means:
        raise AssertionError("loaded")

    again = encode_pictures(load_pictures(str(folder)), load, "means@1", FeatureStore(store.path), "Encoding")
    assert again.computed == 0
    assert again.features[:-1] == pytest.approx(first.features)
    assert again.features[-1] == pytest.approx(first.features[3])
    assert run(folder, store, Means(), "means@2").computed == 20


def test_a_broken_off_run_is_taken_up(tmp_path: Path, store: FeatureStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH", 8)
    folder, network = fill(tmp_path / "in", 30), Means()
    network.fails_after = 16
    with pytest.raises(KeyboardInterrupt):
        run(folder, store, network)
    assert run(folder, FeatureStore(store.path), Means()).computed == 14


def test_broken_pictures_are_listed_never_dropped(tmp_path: Path, store: FeatureStore) -> None:
    folder = fill(tmp_path / "in", 3)
    (folder / "torn.png").write_bytes(png((9, 9, 9), size=(90, 90))[:-40])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.webp").write_text("no picture")
    (folder / "gone.png").symlink_to(tmp_path / "nowhere.png")
    made = run(folder, store, Means())
    assert [one.name for one in made.broken] == ["empty.jpg", "text.webp", "torn.png"]
    assert all(one.reason for one in made.broken)
    assert len(made.features) == 3


@pytest.mark.parametrize("batch", [1, 64])
def test_equal_pictures_go_through_the_network_once(
    batch: int, tmp_path: Path, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BATCH", batch)
    folder, network = fill(tmp_path / "in", 1), Means()
    for i in range(5):
        (folder / f"copy{i}.png").write_bytes((folder / "000.png").read_bytes())
    assert len(run(folder, store, network).features) == 6
    assert network.seen == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png(200, "L"), (200, 200, 200)),
        (png((0, 0, 0, 0), "RGBA"), (255, 255, 255)),
        (png((255, 0, 0, 128), "RGBA"), (255, 127, 127)),
        (png((0, 0), "LA"), (255, 255, 255)),
        (png(65535, "I;16"), (255, 255, 255)),
        (png(32896, "I;16"), (128, 128, 128)),
        (png(1, "1"), (255, 255, 255)),
        (png((0, 255, 255, 0), "CMYK", format_="TIFF"), (255, 0, 0)),
        (png((10, 20, 30), size=(1, 1)), (10, 20, 30)),
    ],
    ids=str,
)
def test_every_kind_of_picture_has_a_stated_treatment(content: bytes, expected: Any) -> None:
    with Image.open(io.BytesIO(content)) as image:
        pixels = resize_float(to_rgb(image), 4)
    assert pixels.shape == (3, 4, 4)
    assert pixels.mean((1, 2)) == pytest.approx(expected, abs=1)


def test_palettes_with_a_transparent_colour_stand_on_white() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.info["transparency"] = 0
    assert to_rgb(image).getpixel((0, 0)) == (255, 255, 255)


def test_floating_point_pixels_are_listed_as_broken(tmp_path: Path, store: FeatureStore) -> None:
    folder = fill(tmp_path / "in", 1)
    (folder / "f.tiff").write_bytes(png(0.5, "F", format_="TIFF"))
    assert run(folder, store, Means()).broken[0].reason == "floating-point pixels have no known white"


def test_shrinking_smooths() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    assert resize_float(Image.fromarray(noise), 64).std() < 0.45 * noise.std()


def test_folders_without_pictures_and_features_that_are_nan_are_said(tmp_path: Path, store: FeatureStore) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="holds no image"):
        load_pictures(str(tmp_path / "none"))
    (tmp_path / "none" / "a.png").write_bytes(b"x")
    with pytest.raises(DataError, match="No picture can be read, of 1"):
        run(tmp_path / "none", store, Means())
    network = Means()
    network.prepare = lambda image: np.full((3, 2, 2), np.nan, np.float32)  # type: ignore[method-assign]
    with pytest.raises(DataError, match="not finite"):
        run(fill(tmp_path / "in", 2), store, network)
    assert store.known("means@1") == set()


def test_a_store_that_is_no_store_is_said(tmp_path: Path) -> None:
    path = tmp_path / "features.sqlite"
    path.write_bytes(b"no database, but long enough to be looked at" * 100)
    with pytest.raises(StorageError, match="delete it"):
        FeatureStore(path)
    said = re.escape(f"{path / 'below' / 'x.sqlite'} can't be used (Not a directory): delete it, or set XDG_CACHE_HOME")
    with pytest.raises(StorageError, match=said):
        FeatureStore(path / "below" / "x.sqlite")
    with pytest.raises(DataError, match="never encoded"):
        FeatureStore(tmp_path / "other.sqlite").get("e", ["0" * 64])


def test_two_writers_share_a_store(store: FeatureStore) -> None:
    other = FeatureStore(store.path)
    store.put("e", {"a": np.ones(3, np.float32)})
    other.put("e", {"b": np.zeros(3, np.float32)})
    assert other.known("e") == {"a", "b"}
    assert store.get("e", ["b", "a", "b"]).tolist() == [[0] * 3, [1] * 3, [0] * 3]
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM features").fetchone() == (2,)


@pytest.mark.parametrize("kind", ["parquet", "folder of parquet", "saved"])
def test_data_sets_are_sources(kind: str, tmp_path: Path, store: FeatureStore) -> None:
    datasets = pytest.importorskip("datasets")
    cells = [{"bytes": png((i, 0, 0)), "path": None} for i in range(5)]
    cells.append({"bytes": b"", "path": None})
    columns = datasets.Features({"text": datasets.Value("string"), "image": datasets.Image()})
    rows = datasets.Dataset.from_dict({"text": list("abcdef"), "image": cells}, features=columns)
    place = tmp_path / "set"
    if kind == "saved":
        rows.save_to_disk(str(place))
    else:
        place.mkdir()
        rows.to_parquet(str(place / "part.parquet"))
        place = place / "part.parquet" if kind == "parquet" else place
    made = run(place, store, Means())
    assert made.features[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert made.names[1] == "row 1"
    assert [(one.name, one.reason) for one in made.broken] == [("row 5", "there is no picture in this row")]


def test_data_sets_without_pictures_are_said(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_dict({"text": ["a"]}).to_parquet(str(tmp_path / "t.parquet"))
    with pytest.raises(DataError, match="no column of images; its columns are text"):
        load_pictures(str(tmp_path / "t.parquet"))
    (tmp_path / "b.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataError, match="to read"):
        load_pictures(str(tmp_path / "b.parquet"))


def test_a_picture_is_read_when_asked_for(store: FeatureStore) -> None:
    def read() -> bytes:
        raise OSError("the disk is gone")

    good = Picture("good", lambda: png((1, 2, 3)))
    made = encode_pictures([Picture("bad", read), good], Means, "means@1", store, "Encoding")
    assert [(one.name, one.reason) for one in made.broken] == [("bad", "the disk is gone")]
