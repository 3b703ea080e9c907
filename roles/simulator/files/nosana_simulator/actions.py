# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API's operations do to deployments. Bodies are checked before; refusals are ApiErrors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ApiError, archived, error, wrong_state
from .endpoints import exposed_ports
from .model import Deployment, Revision
from .requirement_keys import problem
from .schemas import DEFAULT_ROTATION
from .ssh_keys import unique_keys

if TYPE_CHECKING:
    from .engine import Engine

# Which statuses allow which change; a change of configuration is refused to ARCHIVED ones only.
STARTABLE = ("DRAFT", "STOPPED", "INSUFFICIENT_FUNDS", "ERROR")
STOPPABLE = ("RUNNING", "INSUFFICIENT_FUNDS", "ERROR")
KEY_TAKEN = "A deployment with this idempotency key already exists"


def find(engine: Engine, deployment_id: str) -> Deployment:
    """The deployment of that id; 404 if there is none."""
    deployment = engine.deployments.get(deployment_id)
    if deployment is None:
        raise error(404, "Deployment not found.")
    return deployment


def changeable(engine: Engine, deployment_id: str) -> Deployment:
    """The deployment of that id, which must not be archived."""
    deployment = find(engine, deployment_id)
    if deployment.status == "ARCHIVED":
        raise archived()
    return deployment


def create(engine: Engine, body: dict) -> Deployment:
    """Make a deployment of a checked body: a DRAFT, or STARTING with ``autostart``."""
    key = body.get("idempotency_key")
    if key and key in engine.idempotency_keys:
        raise error(409, KEY_TAKEN)
    check_requirements(body.get("requirements"))
    if body.get("startup_timeout") is not None:
        _check_startup(body["strategy"], body["job_definition"])
    infinite, scheduled = body["strategy"] == "INFINITE", body["strategy"] == "SCHEDULED"
    deployment = Deployment(
        id=engine.ids.key(), name=body["name"], vault=engine.vault, owner=engine.owner,
        market=body["market"].strip(), strategy=body["strategy"], replicas=body["replicas"], timeout=body["timeout"],
        confidential=body.get("confidential", engine.confidential_default),
        created_at=engine.now, updated_at=engine.now, sequence=engine.sequence(),
        schedule=body.get("schedule") if scheduled else None,
        rotation_time=body.get("rotation_time", DEFAULT_ROTATION) if infinite else None,
        requirements=body.get("requirements") or None, startup_timeout=body.get("startup_timeout"),
        ssh_keys=unique_keys(body.get("ssh_public_keys", [])), idempotency_key=key or None)
    engine.activate(deployment, engine.add_revision(deployment, 1, body["job_definition"]))
    engine.add_deployment(deployment)
    if key:
        engine.idempotency_keys[key] = deployment.id
    if body.get("autostart"):
        _go(engine, deployment, "STARTING")
    return deployment


def _go(engine: Engine, deployment: Deployment, status: str) -> dict:
    if status == "STARTING":
        deployment.run += 1
    engine.set_status(deployment, status)
    deployment.updated_at = engine.now
    engine.listeners.status_changed(deployment)
    return {"status": status}


def start(engine: Engine, deployment_id: str) -> Deployment:
    """DRAFT, STOPPED, INSUFFICIENT_FUNDS or ERROR becomes STARTING."""
    deployment = find(engine, deployment_id)
    if deployment.status not in STARTABLE:
        raise wrong_state()
    _go(engine, deployment, "STARTING")
    return deployment


def stop(engine: Engine, deployment_id: str) -> Deployment:
    """RUNNING, INSUFFICIENT_FUNDS or ERROR becomes STOPPING."""
    deployment = changeable(engine, deployment_id)
    if deployment.status not in STOPPABLE:
        raise wrong_state()
    _go(engine, deployment, "STOPPING")
    return deployment


def archive(engine: Engine, deployment_id: str) -> Deployment:
    """STOPPED becomes ARCHIVED, for good. Jobs that run all the same run on, and what is queued stays queued."""
    deployment = changeable(engine, deployment_id)
    if deployment.status != "STOPPED":
        raise wrong_state()
    engine.set_status(deployment, "ARCHIVED")
    deployment.updated_at = engine.now
    return deployment


def delete(engine: Engine, deployment_id: str) -> None:
    """Forget a STOPPED deployment. Jobs that run all the same run on."""
    deployment = find(engine, deployment_id)
    if deployment.status != "STOPPED":
        raise wrong_state()
    engine.worker.clear(deployment)
    engine.forget_deployment(deployment)
    if deployment.idempotency_key:
        engine.idempotency_keys.pop(deployment.idempotency_key, None)


