"""Trainings as jobs: a queue in the data folder, and child processes that are started, watched, stopped, resumed.

A job is a folder ``jobs/ID``: ``job.json`` (its command and state), ``run`` (what the training writes: progress,
previews, log, resume point, and a file ``stop`` that asks it to stop), ``log.txt`` (what it printed), and, when it is
done and not before, ``result``. Its process is the one that a shell would start, ``python -m MODULE --out run ...``.
"""

from hub.jobs.job_queue import Jobs
from hub.jobs.job_record import JobState, JobView
from hub.jobs.runner import JobRunner

__all__ = ["JobRunner", "JobState", "JobView", "Jobs"]
