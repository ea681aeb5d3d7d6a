"""Serves ``app.py`` with adaptations of few steps: the real training, of the real generators."""

import os
import runpy

from hub.ui.adapt import adaptation_runs

STEPS = os.environ.get("FAKE_STEPS", "6")

if __name__ == "__main__":
    adaptation_runs.OPTIONS = (f"--steps={STEPS}", "--mapper-steps=2", "--mapper-batch=4", "--every=2")
    runpy.run_path("app.py", run_name="__main__")
