"""Prompts that a visitor gives to pictures of their own that have none: read from the names of files, or typed."""

from collections.abc import Sequence

from eval.picture_records.file_names import read_names
from hub.errors import PromptError
from hub.language.sentence import Sentence
from hub.ui.compare.added_pictures import OwnPicture


def read_by_names(pictures: Sequence[OwnPicture], pattern: str) -> dict[int, OwnPicture]:
    """Return pictures with what their names say by a pattern, by their old identity. Raises: DataError."""
    if not pattern or not pictures:
        return {}
    records = read_names([one.name for one in pictures], pattern, must=True).records
    found = {}
    for one in pictures:
        if (record := records.get(one.name)) and record.prompt:
            seed = record.seed if one.seed is None else one.seed
            found[id(one)] = one.fill(record.prompt, seed, record.generator)
    return found


def share_out(lines: Sequence[str], pictures: Sequence[OwnPicture]) -> dict[int, OwnPicture]:
    """Return pictures with the prompts of these lines, by their old identity. Raises: PromptError."""
    prompts = [" ".join(line.split()) for line in lines if line.strip()]
    if not prompts or not pictures:
        return {}
    if len(prompts) not in {1, len(pictures)}:
        raise PromptError(
            Sentence(
                "There are {lines} prompts for {count} pictures: give one for all, or one for each.",
                lines=len(prompts), count=len(pictures),
            )
        )  # fmt: skip
    each = prompts * len(pictures) if len(prompts) == 1 else prompts
    return {id(one): one.fill(prompt, one.seed, None) for one, prompt in zip(pictures, each, strict=True)}
