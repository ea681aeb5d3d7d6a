"""Jobs: real child processes that are watched, stopped, resumed, and that break down in every way."""

import errno
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.errors import DataError, HubError, StorageError, UnknownName
from hub.jobs import JobRunner, Jobs, JobState, job_queue
from hub.jobs.child import count_threads
from hub.jobs.job_record import JobRecord
from hub.training_process import NICE, THREADS, build_environment
from hub.training_progress import PROGRESS, read_lines
from hub.votes.disk import write_file
from tests.hub.jobs.made import MODULES, PRETEND, at_step, change, ended, running, steps_taken, wait_for

SLOW = ("--steps", "150", "--seconds", "0.02")  # three seconds


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path, MODULES)


def pid_of(jobs: Jobs, job: str) -> int:
    """The number of a running job's process."""
    pid = jobs.record(job).pid
    assert pid is not None
    return pid


def test_a_job_is_watched_from_the_queue_to_its_result(jobs: Jobs) -> None:
    job = jobs.start(PRETEND, ["--steps", "40", "--seconds", "0.02"])
    view = jobs.watch(job)
    assert (view.state, view.place, view.step, view.result) == (JobState.queued, 1, 0, None)
    with running(jobs):
        view = at_step(jobs, job, 2)
        assert (view.state, view.place, view.title, view.of) == (JobState.running, 0, "Pretending", 40)
        assert view.seconds_left is not None and view.seconds_left > 0
        assert view.scores == {"loss": 1 / view.step}
        assert view.preview is not None and view.preview.read_bytes() == b"a picture"
        assert view.result is None and not (jobs.folder / job / "result").exists()
        view = ended(jobs, job)
    assert (view.state, view.step, view.sentence, view.seconds_left) == (JobState.done, 40, "", None)
    assert view.result == jobs.folder / job / "result"
    assert (view.result / "model.txt").read_text() == "40"
    assert view.preview == view.result / "grid.png"
    assert steps_taken(view.result) == 40


def test_a_stopped_job_goes_on_at_the_step_it_stopped_at(jobs: Jobs) -> None:
    job = jobs.start(PRETEND, SLOW)
    with running(jobs):
        at_step(jobs, job, 4)
        jobs.stop(job)
        view = ended(jobs, job)
        assert view.state is JobState.stopped
        assert 4 <= view.step < 150
        assert view.sentence == f"It was stopped at step {view.step} of 150."
        told = len(read_lines(jobs.folder / job / "run"))
        assert steps_taken(jobs.folder / job / "run") == view.step
        jobs.resume(job)
        assert ended(jobs, job).state is JobState.done
    result = jobs.folder / job / "result"
    assert read_lines(result)[told].step == view.step
    assert steps_taken(result) == 150


def test_what_a_job_told_before_it_was_resumed_is_not_taken_for_news(jobs: Jobs) -> None:
    job = jobs.start(PRETEND, SLOW)
    with running(jobs):
        at_step(jobs, job, 4)
        jobs.stop(job)
        step = ended(jobs, job).step
        change(jobs, job, options=("--steps", "many"))
        jobs.resume(job)
        view = ended(jobs, job)
    assert (view.state, view.step) == (JobState.failed, step)
    assert view.sentence.startswith("Error: Invalid value for '--steps'")


BREAKDOWNS = {
    "error": "The pretended data can't be used: give others.",
    "exception": "ValueError: a pretended mistake",
    "exit": "It ended with 7 and said nothing.",
    "killed": "It was killed (SIGKILL, as by a machine that is out of memory); resume it to go on from its last row.",
    "full": "The disk is full: free some space, then resume it.",
    "limit": "The disk is full: free some space, then resume it.",
}


@pytest.mark.parametrize("how", BREAKDOWNS)
def test_a_job_that_breaks_down_says_why_in_one_sentence_and_can_go_on(how: str, jobs: Jobs, tmp_path: Path) -> None:
    once = tmp_path / "once"
    once.touch()
    job = jobs.start(PRETEND, ["--steps", "8", "--at", "5", "--how", how, "--once", str(once)])
    with running(jobs):
        view = ended(jobs, job)
        assert (view.state, view.sentence, view.result) == (JobState.failed, BREAKDOWNS[how], None)
        assert not (jobs.folder / job / "result").exists()
        assert view.step == 4
        once.unlink()
        jobs.resume(job)
        assert ended(jobs, job).state is JobState.done
    assert steps_taken(jobs.folder / job / "result") == 8


