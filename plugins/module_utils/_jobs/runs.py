# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of batch work: which jobs make one, what became of it, and reading that from the API.

A *run* is the ``replicas`` newest jobs of a revision. It has succeeded when all of them are COMPLETED with exit code
0 in every operation. Jobs that were stopped before a host took them are no run of their own when the jobs before them
have succeeded: some servers list jobs for a revision that is gone back to, and the collection stops those.

A job whose host posts no result counts as failed after a while: its exit code will never be known.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._jobs import result as job_result
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

NONE, UNDER_WAY, SUCCEEDED, FAILED = "none", "under way", "succeeded", "failed"

#: Seconds after a job's end within which its host posts the result.
RESULT_COMES_WITHIN = 60.0
#: Lines of a failed job's log that a message quotes, and lines of each job's log that a result has.
QUOTED_LINES = 3
RETURNED_LINES = 20


@dataclasses.dataclass(frozen=True)
class Run:
    """The newest jobs of a revision (as listed, newest first), ``replicas`` being what makes a run.

    ``results`` holds a JobResult for each that has ended, by the job's address; ``overdue`` are the addresses of those
    whose result should have been posted by now.
    """

    jobs: tuple
    replicas: int
    results: dict = dataclasses.field(default_factory=dict)
    overdue: frozenset = frozenset()

    @property
    def newest(self):
        return self.jobs[: self.replicas]

    @property
    def state(self):
        """NONE, UNDER_WAY, SUCCEEDED or FAILED. A run whose results are not posted yet is under way."""
        state = self._state_of(self.newest)
        return SUCCEEDED if state == FAILED and self._state_of(self._taken) == SUCCEEDED else state

    @property
    def is_under_way(self):
        return self.state == UNDER_WAY

    @property
    def is_failed(self):
        return self.state == FAILED

    @property
    def _taken(self):
        return [job for job in self.jobs if was_taken(job)][: self.replicas]

    @property
    def was_never_taken(self):
        """Whether no host has taken any job of the run so far."""
        return not any(was_taken(job) and job.get("state") != "QUEUED" for job in self.newest)

    @property
    def to_be_read(self):
        """The jobs whose results tell the state, as far as they have ended and are not known yet."""
        wanted = list(self.newest)
        if not all(was_taken(job) for job in wanted):
            wanted += [job for job in self._taken if job not in wanted]
        return [job for job in wanted if not d.is_live(job) and self._verdict(job) == job_result.UNKNOWN]

    @property
    def has_ended(self):
        """Whether a run was there and none of its jobs is live, whatever came of it."""
        return len(self.newest) == self.replicas and not any(d.is_live(job) for job in self.jobs)

    def _state_of(self, jobs):
        verdicts = [self._verdict(job) for job in jobs]
        if any(verdict == job_result.UNKNOWN for verdict in verdicts):
            return UNDER_WAY
        if any(verdict == job_result.FAILED for verdict in verdicts):
            return FAILED
        return SUCCEEDED if len(jobs) == self.replicas else NONE

    def _verdict(self, job):
        result = self.results.get(job.get("job"))
        if d.is_live(job) or result is None:
            return job_result.UNKNOWN
        if result.verdict == job_result.UNKNOWN and job.get("job") in self.overdue:
            return job_result.FAILED
        return result.verdict

    def failure_reason(self):
        """Why the run failed: the first job that did, its reason and the last lines of its log, on one line."""
        failed = self._failed()
        if not failed:
            return "no job of it is known to have failed"
        return failure_reason(failed[0], self.results[failed[0].get("job")])

    def failure_reason_counted(self):
        """The same, with how many of several jobs failed in front: one among many is another matter than all."""
        if len(self.newest) < 2 or not self._failed():
            return self.failure_reason()
        return "%d of %d jobs failed; %s" % (len(self._failed()), len(self.newest), self.failure_reason())

    def _failed(self):
        return [job for job in self.newest if self._verdict(job) == job_result.FAILED]

    def reports(self):
        """The jobs as a task returns them: as listed, with the result, and the end of the log of each operation."""
        return [self._report(job) for job in self.newest]

    def _report(self, job):
        result = self.results.get(job.get("job"))
        if result is None:
            return dict(job, result=None, logs=None)
        return dict(job, result=result.as_dict(), logs=result.logs(RETURNED_LINES))


def failure_reason(job, result):
    """Why a job failed, with the last lines of its log, on one line."""
    text = "job %s failed: %s" % (job.get("job"), result.reason)
    lines = [line.strip() for line in job_result.last_lines(result, QUOTED_LINES)]
    untold = [line for line in lines if not text.endswith(": " + line)]  # a host complains of what the reason says
    return text + (". Its log ends: %s" % " | ".join(untold) if untold else "")


def was_taken(job):
    """Whether a host has ever had the job, or may have."""
    return job.get("state") != "STOPPED" or bool(job.get("time_start")) or d.node_of(job) is not None


def read_run(client, deployment, revision, replicas, first_seen):
    """The last run of a deployment's revision (a number), with the results that are posted; see ``with_results``."""
    jobs = client.pages(
        "list_jobs",
        "jobs",
        at_least=2 * replicas,
        keep=lambda job: job.get("revision") in (revision, None),
        id=deployment["id"],
    )
    jobs = [dict(job, state=d.job_state(job)) for job in jobs[: 2 * replicas]]
    return with_results(client, deployment, Run(tuple(jobs), replicas), first_seen)


def with_results(client, deployment, run, first_seen):
    """The run with the results read that were not known yet.

    ``first_seen`` is a dict that one task keeps: the seconds of the client's clock at which it first saw a job without
    a result, by the job's address. It counts where the API does not tell when a job ended.
    """
    found = {job.get("job"): read_result(client, deployment, job) for job in run.to_be_read}
    late = [key for key, result in found.items() if _is_overdue(client, key, result, first_seen)]
    return dataclasses.replace(run, results=dict(run.results, **found), overdue=run.overdue.union(late))


def _is_overdue(client, address, result, first_seen):
    if result.verdict != job_result.UNKNOWN:
        return False
    ended = d.seconds_of(result.end_time)
    if ended is not None:
        return client.server_time() - ended >= RESULT_COMES_WITHIN
    now = client.clock.now()
    return now - first_seen.setdefault(address, now) >= RESULT_COMES_WITHIN


def read_result(client, deployment, job):
    """The JobResult of one job of a deployment."""
    return job_result.read(client.call("get_job", id=deployment["id"], job=str(job.get("job"))))
