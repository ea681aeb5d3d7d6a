"""``python -m eval.plan``: the votes, raters and prompts that part two generators, by gap and power.

How votes come is taken from the options, else from votes that are there (``--votes``): the share of ties, how raters
and prompts lean on a pair, and how many votes each has on it. Exit codes: 0 all planned, 1 some gap takes more votes
than a plan is made for, 2 nothing was planned.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval.ratings.counts import code_votes
from eval.ratings.simulate import TIES
from eval.ratings.taste_spread import MeasuredPattern, measure_pattern
from eval.ratings.vote_plan import MOST, VotePattern, VotePlan, plan_votes
from eval.ratings.weights import RATER, code_origins
from eval.votes.formats import VoteFormat, check_named_votes, read_votes_as
from eval.votes.ledger import read_ledger
from hub.command import PART, make_command
from hub.errors import DataError
from hub.progress import console, track_items
from hub.schema import Criterion
from hub.settings import Settings

EXAMPLE = "python -m eval.plan --gap 30 --gap 60 --power 0.8 --ties 0.26 --taste 0.5 --votes-a-rater 10"
DEFAULTS: dict[str, float] = {"ties": TIES, "taste": 0.0, "wording": 0.0, "a_rater": 1, "a_prompt": 1}
SAID = {
    "ties": "share that prefers neither",
    "taste": "raters' leanings on a pair, logits",
    "wording": "prompts' leanings on a pair, logits",
    "a_rater": "votes of a rater on a pair",
    "a_prompt": "votes on a pair on a prompt",
}


@dataclass(frozen=True)
class Assumed:
    """How votes come in a plan, and where each figure is from."""

    pattern: VotePattern
    sources: dict[str, str]


def read_pattern(votes: Path, form: VoteFormat, criterion: Criterion) -> MeasuredPattern:
    """Return how the counted votes on a question came; of an import that names no question, all its votes.

    Raises: DataError where there are none, or they can't be rated.
    """
    found = read_votes_as(votes, form, Settings.from_env(os.environ).data)
    check_named_votes(votes, found)
    ledger = read_ledger(found.table)
    asked = [place for place, (_, question) in enumerate(ledger.questions) if question in (criterion, None)]
    coded = code_votes(found.table, ledger.counts & np.isin(ledger.question, asked))
    if not len(coded.rows):
        raise DataError(f"No vote in {votes} on {criterion} counts: name other votes, or another --criterion.")
    rater, prompt, _ = (origin[coded.rows] for origin in code_origins(found.table))
    return measure_pattern(coded, rater, prompt)


def assume(
    given: dict[str, float | None], measured: MeasuredPattern | None, raters: int | None, prompts: int | None
) -> Assumed:
    """Return how votes come: as given, else as measured, else by default."""
    values, sources = dict[str, float](), dict[str, str]()
    for name, default in DEFAULTS.items():
        known = None if measured is None else getattr(measured, name)
        if (told := given[name]) is not None:
            values[name], sources[name] = told, "given"
        elif known is not None and measured is not None:
            values[name], sources[name] = known, f"from {measured.votes:,} votes"
        else:
            values[name] = default
            sources[name] = "default" if measured is None else "default, as no two votes tell it"
    a_rater, a_prompt = (max(1, round(values[name])) for name in ("a_rater", "a_prompt"))
    if raters is None and a_rater > RATER:
        raise DataError(f"A rater counts for {RATER} votes at most: give --votes-a-rater {RATER} or less.")
    leanings = values["ties"], values["taste"], values["wording"]
    return Assumed(VotePattern(*leanings, a_rater, a_prompt, raters, prompts), sources)


def to_json(plans: Sequence[VotePlan], assumed: Assumed, runs: int, seed: int) -> str:
    """Return the plans and all that they rest on as JSON."""
    about: dict[str, Any] = {"assumed": asdict(assumed.pattern), "sources": assumed.sources, "runs": runs, "seed": seed}
    return json.dumps(about | {"most": MOST, "plans": [asdict(plan) for plan in plans]}, indent=1)


def print_plans(plans: Sequence[VotePlan], assumed: Assumed) -> None:
    """Print the plans as a table, and what they rest on."""
    table = Table("gap", "power", "votes", "raters", "prompts", "reached", "independent, no ties")
    table.title = "Votes on two generators that part their 95 % intervals"
    for plan in plans:
        sizes = (f"over {MOST:,}" if plan.votes is None else f"{plan.votes:,}",
                 *("-" if n is None else f"{n:,}" for n in (plan.raters, plan.prompts)))  # fmt: skip
        reached = "-" if plan.reached is None else f"{plan.reached:.1%} of {plan.runs:,}"
        table.add_row(f"{plan.gap:g}", f"{plan.power:.0%}", *sizes, reached, f"{plan.alone:,}")
    Console().print(table)
    held = {"a_rater": assumed.pattern.raters, "a_prompt": assumed.pattern.prompts}
    for name, source in assumed.sources.items():
        if not held.get(name):
            print(f"{SAID[name]}: {getattr(assumed.pattern, name):.3g} ({source})")


def main(
    gap: Annotated[list[float], typer.Option(help="Elo points between the two; may be given again.")],
    power: Annotated[
        list[float] | None, typer.Option(help="Share of arenas that part them (0.8); may be given again.")
    ] = None,
    votes: Annotated[Path | None, typer.Option(help="Votes that tell how votes come: as eval.rate reads.")] = None,
    form: Annotated[VoteFormat, typer.Option("--format", help="fastchat: battles as JSON.")] = VoteFormat.hub,
    criterion: Annotated[Criterion, typer.Option(help="The question whose votes tell.")] = Criterion.quality,
    ties: Annotated[float | None, typer.Option(help="Share that prefers neither.", min=0, max=0.95)] = None,
    taste: Annotated[float | None, typer.Option(help="How raters lean on a pair: sd, logits.", min=0, max=5)] = None,
    wording: Annotated[float | None, typer.Option(help="How prompts do.", min=0, max=5)] = None,
    votes_a_rater: Annotated[int | None, typer.Option(help="Votes of a rater on the pair.", min=1)] = None,
    votes_a_prompt: Annotated[int | None, typer.Option(help="Votes on the pair on a prompt.", min=1)] = None,
    raters: Annotated[int | None, typer.Option(help="Raters in all, instead of votes a rater.", min=2)] = None,
    prompts: Annotated[int | None, typer.Option(help="Prompts in all, instead of votes a prompt.", min=2)] = None,
    runs: Annotated[int, typer.Option(help="Simulations of each number of votes.", min=200, max=100_000)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the simulated votes.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Plan votes on two generators: how many part them, from how many raters, on how many prompts."""
    powers = power or [0.8]
    if not all(0 < one <= 1000 for one in gap) or not all(0.05 < one < 1 for one in powers):
        raise DataError("A gap is above 0 and at most 1,000 points, a power above 0.05 and below 1, as 0.8.")
    if (raters and votes_a_rater) or (prompts and votes_a_prompt):
        raise DataError("Give either the raters in all or the votes of each, and so with prompts.")
    given = {"ties": ties, "taste": taste, "wording": wording, "a_rater": votes_a_rater, "a_prompt": votes_a_prompt}
    measured = read_pattern(votes, form, criterion) if votes else None
    assumed = assume(given, measured, raters, prompts)
    cells = track_items(list(product(gap, powers)), "planning votes")
    plans = [plan_votes(*cell, assumed.pattern, runs, seed) for cell in cells]
    if as_json:
        typer.echo(to_json(plans, assumed, runs, seed))
    else:
        print_plans(plans, assumed)
    if any(plan.votes is None for plan in plans):
        console.print(f"A gap that {MOST:,} votes do not part asks for more raters or prompts, or is too small.")
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(main, EXAMPLE)()
