# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the API writes what the server remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .clock import iso
from .ids import NO_NODE, definition_hash
from .markets import nos_price, reward_per_hour
from .model import JOB_STATES, Deployment, Event, Job, Revision, Task

if TYPE_CHECKING:
    from .engine import Engine


def deployment_view(engine: Engine, deployment: Deployment) -> dict:
    """A deployment, with the fields of the release."""
    view = {
        "id": deployment.id, "name": deployment.name, "vault": deployment.vault, "market": deployment.market,
        "owner": deployment.owner, "status": deployment.status, "replicas": deployment.replicas,
        "timeout": deployment.timeout, "endpoints": endpoints_view(engine, deployment),
        "confidential": deployment.confidential, "active_revision": deployment.active_revision,
        "active_jobs": sum(job.state == "RUNNING" for job in deployment.jobs),
        "created_at": iso(deployment.created_at), "updated_at": iso(deployment.updated_at),
        "strategy": deployment.strategy,
    }
    if deployment.strategy == "SCHEDULED":
        view["schedule"] = deployment.schedule
    if deployment.strategy == "INFINITE":
        view["rotation_time"] = deployment.rotation_time
    if engine.release.newer_fields:
        view["requirements"] = deployment.requirements
        if deployment.strategy == "INFINITE":
            view["startup_timeout"] = deployment.startup_timeout
    return view


def endpoints_view(engine: Engine, deployment: Deployment) -> list[dict]:
    """The endpoints, with ``online`` where the release has it."""
    if not engine.release.newer_fields:
        return deployment.endpoints
    online = engine.chain.online_operations(deployment)
    return [{**endpoint, "online": endpoint["opId"] in online} for endpoint in deployment.endpoints]


def revision_view(deployment: Deployment, revision: Revision) -> dict:
    """A revision."""
    return {"revision": revision.revision, "deployment": deployment.id, "ipfs_definition_hash": revision.hash,
            "job_definition": revision.job_definition, "created_at": iso(revision.created_at)}


def job_view(job: Job) -> dict:
    """A job in a deployment's list."""
    return {"job": job.job, "tx": job.tx, "deployment": job.deployment, "market": job.market, "node": job.node,
            "revision": job.revision, "state": job.state,
            "time_start": int(job.time_start) if job.time_start is not None else 0,
            "created_at": iso(job.created_at), "updated_at": iso(job.updated_at)}


def job_details(engine: Engine, job: Job) -> dict:
    """One job with its definition and result."""
    state = job.state if engine.release.job_state_as_text else JOB_STATES.index(job.state)
    return {"confidential": job.confidential, "revision": job.revision, "market": job.market,
            "node": job.node or NO_NODE, "state": state, "jobStatus": None,
            "jobDefinition": job.definition, "jobResult": job.result, **_times(job)}


def _times(job: Job) -> dict:
    end = job.time_end if job.shows_end else None
    return {"timeStart": int(job.time_start) if job.time_start is not None else 0,
            "timeEnd": int(end) if end is not None else 0, "listedAt": int(job.created_at)}


def job_by_address(engine: Engine, job: Job) -> dict:
    """A job as the chain knows it; its timeout in seconds."""
    market = engine.markets.get(job.market)
    result = None if job.confidential else job.result
    return {
        "address": job.job, "project": engine.owner, "payer": engine.owner, "market": job.market,
        "node": job.node or NO_NODE, "state": JOB_STATES.index(job.state), "type": None, "timeout": int(job.timeout),
        "price": nos_price(market), "usdRewardPerHour": reward_per_hour(market),
        "ipfsJob": definition_hash(job.definition), "ipfsResult": result and definition_hash(result),
        "jobDefinition": None if job.confidential else job.definition, "jobResult": result, "jobStatus": None,
        "benchmarkProcessedAt": None, **_times(job),
    }


def event_view(deployment: Deployment, event: Event) -> dict:
    """An entry of the history. Without a transaction ``tx`` is empty."""
    return {"category": event.category, "deploymentId": deployment.id, "type": event.type, "message": event.message,
            "tx": event.tx, "created_at": iso(event.created_at)}


def task_view(task: Task) -> dict:
    """A queued task. What it does not need is empty or 0, not null; a transaction it has none."""
    return {"task": task.task, "deploymentId": task.deployment, "due_at": iso(task.due_at),
            "created_at": iso(task.created_at), "job": task.job, "limit": task.limit,
            "active_revision": task.active_revision}
