"""What stands at a field: why what is in it was refused, and how much of a prompt's room is taken.

An error of an event reaches the page as a note in the corner, the only way that Gradio has. One that names a field is
marked with it, and the script moves its sentence there. Without the script it stays in the corner.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from hub.errors import DataError, HubError, PictureError, PromptError, RequestError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.prompts import MAX_LENGTH

SCRIPT = (Path(__file__).parent / "field_notes.js").read_text(encoding="utf-8")
LONG = 6  # lines to which the box of one prompt grows
COUNTING, LINES = (
    "vs-counting",
    "vs-lines",
)  # classes of boxes whose characters are counted, and of those with one a line
ONE_LINE, MANY_LINES = [COUNTING], [COUNTING, LINES]
OF_A_FIELD = (DataError, PictureError, PromptError, RequestError)  # that whoever typed can mend
COUNTED = {  # by the script
    "near": Sentence("{count} of {most}"),
    "over": Sentence("{count} of {most}: {more} too many"),
    "line": Sentence("line {line}: {said}"),
    "spoken": Sentence("Characters: {said}"),
}


@contextmanager
def at_field(field: str) -> Iterator[None]:
    """Note of an error inside that it is about the field of this element id, unless one is noted that is nearer."""
    try:
        yield
    except OF_A_FIELD as error:
        error.field = error.field or field
        raise


def render_refusal(error: HubError, language: Language) -> str:
    """Return an error's sentence as HTML, whose second class is its field where it has one: Gradio keeps no data."""
    said = escape(language.tell(error.sentence))
    return f'<span class="vs-refusal {escape(error.field)}">{said}</span>' if error.field else said


def render_field_notes(language: Language) -> str:
    """Return what the script counts by, and where it speaks to screen readers."""
    facts = "".join(f' data-{name}="{escape(language.tell(said))}"' for name, said in COUNTED.items())
    return f'<p class="vs-heard" id="field-notes" role="status" data-most="{MAX_LENGTH}"{facts}></p>'
