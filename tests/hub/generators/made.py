"""Small diffusers pipelines with random weights, written in the real format, and files of entries that name them."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch

from hub import torchvision_ops

torchvision_ops.ensure()
import diffusers  # noqa: E402 - it and transformers need torchvision, mended above
import sentencepiece  # noqa: E402
import transformers  # noqa: E402

LETTERS = "abcdefghijklmnopqrstuvwxyz"
START, END = "<|startoftext|>", "<|endoftext|>"
SIZE = 32  # pixels a side


def tokenizer(folder: Path, cls: Any) -> Any:
    """A CLIP tokenizer that knows single letters, written as its files and read back."""
    tokens = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), START, END]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    config = {"tokenizer_class": cls.__name__, "model_max_length": 16, "bos_token": START, "eos_token": END}
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, "unk_token": END, "pad_token": END}))
    return cls.from_pretrained(folder)


def as_on_the_hub(folder: Path, **made: str) -> Path:
    """Put the files that tokenizers were made of in place of the one they are saved as now: older models have those."""
    for name, source in made.items():
        shutil.rmtree(folder / name)
        (folder / source).rename(folder / name)
    return folder


def clip_config(width: int = 32) -> Any:
    """A CLIP text encoder's size."""
    return transformers.CLIPTextConfig(
        vocab_size=len(LETTERS) * 2 + 2,
        hidden_size=width,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        max_position_embeddings=16,
        projection_dim=width,
        bos_token_id=len(LETTERS) * 2,
        eos_token_id=len(LETTERS) * 2 + 1,
        pad_token_id=len(LETTERS) * 2 + 1,
    )


def autoencoder(latents: int = 4) -> Any:
    """A VAE that halves the size."""
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 16),
        norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=latents,
    )


def unet(**more: Any) -> Any:
    """A UNet that attends to text."""
    return diffusers.UNet2DConditionModel(
        block_out_channels=(16, 32),
        norm_num_groups=8,
        layers_per_block=1,
        sample_size=SIZE // 2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        **more,
    )


def noise_schedule(**more: Any) -> Any:
    """Stable Diffusion's noise schedule."""
    betas = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    return diffusers.DDIMScheduler(**betas, clip_sample=False, steps_offset=1, **more)


LINES = {  # what each family is asked for
    "sd": "steps = 3, guidance_scale = 2.0",
    "sdxl": "steps = 3, guidance_scale = 0.0",
    "pixart": "steps = 2, guidance_scale = 4.5, width = 64, height = 64, max_sequence_length = 16",
    "flux": "steps = 2, guidance_scale = 0.0, width = 64, height = 64, max_sequence_length = 16",
    "kandinsky": "steps = 3, guidance_scale = 2.0, width = 64, height = 64",
}


