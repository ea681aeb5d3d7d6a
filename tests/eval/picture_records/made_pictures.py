"""Folders of pictures as A1111, ComfyUI, InvokeAI and scripts on diffusers leave them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

PROMPTS = [f"a {colour} {thing}" for colour in ("red", "blue", "green") for thing in ("cat", "dog", "apple", "car")]


def picture(number: int) -> Image.Image:
    """Noise, another one for each number."""
    return Image.fromarray(np.random.default_rng(number).integers(0, 256, (9, 9, 3), dtype=np.uint8))


def save(path: Path, number: int = 0, **texts: str) -> Path:
    """A PNG of noise with these texts."""
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword.replace("__", "-"), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(number).save(path, pnginfo=info)
    return path


def webui_text(prompt: str, seed: int, model: str = "sd_xl_base_1.0") -> str:
    """What A1111's web UI writes: a negative prompt, and settings, one of them in quotes."""
    return (
        f"{prompt}, <lora:pixel:0.8>\nNegative prompt: blurry, Seed: 1, bad\nSteps: 20, Sampler: Euler a, "
        f"CFG scale: 7, Seed: {seed}, Size: 512x512, Model hash: 45dee52b, Model: {model}, "
        'Lora hashes: "pixel: 12, x: 34"'
    )


def comfy_graph(prompt: str, seed: int, model: str = "sdxl/juggernaut.safetensors") -> dict[str, Any]:
    """ComfyUI's own first workflow, as it ran."""
    link: Callable[[str], list[Any]] = lambda node: [node, 0]  # noqa: E731
    return {
        "3": {"class_type": "KSampler", "inputs": {
            "seed": seed, "steps": 20, "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "denoise": 1,
            "model": link("4"), "positive": link("6"), "negative": link("7"), "latent_image": link("5")}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": model}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt, "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": link("3"), "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": link("8")}},
    }  # fmt: skip


def webui_folder(folder: Path) -> Path:
    """``00000-SEED.png`` in a folder of the day, with the text ``parameters``; one is a JPEG with it in its EXIF."""
    for n, prompt in enumerate(PROMPTS):
        path = folder / "2026-11-28" / f"{n:05}-{1000 + n}.png"
        save(path, n, parameters=webui_text(prompt, 1000 + n))
    path.unlink()
    exif = Image.Exif()
    comment = b"UNICODE\0" + webui_text(PROMPTS[-1], 1000 + n).encode("utf-16-be")
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = comment
    picture(n).save(path.with_suffix(".jpg"), exif=exif)
    return folder


def comfy_folder(folder: Path) -> Path:
    """``ComfyUI_00001_.png`` with the texts ``prompt`` and ``workflow``."""
    for n, prompt in enumerate(PROMPTS):
        graph = json.dumps(comfy_graph(prompt, 1000 + n))
        save(folder / f"ComfyUI_{n + 1:05}_.png", n, prompt=graph, workflow='{"nodes": [], "links": []}')
    return folder


def script_folder(folder: Path) -> Path:
    """Names made of prompts, as scripts on diffusers make them: ``a_red_cat_1000.png``."""
    for n, prompt in enumerate(PROMPTS):
        save(folder / f"{prompt.replace(' ', '_')}_{1000 + n}.png", n)
    return folder
