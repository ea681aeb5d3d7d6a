"""Where models run, and how much memory is there."""

import gc
import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from hub.errors import HubError
from hub.language.sentence import Sentence

GPU_SHARE, HOST_SHARE = 0.9, 0.75  # of the memory that models may take; the rest is the driver's and the page's
CGROUP = Path("/sys/fs/cgroup/memory.max")  # the limit of a container


def pick_device(name: str = "") -> torch.device:
    """Return the named device; without a name CUDA where there is one, else the CPU.

    Raises: HubError for a device that can't be used.
    """
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA raises AssertionError
        raise HubError(
            Sentence(
                "The device {name!r} can't be used here; set HUB_DEVICES=cpu, or leave it and HUB_DEVICE unset.",
                name=name,
            )
        ) from error
    return device


def list_devices(names: Sequence[str] = ()) -> list[str]:
    """Return the named devices, each once and with its number; without names every CUDA device, else the CPU.

    Raises: HubError for a device that can't be used.
    """
    if not names:
        return [f"cuda:{number}" for number in range(torch.cuda.device_count())] or ["cpu"]
    picked = [pick_device(name) for name in names]
    numbered = [
        torch.device("cuda", torch.cuda.current_device()) if device == torch.device("cuda") else device
        for device in picked
    ]
    return list(dict.fromkeys(str(device) for device in numbered))


def get_memory_budget(name: str) -> int:
    """Return the bytes that models may take on a device: most of a GPU's free memory, or of the host's memory."""
    device = torch.device(name)
    if device.type == "cuda":
        return int(GPU_SHARE * torch.cuda.mem_get_info(device)[0])
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    with suppress(OSError, ValueError):  # no container, or one without a limit, which is the word "max"
        limits.append(int(CGROUP.read_text(encoding="ascii")))
    return int(HOST_SHARE * min(limits))


def get_allocated_memory(name: str) -> int | None:
    """Return the bytes of a GPU that tensors hold now; None on the host, where models can't be told from the rest."""
    device = torch.device(name)
    return torch.cuda.memory_allocated(device) if device.type == "cuda" else None


def reset_peak_memory(name: str) -> None:
    """Start a new measurement of a device's peak of allocated memory."""
    device = torch.device(name)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def get_peak_memory(name: str) -> int | None:
    """Return the most bytes that tensors held since :func:`reset_peak_memory`; None on the host."""
    device = torch.device(name)
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


def release_memory(name: str) -> None:
    """Return a device's cached memory, which no tensor holds any more, to the system."""
    gc.collect()
    device = torch.device(name)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.empty_cache()


def describe_device(device: torch.device) -> str:
    """Return a device's name for a card, e.g. ``NVIDIA H100 80GB HBM3`` or ``CPU (x86_64, AVX2, threads: 2)``."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"CPU ({platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, threads: {torch.get_num_threads()})"


def choose_dtype(dtype: str, device: torch.device) -> str:
    """Return the dtype to compute a model in: half precision becomes single on a CPU, which is bad at it."""
    return "float32" if dtype == "float16" and device.type == "cpu" else dtype
