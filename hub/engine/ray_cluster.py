"""The connection to a Ray cluster: opened once, quiet, at loopback where it is of this machine alone."""

import logging
import os
import socket
from types import ModuleType

from hub.errors import HubError, MissingFile
from hub.settings import Settings

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anyone
    "RAY_ENABLE_AUTO_CONNECT": "0",  # a call after the end starts no cluster of its own
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # what Ray will do anyway, and warns of
}
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # by its name for other systems; here it makes Ray use 127.0.0.1
ABSENT = "Ray is not installed, which the engine ray needs: pip install -r requirements/ray.txt"
TOO_FEW = "The {count} generators take {share:g} of a GPU each, and the cluster has {there:g}: lower HUB_RAY_GPUS."
STORE = 256 * 2**20  # bytes for pictures under way, in a cluster of this machine alone


def load_ray(settings: Settings) -> ModuleType:
    """Ray, connected to the cluster of the settings, or to one of this machine alone that ends with this process.

    Raises HubError where there is none at that address, and MissingFile where Ray is not installed.
    """
    here = settings.ray_address.rpartition(":")[0] in {"", "127.0.0.1", "localhost"}
    for name, value in (QUIET | (LOOPBACK if here else {})).items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise MissingFile(ABSENT) from error
    if not ray.is_initialized():
        own = {} if settings.ray_address else {"object_store_memory": STORE, "include_dashboard": False}
        address = settings.ray_address or "local"
        try:
            _knock(settings.ray_address)
            ray.init(address, log_to_driver=False, logging_level=logging.WARNING, **own)
        except (OSError, RuntimeError, ValueError) as error:
            raise HubError(
                f"There is no Ray cluster at {settings.ray_address or 'this machine'} ({error}): "
                "start one with ray start --head, or mend HUB_RAY_ADDRESS."
            ) from error
    return ray  # type: ignore[no-any-return]


def _knock(address: str) -> None:
    """Raises OSError where nobody listens at host:port, which Ray itself finds out after minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=5).close()


def load_data(settings: Settings) -> ModuleType:
    """Ray Data, which keeps the order of rows and says nothing. Raises as ``load_ray``."""
    load_ray(settings)
    from ray import data

    context = data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return data  # type: ignore[no-any-return]


def gpus(settings: Settings) -> float:
    """GPUs of the cluster."""
    return float(load_ray(settings).cluster_resources().get("GPU", 0))


def share_gpus(there: float, share: float | None, count: int) -> float:
    """Return the share of ``there`` GPUs that each of ``count`` generators takes: HUB_RAY_GPUS, or as large as can be.

    All get the same, at most one. Raises: HubError where there are too few GPUs.
    """
    if share is None:
        share = min(1.0, int(1e4 * there / count) / 1e4)  # Ray counts in 1/10,000 of a GPU
    if share * count > there:
        raise HubError(TOO_FEW.format(count=count, share=share, there=there))
    return share


def nodes(settings: Settings) -> int:
    """Machines of the cluster."""
    return sum(node["Alive"] for node in load_ray(settings).nodes())
