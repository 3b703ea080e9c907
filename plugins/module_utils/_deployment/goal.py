# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for what a task is to lead to: that the deployment started. run_goal.py waits for the end of a run.

Reads only. Where the server has an event stream, it says when to look; what it does not tell is looked at all the same.

What is only for jobs that have ended is imported there: Python compiles each file of a module anew for each task.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api import again
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    Gone,
    JobFailed,
    JobsLost,
    NoCredits,
    TimedOut,
)
from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import endpoints_of
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import readiness, wording
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import WORKING
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: Lines of progress that a result has at most.
MOST_LINES = 50
#: Seconds between two looks while the stream tells all that is waited for.
STREAMED_PACE = 60.0
#: Seconds between the first two looks where they are shared: one for all takes no more requests than one for each.
SHARED_PACE = 1.0
#: Seconds after which jobs and tasks are read although a look at the account, which others share, shows no change.
UNCHANGED_PACE = 15.0
#: Statuses in which a start can't succeed, and what a task fails with.
_HOPELESS = {d.INSUFFICIENT_FUNDS: NoCredits, d.ERROR: JobFailed, d.ARCHIVED: Gone}


@dataclasses.dataclass
class Seen:
    """What a look found beside the deployment and its jobs."""

    without_result: list = dataclasses.field(default_factory=list)  # jobs that have ended without a result so far
    not_ready: list = dataclasses.field(default_factory=list)  # endpoints, with what they answered
    young: list = dataclasses.field(default_factory=list)  # jobs that have not run for long enough
    no_host_since: str | None = None  # when the server began to wait for a free host

    @property
    def is_untold(self):
        """Whether something is waited for of which the stream tells nothing."""
        return bool(self.without_result or self.not_ready or self.young)


