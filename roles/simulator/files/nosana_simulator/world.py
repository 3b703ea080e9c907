# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the simulated server and the few primitives that everything else changes it by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ids
from .behaviour import Behaviour
from .clock import Scheduler, iso
from .endpoints import endpoints_of
from .markets import built_in, usd_per_hour
from .model import Credits, Deployment, Event, Job, Revision, Task
from .paging import Ordered
from .quirks import Quirks
from .releases import Release


class World:
    """Deployments, jobs, money and time. Nothing here decides anything."""

    # Who decides; the engine puts them in. Each knows the world, the world knows none of them.
    chain: Any
    hosts: Any
    listeners: Any
    worker: Any

    def __init__(self, release: Release, now: float, step: float = 1.0, confidential_default: bool = False) -> None:
        self.release = release
        self.step = step
        self.confidential_default = confidential_default
        self.began = now
        self.scheduler = Scheduler(now)
        self.ids = ids.Ids()
        self.owner = self.ids.key()
        self.vault = self.ids.key()
        self.deployments: dict[str, Deployment] = {}
        self.listing: Ordered[Deployment] = Ordered()
        self.jobs: dict[str, Job] = {}
        self.idempotency_keys: dict[str, str] = {}
        self.markets = built_in()
        self.free_hosts: dict[str, int] = {}  # by market; a market that is not in it has a host for each job
        self.credits = Credits()
        self.behaviour = Behaviour()
        self.quirks = Quirks()
        self.subscribers: dict[str, list[Callable[[dict], None]]] = {}
        self.told = 0  # frames that subscribers were handed
        self._sequence = 0

    @property
    def now(self) -> float:
        """The simulated time, Unix seconds."""
        return self.scheduler.now

    def sequence(self) -> int:
        """A number larger than all before: the order in which things were made."""
        self._sequence += 1
        return self._sequence

    def usd_per_hour(self, market: str) -> float:
        """What a user pays for an hour of one job in the market of that address."""
        return usd_per_hour(self.markets.get(market))

    # -- what subscribers of a stream hear of ---------------------------------------------------------------------

    def publish(self, deployment_id: str, frame: dict) -> None:
        """Hand a stream frame to whoever listens to this deployment, which may be deleted."""
        for subscriber in self.subscribers.get(deployment_id, []):
            subscriber(frame)
            self.told += 1

    def publish_deployment(self, deployment: Deployment) -> None:
        """Tell of a new status, count or revision."""
        self.publish(deployment.id, {"type": "deployment", "status": deployment.status, "replicas": deployment.replicas,
                                     "active_revision": deployment.active_revision})

    def publish_job(self, job: Job) -> None:
        """Tell of a job's new state."""
        self.publish(job.deployment, job_frame(job))

    def publish_task(self, deployment: Deployment, task: Task) -> None:
        """Tell of a task's new state."""
        self.publish(deployment.id, task_frame(task))

    # -- changes ---------------------------------------------------------------------------------------------------

    def add_deployment(self, deployment: Deployment) -> None:
        """Remember a new deployment."""
        self.deployments[deployment.id] = deployment
        self.listing.add(deployment)

    def forget_deployment(self, deployment: Deployment) -> None:
        """Remove a deployment; its jobs stay."""
        del self.deployments[deployment.id]
        self.listing.remove(deployment)

    def set_status(self, deployment: Deployment, status: str) -> None:
        """Write a status; no listener hears of it, and only requests touch ``updated_at``."""
        if deployment.status != status:
            deployment.status = status
            self.publish_deployment(deployment)

    def add_event(self, deployment: Deployment, kind: str, message: str, tx: str = "") -> None:
        """Write an entry of the history."""
        event = Event(kind, message, self.now, self.sequence(), tx)
        deployment.events.append(event)
        self.publish(deployment.id, {"type": "event", "category": event.category, "event": kind, "message": message,
                                     "tx": tx or None, "created_at": iso(self.now)})

    def add_task(self, deployment: Deployment, task: str, origin: str, due: float | None = None, **fields) -> Task:
        """Queue a task (due now by default); the caller wakes the worker."""
        fields = {"run": deployment.run, "revision": deployment.active_revision, **fields}
        made = Task(self.ids.key()[:24], task, deployment.id, self.now if due is None else due, self.now,
                    self.sequence(), origin, **fields)
        deployment.tasks.append(made)
        self.publish_task(deployment, made)
        return made

    def drop_task(self, deployment: Deployment, task: Task) -> None:
        """Remove a task: done, or not wanted any more."""
        if task in deployment.tasks:
            deployment.tasks.remove(task)
            task.status = "DONE"
            self.publish_task(deployment, task)

    def add_revision(self, deployment: Deployment, number: int, definition: dict, at: float | None = None) -> Revision:
        """Store a definition as the server rewrites it; does not make it active."""
        stored = {key: value for key, value in definition.items() if key != "meta"}
        stored["deployment_id"] = deployment.id
        stored["meta"] = {**(definition.get("meta") or {}), "trigger": "deployment-manager", **self.quirks.added_meta}
        revision = Revision(number, stored, ids.definition_hash(stored), self.now if at is None else at,
                            self.sequence())
        deployment.revisions.append(revision)
        return revision

    def activate(self, deployment: Deployment, revision: Revision) -> None:
        """Make a revision the active one; no listener hears of it."""
        deployment.active_revision = revision.revision
        deployment.endpoints = endpoints_of(revision.job_definition, deployment.id, deployment.vault,
                                            self.quirks.endpoints_at)


def job_frame(job: Job) -> dict:
    """A job as a stream tells of it."""
    return {"type": "job", "job": job.job, "state": job.state, "node": job.node,
            "timeStart": int(job.time_start) if job.time_start else 0,
            "timeEnd": int(job.time_end) if job.time_end else 0}


def task_frame(task: Task) -> dict:
    """A task as a stream tells of it; of one that has left the queue only that."""
    frame = {"type": "task", "id": task.id, "task": task.task, "status": task.status}
    if task.status == "DONE":
        return frame
    return {**frame, "attempts": task.attempts, "due_at": iso(task.due_at), "job": task.job or None}
