"""The engine that the settings name."""

from contextlib import suppress

from hub.engine import ServingEngine
from hub.engine.local_engine import LocalEngine
from hub.engine.packing import ReadPicture, read_nothing
from hub.engine.ray_engine import RayEngine
from hub.errors import MissingFile
from hub.settings import EngineName, Settings
from hub.votes import ContentStore


def open_engine(settings: Settings, held: ReadPicture = read_nothing) -> ServingEngine:
    """The engine of these settings; it loads nothing yet. Raises HubError for a Ray cluster that is not there.

    Pictures that requests name are read from those that are ``held``, and else from the data folder.
    """
    store = ContentStore(settings.data)

    def read(sha256: str) -> bytes:
        with suppress(MissingFile):
            return held(sha256)
        return store.read_image(sha256)

    if settings.engine is EngineName.ray:
        return RayEngine(settings, read)
    return LocalEngine(settings.places, compile=settings.compile, read=read)
