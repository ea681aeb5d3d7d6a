"""The admin page's HTML, in a visitor's language. Every text that goes in is escaped here; none is a rater's."""

from collections.abc import Sequence
from html import escape

from hub.generators.former import label_of
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.watch import Snapshot
from hub.watch.snapshot import GeneratorRow, Quantiles

PLOTS = {
    "plot-votes": Sentence("Votes an hour (UTC)"),
    "plot-seconds": Sentence("Seconds by generator"),
    "plot-failures": Sentence("Failures by generator"),
    "plot-queue": Sentence("Queue (UTC)"),
    "plot-memory": Sentence("Memory (UTC)"),
    "plot-reasons": Sentence("Not counted, not taken"),
}
HEAD = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/admin/admin.css">"""
GENERATOR = (
    Sentence("Generator"),
    Sentence("State"),
    Sentence("Drawn"),
    Sentence("Failed"),
    "p50",
    "p95",
    Sentence("Wait p50"),
    Sentence("Wait p95"),
    Sentence("Drawing"),
    Sentence("Waiting"),
)
NOTHING = "–"


def _render_head(language: Language) -> str:
    return HEAD.format(lang=language.code, title=escape(language.gettext("Vernissage, admin")))


def _render_name(language: Language) -> str:
    admin = escape(language.gettext("admin"))
    return f"<h1>Vernissage <small>{admin}</small></h1>"


def render_login(trouble: str, language: Language) -> str:
    """Return the form that asks for the token; ``trouble`` says why the last one was not taken."""
    why = f'<p class="trouble" role="alert">{escape(language.tell(trouble))}</p>' if trouble else ""
    label, enter = escape(language.gettext("Admin token")), escape(language.gettext("Log in"))
    return (
        f'{_render_head(language)}</head><body class="login"><main>{_render_name(language)}'
        f'<form method="post" action="/admin/login"><label for="token">{label}</label>'
        f'<input id="token" name="token" type="password" required autofocus autocomplete="current-password">{why}'
        f"<button>{enter}</button></form></main></body></html>"
    )


def render_page(now: Snapshot, language: Language) -> str:
    """Return the whole admin page; its script refreshes it."""
    parts = {name: f'<div id="{name}">{html}</div>' for name, html in render_tables(now, language).items()}
    nothing = escape(language.gettext("Nothing yet."))
    plots = "".join(
        f'<section class="card"><h2>{title}</h2><div class="plot" id="{name}" role="img" aria-label="{title}"></div>'
        f'<p class="empty">{nothing}</p></section>'
        for name, title in ((name, escape(language.tell(title))) for name, title in PLOTS.items())
    )
    fresh, gone = escape(language.gettext("as of {time}")), escape(language.gettext("the hub does not answer"))
    leave, lists = escape(language.gettext("Log out")), escape(language.pgettext("a list", "Generators"))
    publishing = escape(language.gettext("Publishing"))
    return (
        f'{_render_head(language)}<script src="/admin/plotly.js" defer></script>'
        f'<script src="/admin/admin.js" defer></script></head><body><header>{_render_name(language)}'
        f'<p id="fresh" role="status" data-fresh="{fresh}" data-gone="{gone}"></p>'
        f'<form method="post" action="/admin/logout"><button>{leave}</button></form></header>'
        f'<main>{parts["tiles"]}<section class="card wide"><h2>{lists}</h2>{parts["generators"]}</section>'
        f'<section class="card wide"><h2>{publishing}</h2>{parts["publishing"]}</section>'
        f'<div class="plots">{plots}</div></main></body></html>'
    )


def render_tables(now: Snapshot, language: Language) -> dict[str, str]:
    """Return the HTML of the page's tables and tiles by element id."""
    return {
        "tiles": _render_tiles(now, language),
        "generators": _render_generators(now.lines, now.time, language),
        "publishing": _render_publishing(now, language),
    }


def _render_tiles(now: Snapshot, language: Language) -> str:
    refused = sum(count for (what, _), count in now.refused.items() if what == "vote")
    drawn, drawing = (sum(counts) for counts in ([one.drawn for one in now.lines], [one.drawing for one in now.lines]))
    waiting = now.pages + sum(line.waiting for line in now.lines)
    up, own = _format_span(now.time - now.started, language), language.gettext("this process")
    tiles = [
        (language.gettext("Battles"), f"{now.battles:,}", language.gettext("up {span}", span=up)),
        (
            language.gettext("Votes counted"),
            f"{now.accepted:,}",
            language.gettext("{excluded:,} excluded, {refused:,} refused", excluded=now.excluded, refused=refused),
        ),
        (
            language.gettext("Agreed to vote"),
            f"{now.consent['agreed']:,}",
            language.gettext(
                "{asked:,} asked, {declined:,} not now", asked=now.consent["asked"], declined=now.consent["declined"]
            ),
        ),
        (language.gettext("Pictures"), f"{drawn:,}", language.gettext("{n:,} being drawn", n=drawing)),
        (language.gettext("Waiting"), f"{waiting:,}", language.gettext("{n:,} of them pages", n=now.pages)),
        (language.gettext("Memory"), _format_bytes(now.resident), own),
        *(
            (
                language.gettext("Memory {device}", device=one.device),
                _format_bytes(one.used),
                language.gettext("of {total}", total=_format_bytes(one.total)),
            )
            for one in now.devices
        ),
        (language.gettext("Disk"), _format_bytes(now.free), language.gettext("free for the data folder")),
        (language.gettext("A vote to disk"), _format_milliseconds(now.disk), language.gettext("p95, fsync included")),
    ]
    return "".join(
        f'<div class="tile"><h3>{escape(name)}</h3><b>{escape(value)}</b><p>{escape(note)}</p></div>'
        for name, value, note in tiles
    )


