"""What is known of a job: its record, which is kept, and what a page is shown of it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hub.schema import Record
from hub.training_process import LOG
from hub.training_progress import STOP, ProgressLine, read_lines

RECORD, RUN, RESULT, PICTURES = "job.json", "run", "result", "pictures"  # in a job's folder


class JobState(StrEnum):
    """The states of a job."""

    queued = "queued"
    running = "running"
    stopping = "stopping"  # it was asked to stop, and does so after the step it is in
    stopped = "stopped"  # it can be resumed
    done = "done"
    failed = "failed"  # it can be resumed, too


class JobRecord(Record):
    """The stored record of a job. Times are UTC in seconds since 1970; ``stopping`` is not stored, the file says it."""

    module: str
    options: tuple[str, ...]
    state: JobState
    queued: float
    started: float | None = None  # the last time
    ended: float | None = None
    pid: int | None = None  # of the process, which leads a group of its own
    told_before: int = 0  # bytes of progress that earlier starts have told
    sentence: str = ""  # why it failed or stopped
    owner: str = ""  # the pseudonym of the rater who started it from the page
    name: str = ""  # of the entry that it makes; empty: its own ID
    about: str = ""  # the job whose run it looks at
    pictures: int = 0  # how many it was given, in its folder of pictures; whose names and place no record has


def list_options(folder: Path, record: JobRecord) -> tuple[str, ...]:
    """Return the options of the process of the job in a folder, with the places of what it is given."""
    about = (str(find_run(folder.parent / record.about)),) if record.about else ()
    given = ("--pictures", str(folder / PICTURES)) if record.pictures else ()
    return (*about, *record.options, *given)


def find_run(folder: Path) -> Path:
    """Return what the training of the job in a folder wrote so far: its result, once it is done."""
    result = folder / RESULT
    return result if result.exists() else folder / RUN


@dataclass(frozen=True)
class JobView:
    """The state of a job as a page shows it, in plain values; ``place`` is its position in the queue, 1 being next.

    A job that is not queued has the place 0. ``preview`` is the latest preview picture, ``result`` the folder of a job
    that is done, ``run`` that of what it wrote so far.
    """

    id: str
    command: str
    state: JobState
    place: int
    title: str
    step: int
    of: int
    seconds_left: float | None
    scores: dict[str, float | None]
    preview: Path | None
    sentence: str
    queued: float
    started: float | None
    ended: float | None
    result: Path | None
    log: Path
    run: Path
    record: JobRecord


def make_view(folder: Path, record: JobRecord, place: int) -> JobView:
    """Return the state of the job in a folder, as a page shows it."""
    result, run = folder / RESULT, find_run(folder)
    lines = read_lines(run)
    last = lines[-1] if lines else ProgressLine("", 0, 0, 0.0)
    news = read_lines(run, record.told_before)  # since it was started the last time
    state, left = record.state, None
    if state is JobState.running:
        left = news[-1].seconds_left if news else None
        if (run / STOP).exists() or (news and news[-1].stopped):
            state = JobState.stopping
    pictures = [run / line.preview for line in reversed(lines) if line.preview]
    return JobView(
        id=folder.name,
        command=" ".join(["python -m", record.module, *record.options]),
        state=state,
        place=place,
        title=last.title,
        step=last.step,
        of=last.of,
        seconds_left=left,
        scores=next((line.scores for line in reversed(lines) if line.scores), {}),
        preview=next((picture for picture in pictures if picture.exists()), None),
        sentence=record.sentence,
        queued=record.queued,
        started=record.started,
        ended=record.ended,
        result=result if record.state is JobState.done else None,
        log=folder / LOG,
        run=run,
        record=record,
    )
