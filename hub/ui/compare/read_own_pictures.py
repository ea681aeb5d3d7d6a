"""What a visitor gives, read as ``eval.score`` reads it: the same sources, believed in the same order.

The files are unpacked into a folder of their own, which is gone when this returns: what is kept is in memory.
"""

import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.types import ASGIApp

from eval.features.sources import SUFFIXES, Picture
from eval.picture_records.merged_records import MergedRecords, count_pictures
from eval.picture_records.metadata_files import check_given_tables
from eval.picture_records.picture_set import NAMED, PictureSet, read_picture_set
from hub.errors import DataError, HubError, ModerationError, PictureError
from hub.language.catalogue import printable
from hub.language.sentence import Sentence
from hub.moderation import Moderation
from hub.prompts import check_prompt
from hub.ui.compare import MOST_PICTURES
from hub.ui.compare.added_pictures import MOST_OF_PAGE, HeldOwnSets, OwnBatch, OwnPicture
from hub.ui.compare.picture_archive import NOTHING, LeftOutFile, unpack_archive
from hub.ui.middleware.bodies import SETS
from hub.ui.studio.upload_door import HELD_BACK, GivenFilesDoor
from hub.uploads import normalise_picture

KNOWN = {"prompt": Sentence("prompts"), "seed": Sentence("seeds"), "generator": Sentence("generators")}
EACH = 30  # that a network gives within a minute
MOST_NAME = 60  # characters of a generator's name
MOST_TRIED = 2 * MOST_PICTURES  # pictures that are decoded at most, if many of them can't be
_reading = threading.Lock()  # one at a time: files on the disk, and pictures in memory


def read_own_pictures(content: bytes, moderation: Moderation) -> OwnBatch:
    """Return the pictures of a ZIP with what is known of them, as many as fit into a grid.

    Raises: PictureError for what can't be taken at all, DataError for a list of pictures that has a fault.
    """
    with _reading, tempfile.TemporaryDirectory(prefix="vernissage-") as scratch:
        folder = Path(scratch)
        left_out = unpack_archive(content, folder)
        if not any(path.suffix.lower() in SUFFIXES for path in folder.rglob("*")):
            raise PictureError(_explain_nothing(left_out))
        found = _read_records(folder)
        return _Keeping(found, moderation, left_out).keep()


def _explain_nothing(left_out: Sequence[LeftOutFile]) -> Sentence:
    if not left_out:
        return NOTHING
    first = left_out[0]
    return Sentence("{nothing} {name}: {why}.", nothing=NOTHING, name=first.name, why=first.why)


def _read_records(folder: Path) -> PictureSet:
    """Return what :mod:`eval.picture_records` reads of a folder. Raises: PictureError, DataError."""
    try:
        check_given_tables(folder)
        return read_picture_set(str(folder))
    except DataError as error:
        raise DataError(_without_folder(error.sentence, folder)) from error
    except HubError:
        raise
    except Exception as error:  # whatever a reader raises for files that anybody can have made
        raise PictureError(
            Sentence(
                "These files can't be read ({reason}): pack the folder again, or give its pictures themselves.",
                reason=type(error).__name__,
            )
        ) from error


def _without_folder(said: str, folder: Path) -> str:
    """Return a sentence in which files are named by their paths within the folder, which is nobody's."""
    if not isinstance(said, Sentence):
        return said.replace(f"{folder}/", "").replace(str(folder), "the folder")
    fields = {name: _without_folder(one, folder) if isinstance(one, str) else one for name, one in said.fields.items()}
    return Sentence(said.template, **fields)


