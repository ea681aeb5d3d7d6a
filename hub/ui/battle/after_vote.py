"""What is told of a battle once its names are: what others said of the same pair, and a way to see more of both."""

from collections.abc import Mapping
from html import escape

from hub.generators.former import label_of
from hub.language.catalogue import Language
from hub.schema import Outcome, Vote
from hub.ui.compare.comparison_request import make_link

SEEDS = "0-3"  # that a comparison of both is offered on; a battle's own are drawn from billions


def _tell_others(vote: Vote, others: Mapping[Outcome, int], language: Language) -> str:
    """Return the shares of other votes on a vote's pair and question; empty without any."""
    count = sum(others.values())
    if not count:
        return ""
    a, b = (label_of(side[0].generator).title for side in (vote.a, vote.b))
    return language.gettext(
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


def link_other_seeds(vote: Vote) -> str:
    """Return the address of a comparison of both generators on other seeds; empty where they began with a picture."""
    if vote.a[0].image:
        return ""
    return make_link(vote.prompts, SEEDS, [side[0].generator for side in (vote.a, vote.b)], vote.worded)


def _render_link(vote: Vote, language: Language) -> str:
    address, said = link_other_seeds(vote), escape(language.gettext("See both on other seeds"))
    return f'<a id="other-seeds" href="{escape(address)}" target="_blank" rel="noopener">{said}</a>' if address else ""


def render_after(vote: Vote, others: Mapping[Outcome, int], language: Language) -> str:
    """Return the HTML that is told with the names of a vote."""
    said = " ".join(filter(None, (escape(_tell_others(vote, others, language)), _render_link(vote, language))))
    return f'<p class="vs-receipt" id="after-vote">{said}</p>' if said else ""
