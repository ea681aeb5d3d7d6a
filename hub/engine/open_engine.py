"""The engine that the settings name."""

from hub.engine import ServingEngine
from hub.engine.local_engine import LocalEngine
from hub.engine.ray_engine import RayEngine
from hub.settings import EngineName, Settings
from hub.votes import ContentStore


def open_engine(settings: Settings) -> ServingEngine:
    """The engine of these settings; it loads nothing yet. Raises HubError for a Ray cluster that is not there.

    Pictures that requests name are read from the data folder.
    """
    read = ContentStore(settings.data).read_image
    if settings.engine is EngineName.ray:
        return RayEngine(settings, read)
    return LocalEngine(settings.places, compile=settings.compile, read=read)
