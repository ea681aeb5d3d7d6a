"""The door of a visitor's own pictures in Compare, what was read of them, and what is done with them."""

import io
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from eval.picture_records.file_names import EXAMPLE
from hub.errors import PictureError, PromptError, RequestError
from hub.files import png_bytes
from hub.language.catalogue import Language, printable
from hub.language.sentence import Sentence
from hub.ui.battle.event_fields import read_list, read_text
from hub.ui.compare.added_pictures import GONE, OwnPicture, OwnSet
from hub.ui.compare.comparison import OWN_WALL
from hub.ui.compare.own_prompts import read_by_names, share_out
from hub.ui.compare.own_report import SHOWN, render_door, render_report, tell_taken
from hub.ui.compare.own_rows import ChosenRows, OwnColumn, choose_rows, list_columns
from hub.ui.compare.picture_archive import NO_KIND, LeftOutFile
from hub.ui.compare.prompt_box import PromptBox
from hub.ui.compare.read_own_pictures import MOST_NAME, explain_refusal
from hub.ui.middleware.gradio_queue import read_event_data
from hub.ui.parts import Updates, show_errors
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

SCRIPT = (Path(__file__).parent / "own_tray.js").read_text(encoding="utf-8")
WALL = "compare-thumbs"
THUMB = 96  # pixels a side
MOST_COUNT = 10**6  # of files that a browser may say it has
YOURS = Sentence("Yours")


