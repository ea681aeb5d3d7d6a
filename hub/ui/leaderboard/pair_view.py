"""The view of two generators that whoever looks chooses: who won how often, what the ratings expect, battles to see."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from eval.leaderboard.meetings import Meetings
from eval.leaderboard.standings import Standings
from eval.ratings.bradley_terry import Rating
from eval.render import Grid, begun
from eval.render.csv import csv_of
from eval.render.html_frame import paragraph, table
from eval.render.leaderboard_views import titled_part
from eval.render.names import CRITERIA, interval
from eval.statistics import wilson
from hub.errors import DataError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

KEY, FILE = "pair", "pair.csv"
SCALE = 400.0  # points of a rating that make odds of ten to one
NAMED = 30  # characters of a name that is told back
EXPLAINED = Sentence(
    "The share is of votes that preferred one of both, with Wilson's 95 % interval, which takes each vote for another "
    "rater's. Expected is what the ratings of all votes say, of which these are a few: where the two differ by far, "
    "these generators meet on prompts, or in ways, that one rating each does not tell."
)
SAME = Sentence("No generator meets itself: choose another one.")
NEVER = Sentence("Nobody has voted on a battle of these two yet.")


def list_entries(standings: Standings) -> list[str]:
    """Return the names of all generators that met another one."""
    return sorted({name for one in standings.meetings for name in (one.one, one.other)})


def read_pair(query: Mapping[str, str], standings: Standings) -> tuple[str, str]:
    """Return the two names that an address asks for; where it names none or one, with it those that met most often.

    Raises: DataError for a name that is none of the board's.
    """
    one, other = query.get("one", ""), query.get("other", "")
    names, most = list_entries(standings), Counter[tuple[str, str]]()
    for name in filter(None, (one, other)):
        if name not in names:
            raise DataError(Sentence("No battle of a generator {name!r} is on this board.", name=name[:NAMED]))
    for found in standings.meetings:
        for pair in ((found.one, found.other), (found.other, found.one)):
            if one in {"", pair[0]} and other in {"", pair[1]}:
                most[pair] += found.votes
    return (one, other) if one and other else max(most, key=lambda pair: most[pair], default=("", ""))


def find_meetings(standings: Standings, one: str, other: str) -> list[Meetings]:
    """Return the meetings of two generators by question, seen from the first."""
    pair = tuple(sorted((one, other)))
    return [found.seen_from(one) for found in standings.meetings if (found.one, found.other) == pair]


def expect_share(ratings: Sequence[Rating], one: str, other: str) -> float | None:
    """Return the share of votes that ``one`` is expected to win by the ratings, None where either has none."""
    points = {row.generator: row.rating for row in ratings}
    if one not in points or other not in points:
        return None
    return float(1 / (1 + 10 ** ((points[other] - points[one]) / SCALE)))


def _render_select(name: str, chosen: str, label: str, names: Sequence[str], language: Language) -> str:
    options = "".join(
        f'<option value="{escape(one)}"{" selected" if one == chosen else ""}>{escape(language.title(one))}</option>'
        for one in names
    )
    return f'<label>{escape(label)}<select name="{name}">{options}</select></label>'


def _render_bar(found: Meetings, language: Language) -> str:
    """Return the shares of what was said as a bar: won, neither, lost."""
    neither = found.tie + found.both_bad
    said = language.gettext(
        "{one} won {won:,}, neither {neither:,}, {other} won {lost:,}",
        one=language.title(found.one), other=language.title(found.other), won=found.won, lost=found.lost,
        neither=neither,
    )  # fmt: skip
    start, parts = 0.0, []
    for kind, number in (("won", found.won), ("neither", neither), ("lost", found.lost)):
        width = 100 * number / found.votes
        parts.append(f'<rect class="{kind}" x="{start:.2f}%" width="{width:.2f}%" height="100%"/>')
        start += width
    label = escape(said)
    return f'<svg class="vs-share" role="img" aria-label="{label}"><title>{label}</title>{"".join(parts)}</svg>'


def _render_legend(one: str, other: str, language: Language) -> str:
    words = {
        "won": language.gettext("{name} won", name=language.title(one)),
        "neither": language.gettext("tie, or both bad"),
        "lost": language.gettext("{name} won", name=language.title(other)),
    }
    parts = "".join(f'<span><i class="{kind}"></i>{escape(said)}</span>' for kind, said in words.items())
    return f'<p class="vs-legend" aria-hidden="true">{parts}</p>'


def _tell_share(found: Meetings, language: Language) -> str:
    decided = found.won + found.lost
    if not decided:
        return "-"
    share = found.won / decided
    low, high = wilson(share, decided)
    return f"{share:.0%} ({interval(f'{low:.0%}', f'{high:.0%}', language)})"


def _make_grid(standings: Standings, found: Sequence[Meetings], never: Sentence, language: Language) -> Grid:
    head = (
        language.gettext("Question"),
        language.pgettext("number", "Votes"),
        language.pgettext("number", "Won"),
        language.pgettext("number", "Tie"),
        language.pgettext("number", "Both bad"),
        language.pgettext("number", "Lost"),
        language.gettext("Share won"),
        language.gettext("Expected wins"),
    )
    rows = []
    for one in found:
        expected = expect_share(standings.ratings.get(one.criterion, ()), one.one, one.other)
        counts = (one.votes, one.won, one.tie, one.both_bad, one.lost)
        told = "-" if expected is None else f"{expected:.0%}"
        rows.append((begun(language.tell(CRITERIA[one.criterion])), *(f"{n:,}" for n in counts),
                     _tell_share(one, language), told))  # fmt: skip
    title = language.gettext("Head to head")
    return Grid(title, head, tuple(rows), language.tell(never), tuple(range(1, len(head))))


def render_pair(standings: Standings, one: str, other: str, language: Language) -> str:
    """Return the view's HTML; the place of the battles is filled by the page's script, from the gallery."""
    if not one:
        return paragraph(language.gettext("There are no votes yet: give the first one in the tab Battle."), "empty")
    names, found = list_entries(standings), find_meetings(standings, one, other)
    form = (
        f'<form class="vs-asked vs-versus">{_render_select("one", one, language.gettext("Generator"), names, language)}'
        f"{_render_select('other', other, language.gettext('Against'), names, language)}</form>"
    )
    grid = _make_grid(standings, found, SAME if one == other else NEVER, language)
    bars = "".join(
        f"<dt>{escape(begun(language.tell(CRITERIA[each.criterion])))}</dt><dd>{_render_bar(each, language)}</dd>"
        for each in found
    )
    parts = [
        _render_legend(one, other, language) + f'<dl class="vs-shares">{bars}</dl>' if bars else "",
        table(grid, "figures fixed"),
    ]
    parts += [paragraph(language.tell(EXPLAINED), "asked")] if found else []
    title = language.gettext("{one} against {other}", one=language.title(one), other=language.title(other))
    examples = _render_examples(one, other, language) if one != other else ""
    return form + titled_part(title, parts, [FILE] if found else [], language) + examples


def _render_examples(one: str, other: str, language: Language) -> str:
    query = escape(urlencode({"entry": one, "against": other}))
    every = escape(language.gettext("All battles of these two in the gallery"))
    title = escape(language.gettext("Their latest battles"))
    return (
        f'<section class="vs-part" data-examples="{query}" hidden><div class="vs-part-head"><h2>{title}</h2><span>'
        f'<a href="?tab=gallery&amp;{query}">{every}</a></span></div>'
        '<div class="vs-gallery"><div class="vs-gallery-list"></div></div></section>'
    )


def make_pair_csv(standings: Standings, one: str, other: str) -> str:
    """Return the same as CSV, a row a question."""
    head = ("criterion", "generator", "opponent", "won", "tie", "both_bad", "lost", "expected")
    return csv_of(
        head,
        (
            (each.criterion, one, other, each.won, each.tie, each.both_bad, each.lost,
             expect_share(standings.ratings.get(each.criterion, ()), one, other))
            for each in find_meetings(standings, one, other)
        ),
    )  # fmt: skip
