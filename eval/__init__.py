"""Votes to ratings, pictures to metrics, both to a report; and for notebooks the functions on frames.

``from eval import rate_frame``: each of ``FRAMES`` is imported when it is first asked for, and pandas with it.
"""

from typing import Any

FRAMES = {  # by name: the module that has the function
    "rate_frame": "vote_frames",
    "wins_frame": "vote_frames",
    "to_latex": "vote_frames",
    "score_frame": "picture_frames",
    "diversity_frame": "picture_frames",
    "samples": "picture_frames",
    "plot_ratings": "frame_plots",
    "plot_scores": "frame_plots",
    "plot_wins": "frame_plots",
}


def load_function(name: str) -> Any:
    """Return a function on frames by its name."""
    from importlib import import_module

    return getattr(import_module(f"eval.{FRAMES[name]}"), name)


def __getattr__(name: str) -> Any:
    """Return a function on frames; every other name is no attribute."""
    if name in FRAMES:
        return load_function(name)
    raise AttributeError(f"module 'eval' has no attribute {name!r}")
