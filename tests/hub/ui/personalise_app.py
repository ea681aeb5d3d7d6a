"""Serves ``app.py`` with personalisations of few steps: the real training, on the real base."""

import os
import runpy

from hub.ui.personalise import personalisation_runs

STEPS = os.environ.get("FAKE_STEPS", "4")

if __name__ == "__main__":
    personalisation_runs.OPTIONS = (*personalisation_runs.OPTIONS, f"--steps={STEPS}", "--every=2", "--batch=2")
    personalisation_runs.WATCH_OPTIONS = ("--unrelated=10", "--class-pictures=10")
    runpy.run_path("app.py", run_name="__main__")
