"""The pack: images and text embeddings in one file, all that training needs.

A safetensors file: ``images`` is every picture as lossless WebP, end to end (uint8), cut by ``offsets`` (int64);
``texts`` are the captions' and paraphrases' MiniLM embeddings (float16, unit length), of which row i of the data
set owns ``text_offsets[i] : text_offsets[i + 1]``, its caption first; ``tokens`` (int16) are the same texts as MiniLM's
tokens, 0 behind the last, for methods that look at words. ``style`` and ``split`` are codes into the names kept in the
metadata, with the concepts' keys and the captions.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from hub.errors import DataError, MissingFile
from hub.methods.data.concepts import SPLITS
from hub.progress import Track

if TYPE_CHECKING:
    import datasets  # training needs it not

FORMAT = "vernissage-pack-1"
RENDERINGS_FORMAT = "vernissage-renderings-1"  # of the pack of renderings, which no generator's training reads


def webp_bytes(image: Image.Image) -> bytes:
    """Return an image as lossless WebP."""
    buffer = io.BytesIO()
    image.save(buffer, "webp", lossless=True, quality=100, method=3)
    return buffer.getvalue()


class PackEncoder(Protocol):
    """Texts to what a pack keeps of them."""

    def __call__(self, texts: Sequence[str], /) -> Tensor:
        """Return unit embeddings (N, D)."""
        ...

    def tokens(self, texts: Sequence[str], /) -> Tensor:
        """Return tokens (N, L), 0 behind a text's last."""
        ...


def write_pack(data: "datasets.Dataset", path: Path, encoder: PackEncoder, track: Track, format: str = FORMAT) -> None:
    """Write the data set's images, and its texts' embeddings and tokens by ``encoder``, to ``path``."""
    pictures, texts, counts = [], [], []
    for row in track(data, "Packing images"):
        pictures.append(np.frombuffer(webp_bytes(row["image"]), np.uint8))
        own = [row["caption"], *row["paraphrases"]]
        texts += own
        counts.append(len(own))
    chunks = [texts[i : i + 256] for i in range(0, len(texts), 256)]
    embedded = [encoder(chunk).half() for chunk in track(chunks, "Embedding texts")]
    sizes = np.cumsum([0, *(len(p) for p in pictures)])
    tensors = {
        "images": torch.from_numpy(np.concatenate(pictures)),
        "offsets": torch.from_numpy(sizes),
        "texts": torch.cat(embedded),
        "text_offsets": torch.from_numpy(np.cumsum([0, *counts])),
        "tokens": encoder.tokens(texts).to(torch.int16),
        "style": torch.tensor(data["style"], dtype=torch.uint8),
        "split": torch.tensor([SPLITS.index(name) for name in data["split"]], dtype=torch.uint8),
    }
    metadata = {
        "format": format,
        "styles": json.dumps(data.features["style"].names),
        "splits": json.dumps(SPLITS),
        "concepts": json.dumps(list(data["concept"])),
        "captions": json.dumps(list(data["caption"])),
    }
    save_file(tensors, path, metadata)


