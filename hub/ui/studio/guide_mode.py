"""Guide: one prompt and seed drawn twice, without a guide picture and drawn to it, side by side."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from hub.errors import PictureError
from hub.generators import read_for
from hub.japanese.read_requests import list_texts, reading_of
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.prompts import check_prompt
from hub.receipt import make_receipt
from hub.schema import Criterion, Request
from hub.ui.battle.battle_tab import BattleTab
from hub.ui.field_notes import at_field
from hub.ui.markup import tell_reading
from hub.ui.parts import DRAWINGS, Ask, Updates, read_seed, show_errors
from hub.ui.studio.picture_box import PictureBox
from hub.ui.studio.sheet import render_download, render_foot, render_send
from hub.ui.studio.strength import SCRIPT, name_weight, read_weight, render_slider
from hub.ui.studio.studio_drawing import StudioDrawing, StudioParts, StudioTask
from hub.ui.studio.studio_mode import KEEP_GUIDE, StudioMode
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

NAME = "guide"
GUIDANCE = "guidance"  # the parameter of a generator that takes a strength
SENT = {  # what is told of a picture that was, or was not, sent to a battle
    "both": Sentence("Both sides start from your picture; it is published with the vote."),
    "none": Sentence("The prompt was sent alone: there is no guide picture."),
    "unkept": Sentence(
        "The prompt was sent alone: a picture is published with the vote, and you did not agree to keep it."
    ),
    "unable": Sentence("The prompt was sent alone: fewer than two generators here start from a picture."),
}


class GuideMode(StudioMode):
    """The tab's components and event handlers."""

    def __init__(self, parts: StudioParts, battle: BattleTab, tabs: gr.Tabs, page: TranslatedBlocks) -> None:
        super().__init__(NAME, lambda accepts: accepts.image, parts, page)
        self._battle, self._tabs = battle, tabs
        with gr.Row(elem_classes="vs-ask"):
            self.ask = Ask.build(page, parts.prompts, NAME)
        self.build_row(draws=False)
        with gr.Row(elem_classes="vs-give"):
            with gr.Column(min_width=240):
                self.box = PictureBox(NAME, Sentence("Guide picture"), parts, page)
            with gr.Column(min_width=240):
                self.strength = page.build(
                    gr.HTML,
                    {"value": render_slider},
                    html_template="${value.html}",
                    js_on_load=SCRIPT,
                    apply_default_css=False,
                    elem_id="guide-strength",
                )
                self.build_keep(KEEP_GUIDE)
        self.build_sheet()
        triggers = [self.ask.prompt.submit, self.ask.draw.click]
        self.wire(triggers, self.draw, [self.ask.prompt, self.box.html, self.strength])
        self._wire_send()

    def _wire_send(self) -> None:
        battle = self._battle
        self.sheet.send(
            self.send,
            [self.ask.prompt, self.box.html, self.keep, battle.question],
            [self._tabs, battle.ask.prompt, battle.wall, battle.desk],
            api_name="studio_send",
            api_visibility="undocumented",
            show_progress="hidden",
            concurrency_limit=DRAWINGS,
            concurrency_id="draw",
        )

    def draw(
        self,
        entry: str,
        seed: str | None,
        keep: bool,
        prompt: str,
        box: Any,
        strength: Any,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
    ) -> Iterator[Updates]:
        """Draw the prompt without the guide and with it, by the same seed."""
        language, page = get_language(request), request.session_hash or ""
        with show_errors(language):
            generator = self.entry.read(entry)
            plain = self._read_request(prompt, generator.name, seed)
            image, weight = self.box.read(box, page), read_weight(strength)
            if image is None:
                with at_field(self.box.name):
                    raise PictureError(
                        Sentence("There is no guide picture yet: choose a file, paste one, or take one.")
                    )
            rater = self.parts.visitors.rater(request, profile)
        strong = {GUIDANCE: weight} if GUIDANCE in generator.accepts.parameters else {}
        guided = plain.model_copy(update={"image": image, "parameters": strong})
        tasks = [_make_task(one, language) for one in (plain, guided)]
        drawing = StudioDrawing(self.parts, generator.name, tasks, NAME, page, language)
        yield from self.follow(drawing, rater, keep, lambda one: _render_end(one, keep))

    def _read_request(self, prompt: str, generator: str, seed: str | None) -> Request:
        """Return the request without a guide. Raises: PromptError."""
        with at_field(f"{NAME}-prompt"):
            prompt = check_prompt(prompt)
            read_as = read_for(prompt, [generator]).english
            plain = Request(prompt=prompt, seed=read_seed(seed, NAME), read_as=read_as)
            for text in list_texts(plain):
                self.parts.moderation.check_prompt(text)
        return plain

    def send(
        self, prompt: str, box: Any, keep: bool, question: str, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Put the prompt into a battle, and the picture where it may and can be, and draw there."""
        language, page, image = get_language(request), request.session_hash or "", None
        with show_errors(language):
            given = self.box.read(box, page)
            told = "none" if given is None else "unkept" if not keep else "unable"
            if given and keep and self.parts.battles.takes_images():
                image, told = self.parts.store.write_image(self.parts.held.of(page, given)), "both"
        gr.Info(language.tell(SENT[told]))
        yield {self._tabs: gr.Tabs(selected="battle"), self._battle.ask.prompt: prompt}
        yield from self._battle.draw_from(prompt, Criterion(question), image, request, profile)


def _make_task(request: Request, language: Language) -> StudioTask:
    """Return the task of one of both pictures."""
    seed = language.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(request.seed))
    if request.image is None:
        heading, strength = language.gettext("Without the guide"), ""
    else:
        heading = language.gettext("With the guide")
        strength = name_weight(float(request.parameters[GUIDANCE]), language) if GUIDANCE in request.parameters else ""
    caption = ", ".join(filter(None, [seed, strength, tell_reading(reading_of(request), language)]))
    alt = language.gettext("{title}'s picture for the prompt: {prompt}")
    return StudioTask(heading, request, caption, alt.format(title=heading, prompt=request.prompt))


def _render_end(drawing: StudioDrawing, kept: bool) -> str:
    """Return what comes below both pictures: the receipt, the pictures as files, and the way to a battle."""
    receipt, language = make_receipt(drawing.whole), drawing.language
    names = ("free", "guided")
    texts = [language.gettext("Save “{name}”", name=task.heading) for task in drawing.tasks]
    files = [
        render_download(drawing.addresses[number], f"{receipt.name}-{names[number]}.png", text)
        for number, text in enumerate(texts)
    ]
    return render_foot(receipt, files, render_send(language), kept, language)
