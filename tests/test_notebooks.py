"""The notebooks of the documentation run from the first cell to the last, and hold no output."""

import ast
import json
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

ROOT = Path(__file__).parent.parent
BOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def read(path: Path) -> dict[str, Any]:
    """A notebook."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def run_cell(source: str, names: dict[str, Any]) -> object:
    """Run a cell as a notebook does, and return the value of its last line where that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102 - our own
    if not isinstance(last, ast.Expr):
        return None
    shown: object = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307 - our own
    return shown


def run(path: Path) -> list[object]:
    """What each cell of code shows; a cell that fails is named."""
    names: dict[str, Any] = {}
    shown = []
    for number, cell in enumerate(read(path)["cells"], 1):
        if cell["cell_type"] == "code":
            try:
                shown.append(run_cell("".join(cell["source"]), names))
            except Exception as error:
                pytest.fail(f"{path.name}, cell {number}: {type(error).__name__}: {error}")
    return shown


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_cell_runs_and_plots_and_tables_are_shown(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shown = run(path)
    assert any(isinstance(one, go.Figure) for one in shown)
    tables = [one for one in shown if isinstance(one, pd.DataFrame)]
    assert tables
    assert all(len(one) for one in tables)
    assert r"\begin{tabular}" in capsys.readouterr().out


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_has_no_output(path: Path) -> None:
    book = read(path)
    assert (book["nbformat"], path.stat().st_size < 20_000) == (4, True)
    for cell in book["cells"]:
        assert cell["cell_type"] in {"code", "markdown"}
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])


def test_there_are_both_notebooks() -> None:
    assert [path.stem for path in BOOKS] == ["pictures", "votes"]


def test_a_cell_that_fails_is_named(tmp_path: Path) -> None:
    book = {"cells": [{"cell_type": "markdown", "source": []}, {"cell_type": "code", "source": ["1 / 0"]}]}
    (tmp_path / "bad.ipynb").write_text(json.dumps(book))
    with pytest.raises(pytest.fail.Exception, match=r"bad\.ipynb, cell 2: ZeroDivisionError"):
        run(tmp_path / "bad.ipynb")
