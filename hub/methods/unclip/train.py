"""Training of what makes of a caption its picture's embedding: the translator, or a small diffusion prior."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import PriorTransformer
from torch import Tensor

from hub import devices
from hub.command import list_flags
from hub.encoders import load_for_loss
from hub.methods.data.pack import Pack, read_pack
from hub.methods.diffusion.model import build_scheduler
from hub.methods.training import Resume, Rng
from hub.methods.unclip.config import TranslationConfig
from hub.methods.unclip.loss import noise_embedding, translation_loss
from hub.methods.unclip.model import (
    Statistics,
    Translator,
    build_prior,
    build_translator,
    predict_embedding,
    sample_prior,
)
from hub.methods.unclip.saved_pipeline import TrainedPart, read_decoder, write_pipeline
from hub.methods.unclip.statistics_of_pack import embed_by_head, embed_pictures, measure_statistics, take_beside
from hub.progress import console
from hub.training_frame import TrainingFrame

WARM_UP = 0.1  # share of the steps in which the learning rate rises; then it falls by a cosine


@dataclass(frozen=True)
class TranslationData:
    """Standardised embeddings of training, all wordings (T, 384) and pictures (N, 256), and of what is held out.

    Those held out are a caption a picture; ``plain`` are the squared errors on them of what learns nothing.
    """

    pack: Pack
    texts: Tensor
    images: Tensor
    held_texts: Tensor
    held_images: Tensor
    statistics: Statistics
    plain: dict[str, float]


class TranslationStep:
    """The network in training; called, it takes a step on captions and pictures and returns the loss."""

    def __init__(self, config: TranslationConfig, data: TranslationData) -> None:
        self.config, self.data = config, data
        self.network = build_prior(config.transformer) if config.prior else build_translator(config.mlp)
        self.rng = Rng(torch.device("cpu"), config.seed)
        self.alphas = build_scheduler().alphas_cumprod
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=config.lr, weight_decay=config.weight_decay)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, config.lr, total_steps=max(2, config.images // config.batch), pct_start=WARM_UP
        )

    @property
    def parts(self) -> dict[str, Any]:
        """What a resume point holds."""
        return {"network": self.network, "optimiser": self.optimiser, "schedule": self.schedule, "rng": self.rng}

    def __call__(self) -> float:
        """Take a step."""
        loss = self.measure_loss(*self.draw_batch())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.schedule.step()
        return loss.item()

    def draw_batch(self) -> tuple[Tensor, Tensor]:
        """Return one wording each of random pictures (N, 384), a share of them left out, and their embeddings."""
        n, rng = self.config.batch, self.rng.generator
        rows = torch.randint(0, len(self.data.images), (n,), generator=rng)
        kept = torch.rand(n, 1, generator=rng) >= self.config.drop_captions
        return self.data.texts[self.data.pack.text_rows(rows, rng)] * kept, self.data.images[rows]

    def measure_loss(self, texts: Tensor, images: Tensor) -> Tensor:
        """Return the squared error of the embeddings that texts are translated to, or of those that a prior sees."""
        network = self.network.train()
        if not isinstance(network, PriorTransformer):
            return translation_loss(network(texts), images)
        rng = self.rng.generator
        times = torch.randint(0, len(self.alphas), (len(images),), generator=rng)
        noise = torch.randn(images.shape, generator=rng)
        noisy = noise_embedding(images, noise, self.alphas[times])
        return translation_loss(predict_embedding(network, noisy, times, texts), images)


@torch.no_grad()
def translate(network: Translator | PriorTransformer, texts: Tensor) -> Tensor:
    """Return the embeddings (N, 256) of standardised texts (N, 384); a prior's are drawn, row i with seed i."""
    network.eval()
    if isinstance(network, PriorTransformer):
        return sample_prior(network, texts, [torch.Generator().manual_seed(row) for row in range(len(texts))])
    translated: Tensor = network(texts)
    return translated


def read_data(pack_path: Path, decoder: Path) -> TranslationData:
    """Return what the translator of a decoder's file learns from. Raises DataError, MissingFile."""
    guide = load_for_loss("guide")
    pack, held = read_pack(pack_path, "train"), read_pack(pack_path, "validation")
    pictures = embed_pictures(guide, pack.images)
    statistics = measure_statistics(pack, pictures, guide)
    take_beside(decoder, statistics)
    statistics = statistics.half().float()  # as it is kept
    real = statistics.standardise("image", embed_pictures(guide, held.images))
    return TranslationData(
        pack,
        statistics.standardise("text", pack.texts),
        statistics.standardise("image", pictures),
        statistics.standardise("text", held.first),
        real,
        statistics,
        compare_plainly(statistics, embed_by_head(guide, held.first), real),
    )


def train(config: TranslationConfig, pack_path: Path, out: Path, decoder: Path) -> Path:
    """Train and write the pipeline with a decoder's file to ``out/pipeline``; a stopped run goes on where it was.

    Raises: DataError, MissingFile, Stopped.
    """
    torch.manual_seed(config.seed)
    read, data = read_decoder(decoder), read_data(pack_path, decoder)
    step = TranslationStep(config, data)
    title = f"Training the {'prior' if config.prior else 'translator'}"
    total, resume, losses = config.images // config.batch, Resume(out / "resume.pt", step.parts), list[float]()
    with TrainingFrame(out, title, total, resume, every=config.every, minutes=config.minutes) as frame:
        for n in frame:
            losses.append(step())
            if frame.due():
                mse = translation_loss(translate(step.network, data.held_texts), data.held_images).item()
                frame.row(step=n + 1, loss=sum(losses) / len(losses), mse=mse)
                frame.keep()
                frame.note(f"validation MSE {mse:.4f}")
                losses.clear()
        mse = translation_loss(translate(step.network, data.held_texts), data.held_images).item()
        facts = describe(config, frame, {"mse": mse, **data.plain})
    console.print(", ".join(f"{name} {value:.4f}" for name, value in facts["validation"].items()), markup=False)
    return write_pipeline(out, read, TrainedPart(step.network, facts), data.statistics)


def compare_plainly(statistics: Statistics, head: Tensor, real: Tensor) -> dict[str, float]:
    """Return the squared errors of two predictors that learn nothing, on standardised image embeddings (N, 256).

    ``mse_identity``: a caption's own embedding in the guide's space (``head``, raw), standardised by captions'
    statistics. ``mse_mean``: zeros, the mean of the training pictures.
    """
    identity = statistics.standardise("head", head)
    return {
        "mse_identity": translation_loss(identity, real).item(),
        "mse_mean": translation_loss(torch.zeros_like(real), real).item(),
    }


def describe(config: TranslationConfig, frame: TrainingFrame, validation: dict[str, float]) -> dict[str, Any]:
    """Return the facts of a training."""
    flags = " ".join(list_flags(config, TranslationConfig()))
    return {
        "device": devices.describe_device(torch.device("cpu")),
        "minutes": round(frame.seconds / 60, 2),
        "images_seen": frame.step * config.batch,
        "seed": config.seed,
        "split": "train",
        "styles": [],
        "losses": [],
        "config": asdict(config),
        "command": f"python -m hub.methods.unclip --pack emoji.safetensors {flags}".rstrip(),
        "validation": {name: round(value, 4) for name, value in validation.items()},
    }
