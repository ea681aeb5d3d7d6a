"""Rows of the CSV report on what joins votes with metrics."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from eval.agreement.evidence import ByModel, ByVote, Disputed, Front, Join
from eval.render.csv_row import Figure
from eval.render.nearest_section import nearest_figures
from eval.render.style_section import style_figures
from hub.votes.rows import OWN


def _by_vote(one: ByVote) -> Iterator[Figure]:
    about = Figure(source=one.source, question=str(one.criterion), group=str(one.name), encoder=one.encoder)
    about = replace(about, space=one.space)
    yield about.of("by_vote", "votes", one.votes)
    yield about.of("by_vote", "judged", one.judged)
    yield about.of("by_vote", "lost_pictures", one.lost, note=one.why or "")
    if one.found is None:
        yield about.of("by_vote", "accuracy", note=one.missing or "")
        return
    found = one.found
    yield about.of("by_vote", "accuracy", found.accuracy, low=found.low, high=found.high, n=found.votes)
    for name in ("raters", "epsilon", "optimism", "chance", "majority"):
        if getattr(found, name) is not None:
            yield about.of("by_vote", name, getattr(found, name))
    interval = {"low": found.decided_low, "high": found.decided_high}
    yield about.of("by_vote", "decided_accuracy", found.decided_accuracy, n=found.decided, **interval)


def _by_model(one: ByModel) -> Iterator[Figure]:
    about = Figure(source=one.source, question=str(one.criterion), group=str(one.name), space=one.space)
    yield about.of("by_generator", "claims_to_answer", int(one.paired))
    if one.found is None:
        yield about.of("by_generator", "tau", note=one.missing or "")
        return
    found = one.found
    yield about.of("by_generator", "tau", found.tau, low=found.tau_low, high=found.tau_high, n=found.generators)
    yield about.of("by_generator", "tau_p", found.tau_p)
    yield about.of("by_generator", "rho", found.rho, low=found.rho_low, high=found.rho_high, n=found.generators)
    yield about.of("by_generator", "rho_p", found.rho_p)
    yield about.of("by_generator", "exact", int(found.exact))


def _front(front: Front) -> Iterator[Figure]:
    about = Figure(group=front.space, space=front.space)
    for point in front.points:
        yield about.of("front", "share_of_draws_on_front", point.chance, generator=point.generator)
        for words in point.unbeaten:
            yield about.of("front", f"unbeaten_on_{'_'.join(words)}", 1, generator=point.generator)
        for other in point.beaten_by:
            yield about.of("front", "beaten_by", 1, generator=point.generator, opponent=other)
    for those in front.level:
        for one, other in combinations(those, 2):
            yield about.of("front", "level_in_cost", 1, generator=one, opponent=other)
    for name, metric in front.left_out:
        yield about.of("front", "left_out", generator=name, note=f"it has no {metric}")


def _disputed(disputed: Disputed) -> Iterator[Figure]:
    about = Figure(source=OWN)
    yield about.of("disputed", "answered_twice_or_more", disputed.shared)
    yield about.of("disputed", "with_votes_for_both", disputed.split)
    for battle in disputed.battles:
        first, second = battle.generators
        pair = {"question": str(battle.criterion), "group": battle.prompt, "generator": first, "opponent": second}
        for name, votes in zip(("first", "second", "neither"), battle.votes, strict=True):
            yield about.of("disputed", f"votes_{name}", votes, **pair)


def joined_figures(join: Join) -> Iterator[Figure]:
    """Every figure of the joined part, but for the pictures."""
    for vote in join.by_vote:
        yield from _by_vote(vote)
    for model in join.by_model:
        yield from _by_model(model)
    for front in join.fronts:
        yield from _front(front)
    if join.strips:
        for name, reason in join.strips.left_out:
            yield Figure("pictures", "left_out", generator=name, note=reason)
    if join.disputed:
        yield from _disputed(join.disputed)
    yield from nearest_figures(join.nearest)
    for question in join.styled:
        yield from style_figures(question)
