"""``python -m hub.methods.contrastive.train_damsm``: train DAMSM's four linear maps on the captions, about a minute."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from hub import devices
from hub.command import make_command
from hub.encoders import load_for_loss
from hub.encoders.frozen_networks import TextStates
from hub.methods.contrastive.damsm import Damsm, GuideEye, PictureView
from hub.methods.contrastive.train import read_texts
from hub.methods.data.pack import Pack, read_pack
from hub.methods.encoder.loss import recall_at
from hub.methods.training import Resume, Rng, save_weights
from hub.progress import console
from hub.training_frame import TrainingFrame


@dataclass(frozen=True)
class DamsmConfig:
    """The budget. DAMSM's batch decides how hard its matching is (DM-GAN's issue 18): it is told with every figure."""

    steps: int = 800
    batch: int = 24
    lr: float = 2e-3
    weight_decay: float = 0.01
    seed: int = 3


@torch.no_grad()
def view_pictures(eye: GuideEye, images: Tensor, device: torch.device, batch: int = 128) -> PictureView:
    """Return the views of pictures (N, 3, H, W) uint8."""
    views = [eye(part.to(device).float() / 127.5 - 1) for part in images.split(batch)]
    return PictureView(*(torch.cat(column) for column in zip(*views, strict=True)))


@torch.no_grad()
def score(model: Damsm, pack: Pack, view: PictureView, captions: TextStates) -> dict[str, float]:
    """Return R@1 of pictures against the captions of their style, by words and by sentences."""
    hits: dict[str, list[Tensor]] = {"words_r1": [], "sentences_r1": []}
    for style in pack.style.unique():
        rows = (pack.style == style).nonzero().flatten().to(view.pooled.device)
        told = TextStates(captions.sentences[rows], captions.words[rows].float(), captions.mask[rows])
        found = model.likeness(PictureView(*(x[rows] for x in view)), told)
        for name, alike in zip(hits, found, strict=True):
            hits[name].append(recall_at(torch.eye(len(rows)).to(alike), alike.T, 1))
    return {name: torch.cat(parts).float().mean().item() for name, parts in hits.items()}


def train_damsm(config: DamsmConfig, pack_path: Path, out: Path) -> dict[str, float]:
    """Train the maps, write ``out/model.safetensors`` and ``log.csv``, return R@1 of validation. Raises: Stopped."""
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    guide = load_for_loss("guide")
    guide.model.to(device)
    eye, model = GuideEye(guide), Damsm().to(device)
    pack, held = read_pack(pack_path, "train"), read_pack(pack_path, "validation")
    views, held_views = (view_pictures(eye, one.images, device) for one in (pack, held))
    texts, held_texts = read_texts(pack, device), read_texts(held, device)
    captions = TextStates(*(part[held.text_offsets[:-1].to(device)] for part in held_texts))
    optimiser = torch.optim.AdamW(model.parameters(), config.lr, (0.9, 0.98), weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.lr, total_steps=config.steps, pct_start=0.1)
    rng = Rng(torch.device("cpu"), config.seed)
    resume = Resume(out / "resume.pt", {"model": model, "optimiser": optimiser, "schedule": schedule, "rng": rng})
    with TrainingFrame(out, "Training DAMSM", config.steps, resume, every=200) as frame:
        for n in frame:
            rows = torch.randperm(len(pack), generator=rng.generator)[: config.batch]
            said = pack.text_rows(rows, rng.generator).to(device)
            chosen = TextStates(texts.sentences[said], texts.words[said].float(), texts.mask[said])
            on_device = rows.to(device)
            loss = model(PictureView(*(x[on_device] for x in views)), chosen, pack.concept[rows].to(device))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            if frame.due():
                frame.row(step=n + 1, loss=loss.item(), **score(model, held, held_views, captions))
                frame.keep()
    got = score(model, held, held_views, captions)
    save(config, model, out, got, frame.seconds)
    return got


def save(config: DamsmConfig, model: Damsm, out: Path, got: dict[str, float], seconds: float) -> None:
    """Write the maps in half precision with the training's facts."""
    facts = {
        "command": "python -m hub.methods.contrastive.train_damsm --pack emoji.safetensors",
        "device": devices.describe_device(next(model.parameters()).device),
        "images_seen": config.steps * config.batch,
        "minutes": round(seconds / 60, 2),
        "seed": config.seed,
        "split": "train",
        "losses": ["guide"],
        "validation": got,
        "config": asdict(config),
    }
    save_weights(out / "model.safetensors", model.state_dict(), {"dim": model.word.out_features}, facts)


def main(
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("runs/damsm"),
) -> None:
    """Train DAMSM and print its validation scores; run again with the same --out after a stop."""
    scores = train_damsm(DamsmConfig(), pack, out)
    console.print({name: round(value, 3) for name, value in scores.items()})


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.contrastive.train_damsm --pack emoji.safetensors")()
