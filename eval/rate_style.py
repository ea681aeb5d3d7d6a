"""What ``eval.rate --style`` prints beside the ratings: those as if both sides of each battle were alike in style."""

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.picture_style import StyleEncoder
from eval.ratings.board import Intervals
from eval.ratings.by_question import Wanted, control_questions
from eval.ratings.style_control import StyledQuestion
from eval.ratings.weights import Weigh
from eval.render import Grid
from eval.render.style_section import ratings_by_style, style_notes, worth_of_style
from eval.votes.formats import VoteFormat
from hub.errors import DataError
from hub.language.catalogue import ENGLISH, Language, printable
from hub.paths import cache_dir
from hub.schema import Criterion
from hub.settings import Settings
from hub.votes import Pictures


def list_style_grids(styled: Sequence[StyledQuestion], language: Language) -> list[Grid]:
    """List the tables of the questions that could be controlled."""
    tables = (ratings_by_style, worth_of_style)
    return [table(one, language) for one in styled if one.found for table in tables]


def list_style_notes(styled: Sequence[StyledQuestion]) -> list[str]:
    """List the sentences that stand beneath what is controlled for style, each once."""
    told = [note for one in styled for note in style_notes(one, ENGLISH)]
    told += [f"{ratings_by_style(one, ENGLISH).title}: {printable(one.missing)}" for one in styled if one.missing]
    return list(dict.fromkeys(told))


def check_style_options(wanted: Wanted, form: VoteFormat, one_rating_each: bool) -> None:
    """Check that ratings can be controlled for style as they are wanted; ``one_rating_each``: as CSV and LaTeX print.

    Raises: DataError.
    """
    if one_rating_each:
        raise DataError("CSV and LaTeX have one rating a generator: take --json for what --style changes.")
    if form is not VoteFormat.hub:
        raise DataError("Battles of other formats have no pictures, so --style can't control for any: leave it out.")
    sampled, weighed = wanted.rule.intervals is Intervals.bootstrap, wanted.weigh is not Weigh.alike
    if wanted.controls or wanted.anchor or sampled or weighed:
        raise DataError(
            "--style goes with none of --control, --anchor, --weigh and bootstrap intervals: leave those out."
        )


def control_by_style(
    votes: Path | None, table: pa.Table, wanted: Wanted, criterion: Criterion | None
) -> list[StyledQuestion]:
    """Return the questions' ratings controlled for the style of their pictures, which are measured once and kept."""
    pictures = Pictures(votes or Settings.from_env(os.environ).data)
    space = FeatureSpace(StyleEncoder(), FeatureStore(cache_dir() / "features.sqlite"))
    return control_questions(table, pictures, space, wanted, criterion)
