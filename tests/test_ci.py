"""What CI runs, and that it lets no needed test be skipped."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = ROOT / ".ci" / "run"
SKIPPED = """
import pytest
@pytest.fixture
def hub(): pytest.skip("none here")
@pytest.mark.browser
def test_browser(): pytest.skip("none here")
@pytest.mark.ray
def test_ray(): pytest.skip("none here")
def test_hub(hub): pass
def test_other(): pytest.skip("none here")
"""


@pytest.mark.parametrize(("ci", "failed"), [("", []), ("true", ["browser", "hub", "ray"])])
def test_a_skip_of_what_ci_must_run_is_a_failure_there(tmp_path: Path, ci: str, failed: list[str]) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_one.py").write_text(SKIPPED)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    browser\n    ray\n")
    env = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "pytest", "-rfE"], cwd=tmp_path, env=env, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert sorted(re.findall(r"^(?:FAILED|ERROR) test_one.py::test_(\w+)", done.stdout, re.M)) == failed, done.stdout
    assert f"{4 - len(failed)} skipped" in done.stdout
    assert done.returncode == int(bool(failed))


FAKES = {  # of what the script calls; pytest notes its kernels and arguments, and ends as the next line of `codes` says
    "chromium": "exit 0",
    "python3": "mkdir -p .venv/bin && touch .venv/bin/activate",
    "python": 'exit "$AVX"',
    "pytest": """echo "$CI,${ATEN_CPU_CAPABILITY:-},$*" >> "$NOTES/calls"
code=$(head -1 "$NOTES/codes"); sed -i 1d "$NOTES/codes"; exit "$code\"""",
}


@pytest.mark.parametrize(
    ("codes", "avx", "calls", "code"),
    [((0, 0), 0, 2, 0), ((1, 0), 0, 1, 1), ((0, 1), 0, 2, 1), ((0, 0), 1, 1, 1)],
    ids=["all pass", "first fails", "second fails", "processor unknown"],
)
def test_it_ends_with_the_status_of_what_failed(
    tmp_path: Path, codes: tuple[int, int], avx: int, calls: int, code: int
) -> None:
    home, fakes = tmp_path / "home", tmp_path / "fakes"
    shutil.copytree(RUN.parent, home / ".ci")
    (home / "README.md").write_text("<!-- test -->\n```\ntrue && pytest && true\n```\n<!-- end -->\n")
    fakes.mkdir()
    for name, text in FAKES.items():
        (fakes / name).write_text(f"#!/bin/bash\n{text}\n")
        (fakes / name).chmod(0o755)
    (tmp_path / "codes").write_text("".join(f"{one}\n" for one in codes))
    git = ["git", "-C", str(home), "-c", "user.name=a", "-c", "user.email=a"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *arguments], check=True)
    env = {**os.environ, "PATH": f"{fakes}:{os.environ['PATH']}", "NOTES": str(tmp_path), "AVX": str(avx)}
    done = subprocess.run([home / ".ci" / "run"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    called = [line.split(",") for line in (tmp_path / "calls").read_text().splitlines()]
    assert [line[:2] for line in called] == [["true", ""], ["true", "default"]][:calls]


def test_golden_and_rating_tests_run_again_under_other_kernels() -> None:
    text = RUN.read_text(encoding="utf-8")
    for variable in ("OPENBLAS_CORETYPE=Haswell", "ATEN_CPU_CAPABILITY=default", "NPY_DISABLE_CPU_FEATURES="):
        assert variable in text
    again = re.findall(r"tests/[\w./]+", text)
    assert {"tests/eval/ratings", "tests/eval/test_report.py", "tests/eval/test_rate.py"} <= set(again)
    assert all((ROOT / path).exists() for path in again)


def test_only_features_that_numpy_knows_here_are_turned_off() -> None:
    found = subprocess.run([sys.executable, RUN.with_name("avx512.py")], capture_output=True, text=True, check=True)
    env = {**os.environ, "NPY_DISABLE_CPU_FEATURES": found.stdout.strip()}
    code = "import numpy._core._multiarray_umath as n; print([k for k in n.__cpu_features__ if n.__cpu_features__[k]])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], env=env, capture_output=True, text=True,
                          check=True)  # fmt: skip
    assert not set(found.stdout.split()) & set(re.findall(r"\w+", done.stdout))
