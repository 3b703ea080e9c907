# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markets with a number of free hosts: who gets them, and who waits for them.

On older servers jobs wait in the market (QUEUED). On the newest ones a LIST asks for hosts and waits itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import Deployment, Job, Task

if TYPE_CHECKING:
    from .world import World

RENEW = 14 * 60.0  # seconds until a parked LIST asks again


class Hosts:
    """The hosts of all markets. A market without a number has a host for each job."""

    def __init__(self, engine: World) -> None:
        self.engine = engine

    def free(self, market: str, wanted: int) -> int:
        """How many of the wanted hosts a market has."""
        return min(wanted, self.engine.free_hosts.get(market, wanted))

    def take(self, job: Job) -> None:
        """Give a job a host, of which there is one."""
        if job.market in self.engine.free_hosts and not job.holds_host:
            self.engine.free_hosts[job.market] -= 1
            job.holds_host = True

    def give_back(self, job: Job) -> None:
        """A job ended: its host is free again."""
        if job.holds_host:
            job.holds_host = False
            if job.market in self.engine.free_hosts:
                self.set(job.market, self.engine.free_hosts[job.market] + 1)

    def set(self, market: str, number: int | None) -> None:
        """Give a market a number of free hosts (None: as many as are wanted); those that wait are served."""
        if number is None:
            self.engine.free_hosts.pop(market, None)
        else:
            self.engine.free_hosts[market] = number
        self._serve_jobs(market)
        self._serve_lists(market)

    def _serve_jobs(self, market: str) -> None:
        waiting = [job for job in self.engine.jobs.values()
                   if job.market == market and job.state == "QUEUED" and job.claim is None]
        for job in waiting[:self.free(market, len(waiting))]:
            self.engine.chain.plan_claim(job)

    def _serve_lists(self, market: str) -> None:
        parked = [(task, deployment) for deployment in self.engine.deployments.values() if deployment.market == market
                  for task in deployment.tasks if task.waiting_since is not None]
        hosts = self.free(market, sum(task.target or 0 for task, _deployment in parked))
        for task, deployment in sorted(parked, key=lambda pair: pair[0].sequence):
            if hosts > 0:
                hosts -= task.target or 0
                self.renew(deployment, task)

    # -- parked LISTs ------------------------------------------------------------------------------------------------

    def terms_changed(self, deployment: Deployment) -> None:
        """Another market or other requirements: what is parked asks again at once."""
        for task in deployment.tasks:
            if task.waiting_since is not None:
                self.renew(deployment, task)

    def renew(self, deployment: Deployment, task: Task) -> None:
        """Let a parked LIST ask again now."""
        self.engine.worker.move(deployment, task, self.engine.now)

    def park(self, deployment: Deployment, task: Task, count: int) -> None:
        """No host is free: the LIST waits, without an error and for as long as it takes."""
        if task.waiting_since is None:
            task.waiting_since, task.terms = self.engine.now, terms_of(deployment)
            self.engine.add_event(deployment, "JOB_RESERVE_WAITING", (
                f"Rotation of job {task.job}: no spare node yet, it is replaced as soon as one frees up "
                "(at the latest when the job ends)" if task.job else
                f"Waiting for {count} matching node(s) in market {deployment.market}"))
        task.status = "PENDING"
        self.engine.worker.move(deployment, task, self.engine.now + RENEW)

    def hand_off(self, deployment: Deployment, task: Task, missing: int) -> None:
        """What a LIST did not get is asked for by a new one, at once."""
        self.engine.worker.queue(deployment, "LIST", task.origin, limit=missing, job=task.job, target=missing,
                                 handed_on=True, active_revision=task.active_revision, run=task.run,
                                 revision=task.revision)
        self.engine.add_event(deployment, "JOB_RESERVE_SHORTFALL",
                              f"{missing} job(s) still need a node: requested again by a new LIST task")


def terms_of(deployment: Deployment) -> tuple:
    """What hosts are asked for by."""
    return deployment.market, tuple(sorted((deployment.requirements or {}).items()))
