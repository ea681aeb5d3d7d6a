"""What the image filter's runtime leaves behind: nothing."""

import os
import subprocess
import sys
from pathlib import Path

from tests.test_house import ROOT

SCORES = """
from io import BytesIO
from PIL import Image
from hub.moderation import Moderation
moderation, png = Moderation(("images",)), BytesIO()
assert not moderation.missing, moderation.missing
Image.new("RGB", (64, 64)).save(png, "PNG")
moderation.check_image(png.getvalue())
"""


def test_the_image_filter_writes_nothing_into_a_fresh_home(tmp_path: Path) -> None:
    """onnxruntime would keep a store of events there, to send them."""
    places = {name: str(tmp_path / name) for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    for place in places.values():
        Path(place).mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"} | places
    done = subprocess.run(
        [sys.executable, "-c", SCORES], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []
