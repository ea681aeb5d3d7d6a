"""The admin page's HTML. Every text that goes in is escaped here; it takes no text of a rater's."""

from collections.abc import Sequence
from html import escape

from hub.watch import Snapshot
from hub.watch.snapshot import GeneratorRow, Quantiles

PLOTS = {
    "plot-votes": "Votes an hour (UTC)",
    "plot-seconds": "Seconds by generator",
    "plot-failures": "Failures by generator",
    "plot-queue": "Queue (UTC)",
    "plot-memory": "Memory (UTC)",
    "plot-reasons": "Not counted, not taken",
}
HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Vernissage, admin</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/admin/admin.css">"""
GENERATOR = ("Generator", "State", "Drawn", "Failed", "p50", "p95", "Wait p50", "Wait p95", "Drawing", "Waiting")
NOTHING = "–"


def render_login(trouble: str) -> str:
    """Return the form that asks for the token; ``trouble`` says why the last one was not taken."""
    why = f'<p class="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    return (
        f'{HEAD}</head><body class="login"><main><h1>Vernissage <small>admin</small></h1>'
        f'<form method="post" action="/admin/login"><label for="token">Admin token</label>'
        f'<input id="token" name="token" type="password" required autofocus autocomplete="current-password">{why}'
        f"<button>Log in</button></form></main></body></html>"
    )


def render_page(now: Snapshot) -> str:
    """Return the whole admin page; its script refreshes it."""
    parts = {name: f'<div id="{name}">{html}</div>' for name, html in render_tables(now).items()}
    plots = "".join(
        f'<section class="card"><h2>{title}</h2><div class="plot" id="{name}" role="img" aria-label="{title}"></div>'
        '<p class="empty">Nothing yet.</p></section>'
        for name, title in PLOTS.items()
    )
    return (
        f'{HEAD}<script src="/admin/plotly.js" defer></script><script src="/admin/admin.js" defer></script></head>'
        f'<body><header><h1>Vernissage <small>admin</small></h1><p id="fresh" role="status"></p>'
        f'<form method="post" action="/admin/logout"><button>Log out</button></form></header>'
        f'<main>{parts["tiles"]}<section class="card wide"><h2>Generators</h2>{parts["generators"]}</section>'
        f'<section class="card wide"><h2>Publishing</h2>{parts["publishing"]}</section>'
        f'<div class="plots">{plots}</div></main></body></html>'
    )


def render_tables(now: Snapshot) -> dict[str, str]:
    """Return the HTML of the page's tables and tiles by element id."""
    return {
        "tiles": _render_tiles(now),
        "generators": _render_generators(now.lines, now.time),
        "publishing": _render_publishing(now),
    }


def _render_tiles(now: Snapshot) -> str:
    refused = sum(count for (what, _), count in now.refused.items() if what == "vote")
    drawn = sum(line.drawn for line in now.lines)
    waiting = now.pages + sum(line.waiting for line in now.lines)
    tiles = [
        ("Battles", f"{now.battles:,}", f"up {_format_span(now.time - now.started)}"),
        ("Votes counted", f"{now.accepted:,}", f"{now.excluded:,} excluded, {refused:,} refused"),
        ("Pictures", f"{drawn:,}", f"{sum(line.drawing for line in now.lines):,} being drawn"),
        ("Waiting", f"{waiting:,}", f"{now.pages:,} of them pages"),
        ("Memory", _format_bytes(now.resident), "this process"),
        *((f"Memory {one.device}", _format_bytes(one.used), f"of {_format_bytes(one.total)}") for one in now.devices),
        ("Disk", _format_bytes(now.free), "free for the data folder"),
        ("A vote to disk", _format_milliseconds(now.disk), "p95, fsync included"),
    ]
    return "".join(
        f'<div class="tile"><h3>{escape(name)}</h3><b>{escape(value)}</b><p>{escape(note)}</p></div>'
        for name, value, note in tiles
    )


def _render_generators(lines: Sequence[GeneratorRow], time: float) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in GENERATOR)
    rows = "".join(_render_generator(line, time) for line in lines)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _render_generator(line: GeneratorRow, time: float) -> str:
    rate = line.failure_rate
    failed = NOTHING if rate is None else f"{100 * rate:.1f} %"
    p50, p95 = _format_seconds(line.seconds)
    wait50, wait95 = _format_seconds(line.waits)
    cells = (f"{line.drawn:,}", failed, p50, p95, wait50, wait95, f"{line.drawing:,}", f"{line.waiting:,}")
    numbers = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    tone, state = _describe_state(line, time)
    return f'<tr><th scope="row">{escape(line.name)}</th><td class="state {tone}">{escape(state)}</td>{numbers}</tr>'


def _describe_state(line: GeneratorRow, time: float) -> tuple[str, str]:
    """Return a generator's state as a tone and a text."""
    entry = line.entry
    if entry.problem:
        return "bad", entry.problem
    if entry.failed is not None and entry.failed > (entry.drew or 0.0):
        return "bad", f"failed {_format_span(time - entry.failed)} ago ({entry.failure})"
    if not entry.loaded:
        return "odd", "not loaded yet"
    return "good", "ready" if entry.drew is None else f"drew {_format_span(time - entry.drew)} ago"


def _render_publishing(now: Snapshot) -> str:
    state = now.published
    tone = "bad" if state.error else "good"
    waiting = "not known yet" if state.waiting is None else f"{len(state.waiting):,} shards"
    rows = [
        ("Data set", now.dataset or "none: everything stays in the data folder", ""),
        ("Last success", "none yet" if state.success is None else f"{_format_span(now.time - state.success)} ago", ""),
        ("Failures", f"{state.failures:,}", ""),
        ("Last error", state.error or "none", tone),
    ]
    if now.dataset:
        rows[1:1] = [
            ("Not published", waiting, ""),
            (
                "Oldest vote of it",
                "not known yet" if now.lag is None else _format_span(now.lag) if now.lag else "none",
                "",
            ),
        ]
    return (
        "<dl>"
        + "".join(f'<dt>{name}</dt><dd class="{tone}">{escape(text)}</dd>' for name, text, tone in rows)
        + "</dl>"
    )


def _format_span(seconds: float) -> str:
    """Return a duration in its largest unit, and the next smaller one."""
    whole = max(0, round(seconds))
    days, hours, minutes = whole // 86400, whole % 86400 // 3600, whole % 3600 // 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


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
