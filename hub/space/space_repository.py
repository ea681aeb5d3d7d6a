"""One Space on the Hugging Face Hub, through the Hub's own client, with the data set's patience."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, SpaceRuntime
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile, SpaceInfo
from pydantic import SecretStr

from hub.dataset import Patience
from hub.dataset.repository import get_endpoint, prepare_client
from hub.errors import HubError, RemoteError
from hub.huggingface.retry import REFUSED, ServiceNames, explain_error, find_http_status, retry_step

T = TypeVar("T")
CHUNK = 50  # files whose upload is told of at once


class SpaceRepository:
    """A named Space; every method but ``persist`` is one attempt and raises the client's errors."""

    def __init__(self, name: str, token: SecretStr | None, patience: Patience) -> None:
        prepare_client()
        self.name, self.patience = name, patience
        self._token = token.get_secret_value() if token else None
        self._api = HfApi(endpoint=get_endpoint(), token=self._token or False)

    @property
    def url(self) -> str:
        """The address of the Space."""
        return f"{self._api.endpoint}/spaces/{self.name}"

    def persist(self, step: Callable[[], T]) -> T:
        """Return the result of ``step``, retried while its errors are passing ones.

        Raises: RemoteError or StorageError.
        """
        return retry_step(step, self.patience, self._explained)

    def _explained(self, error: BaseException) -> HubError:
        asked = ServiceNames(self.name, self._api.endpoint, self._token, "Space", "its name")
        return explain_error(error, asked)

    def need_token(self, what: str) -> None:
        """Check that there is a token.

        Raises: RemoteError without one, because ``what`` can't be done then.
        """
        if self._token is None:
            raise RemoteError(f"{what} {self.name} needs a token that may write: set HF_TOKEN.")

    def info(self) -> SpaceInfo | None:
        """Return what the Hub says of the Space; None where there is none that this token may see."""
        try:
            return self._api.space_info(self.name)
        except RepositoryNotFoundError as error:
            if self._token and find_http_status(error) in REFUSED:
                raise
            return None

    def listing(self) -> dict[str, RepoFile]:
        """Return the files of the Space by name."""
        entries = self._api.list_repo_tree(self.name, recursive=True, repo_type="space")
        return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}

    def secrets(self) -> set[str]:
        """Return the names of the Space's secrets; nobody can read their values."""
        return set(self._api.get_space_secrets(self.name))

    def variables(self) -> dict[str, str]:
        """Return the Space's variables, which anybody can read."""
        return {name: variable.value for name, variable in self._api.get_space_variables(self.name).items()}

    def runtime(self) -> SpaceRuntime:
        """Return the hardware and state that the Space runs in."""
        return self._api.get_space_runtime(self.name)

    def hardware(self) -> Mapping[str, tuple[str, str]]:
        """Return the hardware of Spaces by name: the memory of the machine and of its accelerators, as in ``16 GB``."""
        return {
            one.name: (one.ram, one.accelerator.vram if one.accelerator else "")
            for one in self._api.list_spaces_hardware()
        }

    def create(self, private: bool) -> None:
        """Make the Space unless it is there."""
        self._api.create_repo(self.name, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)

    def commit(
        self, files: Mapping[str, Path], gone: Sequence[str], message: str, report: Callable[[int, int], None]
    ) -> None:
        """Add and delete files in one commit; a file that an earlier attempt uploaded is not uploaded again."""
        adds = [CommitOperationAdd(name, path) for name, path in files.items()]
        for start in range(0, len(adds), CHUNK):
            chunk = adds[start : start + CHUNK]
            self._api.preupload_lfs_files(self.name, chunk, repo_type="space", free_memory=False, num_threads=1)
            report(min(start + CHUNK, len(adds)), len(adds))
        operations: list[CommitOperationAdd | CommitOperationDelete] = [*adds]
        operations += [CommitOperationDelete(name) for name in gone]
        self._api.create_commit(self.name, operations, commit_message=message, repo_type="space", num_threads=1)
