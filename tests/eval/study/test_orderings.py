"""Figures over seeds, and expected orderings that held, failed, or are within the noise."""

import pytest

from eval.study.declaration import Expected, Figures, Groups, Ordering, Study, Sweep
from eval.study.orderings import judge, judge_orderings, summarise_seeds
from hub.errors import DataError
from tests.eval.made import figure, name_of


def test_figures_over_seeds_have_students_interval() -> None:
    over = summarise_seeds([1.0, 2.0, 3.0])
    assert over.mean == 2
    assert over.half == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert over.gap == 2
    assert summarise_seeds([1.0]).half is None
    with pytest.raises(DataError, match="one seed or more"):
        summarise_seeds([])


@pytest.mark.parametrize(
    ("higher", "lower", "outcome"),
    [
        ([3.0, 3.1], [1.0, 1.1], "held"),
        ([1.0, 1.1], [3.0, 3.1], "failed"),
        ([1.0, 1.2], [0.9, 1.15], "within noise"),
        ([1.15, 0.9], [1.2, 1.0], "within noise"),
        ([5.0, 5.0, 5.0, 0.9], [1.0, 0.0, 0.0, 1.0], "within noise"),
        ([4.0, 4.0, 2.0], [0.2, 0.2, 2.1], "mixed"),
    ],
)
def test_an_ordering_that_fails_is_said_to_fail(higher: list[float], lower: list[float], outcome: str) -> None:
    found = judge("claim", higher, lower)
    assert found.outcome == outcome
    assert found.held == sum(a > b for a, b in zip(higher, lower, strict=True))


def test_an_ordering_needs_two_seeds_of_both_sides() -> None:
    for sides in (([1.0], [2.0]), ([1.0, 2.0], [2.0])):
        with pytest.raises(DataError, match="same two seeds or more"):
            judge("claim", *sides)


def test_one_model_drawn_again_is_a_floor_beside_the_seeds() -> None:
    assert judge("claim", [3.0], [1.0], same=[0.0, 1.5]).outcome == "held"
    assert judge("claim", [3.0], [1.0], same=[0.0, 2.5]).outcome == "within noise"
    assert judge("claim", [3.0, 3.1], [1.0, 1.1], same=[7.0, 7.0]).floor == pytest.approx(0.1)
    with pytest.raises(DataError, match="same one seed or more a side, not 0 and 0"):
        judge("claim", [], [], same=[0.0, 1.0])


def arm(*values: float) -> dict[int, Figures]:
    return {
        seed: {name_of("drift (e)"): figure("drift (e)", value, 0, 1, 20, "e@1")} for seed, value in enumerate(values)
    }


def declare(*orderings: Ordering, sweeps: tuple[Sweep, ...] = ()) -> Study:
    return Study("a study", "train", lambda _: [], ("drift",), orderings=orderings, sweeps=sweeps)


GROUPS: Groups = {"ours": arm(0.1, 0.2), "theirs": arm(0.9, 0.8), "base again": arm(0.0, 0.05, 0.02)}


def test_an_arm_may_be_expected_below_another() -> None:
    below, above = (Ordering("drift", ("ours",), side, "theirs") for side in (Expected.below, Expected.above))
    (held,), (failed,) = (judge_orderings(declare(one), GROUPS) for one in (below, above))
    assert (held.claim, held.outcome) == ("drift (e): ours below theirs", "held")
    assert (failed.claim, failed.outcome) == ("drift (e): ours above theirs", "failed")


def test_an_ordering_names_its_floor_and_one_seed_is_enough_then() -> None:
    one = {name: {0: seeds[0]} if name != "base again" else seeds for name, seeds in GROUPS.items()}
    assert judge_orderings(declare(Ordering("drift", ("ours",), Expected.below, "theirs")), one) == ()
    with_floor = Ordering("drift", ("ours",), Expected.below, "theirs", floor="base again")
    (made,) = judge_orderings(declare(with_floor), one)
    assert (made.outcome, made.seeds, made.floor) == ("held", 1, 0.05)


def test_a_sweep_has_numbers_of_its_own_alone_or_the_plain_arms_too() -> None:
    groups = {"ours": arm(0.3, 0.3), "ours-w0.5": arm(0.2, 0.2), "ours-w2": arm(0.1, 0.1), "ours-wide": arm(9, 9)}
    alone, with_own = (Sweep("ours", "guidance", "w", own, down=("drift",)) for own in (None, 0.0))
    for sweep, least in ((alone, "0.5"), (with_own, "0")):
        (made,) = judge_orderings(declare(sweeps=(sweep,)), groups)
        assert (made.claim, made.outcome) == (f"ours, guidance {least} to 2: drift (e) down", "held")
