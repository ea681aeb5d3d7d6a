"""The page's few pieces of HTML, in a visitor's language. Every text that goes in is escaped here."""

import base64
import json
from collections.abc import Sequence
from html import escape

from hub.generators import Accepts
from hub.generators.facts import Facts
from hub.generators.former import label_of
from hub.japanese.read_requests import reading_of
from hub.japanese.reader import Reading
from hub.language.catalogue import ENGLISH, Language, language_names
from hub.language.sentence import Sentence
from hub.schema import Record, Request, Sample
from hub.settings import CONSENT
from hub.ui.drawing import LOADING
from hub.ui.preview import SENTENCE

COLUMNS = (
    Sentence("Generator"),
    Sentence("Method"),
    Sentence("Parameters"),
    Sentence("Trained for"),
    Sentence("Licence"),
    Sentence("Studio"),
    Sentence("Revision"),
)

GRADIO_WORDS = {  # that Gradio 6.31 has in its code, in English only, and ours in their place
    "Close": Sentence("Close"),
    "Connection Lost": Sentence("Connection Lost"),
    "Connection to the server was lost. Attempting reconnection...": Sentence(
        "Connection to the server was lost. Attempting reconnection..."
    ),
    "Error": Sentence("That did not work"),  # most can be mended by whoever reads it
    "More tabs": Sentence("More tabs"),
}


def fill(template: str, **pieces: str) -> str:
    """Return a sentence as HTML: its words are escaped, its fields are HTML already."""
    return escape(template).format(**pieces)


def render_header(language: Language) -> str:
    """Return the page's name, what it is for, what opens the tour, and the switches of its theme and language."""
    options = "".join(
        f'<option value="{code}" lang="{code}"{" selected" if code == language.code else ""}>{escape(name)}</option>'
        for code, name in language_names().items()
    )
    label, new = escape(language.gettext("Language")), escape(language.gettext("New here?"))
    how = f'<button type="button" class="vs-link" id="how-it-works">{escape(language.gettext("How it works"))}</button>'
    dark = escape(language.gettext("Dark theme"))
    theme = f'<button type="button" class="vs-theme" id="theme" aria-label="{dark}" title="{dark}">◐</button>'
    words = {word: told for word, said in GRADIO_WORDS.items() if (told := language.tell(said)) != word}
    return (
        f'<header class="vs-header" data-words="{escape(json.dumps(words))}"><h1>Vernissage</h1>'
        f"<p>{escape(language.tell(SENTENCE))}</p>"
        f'<div class="vs-corner"><span>{new}</span>{how}{theme}'
        f'<select id="language" aria-label="{label}">{options}</select></div></header>'
    )


def render_keys(language: Language) -> str:
    """Return which keys vote."""
    names = {"key_a": "1", "letter_a": "A", "key_b": "2", "letter_b": "B", "key_tie": "3", "letter_tie": "T"}
    names |= {"key_bad": "4", "letter_bad": "N", "enter": "Enter", "undo": "U", "reveal": "R"}
    names |= {"closer": "+", "farther": "-", "slide": "S"}
    said = language.gettext(
        "Keys: {key_a} or {letter_a} for A, {key_b} or {letter_b} for B, {key_tie} or {letter_tie} for a tie, "
        "{key_bad} or {letter_bad} for neither; {undo} takes a vote back, {reveal} shows the names, {enter} goes on; "
        "{closer} and {farther} look closer, {slide} slides one over the other."
    )
    return f'<p class="vs-keys">{fill(said, **{name: f"<kbd>{key}</kbd>" for name, key in names.items()})}</p>'


def render_login_rule(language: Language) -> str:
    """Return that only votes with a login count."""
    said = language.gettext("Only votes given after logging in count here; all others are kept, and marked.")
    return f'<p class="vs-keys">{escape(said)}</p>'


def render_login(name: str, language: Language) -> str:
    """Return the link that logs in, or out where somebody of this ``name`` is logged in."""
    address, said = "login/huggingface", language.gettext("Sign in with Hugging Face")
    if name:
        address, said = "logout", language.gettext("Log out ({name})", name=name)
    return f'<p class="vs-login"><a class="vs-button" href="{address}?_target_url=/">{escape(said)}</a></p>'


def tell_consent(text: str, language: Language) -> str:
    """Return what a rater agrees to; only the arena's own text has translations."""
    return language.tell(CONSENT) if text == CONSENT else text


def render_consent(text: str, language: Language) -> str:
    """Return what a rater agrees to, at the foot of the page."""
    return f'<p class="vs-consent">{escape(tell_consent(text, language))}</p>'


def render_status(heading: str, text: str, share: float = 0.0, tone: str = "", language: Language = ENGLISH) -> str:
    """Return a panel's heading, state, and bar of the share done; ``tone`` is ``done``, ``failed`` or empty."""
    percent = round(100 * min(max(share, 0.0), 1.0))
    label = language.gettext("Progress of {heading}", heading=heading)
    return (
        f'<div class="vs-status {escape(tone)}"><strong>{escape(heading)}</strong>'
        f'<span role="status">{escape(text)}</span></div>'
        f'<div class="vs-bar {escape(tone)}" role="progressbar" aria-label="{escape(label)}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}"><i style="width:{percent}%"></i></div>'
    )


def render_waiting(heading: str, place: int = 0, share: float = 0.0, language: Language = ENGLISH) -> str:
    """Return the status of a panel whose drawing waits; ``place`` 1 is next, 0 is not known, or it is ``LOADING``."""
    if place == LOADING:
        said = language.gettext("loading the models")
    else:
        said = language.gettext("queued, place {place}", place=place) if place else language.gettext("queued")
    return render_status(heading, said, share, language=language)


