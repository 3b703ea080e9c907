# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker that takes queued tasks: one of a deployment at a time, a step apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cron
from .markets import can_meet
from .model import Deployment, Job, Task

if TYPE_CHECKING:
    from .engine import Engine

ACTIVE = ("STARTING", "RUNNING", "INSUFFICIENT_FUNDS")
SHORTEST_CREDIT_JOB = 3600
FUNDS_RETRY = (600.0, 21600.0)  # seconds: the first, the longest
ERROR_RETRY = (30.0, 600.0)
MOST_ATTEMPTS = 60


class Worker:
    """Queues, moves and takes tasks."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    # -- the queue ---------------------------------------------------------------------------------------------------

    def queue(self, deployment: Deployment, task: str, origin: str, due: float | None = None, **fields) -> Task:
        """Add a task, due now unless ``due`` is given, and see that it is taken."""
        made = self.engine.add_task(deployment, task, origin, due, **fields)
        self._plan(deployment)
        return made

    def move(self, deployment: Deployment, task: Task, due: float) -> None:
        """Change when a task is due."""
        task.due_at = due
        self.engine.publish_task(deployment, task)
        self._plan(deployment)

    def drop(self, deployment: Deployment, task: Task) -> None:
        """Remove a task that is not wanted any more."""
        self.engine.drop_task(deployment, task)
        self._plan(deployment)

    def clear(self, deployment: Deployment) -> None:
        """Remove all tasks: nothing of this deployment is to be done any more."""
        for task in list(deployment.tasks):
            self.engine.drop_task(deployment, task)
        self._plan(deployment)

    def _plan(self, deployment: Deployment) -> None:
        if deployment.wake is not None:
            deployment.wake.cancel()
            deployment.wake = None
        if deployment.tasks:
            step = self.engine.step
            due = min(max(task.due_at, task.created_at) for task in deployment.tasks)
            moment = max(due + step, deployment.last_taken + step)
            deployment.wake = self.engine.scheduler.at(moment, self._take, deployment)

    def _take(self, deployment: Deployment) -> None:
        deployment.wake = None
        deployment.last_taken = self.engine.now
        # Of what is due, the oldest task comes first, however long it has been due.
        task = min((task for task in deployment.tasks if task.due_at <= self.engine.now),
                   key=lambda task: task.sequence)
        task.status = "PROCESSING"
        self.engine.publish_task(deployment, task)
        {"LIST": self._list, "STOP": self._stop, "EXTEND": self._extend}[task.task](deployment, task)
        self._plan(deployment)

    def _retry(self, deployment: Deployment, task: Task, delays: tuple[float, float]) -> None:
        first, longest = delays
        task.attempts += 1
        task.status = "PENDING"
        self.move(deployment, task, self.engine.now + min(first * 2 ** (task.attempts - 1), longest))

    # -- LIST --------------------------------------------------------------------------------------------------------

    def _list(self, deployment: Deployment, task: Task) -> None:
        if self.engine.release.lists_only_when_active and deployment.status not in ACTIVE:
            self.engine.drop_task(deployment, task)
            return
        if deployment.strategy == "SCHEDULED" and not task.attempts:
            self._queue_next_run(deployment)
        count = self._missing(deployment, task)
        if count < 1:
            self.engine.drop_task(deployment, task)
            return
        refusal = self._refusal(deployment)
        if refusal is not None:
            self._refused(deployment, task, *refusal)
            return
        cost = self.engine.usd_per_hour(deployment.market) * deployment.timeout / 60
        available = self.engine.credits.available
        if cost * count > available + 1e-9:
            self.engine.add_event(deployment, "JOB_LIST_ERROR",
                                  f"Insufficient credits. Available: ${available:.3f}, Required: ${cost * count:.3f}")
            if deployment.status in ("STARTING", "RUNNING"):
                self.engine.set_status(deployment, "INSUFFICIENT_FUNDS")
            self._retry(deployment, task, FUNDS_RETRY)
            return
        for _number in range(count):
            job = self.engine.chain.list_job(deployment, cost)
            self.engine.add_event(deployment, "JOB_LIST_CONFIRMED", f"Job {job.job} listed.", job.tx)
        self.engine.drop_task(deployment, task)
        if deployment.status == "INSUFFICIENT_FUNDS":
            self.engine.set_status(deployment, "RUNNING")

    def _queue_next_run(self, deployment: Deployment) -> None:
        try:
            due = cron.next_time(deployment.schedule or "", self.engine.now)
        except cron.CronError:
            return
        self.engine.add_task(deployment, "LIST", "cron", due)

    @staticmethod
    def _missing(deployment: Deployment, task: Task) -> int:
        if deployment.strategy == "SCHEDULED":
            return int(deployment.replicas)
        if task.origin == "revision" and deployment.simple:
            # Old jobs whose end the chain has not told of yet count: then nothing is listed at all.
            return min(task.limit, int(deployment.replicas) - len(deployment.live_jobs()))
        return task.limit

    def _refusal(self, deployment: Deployment) -> tuple[str, bool] | None:
        """Why no job can be listed (and whether that is final), or None."""
        if self.engine.behaviour.list_error is not None:
            return self.engine.behaviour.list_error, False
        if deployment.timeout * 60 < SHORTEST_CREDIT_JOB:
            return f"Credit-paid jobs must have a timeout of at least {SHORTEST_CREDIT_JOB} seconds", False
        impossible = self.engine.release.impossible_is_error
        market = self.engine.markets.get(deployment.market)
        if market is None:
            return f"Market {deployment.market} does not exist", impossible
        if not can_meet(market, deployment.requirements):
            return "No host can meet the requirements of the deployment", impossible
        return None

    def _refused(self, deployment: Deployment, task: Task, message: str, final: bool) -> None:
        self.engine.add_event(deployment, "JOB_LIST_ERROR", message)
        if final or task.attempts + 1 >= MOST_ATTEMPTS:
            self.engine.drop_task(deployment, task)
            self.engine.set_status(deployment, "ERROR")
        else:
            self._retry(deployment, task, ERROR_RETRY)

    # -- STOP --------------------------------------------------------------------------------------------------------

    def _stop(self, deployment: Deployment, task: Task) -> None:
        if task.origin == "stop":
            for other in [other for other in deployment.tasks if other.task in ("LIST", "EXTEND")]:
                self.engine.drop_task(deployment, other)
        self.engine.drop_task(deployment, task)
        for job in self._to_stop(deployment, task):
            self.engine.add_event(deployment, "JOB_STOPPED_CONFIRMED", f"Job {job.job} stopped.",
                                  self.engine.ids.transaction())
            self.engine.chain.stop_job(job)
        self.engine.listeners.settle_stop(deployment)

    @staticmethod
    def _to_stop(deployment: Deployment, task: Task) -> list[Job]:
        live = deployment.live_jobs()
        if task.origin == "stop":
            return live
        if task.origin == "revision":
            return [job for job in live if job.revision != task.active_revision]
        staying = [job for job in live if not job.stopping]
        if task.origin == "surplus":
            # The jobs that are replaced are the oldest ones; several STOPs may have been queued for one surplus.
            return staying[:max(0, min(task.limit, len(staying) - int(deployment.replicas)))]
        return sorted(staying, key=lambda job: job.state != "QUEUED")[:task.limit]

    # -- EXTEND ------------------------------------------------------------------------------------------------------

    def _extend(self, deployment: Deployment, task: Task) -> None:
        self.engine.drop_task(deployment, task)
        job = self.engine.jobs[task.job]
        if job.state != "RUNNING":
            return
        full = deployment.timeout * 60
        seconds = full if task.origin == "extend" else full - job.timeout
        if seconds <= 0:
            return
        cost = job.usd_per_hour * seconds / 3600
        available = self.engine.credits.available
        if cost > available + 1e-9:
            self.engine.add_event(deployment, "JOB_EXTEND_ERROR",
                                  f"Insufficient credits. Available: ${available:.3f}, Required: ${cost:.3f}")
            return
        tx = self.engine.chain.extend_job(job, seconds)
        self.engine.add_event(deployment, "JOB_EXTEND_SUCCESSFUL", f"Job {job.job} extended.", tx)
