"""The report as JSON, for programs."""

import json
from dataclasses import asdict, is_dataclass
from typing import Any

from eval.agreement.evidence import ByModel, ByVote, Disputed, Front, Join, Strips
from eval.judge.machine_figures import MachineJudge
from eval.measure import Table
from eval.metrics import Measured, figure_record
from eval.raters import RaterFigure, Raters
from eval.raters.alpha import LEVEL
from eval.raters.crowd import RULE as SHARE_RULE
from eval.ratings.bradley_terry import TIE_RULE
from eval.ratings.robustness import Robustness
from eval.ratings.style_control import StyledQuestion, StyleShift
from eval.render.category_tables import category_records
from eval.render.difference_tables import difference_records
from eval.render.names import ANSWERS
from eval.render.nearest_section import nearest_records
from eval.render.reasons_section import reasons_records
from eval.rounding import rounded
from eval.summary import CAVEAT, Question, Summary
from eval.votes.alarm import RULE
from eval.votes.ledger import name_reasons
from hub.votes.rows import OWN


def fields_of(item: Any) -> dict[str, Any]:
    """A record's fields, floats rounded."""
    return {key: rounded(value) if isinstance(value, float) else value for key, value in asdict(item).items()}


def _figures(item: Any) -> dict[str, Any]:
    """A record's fields, floats rounded, those that are None left out."""
    return {key: value for key, value in fields_of(item).items() if value is not None}


def _measured(figure: Measured) -> dict[str, Any]:
    """A figure with its metric's whole name, floats rounded, without a note where it has none."""
    return _figures(figure) | {"metric": str(figure.name)}


def left_side(position: tuple[float, float, float] | None) -> dict[str, float] | None:
    """What standing on the left is worth, with its interval."""
    return dict(zip(("points", "low", "high"), map(rounded, position), strict=True)) if position else None


def votes_of(question: Question) -> dict[str, Any]:
    """What became of a question's votes."""
    return {"total": question.total, "used": question.used, "excluded": name_reasons(question.excluded)}


def _question(question: Question) -> dict[str, Any]:
    counts = question.counts
    return {
        "criterion": question.criterion,
        "source": question.source,
        "votes": votes_of(question),
        "ratings": [_figures(rating) for rating in question.ratings],
        "prior": question.prior,
        "unrated": question.unrated,
        "notes": list(question.notes),
        "win_matrix": {
            "generators": list(counts.names),
            "wins": counts.wins.astype(int).tolist(),
            "ties": counts.ties.astype(int).tolist(),
        },
        "study": _study(question.study) if question.study else None,
    }


def _study(studied: Robustness) -> dict[str, Any]:
    return {
        "otherwise": [
            {"rule": one.rule, "prior": one.prior, "missing": one.missing}
            | {"ratings": {name: rounded(points) for name, points in one.ratings.items()}}
            for one in studied.otherwise
        ],
        "left_side": left_side(studied.position),
        "clustered_widening": {by: rounded(times) for by, times in studied.widening.items()},
        "fragility": {
            "votes": asdict(studied.votes) if studied.votes else None,
            "raters": asdict(studied.raters) if studied.raters else None,
        },
        "settled": asdict(studied.settled) | {"telling": studied.telling},
        "categories": [
            {"name": one.name, "votes": one.votes, "prior": one.prior, "unrated": one.unrated}
            | {"ratings": [_figures(rating) for rating in one.ratings]}
            for one in studied.categories
        ],
    }


def _raters(raters: Raters) -> dict[str, Any]:
    measured = (raters.left, raters.consistency, raters.within, raters.between)
    return {
        "source": OWN,
        "raters": raters.raters,
        "votes": raters.votes,
        "votes_a_rater": {"median": raters.median, "most": raters.most} if raters.raters else None,
        "repeats": raters.repeats,
        "repeats_told": raters.repeats_told,
        **{key: _figures(item) if item else None for key, item in zip(RaterFigure, measured, strict=True)},
        "chance_consistency": None if raters.chance is None else rounded(raters.chance),
        "level": f"{LEVEL} over {', '.join(ANSWERS.values())}",
        "missing": dict(raters.missing),
    }


def _by_vote(one: ByVote) -> dict[str, Any]:
    said = {"criterion": one.criterion, "source": one.source, "metric": str(one.name), "encoder": one.encoder or None}
    counted = {"votes": one.votes, "judged": one.judged, "lost_pictures": one.lost, "first_lost": one.why}
    found = {"accuracy": _figures(one.found) if one.found else None, "missing": one.missing, "space": one.space}
    return said | counted | found


def _by_model(one: ByModel) -> dict[str, Any]:
    said = {"criterion": one.criterion, "source": one.source, "metric": str(one.name), "claims_to_answer": one.paired}
    return said | {
        "agreement": _figures(one.found) if one.found else None, "missing": one.missing, "space": one.space
    }  # fmt: skip