class OwnTray:
    """``html`` is the door, ``rows`` and ``title`` what a drawing asks of it: see :meth:`list_own`."""

    def __init__(self, parts: StudioParts, page: TranslatedBlocks) -> None:
        self._parts = parts
        looks: dict[str, Any] = {"apply_default_css": False, "padding": False, "js_on_load": SCRIPT}
        self.html = page.build(
            gr.HTML, {"value": lambda language: self._render(OwnSet(), "", "", language)},
            html_template="${value.html}", elem_id="compare-own", **looks,
        )  # fmt: skip
        self._build_boxes(page)

    def _build_boxes(self, page: TranslatedBlocks) -> None:
        """Add what is seen only with pictures that lack something."""
        with gr.Row(visible=False, elem_id="compare-own-lacking", elem_classes="vs-ask") as self._lacking:
            said = {
                "label": Sentence("Prompts of those that have none"),
                "info": Sentence("One line is for all of them; several are one each, in their order."),
            }
            self._prompts = page.build(gr.Textbox, said, lines=2, max_lines=8, scale=3, elem_id="compare-own-prompts")
            said = {
                "label": Sentence("Or what their file names say"),
                "info": Sentence("As --name-pattern of eval.score, such as {example}", example=EXAMPLE),
            }
            self._pattern = page.build(gr.Textbox, said, max_lines=1, scale=2, elem_id="compare-own-pattern")
            self._give = page.build(gr.Button, {"value": Sentence("Give them these")}, elem_id="compare-own-give")
        with gr.Row(visible=False, elem_id="compare-own-title", elem_classes="vs-ask") as self._naming:
            label = {"label": Sentence("Name of the column of your pictures that name no generator")}
            self.title = page.build(gr.Textbox, label, max_lines=1, max_length=MOST_NAME)
        self.rows = page.build(
            gr.Checkbox, {"label": Sentence("Only the rows that your pictures have")}, value=False, visible=False,
            elem_id="compare-own-rows", elem_classes="vs-keep",
        )  # fmt: skip

    def wire(self, entries: gr.CheckboxGroup, box: PromptBox, seeds: gr.Textbox) -> None:
        """Let pictures be added, given prompts, taken over into the boxes for prompts and seeds, and removed."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
        shown = [self.html, self._lacking, self._naming, self.title, self.rows]
        self.html.taken(self.take, self.title, shown, api_name="compare_own_taken", **quiet)
        self.html.remove(self.remove, None, shown, api_name="compare_own_remove", **quiet)
        filled = [self.html, box.prompts, box.worded, self.rows, seeds]

        def use(chosen: Any, request: gr.Request) -> Updates:
            found, updates = self.use(chosen, request)
            boxes = {box.prompts: "\n".join(found.prompts), seeds: ", ".join(map(str, found.seeds)), box.worded: False}
            return updates | boxes

        self.html.use(use, entries, filled, api_name="compare_own_use", **quiet)
        given = [self._prompts, self._pattern]
        gr.on(
            [self._give.click, self._pattern.submit], self.give, given, [*shown, *given],
            api_name="compare_own_give", **quiet,
        )  # fmt: skip

    def list_own(self, title: str | None, page: str, rows: bool = False) -> tuple[OwnColumn, ...]:
        """Return the columns of a page's own pictures, none where it has none; ``title`` is that of the unnamed.

        Raises: PictureError where the page shows some, by their title or as their ``rows`` are asked for, and they are
        gone.
        """
        found = self._find(page) if title or rows else self._parts.own.of(page)
        found = found.rename(_read_title(title))
        live = self._parts.live.generators
        return list_columns(found, {*(one.name for one in live), *(one.title for one in live)})

    def _find(self, page: str) -> OwnSet:
        """Return what a page added. Raises: PictureError where that is gone, after its time or for others' room."""
        found = self._parts.own.of(page)
        if not found.batches:
            raise PictureError(GONE)
        return found

    def take(self, title: str | None, event: gr.EventData, request: gr.Request) -> Updates:
        """Add pictures that were sent."""
        page, language, held = request.session_hash or "", get_language(request), self._parts.own
        unsent, others = _read_count(event, "unsent"), _read_others(event)
        with show_errors(language):
            if held.of(page).batches:
                held.change(page, lambda found: found.rename(_read_title(title)))
            held.claim(page, read_text(event, "pictures"), language.tell(YOURS), unsent, others)
        return self._show(request)

    def remove(self, request: gr.Request) -> Updates:
        """Forget all that the page added."""
        self._parts.own.clear(request.session_hash or "")
        for wall in (WALL, OWN_WALL):
            self._parts.addresses.clear(request.session_hash or "", wall)
        return self._show(request)

    def use(self, chosen: Any, request: gr.Request) -> tuple[ChosenRows, Updates]:
        """Return the prompts and seeds of the pictures, as many as fit beside the generators that are ticked."""
        page, language = request.session_hash or "", get_language(request)
        there = {one.name for one in self._parts.live.generators}
        drawn = len(there & {one for one in chosen if isinstance(one, str)}) if isinstance(chosen, list) else 0
        with show_errors(language):
            columns = self.list_own(None, page, rows=True)
            if not columns:
                raise RequestError(Sentence("None of your pictures has a prompt: give them one first."))
            found = choose_rows(columns, drawn)
            if not found.prompts:
                raise RequestError(Sentence("Not one row fits beside so many generators: untick some."))
        told = tell_taken(found, drawn, language)
        updates = {self.html: self._render(self._parts.own.of(page), page, told, language)}
        return found, updates | {self.rows: gr.update(value=found.sparse)}

    def give(self, prompts: str | None, pattern: str | None, request: gr.Request) -> Updates:
        """Give prompts to pictures that have none: by their names, then those that were typed."""
        page, held = request.session_hash or "", self._parts.own
        with show_errors(get_language(request)):
            found = self._find(page)
            named = read_by_names(found.unprompted, (pattern or "").strip())
            left = [one for one in found.unprompted if id(one) not in named]
            given = named | share_out((prompts or "").splitlines(), left)
            for number, one in enumerate(given.values(), 1):
                if why := explain_refusal(one.prompt or "", self._parts.moderation):
                    raise PromptError(Sentence("Prompt {number}: {why}", number=number, why=why))
            held.change(page, lambda now: now.change(lambda one: given.get(id(one), one)))
        return self._show(request) | {self._prompts: "", self._pattern: ""}

    def _show(self, request: gr.Request) -> Updates:
        page, language = request.session_hash or "", get_language(request)
        found = self._parts.own.of(page)
        unnamed = [batch.title for batch in found.batches if batch.unnamed]
        return {
            self.html: self._render(found, page, "", language),
            self._lacking: gr.update(visible=bool(found.unprompted)),
            self._naming: gr.update(visible=bool(unnamed)),
            self.title: unnamed[-1] if unnamed else "",
            self.rows: gr.update(visible=True) if found.pictures else gr.update(visible=False, value=False),
        }

    def _render(self, found: OwnSet, page: str, told: str, language: Language) -> dict[str, Any]:
        self._parts.addresses.clear(page, WALL)

        def hang(one: OwnPicture) -> str:
            with Image.open(io.BytesIO(one.png)) as image:
                image.thumbnail((THUMB, THUMB))
                return self._parts.addresses.hang(WALL, page, png_bytes(image))

        report = render_report(found, hang, language)
        return {"html": render_door(bool(found.batches), report, told, self._parts.own.seconds, language)}


def _read_count(event: gr.EventData, name: str) -> int:
    """Return a number that came with an event, 0 for what can be none."""
    number = read_event_data(event).get(name)
    return number if isinstance(number, int) and 0 <= number < MOST_COUNT else 0


def _read_others(event: gr.EventData) -> tuple[LeftOutFile, ...]:
    """Return the files that the browser did not send, because they are of other kinds."""
    named = [printable(name) for name in read_list(event, "others")[:SHOWN] if isinstance(name, str)]
    more = _read_count(event, "more")
    if more:
        named.append(Sentence("{count:,} more files", count=more))
    return tuple(LeftOutFile(name, NO_KIND) for name in named)


def _read_title(title: str | None) -> str:
    return printable(" ".join((title or "").split()))[:MOST_NAME]