def test_how_a_job_ended_is_shown_while_a_full_disk_keeps_no_record_of_it(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = False

    def write_or_fail(data: Path, path: Path, content: bytes) -> None:
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_file(data, path, content)

    monkeypatch.setattr(job_queue, "write_file", write_or_fail)
    job = jobs.start(PRETEND, [*SLOW, "--at", "60", "--how", "error"])
    with running(jobs):
        at_step(jobs, job, 2)
        full = True
        view = ended(jobs, job)
        assert (view.state, view.sentence) == (JobState.failed, BREAKDOWNS["error"])
        with pytest.raises(StorageError, match="the disk is full; free some space"):
            jobs.resume(job)
        assert Jobs(jobs.data).record(job).state is JobState.running
        full = False
        wait_for(lambda: Jobs(jobs.data).record(job).state is JobState.failed, "its record")
        wait_for(lambda: not jobs.unsaved, "the end of what was not saved")


def test_a_job_that_is_resumed_the_moment_it_is_shown_as_failed_stays_resumed(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def change_slowly() -> Iterator[None]:
        if threading.current_thread().name == "jobs":
            time.sleep(0.2)
        with changing():
            yield

    changing = jobs.changing
    monkeypatch.setattr(jobs, "changing", change_slowly)
    once = tmp_path / "once"
    once.touch()
    job = jobs.start(PRETEND, ["--steps", "8", "--at", "5", "--how", "error", "--once", str(once)])
    with running(jobs):
        assert ended(jobs, job).state is JobState.failed
        once.unlink()
        jobs.resume(job)
        assert ended(jobs, job).state is JobState.done


def test_half_a_line_of_progress_is_passed_over_and_mended(jobs: Jobs) -> None:
    job = jobs.start(PRETEND, ["--steps", "6", "--at", "5", "--how", "exit"])
    with running(jobs):
        ended(jobs, job)
    run = jobs.folder / job / "run"
    with (run / PROGRESS).open("ab") as file:
        file.write(b'{"title": "Pretending", "st')
    view = jobs.watch(job)
    assert (view.step, view.of, view.scores) == (4, 6, {"loss": 0.25})
    change(jobs, job, options=("--steps", "6"))
    jobs.resume(job)
    with running(jobs):
        assert ended(jobs, job).step == 6
    lines = (jobs.folder / job / "result" / PROGRESS).read_text().splitlines()
    assert [line for line in lines if not line.endswith("}")] == ['{"title": "Pretending", "st']


def test_one_runs_at_a_time_and_others_wait_with_their_place(jobs: Jobs) -> None:
    first, second, third = (jobs.start(PRETEND, ["--steps", "40", "--seconds", "0.02"]) for _ in range(3))
    with running(jobs):
        at_step(jobs, first, 1)
        assert [jobs.watch(job).place for job in (first, second, third)] == [0, 1, 2]
        jobs.stop(second)
        assert [jobs.watch(job).place for job in (first, second, third)] == [0, 0, 1]
        assert jobs.watch(second).state is JobState.stopped
        assert ended(jobs, third).state is JobState.done
    one, other = jobs.watch(first), jobs.watch(third)
    assert one.ended is not None and other.started is not None
    assert one.ended <= other.started
    assert jobs.watch(second).started is None
    assert [view.id for view in jobs.views()] == [first, second, third]


def test_the_process_is_polite_in_a_group_of_its_own_and_knows_no_secret(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.start(PRETEND, SLOW)
    with running(jobs):
        at_step(jobs, job, 1)
        pid = pid_of(jobs, job)
        assert os.getpriority(os.PRIO_PROCESS, pid) == max(NICE, os.getpriority(os.PRIO_PROCESS, 0))
        assert os.getpgid(pid) == os.getsid(pid) == pid
        assert f"HUB_DATA={jobs.data}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    monkeypatch.setenv("HUB_SECRET", "nobody knows this one")
    told = build_environment(count_threads())
    assert "HUB_SECRET" not in told
    assert {told[name] for name in THREADS} == {str(max(1, (os.cpu_count() or 1) // 2))}


def test_a_job_that_does_not_listen_is_ended_when_it_is_asked_again(jobs: Jobs, tmp_path: Path) -> None:
    once = tmp_path / "once"
    once.touch()
    job = jobs.start(PRETEND, ["--steps", "8", "--at", "5", "--how", "deaf", "--once", str(once)])
    with running(jobs):
        at_step(jobs, job, 4)
        jobs.stop(job)
        assert jobs.watch(job).state is JobState.stopping
        time.sleep(0.5)
        assert jobs.watch(job).state is JobState.stopping
        jobs.stop(job)
        view = ended(jobs, job)
        assert view.state is JobState.stopped
        assert view.sentence == "It was killed (SIGTERM); resume it to go on from its last row."
        once.unlink()
        jobs.resume(job)
        assert ended(jobs, job).state is JobState.done


def test_what_comes_of_a_job_is_there_before_it_counts_as_done(jobs: Jobs) -> None:
    seen: list[tuple[str, JobState, str]] = []

    def register(name: str, result: Path) -> None:
        seen.append((name, jobs.watch(name).state, (result / "model.txt").read_text()))
        if len(seen) == 1:
            raise HubError("There is a model of that name: choose another.")

    job = jobs.start(PRETEND, ["--steps", "4"])
    with running(jobs, register):
        view = ended(jobs, job)
        assert (view.state, view.result) == (JobState.failed, None)
        assert view.sentence == "It is trained, but not in its place: There is a model of that name: choose another."
        jobs.resume(job)
        view = ended(jobs, job)
    assert view.state is JobState.done
    assert seen == [(job, JobState.running, "4")] * 2
    assert view.result is not None and steps_taken(view.result) == 4


def test_what_is_no_job_of_ours_is_not_started(jobs: Jobs) -> None:
    with pytest.raises(UnknownName, match="no training 'os'"):
        jobs.start("os", [])
    for option in ("--out", "--out=elsewhere", "a\0b"):
        with pytest.raises(DataError, match="can't be an option"):
            jobs.start(PRETEND, [option, "elsewhere"])
    assert jobs.views() == []
    job = jobs.start(PRETEND, [])
    change(jobs, job, module="http.server")
    with running(jobs):
        assert ended(jobs, job).sentence == "http.server is no training that a job may run."


@pytest.mark.parametrize("name", ["../votes", "none", ".lock", ""])
def test_a_job_that_is_none_is_named(name: str, jobs: Jobs) -> None:
    job = jobs.start(PRETEND, [])
    (jobs.data / "votes").mkdir()
    shutil.copy(jobs.folder / job / "job.json", jobs.data / "votes" / "job.json")
    with pytest.raises(UnknownName, match="There is no job"):
        jobs.watch(name)


def test_a_broken_record_is_named_and_hides_no_other(jobs: Jobs) -> None:
    broken, whole = jobs.start(PRETEND, []), jobs.start(PRETEND, [])
    (jobs.folder / broken / "job.json").write_text("{")
    with pytest.raises(DataError, match="can't be read"):
        jobs.watch(broken)
    assert [view.id for view in jobs.views()] == [whole]


def test_a_job_is_removed_whole_and_never_while_it_runs(jobs: Jobs) -> None:
    job = jobs.start(PRETEND, SLOW)
    with running(jobs):
        at_step(jobs, job, 1)
        for act, words in ((jobs.remove, "is running"), (jobs.resume, "can't be resumed: it is running")):
            with pytest.raises(HubError, match=words):
                act(job)
        jobs.stop(job)
        ended(jobs, job)
        with pytest.raises(HubError, match="is not running: it is stopped"):
            jobs.stop(job)
        jobs.remove(job)
    assert [path.name for path in jobs.folder.iterdir() if path.is_dir()] == []
    (jobs.folder / ".new-half").mkdir()
    with running(jobs):
        assert not (jobs.folder / ".new-half").exists()


def test_one_process_runs_the_jobs(jobs: Jobs) -> None:
    with running(jobs), pytest.raises(HubError, match="run by another process"):
        JobRunner(jobs).open()
    with running(jobs):
        pass


def test_a_record_says_what_it_was_before(jobs: Jobs) -> None:
    record = JobRecord(module=PRETEND, options=("--steps", "4"), state=JobState.queued, queued=1.0)
    assert JobRecord.model_validate_json(record.model_dump_json()) == record


def test_pictures_of_a_job_are_private_given_to_its_training_and_gone_when_asked_or_with_it(jobs: Jobs) -> None:
    pngs = [b"one secret picture", b"another secret picture"]
    job = jobs.start(PRETEND, ["--steps", "4"], pictures=pngs, owner="somebody", name="zebi-1")
    folder = jobs.folder / job
    kept = sorted((folder / "pictures").iterdir())
    assert [path.read_bytes() for path in kept] == pngs
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, folder / "pictures")} == {0o700}
    with pytest.raises(HubError, match="needs the pictures"):
        jobs.delete_pictures(job)
    with running(jobs):
        assert ended(jobs, job).state is JobState.done
    assert json.loads((folder / "result" / "seen.json").read_text())["pictures"] == ["000.png", "001.png"]
    record = (folder / "job.json").read_text()
    assert "somebody" in record and str(folder) not in record and "000.png" not in record
    other = jobs.start(PRETEND, ["--steps", "2"], about=job)
    with pytest.raises(HubError, match="needs the pictures"):
        jobs.delete_pictures(job)
    with running(jobs):
        assert ended(jobs, other).state is JobState.done
    assert json.loads((jobs.folder / other / "result" / "seen.json").read_text())["run"] == "result"
    jobs.delete_pictures(job)
    assert not any(b"secret" in path.read_bytes() for path in jobs.data.rglob("*") if path.is_file())
    assert (folder / "result" / "model.txt").exists()
    last = jobs.start(PRETEND, [], pictures=pngs)
    jobs.remove(last)
    assert not any(b"secret" in path.read_bytes() for path in jobs.data.rglob("*") if path.is_file())


def test_a_job_whose_pictures_were_deleted_is_not_resumed(jobs: Jobs) -> None:
    job = jobs.start(PRETEND, [], pictures=[b"a picture"])
    jobs.stop(job)
    jobs.delete_pictures(job)
    with pytest.raises(HubError, match="its pictures were deleted"):
        jobs.resume(job)


def test_a_full_disk_leaves_no_picture_and_no_job(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, data: bytes) -> None:
        os.write(fd, data[:4])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(job_queue, "write_all", full)
    with pytest.raises(StorageError, match="The job was not saved: the disk is full"):
        jobs.start(PRETEND, [], pictures=[b"a picture"])
    assert jobs.views() == []
    assert [path.name for path in jobs.folder.iterdir()] == [".lock"]
