# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker that takes queued tasks: one of a deployment at a time, a step apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cron
from .hosts import terms_of
from .model import Deployment, Job, Task
from .requirement_keys import can_meet

if TYPE_CHECKING:
    from .world import World

ACTIVE = ("STARTING", "RUNNING", "INSUFFICIENT_FUNDS")
SHORTEST_CREDIT_JOB = 3600
FUNDS_RETRY = (600.0, 21600.0)  # seconds: the first, the longest
ERROR_RETRY = (30.0, 600.0)
MOST_ATTEMPTS = 60


class Worker:
    """Queues, moves and takes tasks."""

    def __init__(self, engine: World) -> None:
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
        if deployment.tasks and not deployment.working:
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
        if not self._is_wanted(deployment, task):
            self.engine.drop_task(deployment, task)
        elif task.task == "LIST":
            self._begin_list(deployment, task)
        else:
            {"STOP": self._stop, "EXTEND": self._extend}[task.task](deployment, task)
        self._plan(deployment)

    def _is_wanted(self, deployment: Deployment, task: Task) -> bool:
        """Whether it is still to be done. Newer servers list and extend only for what is meant to have jobs."""
        idle = self.engine.release.works_only_when_active and deployment.status not in ACTIVE
        return not (idle and task.task != "STOP") and not self.is_stale(deployment, task)

    def is_stale(self, deployment: Deployment, task: Task) -> bool:
        """Whether newer servers drop it: it belongs to an earlier start or to another revision.

        What concerns one job goes on concerning it: an EXTEND, and a STOP of that job.
        """
        of_one_job = task.task == "EXTEND" or (task.task == "STOP" and task.job)
        if not self.engine.release.drops_stale_tasks or of_one_job:
            return False
        return (task.run, task.revision) != (deployment.run, deployment.active_revision)

    def _retry(self, deployment: Deployment, task: Task, delays: tuple[float, float]) -> None:
        first, longest = delays
        task.attempts += 1
        task.status = "PENDING"
        self.move(deployment, task, self.engine.now + min(first * 2 ** (task.attempts - 1), longest))

    # -- LIST --------------------------------------------------------------------------------------------------------

    def _begin_list(self, deployment: Deployment, task: Task) -> None:
        """Settle on the first attempt how many jobs it is to list; then list them, which may take a while."""
        if task.target is None:
            task.target = self._missing(deployment, task)
        if self.engine.quirks.list_takes:
            deployment.working = True
            self.engine.scheduler.after(self.engine.quirks.list_takes, self._end_work, deployment, task)
        else:
            self._list(deployment, task)

    def _end_work(self, deployment: Deployment, task: Task) -> None:
        deployment.working = False
        if task in deployment.tasks:
            self._list(deployment, task)
        self._plan(deployment)

    def _list(self, deployment: Deployment, task: Task) -> None:
        count = self._wanted(deployment, task)
        if count < 1:
            self._end_list(deployment, task)
            return
        refusal = self._refusal(deployment)
        if refusal is not None:
            self._refused(deployment, task, *refusal)
            return
        hosts = count
        if self.engine.release.reserves_hosts:
            if task.terms not in (None, terms_of(deployment)):
                self._hand_off(deployment, task, count)
                return
            hosts = self.engine.hosts.free(deployment.market, count)
            if not hosts:
                self.engine.hosts.park(deployment, task, count)
                return
        if self._post(deployment, task, hosts) and hosts < count:
            self.engine.hosts.hand_off(deployment, task, count - hosts)

    def _end_list(self, deployment: Deployment, task: Task) -> None:
        """It is done, in its own right or by handing on; until then, what is SCHEDULED has no next time."""
        self.engine.drop_task(deployment, task)
        if deployment.strategy == "SCHEDULED" and not task.handed_on:
            self._queue_next_run(deployment)

    def _hand_off(self, deployment: Deployment, task: Task, missing: int) -> None:
        self._end_list(deployment, task)
        self.engine.hosts.hand_off(deployment, task, missing)

    def _post(self, deployment: Deployment, task: Task, count: int) -> bool:
        """List that many jobs, which are to be paid; whether that went well."""
        if deployment.timeout * 60 < SHORTEST_CREDIT_JOB:
            self._refused(deployment, task, "Credit-paid jobs must have a timeout of at least "
                          f"{SHORTEST_CREDIT_JOB} seconds", False)
            return False
        cost = self.engine.usd_per_hour(deployment.market) * deployment.timeout / 60
        available = self.engine.credits.available
        if cost * count > available + 1e-9:
            self.engine.add_event(deployment, "JOB_LIST_ERROR",
                                  f"Insufficient credits. Available: ${available:.3f}, Required: ${cost * count:.3f}")
            if deployment.status in ("STARTING", "RUNNING"):
                self.engine.set_status(deployment, "INSUFFICIENT_FUNDS")
            self._retry(deployment, task, FUNDS_RETRY)
            return False
        if self.engine.release.reserves_hosts:
            self.engine.add_event(deployment, "JOB_RESERVE_CONFIRMED",
                                  f"Reserved {count} node(s) in market(s) {deployment.market}")
        for _number in range(count):
            job = self.engine.chain.list_job(deployment, cost)
            self.engine.add_event(deployment, "JOB_LIST_CONFIRMED", f"Successfully listed job - {job.job}", job.tx)
        self._end_list(deployment, task)
        if deployment.status == "INSUFFICIENT_FUNDS":
            self.engine.set_status(deployment, "RUNNING")
        return True

    def _queue_next_run(self, deployment: Deployment) -> None:
        try:
            due = cron.next_time(deployment.schedule or "", self.engine.now)
        except cron.CronError:
            return
        self.engine.add_task(deployment, "LIST", "cron", due)

    def _missing(self, deployment: Deployment, task: Task) -> int:
        """How many jobs a LIST is to list."""
        if deployment.strategy == "SCHEDULED":
            return int(deployment.replicas)
        if task.limit or not self.engine.release.drops_stale_tasks:
            return task.limit
        mine = [job for job in deployment.live_jobs() if job.revision == task.revision and not job.stopping]
        return int(deployment.replicas) - len(mine)

    def _wanted(self, deployment: Deployment, task: Task) -> int:
        count = task.target or 0
        if task.origin == "revision" and deployment.simple and not self.engine.release.drops_stale_tasks:
            # Old jobs whose end the chain has not told of yet count: then nothing is listed at all.
            return min(count, int(deployment.replicas) - len(deployment.live_jobs()))
        return count

    def _refusal(self, deployment: Deployment) -> tuple[str, bool] | None:
        """Why no host can be had (and whether that is final), or None."""
        told = self.engine.behaviour.take_list_error()
        if told is not None:
            return told, False
        final = self.engine.release.impossible_is_error
        prefix = "Node reservation rejected: " if self.engine.release.reserves_hosts else ""
        market = self.engine.markets.get(deployment.market)
        if market is None:
            return f"{prefix}Market {deployment.market} does not exist", final
        if not can_meet(market, deployment.requirements):
            return f"{prefix}No host can meet the requirements of the deployment", final
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
            self._confirm_stop(deployment, job)
            self.engine.chain.stop_job(job)
        self.engine.listeners.settle_stop(deployment)

    def _confirm_stop(self, deployment: Deployment, job: Job) -> None:
        tx = "" if job.stopping else self.engine.ids.transaction()
        text = f"Successfully stopped job {job.job}. TX {tx}" if tx else f"Job {job.job} was already settled"
        self.engine.add_event(deployment, "JOB_STOPPED_CONFIRMED", text, tx)

    @staticmethod
    def _to_stop(deployment: Deployment, task: Task) -> list[Job]:
        live = deployment.live_jobs()
        if task.origin == "stop":
            return live
        if task.origin == "revision":
            return [job for job in live if job.revision != task.active_revision]
        if task.job:
            return [job for job in live if job.job == task.job]
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
        self.engine.add_event(deployment, "JOB_EXTEND_SUCCESSFUL", f"Successfully extended job - TX {tx}", tx)
        if task.origin == "extend":
            self.queue(deployment, "EXTEND", "extend", task.due_at + full, job=job.job)
        else:
            self._put_off(deployment, job, seconds)

    def _put_off(self, deployment: Deployment, job: Job, seconds: float) -> None:
        """A job runs longer: so does what is planned for its end, its rotation or its next EXTEND."""
        for task in list(deployment.tasks):
            if task.job == job.job and task.origin in ("rotation", "extend"):
                self.move(deployment, task, task.due_at + seconds)
