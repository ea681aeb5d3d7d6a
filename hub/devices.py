"""Where models run."""

import platform

import torch

from hub.errors import HubError


def pick(name: str = "") -> torch.device:
    """The named device, or CUDA where there is one and else the CPU. Raises HubError for one that can't be used."""
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA raises AssertionError
        raise HubError(f"The device {name!r} can't be used here; set HUB_DEVICE=cpu, or leave it unset.") from error
    return device


def describe(device: torch.device) -> str:
    """What a card calls this device, e.g. ``NVIDIA H100 80GB HBM3`` or ``CPU (x86_64, AVX2, threads: 2)``."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"CPU ({platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, threads: {torch.get_num_threads()})"


def precision(dtype: str, device: torch.device) -> str:
    """The dtype that a model of this one is computed in: half precision, which CPUs draw badly in, is single there."""
    return "float32" if dtype == "float16" and device.type == "cpu" else dtype
