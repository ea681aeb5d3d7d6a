"""The page's few pieces of HTML. Every text that goes in is escaped here."""

from collections.abc import Sequence
from html import escape

from hub.generators.facts import Facts
from hub.generators.former import label_of
from hub.schema import Sample
from hub.ui.drawing import LOADING

HEADER = """<header class="vs-header"><h1>Vernissage</h1>
<p>Two painters, one prompt, no names. Say what you see, then learn who painted it.</p></header>"""
KEYS = """<p class="vs-keys">Keys: <kbd>1</kbd> or <kbd>A</kbd> for A, <kbd>2</kbd> or <kbd>B</kbd> for B,
<kbd>3</kbd> or <kbd>T</kbd> for a tie, <kbd>4</kbd> or <kbd>N</kbd> for neither,
then <kbd>Enter</kbd> for the next battle.</p>"""
ABOUT = """<div class="vs-about"><p>Every battle draws the same prompt and seeds with two generators; which two, on
which side, and from which seeds, is decided on the server and told only after the vote is saved. Pairs that met least
often come first. Each vote has a receipt, with which anyone can draw its pictures again and compare them byte by
byte.</p>
<p>No vote is deleted. Kept but not counted are votes from a page whose cookie did not come back, and those that the
arena's checks find suspicious; the report says how many, and why.</p>
<p>The generators of this arena:</p></div>"""


LOGINS = """<p class="vs-keys">Only votes given after logging in count here; all others are kept, and marked.</p>"""


def render_consent(text: str) -> str:
    """Return what a rater agrees to, at the foot of the page."""
    return f'<p class="vs-consent">{escape(text)}</p>'


def render_status(heading: str, text: str, share: float = 0.0, tone: str = "") -> str:
    """Return a panel's heading, state, and bar of the share done; ``tone`` is ``done``, ``failed`` or empty."""
    percent = round(100 * min(max(share, 0.0), 1.0))
    return (
        f'<div class="vs-status {escape(tone)}"><strong>{escape(heading)}</strong>'
        f'<span role="status">{escape(text)}</span></div>'
        f'<div class="vs-bar {escape(tone)}" role="progressbar" aria-label="Progress of {escape(heading)}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}"><i style="width:{percent}%"></i></div>'
    )


def render_waiting(heading: str, place: int = 0, share: float = 0.0) -> str:
    """Return the status of a panel whose drawing waits; ``place`` 1 is next, 0 is not known, or it is ``LOADING``."""
    if place == LOADING:
        return render_status(heading, "loading the models", share)
    return render_status(heading, f"queued, place {place}" if place else "queued", share)


def render_drawing(heading: str, share: float) -> str:
    """Return the status of a panel that is being drawn."""
    return render_status(heading, f"drawing {round(100 * share)} %", share)


def render_finished(heading: str, seconds: float) -> str:
    """Return the status of a named panel whose picture is done."""
    return render_status(heading, f"done in {seconds:.2f} s", 1.0, "done")


def render_frame(address: str = "", alt: str = "") -> str:
    """Return a framed picture by its address; an empty frame without one."""
    if not address:
        return '<div class="vs-frame"></div>'
    return f'<div class="vs-frame"><img src="{escape(address)}" alt="{escape(alt)}"></div>'


def render_details(generator: str, revision: str, drawn: str) -> str:
    """Return the label beside a picture, as in a museum: generator, revision, seeds, and how it was drawn."""
    return (
        f'<div class="vs-card"><p>{escape(label_of(generator).method)}</p>'
        f"<p><code>{escape(generator)}</code> revision <code>{escape(revision)}</code>, {escape(drawn)}</p></div>"
    )


def render_named(samples: Sequence[Sample]) -> str:
    """Return the label with the generator's name, for pictures of a battle that was blind until now."""
    first, seconds = samples[0], sum(sample.seconds for sample in samples)
    seeds = ", ".join(str(sample.seed) for sample in samples)
    drawn = f"seed {seeds}" if len(samples) == 1 else f"seeds {seeds}"
    label = render_details(first.generator, first.revision, f"{drawn}, drawn in {seconds:.2f} s")
    made = f'<details class="vs-made"><summary>How it was made</summary>{label}</details>'
    return f"<h3>{escape(label_of(first.generator).title)}</h3>{made}"


def render_roster(entries: Sequence[Facts | str]) -> str:
    """Return the table of generators; an entry that is a text says why its facts can't be read."""
    rows = "".join(
        f'<tr><td colspan="6">{escape(entry)}</td></tr>' if isinstance(entry, str) else _render_row(entry)
        for entry in entries
    )
    heads = "".join(
        f'<th scope="col">{head}</th>'
        for head in ("Generator", "Method", "Parameters", "Trained for", "Licence", "Revision")
    )
    return f'<div class="vs-table"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _render_row(entry: Facts) -> str:
    trained = f"{entry.device_hours:.2f} h on {entry.device}" if entry.device_hours else "not trained here"
    count = "-" if entry.parameters is None else f"{entry.parameters:,}"
    method = f"{entry.method} ({entry.note})" if entry.note else entry.method
    texts = (entry.title, method, count, "-" if entry.device_hours is None else trained, entry.licence)
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    return f"<tr>{cells}<td><code>{escape(entry.revision)}</code></td></tr>"
