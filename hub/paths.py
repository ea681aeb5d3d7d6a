"""Folders outside the repository."""

from pathlib import Path

from platformdirs import user_cache_path


def cache_dir() -> Path:
    """The user's cache folder for data sets, features and samples (``XDG_CACHE_HOME`` is respected)."""
    return Path(user_cache_path("vernissage", appauthor=False))
