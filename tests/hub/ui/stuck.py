"""Serves ``app.py`` while a thread, as those that load a model, is in code that an ending Python can't leave."""

import runpy
import threading

import torch

from tests.hub.ui import fakes

__all__ = ["fakes"]


def load() -> None:
    """Multiply matrices for ever, as a model's code would."""
    matrix = torch.eye(64)
    while True:
        matrix = torch.relu(matrix @ matrix)


if __name__ == "__main__":
    threading.Thread(target=load, daemon=True).start()
    runpy.run_path("app.py", run_name="__main__")
