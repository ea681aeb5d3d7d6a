"""The gallery's HTML: a card for each battle of a list, and one battle in full. Every text is escaped here."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote, urlencode

from eval.votes.ledger import sentence_of
from hub.generators.former import label_of
from hub.japanese.read_requests import reading_of
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.questions import TAG_WORDS, choose_question
from hub.schema import Outcome, Sample, Side, Vote
from hub.ui.battle.after_vote import link_other_seeds
from hub.ui.markup import render_link, render_named, render_reading, render_worded

NAME = "gallery"
RESULTS = {
    Outcome.a: Sentence("{a} won against {b}"),
    Outcome.b: Sentence("{b} won against {a}"),
    Outcome.tie: Sentence("{a} and {b} tied"),
    Outcome.both_bad: Sentence("{a} and {b}: both bad"),
}


def list_sides(vote: Vote) -> tuple[tuple[Side, tuple[Sample, ...]], ...]:
    """Return the pictures of both sides, each with its side, the left one first."""
    return (Side.a, vote.a), (Side.b, vote.b)


def tell_result(vote: Vote, language: Language) -> str:
    """Return who won, in a sentence."""
    a, b = (label_of(samples[0].generator).title for _, samples in list_sides(vote))
    return language.tell(Sentence(RESULTS[vote.outcome].template, a=a, b=b))


def _tell_day(seconds: float, form: str = "%Y-%m-%d") -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


def _name_picture(vote: Vote, side: Side, place: int) -> str:
    """Return the address of a picture, relative to the page."""
    return f"{NAME}/picture/{quote(vote.id, safe='')}/{side}/{place}"


def _won(vote: Vote, side: Side) -> bool:
    return vote.outcome.value == side.value


def render_cards(votes: Sequence[Vote], language: Language) -> str:
    """Return a card for each battle, which opens it."""
    return "".join(_render_card(vote, language) for vote in votes)


def _render_card(vote: Vote, language: Language) -> str:
    sides = "".join(
        f'<span class="vs-grid vs-grid-{len(samples)}{" vs-won" if _won(vote, side) else ""}">'
        + "".join(
            f'<span class="vs-frame"><img src="{_name_picture(vote, side, place)}" alt="" loading="lazy"></span>'
            for place in range(len(samples))
        )
        + "</span>"
        for side, samples in list_sides(vote)
    )
    question = choose_question(vote.criterion, vote.worded)
    said = language.gettext("{question} {day}", question=question, day=_tell_day(vote.time))
    return (
        f'<button type="button" class="vs-shown" data-battle="{escape(vote.id)}">'
        f'<span class="vs-shown-pair">{sides}</span><strong>{_render_prompts(vote)}</strong>'
        f"<span>{escape(tell_result(vote, language))}</span><small>{escape(said)}</small></button>"
    )


def render_battle(vote: Vote, language: Language) -> str:
    """Return one battle in full: its pictures, who drew them, what was said of them, and what one can do with it."""
    label = escape(language.gettext("The pictures of this battle"))
    sides = "".join(_render_side(vote, side, samples, language) for side, samples in list_sides(vote))
    return (
        f'<h2 id="gallery-title" tabindex="-1">{_render_prompts(vote)}</h2>'
        f"{'' if vote.worded else render_reading(reading_of(vote.requests[0]), language)}"
        f'<p class="vs-gallery-result">{escape(tell_result(vote, language))}</p>'
        f'<div class="vs-gallery-pair" id="gallery-pair" role="group" aria-label="{label}">{sides}</div>'
        f"{_render_facts(vote, language)}{_render_acts(vote, language)}"
    )


def _render_side(vote: Vote, side: Side, samples: Sequence[Sample], language: Language) -> str:
    frames = "".join(_render_picture(vote, side, place, sample, language) for place, sample in enumerate(samples))
    mark = escape(language.gettext("Won"))
    won = f'<p class="vs-mark">{mark}</p>' if _won(vote, side) else ""
    return (
        f'<figure class="{"vs-won" if won else ""}"><div class="vs-grid vs-grid-{len(samples)}">{frames}</div>'
        f"<figcaption>{render_named(samples, language)}{won}</figcaption></figure>"
    )


def _render_prompts(vote: Vote) -> str:
    return " / ".join(map(escape, vote.prompts))


def _render_picture(vote: Vote, side: Side, place: int, sample: Sample, language: Language) -> str:
    """Return one picture of a battle, of two wordings with its own below it."""
    title = label_of(sample.generator).title
    name = language.gettext("{title}, seed {seed}", title=title, seed=sample.seed)
    if vote.worded:
        seed = language.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(sample.seed))
        name = language.gettext("{title}, {seed}: {prompt}", title=title, seed=seed, prompt=sample.prompt)
    frame = (
        f'<div class="vs-frame" data-cell><img src="{_name_picture(vote, side, place)}" draggable="false" '
        f'alt="{escape(name)}"></div>'
    )
    return render_worded(frame, sample.request, language) if vote.worded else frame


def _render_facts(vote: Vote, language: Language) -> str:
    facts = [language.tell(choose_question(vote.criterion, vote.worded))]
    if vote.tags:
        facts.append(language.gettext("Because of: {reasons}.", reasons=[TAG_WORDS[tag] for tag in vote.tags]))
    if vote.a[0].image or vote.a[0].mix:
        facts.append(language.gettext("They started from a picture or a mix that was given."))
    facts.append(
        language.gettext(
            "Voted on {time}, after {seconds:.0f} s.",
            time=_tell_day(vote.time, "%Y-%m-%d %H:%M UTC"),
            seconds=vote.seconds,
        )
    )
    if vote.excluded:
        facts.append(language.gettext("No rating counts this vote: {reasons}.", reasons=sentence_of(vote.excluded)))
    return f'<p class="vs-gallery-facts">{escape(" ".join(facts))}</p>'


def _render_acts(vote: Vote, language: Language) -> str:
    """Return the links and buttons below a battle."""
    id = quote(vote.id, safe="")
    links = [
        (f"{NAME}/receipt/{id}", f"receipt-{vote.id}.json", language.gettext("Save the receipt")),
        (f"?{urlencode({'tab': NAME, 'battle': vote.id})}", "", language.gettext("Link to this battle")),
    ]
    if address := link_other_seeds(vote):
        links.append((address, "", language.gettext("See both on other seeds")))
    acts = "".join(render_link(*link) for link in links)
    again = escape(language.gettext("Draw again and compare"))
    slide = escape(language.gettext("Slide one over the other"))
    if len(vote.a) == 1:
        acts = f'<button type="button" class="vs-small" data-act="slide">{slide}</button>{acts}'
    acts += f'<button type="button" class="vs-small" data-act="replay">{again}</button>'
    return f'<p class="vs-acts">{acts}</p><div class="vs-gallery-replayed" role="status"></div>'


def tell_count(found: int, of: int, language: Language) -> str:
    """Return how many battles were found, of how many."""
    if not of:
        return language.gettext("Nothing was voted on here yet: the first battles come from the Battle tab.")
    if not found:
        return language.gettext("No battle is like that; there are {of:,} in all.", of=of)
    if found == of:
        return language.ngettext("{n:,} battle in all", "{n:,} battles, newest first", found)
    return language.ngettext("{n:,} battle of {of:,}", "{n:,} battles of {of:,}, newest first", found, of=of)


def render_replayed(lines: Sequence[str], head: str, tone: str = "") -> str:
    """Return what a replay found: a sentence in all, and a line for each picture that differs."""
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<p class="{tone}">{escape(head)}</p>' + (f"<ul>{rows}</ul>" if rows else "")
