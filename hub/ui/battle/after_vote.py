"""What is told of a battle once its names are: what others said of the same pair, on the same question."""

from collections.abc import Mapping
from html import escape

from hub.generators.former import label_of
from hub.language.catalogue import Language
from hub.schema import Outcome, Vote


def render_others(vote: Vote, others: Mapping[Outcome, int], language: Language) -> str:
    """Return the HTML of the shares of other votes on a vote's pair and question; empty without any."""
    count = sum(others.values())
    if not count:
        return ""
    a, b = (label_of(side[0].generator).title for side in (vote.a, vote.b))
    said = language.gettext(
        "What others said of this pair, in {n:,} votes: {a} {share_a:.0%}, {b} {share_b:.0%}, tie {tie:.0%}, both bad "
        "{bad:.0%}.",
        n=count,
        a=a,
        b=b,
        share_a=others[Outcome.a] / count,
        share_b=others[Outcome.b] / count,
        tie=others[Outcome.tie] / count,
        bad=others[Outcome.both_bad] / count,
    )
    return f'<p class="vs-receipt" id="others">{escape(said)}</p>'
