# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change queues for the worker, a moment after the answer.

A listener reads the deployment as it is when the listener runs, not as it was when the change was made: changes
that come together get in each other's way here just as they do on the real server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cron
from .model import Deployment, Job, Task

if TYPE_CHECKING:
    from .world import World

DELAY_STEPS = 0.1
EXTEND_BEFORE_END = 300.0
RAPID_MINUTES = 5
RAPID_JOBS = 3  # that many a replica are looked at, and no fewer than so many say anything
RAPID_DELAYS = (60.0, 3600.0)  # seconds: the first, the longest
RAPID_FAIL_SAFE_ROUND = 8


class Listeners:
    """One method a kind of change."""

    def __init__(self, engine: World) -> None:
        self.engine = engine

    # -- changes by the API: heard of a moment later ---------------------------------------------------------------

    def _later(self, deployment: Deployment, listener, *args) -> None:
        delay = self.engine.quirks.sees_changes_after
        self.engine.scheduler.after(DELAY_STEPS * self.engine.step if delay is None else delay,
                                    self._run, deployment, listener, *args)

    def _run(self, deployment: Deployment, listener, *args) -> None:
        if deployment.id in self.engine.deployments:
            listener(deployment, *args)

    def status_changed(self, deployment: Deployment) -> None:
        """The status was set to STARTING or STOPPING."""
        listener = {"STARTING": self._starting, "STOPPING": self._stopping}[deployment.status]
        self._later(deployment, listener)

    def replicas_changed(self, deployment: Deployment, before: float) -> None:
        """The number of replicas was ``before``."""
        deployment.pending_replicas.append(before)
        self._later(deployment, self._replicas)

    def revision_changed(self, deployment: Deployment) -> None:
        """Another revision is active; DRAFTs have no jobs to care about."""
        if deployment.status != "DRAFT":
            self._later(deployment, self._revision, deployment.active_revision)

    def market_changed(self, deployment: Deployment) -> None:
        """The running jobs are in the wrong market now."""
        if deployment.status != "DRAFT":
            self._later(deployment, self._market)

    def requirements_changed(self, deployment: Deployment) -> None:
        """Hosts must have something else: that holds for what is still to be listed."""
        self._later(deployment, self.engine.hosts.terms_changed)

    def schedule_changed(self, deployment: Deployment) -> None:
        """The cron expression is another one."""
        self._later(deployment, self._schedule)

    def timeout_changed(self, deployment: Deployment, before: float) -> None:
        """The timeout was ``before`` minutes."""
        if deployment.timeout > before and deployment.strategy in ("INFINITE", "SIMPLE-EXTEND"):
            self._later(deployment, self._timeout)

    # -- the listeners themselves ----------------------------------------------------------------------------------

    def _starting(self, deployment: Deployment) -> None:
        if deployment.status != "STARTING" or "STARTING" in self.engine.quirks.stuck:
            return
        if deployment.strategy == "SCHEDULED":
            due = self._next_run(deployment)
            if due is None:
                return  # the real listener fails here, and the status stays STARTING for ever
            # Older servers don't ask whether one waits already; then both go on, each with its own next one.
            lists = _own_lists(deployment) if self.engine.release.drops_stale_tasks else []
            if all(self.engine.worker.is_stale(deployment, task) for task in lists):
                self.engine.worker.queue(deployment, "LIST", "cron", due)
        elif self.engine.release.drops_stale_tasks:
            if deployment.replicas >= 1:  # without a limit: how many are missing shows when it is taken
                self.engine.worker.queue(deployment, "LIST", "start")
        elif self._waiting_revision_list(deployment) is None:
            live = len(deployment.live_jobs()) if deployment.simple else 0
            missing = int(deployment.replicas) - live
            if missing > 0:
                self.engine.worker.queue(deployment, "LIST", "start", limit=missing)
        self.engine.set_status(deployment, "RUNNING")

    def _stopping(self, deployment: Deployment) -> None:
        if deployment.status == "STOPPING":
            self.engine.worker.queue(deployment, "STOP", "stop")

    def _replicas(self, deployment: Deployment) -> None:
        deployment.pending_replicas.pop(0)
        if deployment.status != "RUNNING" or deployment.strategy == "SCHEDULED":
            return
        if self._waiting_revision_list(deployment) is not None:
            return  # lost: the LIST of the revision was made for the former number
        live = len(deployment.live_jobs())
        wanted = int(deployment.replicas)
        if wanted > live:
            self.engine.worker.queue(deployment, "LIST", "replicas", limit=wanted - live)
        elif wanted < live:
            self.engine.worker.queue(deployment, "STOP", "replicas", limit=live - wanted)

    def _market(self, deployment: Deployment) -> None:
        if self.engine.release.drops_stale_tasks and not deployment.live_jobs():
            self.engine.hosts.terms_changed(deployment)
        else:
            self._swap(deployment, 0)

    def _revision(self, deployment: Deployment, number: int) -> None:
        self._swap(deployment, number)

    def _swap(self, deployment: Deployment, spared: int) -> None:
        """Stop the jobs of all revisions but one (0: of all), and list new ones."""
        if self.engine.release.drops_stale_tasks:
            self._swap_anew(deployment, spared, spared or deployment.active_revision)
            return
        # A STOP that is queued behind another one's spares no revision: the older STOPs stop the newest jobs too.
        crowded = any(task.task == "STOP" and task.origin == "revision" for task in deployment.tasks)
        self.engine.worker.queue(deployment, "STOP", "revision", active_revision=0 if crowded else spared)
        if deployment.strategy == "SCHEDULED":
            self._schedule_anew(deployment, spared)
            return
        pending = None if deployment.working else next(iter(_own_lists(deployment)), None)
        limit = int(deployment.pending_replicas[0] if deployment.pending_replicas else deployment.replicas)
        if pending is None:
            self.engine.worker.queue(deployment, "LIST", "revision", limit=limit, active_revision=spared)
            return
        pending.origin, pending.limit, pending.active_revision, pending.target = "revision", limit, spared, None
        self.engine.worker.move(deployment, pending, min(pending.due_at, self.engine.now))

    def _schedule_anew(self, deployment: Deployment, spared: int) -> None:
        """However many LISTs wait, and whatever for: a revision leaves one, for the next time."""
        for task in _own_lists(deployment):
            if task.status == "PENDING":
                self.engine.worker.drop(deployment, task)
        self._queue_run(deployment, active_revision=spared)

    def _swap_anew(self, deployment: Deployment, spared: int, revision: int) -> None:
        """As newer servers do it: what LISTs of before still wait for is counted again by the new one."""
        for task in _own_lists(deployment):
            self.engine.worker.drop(deployment, task)
        self.engine.worker.queue(deployment, "STOP", "revision", active_revision=spared, revision=revision)
        if deployment.strategy == "SCHEDULED":
            self._queue_run(deployment, active_revision=revision, revision=revision)
        else:
            self.engine.worker.queue(deployment, "LIST", "revision", active_revision=revision, revision=revision)

    def _queue_run(self, deployment: Deployment, **fields) -> None:
        due = self._next_run(deployment)
        if due is not None:
            self.engine.worker.queue(deployment, "LIST", "cron", due, **fields)

    def _next_run(self, deployment: Deployment) -> float | None:
        """The next cron time; None when none ever comes."""
        try:
            return cron.next_time(deployment.schedule or "", self.engine.now)
        except cron.CronError:
            return None

    def _schedule(self, deployment: Deployment) -> None:
        due = self._next_run(deployment)
        if due is not None:
            for task in list(deployment.tasks):
                if task.task == "LIST" or not self.engine.release.schedules_only_lists:
                    self.engine.worker.move(deployment, task, due)

    def _timeout(self, deployment: Deployment) -> None:
        if deployment.status != "RUNNING" or not self.engine.behaviour.chain_readable:
            return
        for job in deployment.jobs:
            if job.state == "RUNNING" and job.timeout < deployment.timeout * 60:
                self.engine.worker.queue(deployment, "EXTEND", "timeout", job=job.job)

    @staticmethod
    def _waiting_revision_list(deployment: Deployment) -> Task | None:
        return next((task for task in deployment.tasks if task.task == "LIST" and task.origin == "revision"
                     and task.target is None), None)

    # -- what the chain tells of: heard of at once -------------------------------------------------------------------

    def job_running(self, deployment: Deployment, job: Job) -> None:
        """A host took the job."""
        start = job.time_start or self.engine.now
        if deployment.strategy == "SIMPLE-EXTEND":
            due = start + job.timeout - EXTEND_BEFORE_END
            self.engine.worker.queue(deployment, "EXTEND", "extend", due, job=job.job)
        elif deployment.strategy == "INFINITE" and deployment.status == "RUNNING":
            if len(deployment.live_jobs()) > deployment.replicas:
                self.engine.worker.queue(deployment, "STOP", "surplus", limit=1)
            due = start + job.timeout - (deployment.rotation_time or 0) * 60
            self.engine.worker.queue(deployment, "LIST", "rotation", due, limit=1, job=job.job)
            if deployment.startup_timeout and deployment.endpoints:
                self.engine.worker.queue(deployment, "STOP", "startup", start + deployment.startup_timeout * 60,
                                         job=job.job)

    def job_online(self, deployment: Deployment, job: Job) -> None:
        """The endpoints of a job answer: it has started in time, if its time is not over."""
        for task in list(deployment.tasks):
            if task.origin == "startup" and task.job == job.job and task.due_at > self.engine.now:
                self.engine.worker.drop(deployment, task)

    def job_ended(self, deployment: Deployment, job: Job) -> None:
        """A job is COMPLETED or STOPPED."""
        for task in [task for task in deployment.tasks if task.job == job.job]:
            self.engine.worker.drop(deployment, task)
        live = len(deployment.live_jobs())
        if deployment.status == "STOPPING":
            self.settle_stop(deployment)
        elif deployment.status == "RUNNING" and deployment.simple:
            queued = any(task.task == "LIST" and not self.engine.worker.is_stale(deployment, task)
                         for task in deployment.tasks)
            if not live and not (queued and self.engine.release.waits_for_queued_list):
                self.engine.set_status(deployment, "STOPPED")
        elif deployment.status == "RUNNING" and deployment.strategy == "INFINITE":
            self._replace(deployment)

    def settle_stop(self, deployment: Deployment) -> None:
        """STOPPING becomes STOPPED once its STOP was taken and nothing lives any more."""
        if "STOPPING" in self.engine.quirks.stuck:
            return
        waits = any(task.task == "STOP" and task.origin == "stop" for task in deployment.tasks)
        if deployment.status == "STOPPING" and not waits and not deployment.live_jobs():
            self.engine.set_status(deployment, "STOPPED")

    def _replace(self, deployment: Deployment) -> None:
        """List another job where one is missing; ever later, and in the end not at all, where jobs end too soon."""
        if _all_rapid(deployment):
            self._slow_down(deployment)
            return
        deployment.rapid_rounds = 0
        if len(deployment.live_jobs()) < deployment.replicas:
            self.engine.worker.queue(deployment, "LIST", "replace", limit=1)

    def _slow_down(self, deployment: Deployment) -> None:
        # Any LIST that waits counts as this round's, the rotation of another job too: then nothing happens at all.
        if any(task.task == "LIST" and task.status == "PENDING" for task in deployment.tasks):
            return
        first, longest = RAPID_DELAYS
        delay = min(first * 2 ** deployment.rapid_rounds, longest)
        self.engine.worker.queue(deployment, "LIST", "replace", self.engine.now + delay, limit=1)
        if deployment.rapid_rounds + 1 >= RAPID_FAIL_SAFE_ROUND:
            self.engine.set_status(deployment, "STOPPING")
            self.engine.add_event(deployment, "RAPID_COMPLETION_FAIL_SAFE", (
                f"Deployment stopped to protect funds: {RAPID_FAIL_SAFE_ROUND} consecutive rounds of jobs completed "
                f"in under {RAPID_MINUTES} minutes."))
            self.status_changed(deployment)
            return
        deployment.rapid_rounds += 1
        self.engine.add_event(deployment, "RAPID_COMPLETION_THROTTLE", (
            f"Jobs completing rapidly (round {deployment.rapid_rounds}): next job throttled by {delay:.0f}s."))


def _all_rapid(deployment: Deployment) -> bool:
    """Whether the jobs that completed of late, since the deployment was last changed, all ended too soon."""
    done = sorted((job for job in deployment.jobs
                   if job.state == "COMPLETED" and job.created_at >= deployment.updated_at),
                  key=lambda job: job.updated_at, reverse=True)
    looked_at = done[:int(deployment.replicas) * RAPID_JOBS or None]
    return len(looked_at) >= RAPID_JOBS and all(_is_rapid(job) for job in looked_at)


def _is_rapid(job: Job) -> bool:
    # What does not tell when it ran speaks for itself.
    if not job.time_start or not job.time_end or not job.shows_end:
        return False
    return job.time_end - job.time_start < RAPID_MINUTES * 60


def _own_lists(deployment: Deployment) -> list[Task]:
    """The LISTs that wait and don't replace one certain job."""
    return [task for task in deployment.tasks if task.task == "LIST" and not task.job]
