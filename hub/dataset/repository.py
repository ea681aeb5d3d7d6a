"""One data set on the Hugging Face Hub, through the Hub's own client."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import httpx2
from huggingface_hub import CommitOperationAdd, HfApi, constants, set_client_factory
from huggingface_hub.constants import ENDPOINT
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import logging as client_logging
from huggingface_hub.utils._http import default_client_factory
from huggingface_hub.utils.sha import git_hash
from huggingface_hub.utils.tqdm import disable_progress_bars

from hub.errors import HubError, RemoteError
from hub.huggingface.retry import REFUSED, Patience, ServiceNames, explain_error, find_http_status, retry_step
from hub.settings import Settings

T = TypeVar("T")
TIME_LIMITS = {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 60.0}  # seconds without a sign of life


def _set_timeouts(request: httpx2.Request) -> None:
    """Give a request the time limits that the client did not: without them a silent server would hold it forever."""
    given = request.extensions.get("timeout", {})
    request.extensions["timeout"] = {
        name: limit if given.get(name) is None else given[name] for name, limit in TIME_LIMITS.items()
    }


def _make_client() -> httpx2.Client:
    client = default_client_factory()
    hooks = client.event_hooks
    client.event_hooks = {**hooks, "request": [*hooks["request"], _set_timeouts]}
    return client


@cache
def prepare_client() -> None:
    """Configure the client once: time limits, no bars or warnings of its own, plain HTTP (Xet has no limits)."""
    set_client_factory(_make_client)
    constants.HF_HUB_DISABLE_XET = True
    client_logging.set_verbosity(logging.ERROR)
    disable_progress_bars()


def get_endpoint() -> str:
    """Return the Hub's address, which HF_ENDPOINT may change."""
    return ENDPOINT


def matches_content(there: RepoFile, content: bytes) -> bool:
    """Return whether a file on the Hub has this content."""
    if there.lfs is not None:
        return bool(there.lfs.sha256 == hashlib.sha256(content).hexdigest())
    return bool(there.blob_id == git_hash(content))


class NoDataSet(RemoteError):
    """There is no data set of this name, or none that this token may see."""


class DatasetRepository:
    """The data set that the settings name; methods but ``persist`` try once and raise the client's errors."""

    def __init__(self, settings: Settings, patience: Patience) -> None:
        if not settings.dataset:
            raise HubError("There is no data set to talk to: set HUB_DATASET, as in HUB_DATASET=someone/votes.")
        prepare_client()
        self.settings = settings
        self.patience = patience
        self._token = settings.token.get_secret_value() if settings.token else None
        self._api = HfApi(endpoint=get_endpoint(), token=self._token or False)

    def persist(self, step: Callable[[], T]) -> T:
        """Return the result of ``step``, retried while its errors are passing ones.

        Raises: RemoteError or StorageError.
        """
        return retry_step(step, self.patience, self._explained)

    def _explained(self, error: BaseException) -> HubError:
        return explain_error(error, ServiceNames(self.settings.dataset, self._api.endpoint, self._token))

    def need_token(self) -> None:
        """Check that there is a token.

        Raises: RemoteError without one, because nothing can be written then.
        """
        if self._token is None:
            raise RemoteError(f"Publishing to {self.settings.dataset} needs a token that may write: set HF_TOKEN.")

    def listing(self) -> dict[str, RepoFile] | None:
        """Return the files of the data set by name; None where there is no such data set."""
        try:
            entries = list(self._api.list_repo_tree(self.settings.dataset, recursive=True, repo_type="dataset"))
        except RepositoryNotFoundError as error:
            if find_http_status(error) in REFUSED:
                raise
            return None
        return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}

    def check_private(self) -> None:
        """Check that the data set is as private as the settings want it.

        Raises: RemoteError where it should be private and is public.
        """
        name = self.settings.dataset
        if self.settings.private and not self._api.dataset_info(name).private:
            raise RemoteError(f"HUB_DATASET_PRIVATE is set, but {name} is public. Make it private, or name another.")

    def create(self) -> None:
        """Make the data set unless it is there, private if the settings say so."""
        self._api.create_repo(self.settings.dataset, repo_type="dataset", private=self.settings.private, exist_ok=True)

    def commit(self, files: Sequence[tuple[str, Path]], message: str) -> None:
        """Add files in one commit; a file that an earlier attempt uploaded is not uploaded again."""
        additions = [CommitOperationAdd(name, path) for name, path in files]
        for addition in additions:  # one by one: several go to threads that hold up the process's end
            self._api.preupload_lfs_files(
                self.settings.dataset, [addition], repo_type="dataset", free_memory=False, num_threads=1
            )
        self._api.create_commit(
            self.settings.dataset, additions, commit_message=message, repo_type="dataset", num_threads=1
        )

    def download(self, name: str, folder: Path) -> Path:
        """Fetch one file into a folder and return its path."""
        return Path(self._api.hf_hub_download(self.settings.dataset, name, repo_type="dataset", local_dir=folder))
