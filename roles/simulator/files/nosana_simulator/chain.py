# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lives of jobs: listed, taken by a host, running, ended; and what they cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import script
from .behaviour import Behaviour
from .endpoints import is_service
from .model import Deployment, Job
from .results import job_result, pull_problem

if TYPE_CHECKING:
    from .world import World

STATES_ENDED = ("COMPLETED", "STOPPED")


class Chain:
    """What the network does with jobs."""

    def __init__(self, engine: World) -> None:
        self.engine = engine

    def behaviour(self, job: Job) -> Behaviour:
        """How a job behaves, by the replica that it is."""
        return self.engine.behaviour.of(job.slot)

    # -- a job's way -------------------------------------------------------------------------------------------------

    def add_job(self, deployment: Deployment, revision: int | None = None, **fields) -> Job:
        """Make a job of the active (or the given) revision, without any plans for it."""
        engine = self.engine
        stored = deployment.revision(revision)
        job = Job(job=engine.ids.key(), tx=engine.ids.transaction(), deployment=deployment.id,
                  market=deployment.market,
                  revision=deployment.active_revision if revision is None else revision,
                  definition=stored.job_definition if stored else {}, confidential=deployment.confidential,
                  timeout=deployment.timeout * 60, created_at=engine.now, updated_at=engine.now,
                  sequence=engine.sequence())
        for name, value in fields.items():
            setattr(job, name, value)
        job.usd_per_hour = engine.usd_per_hour(job.market)
        engine.jobs[job.job] = job
        deployment.jobs.append(job)
        engine.publish_job(job)
        return job

    def list_job(self, deployment: Deployment, cost: float) -> Job:
        """List a job of the active revision and reserve its cost (USD)."""
        taken = {job.slot for job in deployment.live_jobs()
                 if job.revision == deployment.active_revision and not job.stopping}
        slot = next(number for number in range(len(taken) + 1) if number not in taken)
        job = self.add_job(deployment, reserved=cost, slot=slot)
        self.engine.credits.reserved += cost
        if self.engine.release.reserves_hosts:
            self.engine.hosts.take(job)
        self.plan_claim(job)
        return job

    def plan_claim(self, job: Job) -> None:
        """Decide when a host takes a queued job; never, if so told."""
        if job.claim is not None:
            job.claim.cancel()
            job.claim = None
        behaviour = self.behaviour(job)
        if not behaviour.claim_never:
            after = self.engine.step if behaviour.claim_after is None else behaviour.claim_after
            job.claim = self.engine.scheduler.after(after, self._claim, job)

    def _claim(self, job: Job) -> None:
        """A host takes the job, or it goes on waiting until its market has one."""
        job.claim = None
        if job.holds_host or self.engine.release.reserves_hosts or self.engine.hosts.free(job.market, 1):
            self.engine.hosts.take(job)
            self.run_job(job)

    def run_job(self, job: Job) -> None:
        """A host takes the job: QUEUED becomes RUNNING."""
        if job.state != "QUEUED":
            return
        engine = self.engine
        job.state, job.node, job.time_start, job.updated_at = "RUNNING", engine.ids.key(), engine.now, engine.now
        if pull_problem(job.definition, self.behaviour(job)) is None:
            after = engine.quirks.online_after
            job.online_at = engine.now + (2 * engine.step if after is None else after)
        self._plan_end(job)
        engine.publish_job(job)
        deployment = engine.deployments.get(job.deployment)
        if deployment is not None:
            engine.listeners.job_running(deployment, job)
            if job.online_at is not None:
                engine.scheduler.at(job.online_at, self._go_online, deployment, job)

    def _go_online(self, deployment: Deployment, job: Job) -> None:
        self.engine.listeners.job_online(deployment, job)
        self.publish_endpoints(deployment)

    def _plan_end(self, job: Job) -> None:
        if job.end is not None:
            job.end.cancel()
        expiry = (job.time_start or self.engine.now) + job.timeout
        behaviour = self.behaviour(job)
        run_for = behaviour.run_for
        if pull_problem(job.definition, behaviour) is not None:
            run_for = self.engine.step
        elif run_for is None and not is_service(job.definition):
            run_for = script.duration(job.definition, self.engine.step)
        if run_for is not None and self.engine.now + run_for < expiry:
            job.end = self.engine.scheduler.after(run_for, self._finish, job)
        else:
            job.end = self.engine.scheduler.at(expiry, self._expire, job)

    def _finish(self, job: Job) -> None:
        self.end_job(job, "COMPLETED")

    def _expire(self, job: Job) -> None:
        self.end_job(job, "COMPLETED", reason="jobExpired")

    def stop_job(self, job: Job) -> None:
        """Ask for the end of a live job; the chain takes a moment."""
        takes = self.behaviour(job).stop_takes
        takes = self.engine.step / 2 if takes is None else takes
        if not job.stopping:
            job.stopping = True
            self.engine.scheduler.after(takes, self.end_job, job, "STOPPED", "jobStopped")

    def extend_job(self, job: Job, seconds: float) -> str:
        """Give a running job more time, reserve the cost, and return the transaction."""
        cost = job.usd_per_hour * seconds / 3600
        job.reserved += cost
        self.engine.credits.reserved += cost
        job.timeout += seconds
        job.updated_at = self.engine.now
        end = (job.time_start or self.engine.now) + job.timeout
        if job.end is not None and job.end.call == self._expire:
            job.end.cancel()
            job.end = self.engine.scheduler.at(end, self._expire, job)
        return self.engine.ids.transaction()

    def end_job(self, job: Job, state: str, reason: str | None = None, **told) -> None:
        """End a live job: COMPLETED or STOPPED, with its result and its bill; listeners hear of it.

        ``reason`` is ``jobStopped``, ``jobExpired`` or None; ``told`` is how it behaved, where that is not as settled.
        """
        if not job.live:
            return
        engine = self.engine
        self.close_job(job, state, reason, **told)
        engine.publish_job(job)
        deployment = engine.deployments.get(job.deployment)
        if deployment is not None:
            engine.listeners.job_ended(deployment, job)
            self.publish_endpoints(deployment)
        engine.hosts.give_back(job)

    def close_job(self, job: Job, state: str, reason: str | None, **told) -> None:
        """Write down the end of a job, its result and its bill; nobody hears of it."""
        for timer in (job.claim, job.end):
            if timer is not None:
                timer.cancel()
        job.state, job.time_end, job.updated_at, job.stopping = state, self.engine.now, self.engine.now, False
        behaviour = replace(self.behaviour(job), **told)
        job.shows_end = behaviour.shows_end
        if job.time_start is not None:
            self._post(job, behaviour, reason)
        self._settle(job)

    def _post(self, job: Job, behaviour: Behaviour, reason: str | None) -> None:
        """The host posts the result, at once or later, or never."""
        result = job_result(job, behaviour, reason)
        if behaviour.result_after:
            self.engine.scheduler.after(behaviour.result_after, setattr, job, "result", result)
        elif behaviour.result_after is not None:
            job.result = result

    def _settle(self, job: Job) -> None:
        ran = (job.time_end or 0) - job.time_start if job.time_start is not None else 0.0
        spent = min(job.reserved, job.usd_per_hour * ran / 3600)
        self.engine.credits.reserved = max(0.0, self.engine.credits.reserved - job.reserved)
        self.engine.credits.settled += spent
        job.reserved = 0.0

    def set_state(self, job: Job, state: str, exit_code: int | None = None) -> None:
        """Put a job into a state as if the network had; listeners hear of it."""
        if state in STATES_ENDED:
            told = {} if exit_code is None else {"exit_code": exit_code}
            self.end_job(job, state, "jobStopped" if state == "STOPPED" else None, **told)
        elif state == "RUNNING":
            if job.claim is not None:
                job.claim.cancel()
            self.run_job(job)

    # -- endpoints ---------------------------------------------------------------------------------------------------

    def online_operations(self, deployment: Deployment) -> set[str]:
        """The operations that answer on their address: some running job of theirs has registered its tunnel."""
        now = self.engine.now
        return {op["id"] for job in deployment.jobs
                if job.state == "RUNNING" and job.online_at is not None and job.online_at <= now
                for op in job.definition.get("ops", [])}

    def is_online(self, url: str) -> bool:
        """Whether an endpoint of that address answers."""
        return any(endpoint["url"] == url and endpoint["opId"] in self.online_operations(deployment)
                   for deployment in self.engine.deployments.values() for endpoint in deployment.endpoints)

    def publish_endpoints(self, deployment: Deployment) -> None:
        """Tell streams of endpoints that went on- or offline."""
        engine = self.engine
        told = engine.release.newer_fields and engine.quirks.online_is_told
        if not told or deployment.id not in engine.subscribers:
            return
        before = deployment.online
        self.note_endpoints(deployment)
        for endpoint in deployment.endpoints:
            online = deployment.online[endpoint["url"]]
            if before.get(endpoint["url"], False) != online:
                engine.publish(deployment.id, {"type": "endpoint", **endpoint, "online": online})

    def note_endpoints(self, deployment: Deployment) -> None:
        """Remember what streams know of the endpoints."""
        online = self.online_operations(deployment)
        deployment.online = {endpoint["url"]: endpoint["opId"] in online for endpoint in deployment.endpoints}
