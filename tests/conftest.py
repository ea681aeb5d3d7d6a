"""Shared by all tests: no lines of progress, no waiting for disks; skipping a browser's or cluster's fails in CI."""

import math
import os
from collections.abc import Generator

import pytest

from hub import progress
from tests.helps import Helps, read_helps

if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the cores; libraries read these once, when they are loaded
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress.pace, "next", math.inf)


@pytest.fixture(autouse=True)
def _disk(request: pytest.FixtureRequest) -> Generator[None]:
    """What is on disk at a crash is the matter of ``tests/hub/votes``; others need not wait for a busy disk."""
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name != "votes":
            patch.setattr(os, "fsync", lambda fd: None)
        yield


@pytest.fixture(scope="session")
def helps(tmp_path_factory: pytest.TempPathFactory) -> Helps:
    """What each command says of itself; asked once for all workers."""
    folder = tmp_path_factory.getbasetemp()
    return read_helps(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test that needs a browser, Ray or the Hub's protocol into a failure where CI is set."""
    report = yield
    needs = [name for name in ("browser", "ray") if item.get_closest_marker(name)]
    if "hub" in getattr(item, "fixturenames", ()):  # a server that speaks it
        needs.append("what speaks to the Hub")
    if report.skipped and os.environ.get("CI") and needs:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where {needs[0]} must be installed: {report.longrepr}"
    return report
