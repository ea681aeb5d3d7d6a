"""Names of the machine that draws, as figures of cost give them."""

import platform
from pathlib import Path

from hub.engine import Engine
from hub.engine.setups import load_place

CPUS = Path("/proc/cpuinfo")


def processor_name() -> str:
    """Return the model of this machine's CPU, or its kind where the system does not say."""
    try:
        lines = CPUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def describe_machine(engine: Engine, device: str = "") -> str:
    """Return the CPU's model and the device of this name; an engine that draws elsewhere is called a cluster."""
    return f"{processor_name()}, {load_place(device)}" if engine.here else "a cluster"
