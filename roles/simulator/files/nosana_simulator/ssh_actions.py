# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API's operations do to the SSH keys of deployments. Each returns what hosts were told, job by job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .actions import changeable
from .errors import error
from .model import Deployment
from .ssh_keys import MOST_SSH_KEYS, key_material, problem, unique_keys

if TYPE_CHECKING:
    from .engine import Engine

Changed = tuple[Deployment, list[dict]]


def replace(engine: Engine, deployment_id: str, keys: list[str]) -> Changed:
    """Replace the set of SSH keys, and say what became of it on the hosts that run jobs."""
    deployment = changeable(engine, deployment_id)
    wanted = unique_keys(keys)
    before = {key_material(key) for key in deployment.ssh_keys}
    after = {key_material(key) for key in wanted}
    if wanted != deployment.ssh_keys:
        deployment.ssh_keys = wanted
        deployment.updated_at = engine.now
    if before == after:
        return deployment, []
    return deployment, _told_hosts(deployment, "authorized" if after - before else "revoked")


def add(engine: Engine, deployment_id: str, keys: list[str]) -> Changed:
    """Add SSH keys that it has not yet, and say what became of them on the hosts that run jobs."""
    deployment = changeable(engine, deployment_id)
    given = [key.strip() for key in keys]
    found = problem(given)
    if found is not None:
        raise error(400, found)
    has = {key_material(key) for key in deployment.ssh_keys}
    new = [key for key in unique_keys(given) if key_material(key) not in has]
    if not new:
        return deployment, []
    if len(has) + len(new) > MOST_SSH_KEYS:
        raise error(400, f"At most {MOST_SSH_KEYS} SSH public keys are allowed.")
    return _store(engine, deployment, [*deployment.ssh_keys, *new], "authorized",
                  f"SSH keys added ({len(new)} new, {len(has) + len(new)} total)")


def remove(engine: Engine, deployment_id: str, keys: list[str]) -> Changed:
    """Take SSH keys away, whatever their comments, and say what became of that on the hosts that run jobs."""
    deployment = changeable(engine, deployment_id)
    gone = {key_material(key) for key in keys}
    kept = [key for key in deployment.ssh_keys if key_material(key) not in gone]
    removed = len(deployment.ssh_keys) - len(kept)
    if not removed:
        return deployment, []
    return _store(engine, deployment, kept, "revoked",
                  f"SSH keys revoked ({removed} removed, {len(kept)} remaining)")


def _store(engine: Engine, deployment: Deployment, keys: list[str], status: str, text: str) -> Changed:
    deployment.ssh_keys, deployment.updated_at = keys, engine.now
    reports = _told_hosts(deployment, status)
    engine.add_event(deployment, "SSH_KEYS_UPDATED",
                     f"{text}; {status} on {len(reports)}/{len(reports)} running job(s).")
    return deployment, reports


def _told_hosts(deployment: Deployment, status: str) -> list[dict]:
    return [{"job": job.job, "node": job.node, "status": status} for job in deployment.jobs if job.state == "RUNNING"]