def write_sd(folder: Path, variant: str | None = None, seed: int = 0, **save: Any) -> Path:
    """A Stable Diffusion pipeline."""
    torch.manual_seed(seed)
    pipeline = diffusers.StableDiffusionPipeline(
        unet=unet(cross_attention_dim=32),
        vae=autoencoder(),
        text_encoder=transformers.CLIPTextModel(clip_config()),
        tokenizer=tokenizer(folder / "made", transformers.CLIPTokenizer),
        scheduler=noise_schedule(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True, variant=variant, **save)
    return as_on_the_hub(folder, tokenizer="made")


def write_sdxl(folder: Path) -> Path:
    """A Stable Diffusion XL pipeline, with its two text encoders."""
    torch.manual_seed(0)
    net = unet(
        cross_attention_dim=64,
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=80,
    )
    pipeline = diffusers.StableDiffusionXLPipeline(
        unet=net,
        vae=autoencoder(),
        text_encoder=transformers.CLIPTextModel(clip_config()),
        text_encoder_2=transformers.CLIPTextModelWithProjection(clip_config()),
        tokenizer=tokenizer(folder / "made", transformers.CLIPTokenizer),
        tokenizer_2=tokenizer(folder / "made_2", transformers.CLIPTokenizer),
        scheduler=diffusers.EulerDiscreteScheduler(timestep_spacing="trailing"),
        add_watermarker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return as_on_the_hub(folder, tokenizer="made", tokenizer_2="made_2")


def t5(folder: Path) -> tuple[Any, Any]:
    """A T5 encoder and its tokenizer, a SentencePiece model trained on a few words."""
    folder.mkdir(parents=True)
    words = folder / "words.txt"
    words.write_text("a red apple on a blue table\nan old green chair\n" * 20)
    sentencepiece.SentencePieceTrainer.train(
        input=str(words), model_prefix=str(folder / "spiece"), vocab_size=32, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
        minloglevel=2, hard_vocab_limit=False,
    )  # fmt: skip
    config = {"tokenizer_class": "T5Tokenizer", "model_max_length": 16, "extra_ids": 0}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    words.unlink()
    (folder / "spiece.vocab").unlink()
    size = {"d_model": 32, "d_kv": 8, "d_ff": 37, "num_layers": 1, "num_heads": 4, "vocab_size": 64}
    return transformers.T5EncoderModel(transformers.T5Config(**size)), transformers.T5Tokenizer.from_pretrained(folder)


def write_pixart(folder: Path) -> Path:
    """A PixArt-Sigma pipeline."""
    torch.manual_seed(0)
    encoder, tokens = t5(folder / "made")
    transformer = diffusers.PixArtTransformer2DModel(
        sample_size=32,
        num_layers=1,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=4,
        in_channels=4,
        out_channels=8,
        cross_attention_dim=32,
        caption_channels=32,
        use_additional_conditions=False,
    )
    pipeline = diffusers.PixArtSigmaPipeline(
        tokenizer=tokens,
        text_encoder=encoder,
        vae=autoencoder(),
        transformer=transformer,
        scheduler=diffusers.DPMSolverMultistepScheduler(),
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return as_on_the_hub(folder, tokenizer="made")


def write_flux(folder: Path) -> Path:
    """A FLUX.1 [schnell] pipeline."""
    torch.manual_seed(0)
    encoder, tokens = t5(folder / "made")
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=False,
    )
    vae = autoencoder()
    vae.register_to_config(shift_factor=0.1, use_quant_conv=False, use_post_quant_conv=False)
    pipeline = diffusers.FluxPipeline(
        transformer=transformer,
        vae=vae,
        text_encoder=transformers.CLIPTextModel(clip_config()),
        tokenizer=tokenizer(folder / "made_clip", transformers.CLIPTokenizer),
        text_encoder_2=encoder,
        tokenizer_2=tokens,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return as_on_the_hub(folder, tokenizer="made_clip", tokenizer_2="made")


def write_kandinsky(folder: Path) -> Path:
    """A Kandinsky 2.2 pipeline: prior and decoder in one folder."""
    torch.manual_seed(0)
    pipeline = diffusers.KandinskyV22CombinedPipeline(
        unet=diffusers.UNet2DConditionModel(
            out_channels=8,
            block_out_channels=(16, 32),
            norm_num_groups=8,
            layers_per_block=1,
            down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
            mid_block_type="UNetMidBlock2DSimpleCrossAttn",
            up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
            addition_embed_type="image",
            encoder_hid_dim=32,
            encoder_hid_dim_type="image_proj",
            cross_attention_dim=32,
            attention_head_dim=4,
            resnet_time_scale_shift="scale_shift",
        ),
        scheduler=diffusers.DDPMScheduler(beta_start=0.00085, beta_end=0.012, clip_sample=False),
        movq=diffusers.VQModel(
            block_out_channels=(32, 32),
            norm_num_groups=8,
            norm_type="spatial",
            num_vq_embeddings=12,
            latent_channels=4,
            down_block_types=("DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
            up_block_types=("AttnUpDecoderBlock2D", "UpDecoderBlock2D"),
        ),
        prior_prior=diffusers.PriorTransformer(
            num_attention_heads=2, attention_head_dim=12, embedding_dim=32, num_layers=1, num_embeddings=16
        ),
        prior_image_encoder=transformers.CLIPVisionModelWithProjection(
            transformers.CLIPVisionConfig(
                hidden_size=32,
                intermediate_size=37,
                projection_dim=32,
                num_attention_heads=4,
                num_hidden_layers=1,
                image_size=32,
                patch_size=16,
            )
        ),
        prior_text_encoder=transformers.CLIPTextModelWithProjection(clip_config()),
        prior_tokenizer=tokenizer(folder / "made", transformers.CLIPTokenizer),
        prior_scheduler=diffusers.UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=10.0
        ),
        prior_image_processor=transformers.CLIPImageProcessor(size=32, crop_size=32),
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return as_on_the_hub(folder, prior_tokenizer="made")


WRITERS = {
    "sd": write_sd,
    "sdxl": write_sdxl,
    "pixart": write_pixart,
    "flux": write_flux,
    "kandinsky": write_kandinsky,
}
