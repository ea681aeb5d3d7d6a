"""Settings from the environment, read once and handed to what needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.errors import HubError


@dataclass(frozen=True)
class Settings:
    """How this hub runs. Each field's environment variable stands beside it."""

    data: Path = Path("data")  # HUB_DATA: votes and images
    host: str = "127.0.0.1"  # GRADIO_SERVER_NAME
    port: int = 7860  # GRADIO_SERVER_PORT
    device: str = ""  # HUB_DEVICE: cpu, cuda, cuda:1; empty: CUDA where there is one
    generators: tuple[str, ...] = ()  # HUB_GENERATORS: names, comma-separated; empty: all that are not hidden

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings from ``environ``; what is not set keeps its default. Raises HubError for a port that is none."""
        port = environ.get("GRADIO_SERVER_PORT", str(cls.port))
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise HubError(f"GRADIO_SERVER_PORT must be a port from 1 to 65535, not {port!r}.")
        names = environ.get("HUB_GENERATORS", "")
        return cls(
            data=Path(environ.get("HUB_DATA", cls.data)),
            host=environ.get("GRADIO_SERVER_NAME", cls.host),
            port=int(port),
            device=environ.get("HUB_DEVICE", cls.device),
            generators=tuple(name.strip() for name in names.split(",") if name.strip()),
        )
