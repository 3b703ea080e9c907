# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put deployments into any state at once, and show all that the server remembers."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from . import views
from .clock import unix
from .model import JOB_STATES, STRATEGIES, Deployment
from .schemas import DEFAULT_ROTATION
from .ssh_keys import unique_keys

if TYPE_CHECKING:
    from .engine import Engine

DEFINITION = {
    "version": "0.1", "type": "container", "meta": {"trigger": "cli"},
    "ops": [{"type": "container/run", "id": "hello", "args": {"image": "ubuntu", "expose": 8080}}],
}
# The API's fields as they are stored; others need more than to be written down.
_PLAIN = ("name", "status", "strategy", "replicas", "timeout", "market", "schedule", "rotation_time", "confidential",
          "vault", "owner", "endpoints", "requirements", "startup_timeout")
_MADE_UP = ("id", "created_at", "updated_at", "job_definition", "revisions", "jobs", "active_revision", "active_jobs",
            "idempotency_key", "ssh_public_keys")

# How an ended job behaved; see ``behaviour``.
_TOLD = ("exit_code", "logs", "nodeerr", "pull_error", "result_after", "shows_end")


def _moment(value: str | float) -> float:
    return unix(value) if isinstance(value, str) else float(value)


def _check(fields: dict) -> None:
    unknown = sorted(set(fields) - set(_PLAIN) - set(_MADE_UP))
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(unknown)}")
    if "strategy" in fields and fields["strategy"] not in STRATEGIES:
        raise ValueError(f"unknown strategy {fields['strategy']!r}")
    if "status" in fields and not re.fullmatch("[A-Z][A-Z_]+", str(fields["status"])):
        raise ValueError(f"no status: {fields['status']!r}")  # unknown ones are fine: newer servers have them


def deployment(engine: Engine, fields: dict) -> Deployment:
    """Make a deployment with the given API fields and sensible others; no listener hears of it.

    Raises ValueError or KeyError for what can't be.
    """
    _check(fields)
    created = _moment(fields["created_at"]) if "created_at" in fields else engine.now
    strategy = fields.get("strategy", "SIMPLE")
    made = Deployment(
        id=fields.get("id") or engine.ids.key(), name=fields.get("name", "seeded"), vault=engine.vault,
        owner=engine.owner, market=next(iter(engine.markets), ""), strategy=strategy, replicas=1, timeout=60,
        confidential=engine.confidential_default, created_at=created, updated_at=created, sequence=engine.sequence(),
        schedule="0 0 * * *" if strategy == "SCHEDULED" else None,
        rotation_time=DEFAULT_ROTATION if strategy == "INFINITE" else None,
        idempotency_key=fields.get("idempotency_key"), ssh_keys=unique_keys(fields.get("ssh_public_keys", [])))
    stored = fields.get("revisions") or [{"revision": 1, "job_definition": fields.get("job_definition", DEFINITION)}]
    for entry in stored:
        engine.add_revision(made, entry["revision"], entry.get("job_definition", DEFINITION),
                            _moment(entry["created_at"]) if "created_at" in entry else created)
    made.active_revision = fields.get("active_revision", stored[-1]["revision"])
    active = made.revision()
    if active is None:
        raise ValueError(f"there is no revision {made.active_revision}")
    if made.id in engine.deployments:
        engine.forget_deployment(engine.deployments[made.id])
    engine.add_deployment(made)
    _write(made, fields)
    engine.activate(made, active)
    if "endpoints" in fields:
        made.endpoints = fields["endpoints"]
    if made.idempotency_key:
        engine.idempotency_keys[made.idempotency_key] = made.id
    if "updated_at" in fields:
        made.updated_at = _moment(fields["updated_at"])
    for entry in fields.get("jobs", []):
        _job(engine, made, entry)
    return made


def _write(made: Deployment, fields: dict) -> None:
    for name in _PLAIN:
        if name in fields:
            setattr(made, name, fields[name])


def _job(engine: Engine, made: Deployment, entry: dict) -> None:
    state = entry.get("state", "RUNNING")
    if state not in JOB_STATES:
        raise ValueError(f"unknown state {state!r}")
    moment = _moment(entry["created_at"]) if "created_at" in entry else made.created_at
    times = {"created_at": moment, "updated_at": moment}
    if state != "QUEUED":
        times |= {"time_start": moment, "online_at": moment}
        times["node"] = entry.get("node") or engine.ids.key()
    for name in ("job", "market"):
        if name in entry:
            times[name] = entry[name]
    job = engine.chain.add_job(made, entry.get("revision", made.active_revision), **times)
    job.state = state
    if state in ("COMPLETED", "STOPPED"):
        job.state = "RUNNING"
        job.definition = job.definition or {}
        told = {name: entry[name] for name in _TOLD if name in entry}
        engine.chain.close_job(job, state, "jobStopped" if state == "STOPPED" else None, **told)


def patch(engine: Engine, made: Deployment, fields: dict) -> None:
    """Set fields of a deployment directly; no listener hears of it. Raises ValueError."""
    _check(fields)
    _write(made, fields)
    if "updated_at" in fields:
        made.updated_at = _moment(fields["updated_at"])
    if "created_at" in fields:
        engine.forget_deployment(made)
        made.created_at = _moment(fields["created_at"])
        engine.add_deployment(made)
    if "job_definition" in fields:
        number = max(revision.revision for revision in made.revisions) + 1
        engine.activate(made, engine.add_revision(made, number, fields["job_definition"]))
    if "active_revision" in fields:
        revision = made.revision(fields["active_revision"])
        if revision is None:
            raise ValueError(f"there is no revision {fields['active_revision']}")
        engine.activate(made, revision)
    for entry in fields.get("jobs", []):
        _job(engine, made, entry)
    engine.publish_deployment(made)


def state(engine: Engine) -> dict:
    """Everything that the server remembers."""
    return {"deployments": [_everything(engine, made) for made in engine.deployments.values()],
            "credits": asdict(engine.credits), "jobs_behaviour": engine.behaviour.as_json()}


def _everything(engine: Engine, made: Deployment) -> dict:
    return {
        **views.deployment_view(engine, made),
        "idempotency_key": made.idempotency_key, "ssh_public_keys": made.ssh_keys,
        "revisions": [views.revision_view(made, revision) for revision in made.revisions],
        "jobs": [{**views.job_view(job), "jobResult": job.result} for job in made.jobs],
        "tasks": [views.task_view(task) for task in made.tasks],
        "events": [views.event_view(made, event) for event in made.events],
    }
