"""A battle of the gallery drawn again, in the queue as all drawings are, and held against what was voted on."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from hub.battle import SlotDrawing
from hub.language.catalogue import Language
from hub.raters import Rater
from hub.receipt import Receipt
from hub.receipt.replay import Replayed, compare_again, refuse_remote
from hub.ui.drawing import LOADING, Done, Event, Failed, Progress, Waiting, draw_each
from hub.ui.gallery.gallery_view import render_replayed
from hub.ui.parts import DrawingParts
from hub.votes import ContentStore


@dataclass
class BattleReplay:
    """One replay: ``told`` has what was found of each picture that is done, ``failed`` why others can't be drawn."""

    parts: DrawingParts
    store: ContentStore
    receipt: Receipt
    language: Language
    told: dict[int, Replayed] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)

    def follow(self, rater: Rater) -> Iterator[str]:
        """Draw every picture again, and yield the HTML of what is known so far."""
        jobs = {}
        for number, (label, sample) in enumerate(zip(self.receipt.labels, self.receipt.pictures, strict=True)):
            remote = refuse_remote(label, sample, self.receipt.setup(sample.setup))
            if remote:
                self.told[number] = remote
            else:
                jobs[number] = SlotDrawing(sample.generator, sample.request)
        yield self._render(self.language.gettext("queued"))
        with closing(draw_each(self.parts.engine, jobs, rater.id)) as drawings:
            for news in drawings:
                said = [self._note(event) for event in news]
                yield self._render(said[-1] if said else "")
        yield self._render_end()

    def _note(self, event: Event[int]) -> str:
        """Take one event in, and return what the page says of it."""
        language = self.language
        match event:
            case Waiting(place=place):
                if place == LOADING:
                    return language.gettext("loading the models")
                return language.gettext("queued, place {place}", place=place)
            case Progress(share=share):
                return language.gettext("drawing {percent} %", percent=round(100 * share))
            case Failed(key=number, error=error):
                self.failed[number] = language.gettext("it can't be drawn: {error}", error=error.sentence)
            case Done(key=number, drawn=drawn):
                label, sample = self.receipt.labels[number], self.receipt.pictures[number]
                then = self.receipt.setup(sample.setup)
                self.told[number] = compare_again(label, sample, then, drawn, self.store.image)
        return language.gettext(
            "{done} of {count} pictures", done=len(self.told) + len(self.failed), count=len(self.receipt.pictures)
        )

    def _render(self, said: str) -> str:
        return render_replayed((), said) if said else ""

    def _render_end(self) -> str:
        """Return the verdict, and a line for each picture of which there is more to say."""
        language, count = self.language, len(self.receipt.pictures)
        same = sum(one.identical for one in self.told.values())
        head = language.gettext("Identical, byte for byte: {same} of {count} pictures.", same=same, count=count)
        lines = [*self._tell_lines()]
        return render_replayed(lines, head, "vs-same" if same == count else "vs-differs")

    def _tell_lines(self) -> Iterator[str]:
        for number, label in enumerate(self.receipt.labels):
            if number in self.failed:
                yield f"{label}: {self.failed[number]}"
            elif number in self.told and (found := self.told[number]).differences:
                yield f"{label}: {'; '.join(self.language.tell(one) for one in found.differences)}"
