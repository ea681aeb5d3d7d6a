"""Where models run, and how much memory is there."""

import gc
import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from hub.errors import HubError

GPU_SHARE, HOST_SHARE = 0.9, 0.75  # of the memory that models may take; the rest is the driver's and the page's
CGROUP = Path("/sys/fs/cgroup/memory.max")  # the limit of a container


def pick_device(name: str = "") -> torch.device:
    """The named device, or CUDA where there is one and else the CPU. Raises HubError for one that can't be used."""
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA raises AssertionError
        raise HubError(
            f"The device {name!r} can't be used here; set HUB_DEVICES=cpu, or leave it and HUB_DEVICE unset."
        ) from error
    return device


def list_devices(names: Sequence[str] = ()) -> list[str]:
    """The named devices, each once and with its number, or every CUDA device there is and else the CPU.

    Raises HubError for one that can't be used.
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
    """Bytes that models may take on a device: most of what is free on a GPU, or of the host's memory."""
    device = torch.device(name)
    if device.type == "cuda":
        return int(GPU_SHARE * torch.cuda.mem_get_info(device)[0])
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    with suppress(OSError, ValueError):  # no container, or one without a limit, which is the word "max"
        limits.append(int(CGROUP.read_text(encoding="ascii")))
    return int(HOST_SHARE * min(limits))


def get_allocated_memory(name: str) -> int | None:
    """Bytes of a GPU that tensors hold now; None on the host, where models can't be told from the rest."""
    device = torch.device(name)
    return torch.cuda.memory_allocated(device) if device.type == "cuda" else None


def reset_peak_memory(name: str) -> None:
    """Begin to look for the peak of ``get_allocated_memory``."""
    device = torch.device(name)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def get_peak_memory(name: str) -> int | None:
    """The most that ``get_allocated_memory`` was since ``reset_peak_memory``."""
    device = torch.device(name)
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


def release_memory(name: str) -> None:
    """Give the memory back that no tensor holds any more."""
    gc.collect()
    device = torch.device(name)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.empty_cache()


def describe_device(device: torch.device) -> str:
    """What a card calls this device, e.g. ``NVIDIA H100 80GB HBM3`` or ``CPU (x86_64, AVX2, threads: 2)``."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"CPU ({platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, threads: {torch.get_num_threads()})"


def choose_dtype(dtype: str, device: torch.device) -> str:
    """The dtype that a model of this one is computed in: half precision, which CPUs draw badly in, is single there."""
    return "float32" if dtype == "float16" and device.type == "cpu" else dtype