def _front(front: Front) -> dict[str, Any]:
    return {
        "metrics": [str(name) for name in front.metrics],
        "space": front.space,
        "generators": [
            {
                "generator": point.generator,
                "figures": {
                    str(one.name): [rounded(one.value), rounded(one.low), rounded(one.high)] for one in point.figures
                },
                "unbeaten_on": [list(words) for words in point.unbeaten],
                "beaten_by": list(point.beaten_by),
                "share_of_draws_on_front": rounded(point.chance),
            }
            for point in front.points
        ],
        "level_in_cost": [list(those) for those in front.level],
        "left_out": [{"generator": name, "lacks": str(lacks)} for name, lacks in front.left_out],
    }


def _strips(strips: Strips) -> dict[str, Any]:
    return {
        "captions": [
            {
                "caption": strip.caption,
                "pictures": {
                    name: [{"seed": one.seed, "sha256": one.sha256} for one in cell]
                    for name, cell in zip(strips.generators, strip.cells, strict=True)
                },
            }
            for strip in strips.strips
        ],
        "left_out": [{"generator": name, "reason": reason} for name, reason in strips.left_out],
    }


def _disputed(disputed: Disputed) -> dict[str, Any]:
    return {
        "answered_twice_or_more": disputed.shared,
        "with_votes_for_both": disputed.split,
        "battles": [
            {
                "criterion": one.criterion,
                "prompt": one.prompt,
                "generators": list(one.generators),
                "votes": dict(zip(("first", "second", "neither"), one.votes, strict=True)),
                "sha256": [[picture.sha256 for picture in side] for side in one.sides],
            }
            for one in disputed.battles
        ],
    }


def _shift_record(one: StyleShift) -> dict[str, Any]:
    without, controlled = fields_of(one.without), fields_of(one.controlled)
    moved = {"points": one.shift, "low": one.low, "high": one.high}
    return {"generator": controlled.pop("generator"), "controlled": controlled,
            "without": {key: value for key, value in without.items() if key != "generator"},
            "shift": {key: rounded(value) for key, value in moved.items()}}  # fmt: skip


def style_record(one: StyledQuestion) -> dict[str, Any]:
    """A question as JSON."""
    about: dict[str, Any] = {"source": one.source, "criterion": one.criterion, "missing": one.missing}
    if one.found is None:
        return about
    return about | {
        "votes": one.found.votes,
        "lost": one.found.lost,
        "alike": list(one.found.alike),
        "ratings": [_shift_record(shift) for shift in one.found.shifts],
        "properties": [fields_of(coefficient) for coefficient in one.found.coefficients],
    }


def _machine(one: MachineJudge) -> dict[str, Any]:
    """A machine judge's figures, floats rounded, those that are None left out."""
    return {name: _figures(value) if is_dataclass(value) else value for name, value in vars(one).items() if value}


def _join(join: Join) -> dict[str, Any]:
    return {
        "by_vote": [_by_vote(one) for one in join.by_vote],
        "by_generator": [_by_model(one) for one in join.by_model],
        "fronts": [_front(front) for front in join.fronts],
        "pictures": _strips(join.strips) if join.strips else None,
        "disputed": _disputed(join.disputed) if join.disputed else None,
        "nearest": nearest_records(join.nearest),
        "style": [style_record(one) for one in join.styled],
    }


def to_json(summary: Summary) -> str:
    """The report as JSON, for programs. Figures that could not be had are under ``missing``, with the reason."""
    table = summary.table or Table()
    content = {
        "about": asdict(summary.about) if summary.about else None,
        "unfinished": summary.unfinished,
        "votes": {
            "total": summary.total,
            "used": summary.used,
            "excluded": name_reasons(summary.excluded),
            "unchecked": summary.unchecked,
            "alarms": list(summary.alarms),
            "alarm_rule": RULE,
        },
        "questions": [_question(question) for question in summary.questions],
        "tie_rule": TIE_RULE,
        "crowd": {"alarm_rule": SHARE_RULE} | (_figures(summary.crowd) if summary.crowd else {}),
        "raters": _raters(summary.raters),
        "reasons": reasons_records(summary),
        "machines": [_machine(one) for one in summary.machines],
        "metrics": [{"generator": row.generator, **_measured(row.measured)} for row in table.rows],
        "missing": [{"generator": one.generator, **figure_record(one.unmeasured)} for one in table.missing],
        "prompt_categories": category_records(table),
        "differences": difference_records(table),
        **({"protocol": asdict(table.protocol)} if table.protocol else {}),
        "join": _join(summary.join) if summary.join else None,
        "problems": list(summary.problems),
        "caveat": CAVEAT,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
