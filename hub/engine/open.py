"""The engine that the settings name."""

from hub.engine import ServingEngine
from hub.engine.local import LocalEngine
from hub.settings import Settings


def open_engine(settings: Settings) -> ServingEngine:
    """The engine of these settings; it loads nothing yet."""
    return LocalEngine(settings.places, compile=settings.compile)