def create_revision(engine: Engine, deployment_id: str, definition: dict) -> Deployment:
    """Store a definition and make it active, whether or not it differs from the one before."""
    deployment = changeable(engine, deployment_id)
    if engine.release.revision_after_highest:
        number = max(revision.revision for revision in deployment.revisions) + 1
    else:
        number = deployment.active_revision + 1
    _activate(engine, deployment, engine.add_revision(deployment, number, definition))
    return deployment


def switch_revision(engine: Engine, deployment_id: str, number: float) -> Deployment:
    """Make an existing revision the active one; nothing happens when it is that already."""
    deployment = changeable(engine, deployment_id)
    revision = deployment.revision(number)
    if revision is None:
        raise error(400, "The specified revision does not exist.")
    if revision.revision != deployment.active_revision:
        _activate(engine, deployment, revision)
    return deployment


def _activate(engine: Engine, deployment: Deployment, revision: Revision) -> None:
    engine.activate(deployment, revision)
    deployment.updated_at = engine.now
    engine.publish_deployment(deployment)
    engine.listeners.revision_changed(deployment)


def update(engine: Engine, deployment_id: str, field: str, value) -> Deployment:
    """Set replicas, timeout, schedule, market or startup_timeout.

    A value that is there already writes nothing, and no listener hears of it.
    """
    deployment = changeable(engine, deployment_id)
    if field == "schedule" and deployment.strategy != "SCHEDULED":
        raise error(400, "Deployment is using an incorrect strategy.")
    if field == "startup_timeout":
        _check_startup(deployment.strategy, deployment.revision().job_definition)
    before = getattr(deployment, field)
    if before == value:
        return deployment
    setattr(deployment, field, value)
    deployment.updated_at = engine.now
    listeners = engine.listeners
    if field == "replicas":
        engine.publish_deployment(deployment)
        listeners.replicas_changed(deployment, before)
    elif field == "timeout":
        listeners.timeout_changed(deployment, before)
    elif field == "schedule":
        listeners.schedule_changed(deployment)
    elif field == "market":
        listeners.market_changed(deployment)
    return deployment


def update_terms(engine: Engine, deployment_id: str, requirements: dict | None, market: str) -> Deployment:
    """Set the requirements and the market that has such hosts in one write, which is one even if nothing changes."""
    deployment = changeable(engine, deployment_id)
    check_requirements(requirements)
    moved, stricter = market != deployment.market, requirements != deployment.requirements
    deployment.market, deployment.requirements, deployment.updated_at = market, requirements, engine.now
    if moved:
        engine.listeners.market_changed(deployment)
    elif stricter:
        engine.listeners.requirements_changed(deployment)
    return deployment


def rename(engine: Engine, deployment_id: str, name: str) -> Deployment:
    """Change the name, of archived ones too. Streams say nothing of it."""
    deployment = find(engine, deployment_id)
    if deployment.name != name:
        deployment.name = name
        deployment.updated_at = engine.now
    return deployment


def duplicate(engine: Engine, deployment_id: str, body: dict) -> Deployment:
    """A new deployment with the configuration of another one."""
    source = find(engine, deployment_id)
    copy = {
        "name": body.get("name", f"{source.name} (copy)"), "market": body.get("market", source.market),
        "strategy": source.strategy, "replicas": source.replicas, "timeout": source.timeout,
        "confidential": source.confidential, "job_definition": _own_definition(source.revision().job_definition),
        "ssh_public_keys": list(source.ssh_keys), "autostart": body.get("autostart", False),
    }
    for field in ("schedule", "rotation_time", "requirements", "startup_timeout"):
        if getattr(source, field) is not None:
            copy[field] = getattr(source, field)
    return create(engine, copy)


def _own_definition(stored: dict) -> dict:
    return {key: value for key, value in stored.items() if key != "deployment_id"}


def check_requirements(requirements: dict | None) -> None:
    """Refuse keys that nobody knows, and values of a wrong type."""
    found = problem(requirements)
    if found is not None:
        raise error(422, found)


def _check_startup(strategy: str, definition: dict) -> None:
    exposed = any(exposed_ports(op) for op in definition.get("ops", []))
    if strategy != "INFINITE" or not exposed:
        raise ApiError(400, {"error": "A startup timeout needs the INFINITE strategy and an exposed port."})