class Goal:
    """Waits for a goal of one deployment (a Watch). ``first_seen``: see runs.with_results.

    With ``claims`` (a Claims), a host has to take the first job in its time. With ``every_job``, any job that fails
    fails the wait, also one that the server has replaced. ``knows_earlier`` says whether the jobs of earlier runs are
    known, as after a change that the task itself has made to jobs: if not, the wait finds out.
    """

    def __init__(self, watch, first_seen, claims=None, every_job=False, knows_earlier=True):
        self.watch = watch
        self.seen = Seen()
        self._claims = claims
        self._every_job = every_job
        self._knows_earlier = knows_earlier
        self._running_since = {}  # by the address of a job: the clock's seconds
        self._first_seen = first_seen
        self._run = None  # the jobs that have ended meanwhile, with their results
        self._definition = None  # the one that runs, once it was read
        self._began = self._read_all_at = watch.client.clock.now()
        self._shown = None  # what the account's listing showed when jobs and tasks were read

    def wait_until_started(self, wait_for, just_read=False):
        """Waits for what "started" means: ``jobs``, every replica's job was taken by a host; ``status``, RUNNING;
        ``endpoints``, that and every endpoint answers; WORKING, see there. ``just_read``: the first look need not read
        the deployment.

        Raises NosanaError at once when the status can't lead there, JobsLost when jobs can't, TimedOut at the deadline;
        all say what was seen.
        """
        watch = self.watch
        for _look in self._looks("not started within %d s (wait_timeout)"):
            if not just_read:
                watch.read()
            just_read = False
            self._refuse_hopeless("it can't start now")
            if wait_for == "status" and watch.status == d.RUNNING:
                return
            if self._has_reason_to_look() and self._has_started(wait_for):
                return
            self._refuse_unclaimed()

    def _has_started(self, wait_for):
        """Whether every replica runs, by its jobs, and answers where that is waited for. Raises where it can't."""
        watch = self.watch
        self.seen.young, self.seen.without_result = [], []
        if not self._knows_earlier:
            watch.read_jobs()
            self._leave_out_earlier()
        elif watch.status in (d.RUNNING, d.STOPPED):
            watch.read_jobs()
        if watch.status in (d.RUNNING, d.STOPPED):
            self._refuse_failed()
            if self._all_taken() and self._is_up(wait_for):
                return True
        if not self.seen.without_result:
            self._refuse_lost()
        self._look_for_hosts()
        return False

    # --- looking ---

    def _looks(self, headline):
        """Yields for each look: when the stream brings an event, or else at a gentle pace; the last at the deadline."""
        watch, shared = self.watch, self.watch.client.shared is not None
        pace = SHARED_PACE if shared else again.PACE
        stream, was_open = None, False
        try:
            while True:
                yield
                self._note_progress()
                stream = stream or self._stream(offered=not shared)
                is_first, connected = not was_open, stream.connect()
                was_open = was_open or connected
                if connected and is_first:
                    continue
                left = watch.client.deadline.remaining()
                if left <= 0:
                    raise self._timed_out(headline)
                if connected:  # not the first time: what breaks at once must not lead to one look after the other
                    watch.client.clock.sleep(min(left, self._pause(pace)))
                else:
                    streamed = stream.connected and not self.seen.is_untold
                    stream.wait(min(left, self._pause(STREAMED_PACE if streamed else pace)))
                pace = min(pace * 1.2, again.LONGEST_PACE)
        finally:
            if stream is not None:
                stream.close()

    def _stream(self, offered):
        from ansible_collections.nosana.cloud.plugins.module_utils._api.stream import EventStream

        return EventStream(self.watch.client, self.watch.id, offered)

    def _has_reason_to_look(self):
        """Whether to read jobs and tasks: always, unless looks at the account are shared. Then only if they show a
        change, or what is waited for is not shown there, or after a while."""
        watch, now = self.watch, self.watch.client.clock.now()
        shown = [watch.deployment.get(key) for key in ("status", "updated_at", "active_jobs", "endpoints")]
        quiet = watch.client.shared is not None and shown == self._shown and not self.seen.is_untold
        unclaimed = self._claims is not None and self._claims.remaining() <= 0
        if quiet and not unclaimed and now - self._read_all_at < UNCHANGED_PACE:
            return False
        self._shown, self._read_all_at = shown, now
        return True

    def _pause(self, pace):
        """Seconds until the next look: no more than are left for a host to take the first job."""
        left = float("inf") if self._claims is None else self._claims.remaining()
        return min(pace, left) if left > 0 else pace

    def _note_progress(self):
        """Adds a line to ``progress`` when what is seen has changed."""
        text, progress = wording.counts(self.watch, self.seen), self.watch.progress
        if (not progress or not progress[-1].endswith(": " + text)) and len(progress) < MOST_LINES:
            self.note(text)

    def note(self, text):
        """Adds a line to ``progress``, with the seconds since the wait began."""
        self.watch.progress.append("%d s: %s" % (self.watch.client.clock.now() - self._began, text))

    def _look_for_hosts(self):
        """Notes since when the server has waited for a free host, where jobs are missing."""
        watch = self.watch
        missing = watch.status == d.RUNNING and len(watch.current_jobs()) < watch.replicas
        if not missing or watch.strategy == d.SCHEDULED:
            self.seen.no_host_since = None
        elif any(task.get("task") == "LIST" and not task["due"] for task in watch.tasks()):
            self._note_hosts()

    def _note_hosts(self):
        self.seen.no_host_since = wording.no_host_since(self.watch.events(wording.EVENTS_TO_TELL))

    def _leave_out_earlier(self):
        """Leaves out the jobs of earlier runs: all that have ended while a start is under way, and those in whose place
        a listing is due, or waits for hosts."""
        watch = self.watch
        self._knows_earlier = True
        ended = [job.get("job") for job in watch.new_jobs() if not d.is_live(job)]
        if not ended or watch.status not in (d.STARTING, d.RUNNING):
            return
        if watch.status == d.RUNNING:
            ended = ended[self._ended_of_this_run() :]
            watch.read_jobs()  # what was listed in between
        watch.ended |= set(ended)

    def _ended_of_this_run(self):
        """How many of the newest jobs that have ended are of what runs now: all, unless jobs are yet to be listed."""
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.claims import waits_for_hosts

        watch = self.watch
        tasks = watch.tasks()
        lists = [task for task in tasks if task.get("task") == "LIST" and not task.get("job")]
        due = any(task["due"] for task in lists)
        if watch.strategy == d.INFINITE and not due and not waits_for_hosts(watch, tasks):
            lists = []  # the server holds it back, as its jobs end too soon: that is a failure of what runs now
        live = sum(map(d.is_live, watch.current_jobs()))
        listed = sum(task.get("limit") or watch.replicas - live for task in lists)
        return max(0, int(watch.replicas - live - listed))

    def _all_taken(self):
        """Whether every replica has a job that a host took. Those that have ended count only if no LIST is due, and
        none waits for hosts: else they may be an earlier run's."""
        watch = self.watch
        taken = [job for job in watch.current_jobs() if job.get("state") in ("RUNNING", "COMPLETED")]
        if len(taken) < watch.replicas:
            return False
        if watch.status == d.RUNNING and all(d.is_live(job) for job in taken):
            return True
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.claims import waits_for_hosts

        tasks = watch.tasks()
        waits = watch.status == d.RUNNING and waits_for_hosts(watch, tasks)
        return not waits and not any(task["due"] for task in tasks)

    def _is_up(self, wait_for):
        """Whether what a host has taken works, as far as the wait is for that."""
        if wait_for not in ("endpoints", WORKING):
            return True
        watch = self.watch
        if watch.deployment.get("endpoints") is None and watch.client.shared is not None:
            watch.read_alone()  # a listing may tell less
        endpoints = watch.deployment.get("endpoints")
        if wait_for == WORKING and not endpoints:
            return self._all_last()
        if endpoints is None:  # the server does not list any
            endpoints = endpoints_of(self._definition_that_runs())
        self.seen.not_ready = readiness.not_ready(watch.client, endpoints, self._definition_that_runs())
        return not self.seen.not_ready

    def _definition_that_runs(self):
        if self._definition is None:
            revision = d.active_revision(self.watch.deployment, self.watch.revisions())
            self._definition = (revision or {}).get("job_definition") or {}
        return self._definition

    def _all_last(self):
        """Whether each job has run for a while since it was first seen to, or has ended with exit code 0."""
        if self._run is not None and self._run.is_failed:  # its host has posted no result
            raise self._job_failed()
        running = [job for job in self.watch.current_jobs() if job.get("state") == "RUNNING"]
        self.seen.young = [str(job.get("job")) for job in running if self._runs_for(job) < wording.RUNS_FOR]
        self.seen.without_result = [str(job.get("job")) for job in self._run.to_be_read] if self._run else []
        return not self.seen.young and not self.seen.without_result

    def _runs_for(self, job):
        """Seconds since the job was first seen to run; those of before count where they are enough."""
        client, start = self.watch.client, job.get("time_start")
        before = client.server_time() - start if isinstance(start, (int, float)) and start else 0
        now = client.clock.now()
        first = self._running_since.setdefault(job.get("job"), now - (before if before >= wording.RUNS_FOR else 0))
        return now - first

    # --- failing ---

    def _refuse_unclaimed(self):
        """Raises NotClaimed when no host has taken any job in its time."""
        if self._claims is not None and self._claims.are_over(self.watch):
            from ansible_collections.nosana.cloud.plugins.module_utils._deployment.claims import NotClaimed

            raise NotClaimed(self._failure("no host took a job within %d s (claim_timeout)" % self._claims.seconds))

    def _refuse_hopeless(self, headline):
        problem = _HOPELESS.get(self.watch.status)
        if problem:
            raise _failed(problem, self._failure(headline), wording.remedy(self.watch))

    def _refuse_failed(self):
        """Raises JobFailed when a job has ended by itself, and not well: others would fare no better."""
        watch = self.watch
        jobs = watch.new_jobs() if self._every_job else watch.current_jobs()
        ended = tuple(job for job in jobs if job.get("state") == "COMPLETED")
        if not ended:
            return
        from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs

        run = dataclasses.replace(self._run or runs.Run((), 0), jobs=ended, replicas=len(ended))
        self._run = runs.with_results(watch.client.patient(), watch.deployment, run, self._first_seen)
        if self._run.state == runs.FAILED and not self._run.overdue:
            raise self._job_failed()

    def _job_failed(self):
        text = "%s: %s" % (self._who(), self._run.failure_reason().rstrip("."))
        text = "%s; %s" % (text, wording.status_summary(self.watch, self.seen))
        return _failed(JobFailed, text, "This ends what still runs: %s." % self._task("stopped"))

    def _refuse_lost(self):
        """Raises JobsLost when jobs were stopped from outside, and the server lists no others."""
        watch = self.watch
        failed = [job.get("job") for job in watch.current_jobs() if job.get("state") == "STOPPED"]
        if watch.status == d.RUNNING and watch.strategy in d.ENDING_STRATEGIES and failed and not watch.is_busy():
            text = self._failure("job %s was stopped before its time, and is not listed again" % failed[0])
            raise _failed(JobsLost, text, "This runs all of them anew: %s." % self._task("restarted"))
        if watch.status == d.STOPPED and not watch.is_busy():
            text = self._failure("it stopped by itself, or was stopped by somebody else")
            remedy = "Its jobs may tell why (nosana_deployment_info, include: jobs). This runs it anew: %s."
            raise _failed(JobsLost, text, remedy % self._task("restarted"))

    def _timed_out(self, headline):
        """The failure at the deadline."""
        text = self._failure(headline % self.watch.client.deadline.seconds)
        return _failed(TimedOut, text, self._way_out(text))

    def _way_out(self, text):
        """What to do about what was seen (``text``) at the deadline."""
        watch = self.watch
        if self.seen.without_result:
            return "Run the task again to wait on; rerun: on_failure runs it again once no result has come."
        if watch.status == d.RUNNING and not watch.jobs and text.endswith("no events yet"):
            return "Its server does nothing for it. This starts it anew: %s." % self._task("restarted")
        if watch.status in (d.STARTING, d.STOPPING):
            return watch.cost_of_status()
        return "It stays as it is: run the task again to wait on, or end it with %s." % self._task("stopped")

    def _failure(self, headline):
        seen = wording.status_summary(self.watch, self.seen)
        return "%s: %s: %s%s" % (self._who(), headline, seen, wording.log_end(self.watch))

    def _who(self):
        return d.describe(self.watch.deployment)

    def _task(self, state):
        return d.task(id=self.watch.id, state=state)


def _failed(kind, cause, remedy):
    """The failure of a wait: what was seen, and what to do."""
    return kind("%s. %s" % (cause, remedy), cause=cause)