@dataclass
class _Keeping:
    """Chooses the pictures that are kept, and makes them plain; what can't be is left out, with the reason."""

    found: PictureSet
    moderation: Moderation
    left_out: list[LeftOutFile]

    def keep(self) -> OwnBatch:
        """Return the batch. Raises: PictureError where none of the pictures can be used."""
        told = list(self._describe())
        kept, over, left = list[OwnPicture](), list[str](), MOST_OF_PAGE
        for at, one in enumerate(_spread(told)):
            if len(kept) >= MOST_PICTURES or left <= 0 or at >= MOST_TRIED:
                over.append(one.name)
                continue
            png = self._make_plain(one.name)
            if png is None:
                continue
            left -= len(png)
            if left < 0:
                over.append(one.name)
            else:
                kept.append(OwnPicture(one.name, png, one.prompt, one.seed, one.generator, one.lack))
        order = {one.name: at for at, one in enumerate(told)}
        kept.sort(key=lambda one: order[one.name])
        if not kept and not over:
            first = self.left_out[0]
            raise PictureError(
                Sentence("None of these pictures can be used. {name}: {why}", name=first.name, why=first.why)
            )
        lost = tuple(LeftOutFile(name, why) for name, why in self.found.lost)
        unread = {one.name for one in self.left_out} & self._files.keys()
        return OwnBatch(
            tuple(kept),
            describe_set(self.found, len(self.found.pictures) - len(unread)),
            self.found.merged.differences,
            tuple(self.left_out),
            lost,
            tuple(over),
        )

    @cached_property
    def _files(self) -> dict[str, Picture]:
        return {one.name: one for one in self.found.pictures}

    def _describe(self) -> Iterator[OwnPicture]:
        """Yield the pictures, not read yet, whose prompt can be used or is not known."""
        merged, checked = self.found.merged, dict[str, str]()
        for picture in self.found.pictures:
            record = merged.records.get(picture.name)
            lack = merged.problems.get(picture.name, "")
            generator = (record.generator if record else merged.generators.get(picture.name)) or ""
            prompt = " ".join((record.prompt or "").split()) if record else ""
            if prompt and prompt not in checked:
                checked[prompt] = explain_refusal(prompt, self.moderation)
            if prompt and checked[prompt]:
                self.left_out.append(LeftOutFile(picture.name, checked[prompt]))
            else:
                name = printable(" ".join(generator.split()))[:MOST_NAME]
                yield OwnPicture(picture.name, b"", prompt or None, record.seed if record else None, name, lack)

    def _make_plain(self, name: str) -> bytes | None:
        """Return a picture as it is kept, None where it can't be."""
        try:
            png = normalise_picture(self._files[name].read())
            self.moderation.check_image(png)
        except ModerationError:
            self.left_out.append(LeftOutFile(name, HELD_BACK))
        except PictureError as error:
            self.left_out.append(LeftOutFile(name, error.sentence))
        else:
            return png
        return None


def _spread(pictures: Sequence[OwnPicture]) -> list[OwnPicture]:
    """Return pictures in the order in which they are kept: the first of each prompt by each generator, then others."""
    before: Counter[tuple[str | None, str]] = Counter()
    ranked = []
    for one in pictures:
        ranked.append((one.prompt is None, before[one.prompt, one.generator], one))
        before[one.prompt, one.generator] += 1
    return [one for *_, one in sorted(ranked, key=lambda ranks: ranks[:2])]


def explain_refusal(prompt: str, moderation: Moderation) -> str:
    """Return why a prompt is not taken; empty for one that is."""
    try:
        moderation.check_prompt(check_prompt(prompt))
    except HubError as error:
        return error.sentence
    return ""


def describe_set(found: PictureSet, count: int) -> Sentence:
    """Return what was read: so many pictures, of whom, and which source says what of them."""
    said = Sentence("Read {pictures}", pictures=count_pictures(count))
    if any(found.generators):
        names = [printable(name)[:MOST_NAME] or Sentence("not named") for name in found.generators]
        shown = names if len(names) <= NAMED else [*names[:NAMED], "..."]
        said = Sentence("{read} of {count} generators ({names})", read=said, count=len(names), names=shown)
        if len(names) == 1:
            said = Sentence("{read} of one generator ({name})", read=said.fields["read"], name=names[0])
    origins = list(_list_origins(found.merged))
    if not origins:
        return Sentence("{read}, without prompts.", read=said)
    for at, origin in enumerate(origins):
        told = {"before": said, "origin": origin}
        said = Sentence("{before}; {origin}", **told) if at else Sentence("{before}: {origin}", **told)
    return Sentence("{said}.", said=said)


def _list_origins(merged: MergedRecords) -> Iterator[Sentence]:
    """Yield which fields each source says."""
    found: dict[tuple[str, str], list[str]] = {}
    for field_name, said in KNOWN.items():
        for source in merged.origins.get(field_name, ()):
            found.setdefault(source, []).append(said)
    for (title, tool), fields in found.items():
        told = Sentence("{title} ({tool})", title=title, tool=tool) if tool else title
        yield Sentence("{fields} from {source}", fields=fields, source=told)


class OwnPicturesDoor(GivenFilesDoor):
    """ASGI middleware that takes a ZIP of pictures in, which a page then claims."""

    def __init__(self, app: ASGIApp, held: HeldOwnSets, moderation: Moderation) -> None:
        super().__init__(app, SETS, self._hold, EACH)
        self._held, self._moderation = held, moderation

    def _hold(self, content: bytes) -> str:
        return self._held.offer(read_own_pictures(content, self._moderation))