@dataclass(frozen=True)
class Pack:
    """Decoded rows of a pack.

    images (N, 3, H, W) uint8; texts (T, D) float32 with row i's own in ``text_offsets[i:i + 2]``, caption first;
    style and concept (N,) int64 codes; captions N strings; tokens (T, L) int64 of the texts, None where an older
    build wrote none. A pack for another machine has no texts (0, 0) where no run there reads their embeddings.
    """

    images: Tensor
    texts: Tensor
    text_offsets: Tensor
    style: Tensor
    concept: Tensor
    captions: tuple[str, ...]
    tokens: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def first(self) -> Tensor:
        """Return embeddings of the captions, (N, D)."""
        return self.texts[self.text_offsets[:-1]]

    def text_rows(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Return indices of one wording each of ``rows``, drawn at random from the caption and its paraphrases."""
        start = self.text_offsets[rows]
        count = self.text_offsets[rows + 1] - start
        return start + (torch.rand(len(rows), generator=generator, device=rows.device) * count).long()

    def text_pairs(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Return indices (2, N) of two different wordings of each of ``rows``; one twice where there is only one."""
        start = self.text_offsets[rows]
        count = self.text_offsets[rows + 1] - start
        first, further = torch.rand(2, len(rows), generator=generator, device=rows.device)
        one = (first * count).long()
        other = (one + 1 + (further * (count - 1)).long()) % count
        return torch.stack([start + one, start + other])


def join_packs(first: Pack, second: Pack) -> Pack:
    """Return the rows of two packs as one, without tokens; codes of styles and concepts go on where the first's end."""
    styles, concepts = (int(codes.max()) + 1 for codes in (first.style, first.concept))
    return Pack(
        images=torch.cat([first.images, second.images]),
        texts=torch.cat([first.texts, second.texts]),
        text_offsets=torch.cat([first.text_offsets, second.text_offsets[1:] + len(first.texts)]),
        style=torch.cat([first.style, second.style + styles]),
        concept=torch.cat([first.concept, second.concept + concepts]),
        captions=(*first.captions, *second.captions),
    )


def _decode(blob: bytes) -> Tensor:
    with Image.open(io.BytesIO(blob)) as image:
        return torch.from_numpy(np.asarray(image.convert("RGB")).copy()).permute(2, 0, 1)


def read_captions(path: Path, split: str) -> tuple[str, ...]:
    """Return the captions of one split, without its pictures.

    Raises: MissingFile, DataError for what is no pack.
    """
    meta, t = _read_tensors(path, FORMAT, ("split",))
    keep = t["split"] == SPLITS.index(split)
    return tuple(caption for caption, kept in zip(json.loads(meta["captions"]), keep.tolist(), strict=True) if kept)


def _read_tensors(path: Path, format: str, names: Sequence[str] = ()) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Return a pack's metadata, and its tensors of these names, or all.

    Raises: MissingFile, DataError.
    """
    option = "--pack" if format == FORMAT else "--renderings"
    if not path.exists():
        raise MissingFile(f"{path} is missing: write it by python -m hub.methods.data build {option} {path}")
    with safe_open(path, "pt") as file:
        meta = file.metadata() or {}
        if meta.get("format") != format:
            raise DataError(f"{path} is no {format} file: write one by python -m hub.methods.data build {option} FILE")
        return meta, {name: file.get_tensor(name) for name in names or file.keys()}


def read_pack(path: Path, split: str, styles: tuple[str, ...] = (), format: str = FORMAT) -> Pack:
    """Return the rows of one split (and of the named styles only, if any are named).

    Raises: MissingFile when there is no such file, DataError when it is no pack of this format, has no such style, or
    was packed for runs that read no images.
    """
    meta, t = _read_tensors(path, format)
    if "images" not in t:
        raise DataError(f"{path} has no images: it was packed for runs that read none; pack the folder again.")
    names = json.loads(meta["styles"])
    if unknown := set(styles) - set(names):
        raise DataError(f"{path} has no style {', '.join(sorted(unknown))}; it has {', '.join(names)}")
    wanted = torch.tensor([names.index(name) for name in styles or names])
    keep = (t["split"] == SPLITS.index(split)) & torch.isin(t["style"].long(), wanted)
    rows = keep.nonzero().flatten()
    blob, cuts = t["images"].numpy().tobytes(), t["offsets"].tolist()
    keys, captions = json.loads(meta["concepts"]), json.loads(meta["captions"])
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    counts = (t["text_offsets"][1:] - t["text_offsets"][:-1])[rows]
    said = t["text_offsets"].tolist()
    owned = [torch.arange(said[i], said[i + 1]) for i in rows.tolist()]
    return Pack(
        images=torch.stack([_decode(blob[cuts[i] : cuts[i + 1]]) for i in rows.tolist()]),
        texts=t["texts"][torch.cat(owned)].float() if "texts" in t else torch.zeros(0, 0),
        text_offsets=torch.cat([torch.zeros(1, dtype=torch.long), counts.cumsum(0)]),
        style=t["style"][rows].long(),
        concept=torch.tensor([codes[keys[i]] for i in rows.tolist()]),
        captions=tuple(captions[i] for i in rows.tolist()),
        tokens=t["tokens"][torch.cat(owned)].long() if "tokens" in t else None,
    )