def _render_generators(lines: Sequence[GeneratorRow], time: float, language: Language) -> str:
    heads = "".join(f'<th scope="col">{escape(language.tell(head))}</th>' for head in GENERATOR)
    rows = "".join(_render_generator(line, time, language) for line in lines)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _render_generator(line: GeneratorRow, time: float, language: Language) -> str:
    rate = line.failure_rate
    failed = NOTHING if rate is None else f"{100 * rate:.1f} %"
    p50, p95 = _format_seconds(line.seconds)
    wait50, wait95 = _format_seconds(line.waits)
    cells = (f"{line.drawn:,}", failed, p50, p95, wait50, wait95, f"{line.drawing:,}", f"{line.waiting:,}")
    numbers = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    tone, state = _describe_state(line, time, language)
    title = escape(label_of(line.name).title)
    return (
        f'<tr title="{escape(line.name)}"><th scope="row">{title}</th><td class="state {tone}">{escape(state)}</td>'
        f"{numbers}</tr>"
    )


def _describe_state(line: GeneratorRow, time: float, language: Language) -> tuple[str, str]:
    """Return a generator's state as a tone and a text."""
    entry = line.entry
    if entry.problem:
        return "bad", language.tell(entry.problem)
    if entry.failed is not None and entry.failed > (entry.drew or 0.0):
        span = _format_span(time - entry.failed, language)
        return "bad", language.gettext("failed {span} ago ({kind})", span=span, kind=entry.failure)
    if not entry.loaded:
        return "odd", language.gettext("not loaded yet")
    if entry.drew is None:
        return "good", language.gettext("ready")
    return "good", language.gettext("drew {span} ago", span=_format_span(time - entry.drew, language))


def _render_publishing(now: Snapshot, language: Language) -> str:
    state = now.published
    tone, unknown = "bad" if state.error else "good", language.gettext("not known yet")
    since = language.gettext("none yet")
    if state.success is not None:
        since = language.gettext("{span} ago", span=_format_span(now.time - state.success, language))
    rows = [
        (
            language.gettext("Data set"),
            now.dataset or language.gettext("none: everything stays in the data folder"),
            "",
        ),
        (language.gettext("Last success"), since, ""),
        (language.gettext("Failures"), f"{state.failures:,}", ""),
        (language.gettext("Last error"), language.tell(state.error) or language.gettext("none"), tone),
    ]
    if now.dataset:
        waiting, lag = unknown, unknown
        if state.waiting is not None:
            waiting = language.ngettext("{n:,} shard", "{n:,} shards", len(state.waiting))
        if now.lag is not None:
            lag = _format_span(now.lag, language) if now.lag else language.gettext("none")
        rows[1:1] = [(language.gettext("Not published"), waiting, ""), (language.gettext("Oldest vote of it"), lag, "")]
    cells = "".join(f'<dt>{escape(name)}</dt><dd class="{tone}">{escape(text)}</dd>' for name, text, tone in rows)
    return f"<dl>{cells}</dl>"


def _format_span(seconds: float, language: Language) -> str:
    """Return a duration in its largest unit, and the next smaller one."""
    whole = max(0, round(seconds))
    days, hours, minutes = whole // 86400, whole % 86400 // 3600, whole % 3600 // 60
    if days:
        return language.gettext("{days} d {hours} h", days=days, hours=hours)
    if hours:
        return language.gettext("{hours} h {minutes} min", hours=hours, minutes=minutes)
    if minutes:
        return language.gettext("{minutes} min {seconds} s", minutes=minutes, seconds=whole % 60)
    return language.gettext("{seconds} s", seconds=whole)


def _format_bytes(count: int | None) -> str:
    if count is None:
        return NOTHING
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def _format_seconds(found: Quantiles) -> tuple[str, str]:
    return (_format_short(found[0]), _format_short(found[1])) if found else (NOTHING, NOTHING)


def _format_short(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _format_milliseconds(found: Quantiles) -> str:
    return f"{1000 * found[1]:.1f} ms" if found else NOTHING
