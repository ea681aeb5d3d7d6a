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


def test_it_ends_with_the_status_of_what_failed() -> None:
    text = RUN.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert "|| true" not in text
    assert subprocess.run(["bash", "-n", str(RUN)], check=False).returncode == 0  # noqa: S607


def test_golden_and_rating_tests_run_again_under_other_kernels() -> None:
    text = RUN.read_text(encoding="utf-8")
    for variable in ("OPENBLAS_CORETYPE=Haswell", "ATEN_CPU_CAPABILITY=default", "NPY_DISABLE_CPU_FEATURES="):
        assert variable in text
    again = re.findall(r"tests/[\w./]+", text)
    assert {"tests/eval/ratings", "tests/eval/test_report.py", "tests/eval/test_rate.py"} <= set(again)
    assert all((ROOT / path).exists() for path in again)


def test_only_features_that_numpy_knows_here_are_turned_off() -> None:
    found = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "avx512.py")], capture_output=True, text=True, check=False
    )
    assert found.returncode == (0 if found.stdout.strip() else 1)
    if found.returncode == 0:
        env = {**os.environ, "NPY_DISABLE_CPU_FEATURES": found.stdout.strip()}
        code = (
            "import numpy._core._multiarray_umath as n; print([k for k in n.__cpu_features__ if n.__cpu_features__[k]])"
        )
        done = subprocess.run([sys.executable, "-W", "error", "-c", code], env=env, capture_output=True, text=True,
                              check=True)  # fmt: skip
        assert not set(found.stdout.split()) & set(re.findall(r"\w+", done.stdout))
