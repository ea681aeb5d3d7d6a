"""What visitors give to Compare, in tests: ZIPs of pictures as tools leave them, and as attackers make them."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from hub.moderation import Moderation
from tests.eval.picture_records.made_pictures import picture, webui_text

FREE = Moderation(("none",))


def png(number: int = 0, **texts: str) -> bytes:
    """A PNG of noise with these texts."""
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    buffer = io.BytesIO()
    picture(number).resize((48, 48), Image.Resampling.NEAREST).save(buffer, "png", pnginfo=info)
    return buffer.getvalue()


def webui(number: int, prompt: str, seed: int, model: str = "mine") -> bytes:
    """A PNG as A1111's web UI writes it."""
    return png(number, parameters=webui_text(prompt, seed, model).replace(", <lora:pixel:0.8>", ""))


def zipped(files: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def linked(name: str, target: str, beside: Mapping[str, bytes]) -> bytes:
    """A ZIP with a link of this name."""
    buffer = io.BytesIO(zipped(beside))
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(buffer, "a") as packed:
        packed.writestr(entry, target)
    return buffer.getvalue()


def set_of(folder: Path) -> bytes:
    """A ZIP of a folder."""
    return zipped(
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    )