def render_drawing(heading: str, share: float, language: Language) -> str:
    """Return the status of a panel that is being drawn."""
    said = language.gettext("drawing {percent} %", percent=round(100 * share))
    return render_status(heading, said, share, language=language)


def render_finished(heading: str, seconds: float, language: Language) -> str:
    """Return the status of a named panel whose picture is done."""
    said = language.gettext("done in {seconds:.2f} s", seconds=seconds)
    return render_status(heading, said, 1.0, "done", language)


def tell_reading(reading: Reading, language: Language) -> str:
    """Return what a Japanese prompt was read as, and what of it was not read; empty for a prompt that was not read."""
    said = [language.gettext("read as: {english}", english=reading.english)] if reading.english else []
    said += [language.gettext("not read: {parts}", parts=list(reading.unread))] if reading.unread else []
    return language.pgettext("between items", "; ").join(said)


def render_reading(reading: Reading, language: Language) -> str:
    """Return the line that tells how a prompt was read; nothing for one that was not."""
    said = tell_reading(reading, language)
    return f'<p class="vs-reading">{escape(said)}</p>' if said else ""


def render_worded(frame: str, asked: Request, language: Language) -> str:
    """Return a framed picture with the wording below it that it is of, and how that was read."""
    reading = tell_reading(reading_of(asked), language)
    read = f"<small>{escape(reading)}</small>" if reading else ""
    return f'<figure class="vs-worded">{frame}<figcaption>{escape(asked.prompt)}{read}</figcaption></figure>'


def render_frame(address: str = "", alt: str = "") -> str:
    """Return a framed picture by its address; an empty frame without one."""
    if not address:
        return '<div class="vs-frame"></div>'
    return f'<div class="vs-frame"><img src="{escape(address)}" alt="{escape(alt)}"></div>'


def render_details(sample: Sample, drawn: str, language: Language) -> str:
    """Return the label beside a picture, as in a museum: generator, revision, seeds, and how it was drawn."""
    said = fill(
        language.gettext("{generator} revision {revision}, {drawn}"),
        generator=f"<code>{escape(sample.generator)}</code>",
        revision=f"<code>{escape(sample.revision)}</code>",
        drawn=escape(drawn),
    )
    method = language.tell(label_of(sample.generator).method)
    return f'<div class="vs-card"><p>{escape(method)}</p><p>{said}</p></div>'


def render_named(samples: Sequence[Sample], language: Language) -> str:
    """Return the label with the generator's name, for pictures of a battle that was blind until now."""
    first, count = samples[0], len(samples)
    seeds = language.ngettext(
        "seed {seeds}", "seeds {seeds}", count, seeds=", ".join(str(sample.seed) for sample in samples)
    )
    seconds = sum(sample.seconds for sample in samples)
    drawn = language.gettext("{seeds}, drawn in {seconds:.2f} s", seeds=seeds, seconds=seconds)
    summary = escape(language.gettext("How it was made"))
    label = render_details(first, drawn, language)
    made = f'<details class="vs-made"><summary>{summary}</summary>{label}</details>'
    return f"<h3>{escape(label_of(first.generator).title)}</h3>{made}"


def render_receipt_link(receipt: Record, name: str, text: str) -> str:
    """Return a link that contains a receipt as a file of this name."""
    code = base64.b64encode(receipt.model_dump_json(indent=1).encode()).decode()
    return f'<a download="{escape(name)}" href="data:application/json;base64,{code}">{escape(text)}</a>'


def render_link(address: str, file: str, text: str) -> str:
    """Return a link that looks like a small button; a ``file`` is what it is saved as."""
    saved = f' download="{escape(file)}"' if file else ""
    return f'<a class="vs-small" href="{escape(address)}"{saved}>{escape(text)}</a>'


def render_roster(entries: Sequence[tuple[Facts | str, Accepts]], language: Language = ENGLISH) -> str:
    """Return the table of generators, each with what it takes; one that is a text says why its facts can't be read."""
    rows = "".join(
        f'<tr><td colspan="{len(COLUMNS)}">{escape(language.tell(entry))}</td></tr>'
        if isinstance(entry, str)
        else _render_row(entry, accepts, language)
        for entry, accepts in entries
    )
    heads = "".join(f'<th scope="col">{escape(language.tell(head))}</th>' for head in COLUMNS)
    region = f'role="region" tabindex="0" aria-label="{escape(language.pgettext("a list", "Generators"))}"'
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="vs-table vs-roster" {region}>{table}</div>'


def _name_ways(accepts: Accepts, language: Language) -> str:
    """Return which of the Studio's ways of working a generator can do."""
    ways = [Sentence("guide")] * accepts.image + [Sentence("between, arithmetic")] * accepts.mix
    return ", ".join(map(language.tell, ways)) or language.gettext("not able")


def _render_row(entry: Facts, accepts: Accepts, language: Language) -> str:
    trained = language.gettext("not trained here")
    if entry.device_hours:
        trained = language.gettext("{hours:.2f} h on {device}", hours=entry.device_hours, device=entry.device)
    count = "-" if entry.parameters is None else f"{entry.parameters:,}"
    method = language.tell(entry.method)
    if entry.note:
        method = language.gettext("{method} ({note})", method=method, note=entry.note)
    hours, ways = "-" if entry.device_hours is None else trained, _name_ways(accepts, language)
    texts = (entry.title, method, count, hours, entry.licence, ways)
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    return f"<tr>{cells}<td><code>{escape(entry.revision)}</code></td></tr>"
