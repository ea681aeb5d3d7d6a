"""Serves ``app.py`` while a thread, as those that load a model, is in code that an ending Python can't leave."""

import os
import runpy
import threading
import time
from pathlib import Path

import torch

from tests.hub.ui import fakes

__all__ = ["fakes"]
BEGIN = Path(os.environ["STUCK_BEGIN"])  # the thread waits for this file, and takes it away as it goes in


def load() -> None:
    """Multiply matrices for ever, as a model's code would."""
    while not BEGIN.exists():
        time.sleep(0.05)
    matrix = torch.eye(64)
    BEGIN.unlink()
    while True:
        matrix = torch.relu(matrix @ matrix)


if __name__ == "__main__":
    threading.Thread(target=load, daemon=True).start()
    runpy.run_path("app.py", run_name="__main__")
