# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The options of one deployment: of the module for one, and of each item of the module for many."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    CLAIM_TIMEOUT,
    ON_IMMUTABLE_CHANGE,
    ON_REVISION_FAILURE,
    RERUN,
    STATES,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import STRATEGIES

#: The argument spec without the connection.
SPEC = {
    "id": {"type": "str", "aliases": ["deployment_id"]},
    "name": {"type": "str"},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "market": {"type": "str"},
    "markets": {"type": "list", "elements": "str"},
    "claim_timeout": {"type": "int", "default": CLAIM_TIMEOUT},
    "strategy": {"type": "str", "choices": list(STRATEGIES)},
    "replicas": {"type": "int"},
    "timeout": {"type": "int", "aliases": ["timeout_minutes"]},
    "schedule": {"type": "str"},
    "rotation_time": {"type": "int"},
    "confidential": {"type": "bool"},
    "requirements": {"type": "dict"},
    "startup_timeout": {"type": "int"},
    "ssh_public_keys": {"type": "list", "elements": "str", "no_log": False},
    "job_definition": {"type": "dict"},
    "validate_job_definition": {"type": "bool", "default": True},
    "active_revision": {"type": "int"},
    "on_immutable_change": {"type": "str", "choices": list(ON_IMMUTABLE_CHANGE), "default": "fail"},
    "rerun": {"type": "str", "choices": list(RERUN), "default": "never"},
    "max_usd_per_hour": {"type": "float"},
    "on_failure": {"type": "str", "choices": list(ON_REVISION_FAILURE), "default": "keep"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
    "wait_for": {"type": "str", "choices": ["jobs", "status", "endpoints"]},
}
MUTUALLY_EXCLUSIVE = [("job_definition", "active_revision"), ("market", "markets")]
REQUIRED_ONE_OF = [("id", "name")]
