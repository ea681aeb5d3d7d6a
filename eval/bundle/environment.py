"""Where a bundle was made: Python, packages, machine and code; nothing of who made it, nor of where it lay."""

import os
import platform
import re
from importlib.metadata import distributions
from typing import Any

from eval.about import find_commit
from eval.machine import processor_name


def describe_environment() -> dict[str, Any]:
    """Return the versions of Python and of all installed packages, the processor, the system, and the commit."""
    names = ((one.metadata["Name"], one.version) for one in distributions())
    packages = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in names if name}
    return {
        "commit": find_commit(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "packages": dict(sorted(packages.items())),
    }
