"""``kind = "diffusers"``: a text-to-image pipeline of the Hugging Face Hub or of a local folder, run here.

A hub id is fetched once, when it is first loaded or by ``python -m hub.generators --fetch``, and then taken from the
Hub's cache without asking again. Only safetensors are read, and no code of a repository is run. ``float16`` is computed
in ``float32`` on a CPU, and receipts say so.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # it is documented
from pydantic import Field, PrivateAttr, ValidationInfo, field_validator

from hub.errors import MissingFile
from hub.generators import snapshots
from hub.generators.contract import Accepts, Draw, Placement, Sampling
from hub.generators.facts import UNKNOWN, Facts, digests, joined, parameters
from hub.generators.kinds import KINDS, ConfiguredEntry, EntryKind
from hub.language.sentence import Sentence

Pixels = Annotated[int, Field(ge=64, le=4096, multiple_of=8)]
# They tell of each step, let it change the latents, and have a VAE or MoVQ for the guide (hub.methods.image_guidance).
GUIDED = {"StableDiffusionPipeline", "StableDiffusionXLPipeline", "KandinskyV22CombinedPipeline"}


class Diffusers(ConfiguredEntry):
    """The entry. ``model`` is a hub id, or a folder where it begins with ``/``, ``./``, ``../`` or ``~``.

    Steps and guidance have no default, as a wrong one spoils every picture of a distilled model. ``scheduler`` is a
    diffusers class in place of the model's own; without ``width`` and ``height`` the model's own size is drawn.
    """

    kind: Literal["diffusers"]
    model: str = Field(min_length=1)
    steps: int = Field(ge=1, le=1000)
    guidance_scale: float = Field(ge=0, le=100)
    revision: str = Field(default="main", min_length=1)
    variant: str | None = Field(default=None, pattern=r"^[a-z]\w*$")
    scheduler: str | None = Field(default=None, pattern=r"^[A-Z]\w*Scheduler$")
    width: Pixels | None = None
    height: Pixels | None = None
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    max_sequence_length: int | None = Field(default=None, ge=1, le=4096)  # tokens, for models with a T5
    _loaded: Path | None = PrivateAttr(None)  # what is drawn with, whatever the cache holds by now

    @field_validator("model")
    @classmethod
    def _id_or_folder(cls, value: str, info: ValidationInfo) -> str:
        if value.startswith(("/", "./", "../", "~")):
            base = (info.context or {}).get("folder", Path())
            return str((base / Path(value).expanduser()).resolve())
        owner, slash, name = value.partition("/")
        if not (slash and owner and name) or "/" in name or any(c.isspace() for c in value):
            raise ValueError(f"{value!r} is neither a hub id (owner/name) nor a folder (beginning with / or ./)")
        validate_repo_id(value)
        return value

    @property
    def local(self) -> bool:
        """Whether the model is a folder of the user's."""
        return self.model.startswith("/")

    @property
    def remote(self) -> bool:
        """It runs here."""
        return False

    @property
    def method(self) -> str:
        """The model, and how it draws."""
        source = Path(self.model).name if self.local else self.model
        if self.steps == 1:
            return Sentence(
                "{model} by diffusers, 1 step, guidance scale {guidance:g}", model=source, guidance=self.guidance_scale
            )
        return Sentence(
            "{model} by diffusers, {steps} steps, guidance scale {guidance:g}",
            model=source,
            steps=self.steps,
            guidance=self.guidance_scale,
        )

    @property
    def folder(self) -> Path | None:
        """Where the whole pipeline is; None for one that is not downloaded, or not to its end.

        Raises MissingFile for a folder of the user's that is no pipeline.
        """
        if self._loaded is not None:
            return self._loaded
        if self.local:
            snapshots.checkpoints(Path(self.model), self.variant)
            return Path(self.model)
        found = snapshots.cached(self.model, self.revision)
        try:
            return found if found and snapshots.checkpoints(found, self.variant) else None
        except snapshots.NotWhole:
            return None

    @property
    def weights(self) -> tuple[Path, ...]:
        """Its checkpoints; for one that is not here, or not whole, a file that is missing: it needs a device still."""
        missing = Path(self.model) / snapshots.INDEX if self.local else snapshots.expected(self.model)
        try:
            return snapshots.checkpoints(self.folder, self.variant) if self.folder else (missing,)
        except MissingFile:
            return (missing,)

    @property
    def sampling(self) -> Sampling:
        """As the entry says; the scheduler and size that it leaves open are the checkpoint's."""
        sizes = {"width": self.width, "height": self.height, "max_sequence_length": self.max_sequence_length}
        asked = {name: value for name, value in sizes.items() if value is not None}
        return Sampling(self.scheduler or self._own_scheduler(), self.steps, self.guidance_scale, self.dtype, asked)

    @property
    def accepts(self) -> Accepts:  # type: ignore[override]  # of this model, not of the kind
        """A picture that guides, where the pipeline takes one; nothing is known of a model that is not here."""
        try:
            guided = self.folder is not None and snapshots.index_of(self.folder)["_class_name"] in GUIDED
        except MissingFile:
            guided = False
        parameters = {"guidance": float} if guided else {}
        return Accepts(image=guided, parameters=parameters, any_language=True)

    def _own_scheduler(self) -> str | None:
        path = self.folder / "scheduler" / "scheduler_config.json" if self.folder else None
        try:
            return str(json.loads(path.read_text(encoding="utf-8"))["_class_name"]) if path and path.exists() else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MissingFile(Sentence("The pipeline's {path} can't be read: fetch it again.", path=path)) from error

    def check(self) -> None:
        """Raise MissingFile for a folder that is no pipeline, or a model that may not be fetched."""
        if self.folder is None:
            snapshots.check_reachable(self.model)

    def facts(self) -> Facts:
        """The commit that the Hub names, or for a folder its checkpoints' SHA-256; then the entry's recipe.

        Raises MissingFile as ``check`` does.
        """
        self.check()
        folder = self.folder
        paths = snapshots.checkpoints(folder, self.variant) if folder else ()
        sha256 = digests(paths, folder) if folder else {}
        commit = joined(sha256) if self.local else folder.name[:12] if folder else ""
        return Facts(
            name=self.name,
            title=self.title,
            method=self.method,
            licence=self.licence,
            revision=f"{commit}.{self.recipe}" if commit else UNKNOWN,
            parameters=parameters(paths) if folder else None,
            device=UNKNOWN,
            device_hours=None,
            sha256=sha256,
            note=self.trouble or ("" if folder else Sentence("not downloaded yet")),
        )

    def load_draw(self, place: Placement) -> Draw:
        """Fetch what is not here, and read the pipeline."""
        from hub.generators.load_pipeline import read_pipeline

        folder = self.folder or self.load_files()
        draw = read_pipeline(self, folder, place)
        self._loaded = folder
        return draw

    def load_files(self) -> Path:
        """Fetch what is missing, or newer on the Hub, and give the folder. Raises HubError."""
        if self.local:
            snapshots.checkpoints(Path(self.model), self.variant)
            return Path(self.model)
        folder = snapshots.load_snapshot(self.model, self.revision, self.variant)
        snapshots.checkpoints(folder, self.variant)
        return folder


KINDS.add(EntryKind("diffusers", Diffusers, stored=True))
