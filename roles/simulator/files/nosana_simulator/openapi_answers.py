# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of answers, as JSON schemas."""

from __future__ import annotations

from .definition import schema as definition_schema
from .ids import KEY_PATTERN
from .model import JOB_STATES, STATUSES, STRATEGIES
from .releases import Release

TEXT, NUMBER, BOOLEAN = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
ANY: dict = {}
KEY = {"type": "string", "minLength": 43, "maxLength": 44, "pattern": KEY_PATTERN.pattern}
TIME = {"type": "string", "format": "date-time"}


def ref(name: str) -> dict:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: dict) -> dict:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*words: str) -> dict:
    """One of some texts."""
    return {"type": "string", "enum": list(words)}


def array(items: dict) -> dict:
    """A list."""
    return {"type": "array", "items": items}


def record(fields: dict, optional: dict | None = None) -> dict:
    """An object with these fields and no others."""
    return {"type": "object", "properties": {**fields, **(optional or {})}, "required": list(fields),
            "additionalProperties": False}


def _endpoint(release: Release) -> dict:
    fields = {"opId": TEXT, "port": {"type": ["number", "string"]}, "url": TEXT}
    return record({**fields, "online": BOOLEAN} if release.newer_fields else fields)


def _deployment(release: Release) -> dict:
    fields = {
        "id": KEY, "name": TEXT, "vault": KEY, "market": TEXT, "owner": KEY, "status": one_of(*STATUSES),
        "replicas": NUMBER, "timeout": NUMBER, "endpoints": array(ref("Endpoint")), "confidential": BOOLEAN,
        "active_revision": NUMBER, "active_jobs": NUMBER, "created_at": TIME, "updated_at": TIME,
        "strategy": one_of(*STRATEGIES),
    }
    optional = {"schedule": TEXT, "rotation_time": NUMBER}
    if release.newer_fields:
        fields["requirements"] = nullable({"type": "object"})
        optional["startup_timeout"] = nullable(NUMBER)
    return record(fields, optional)


_JOB = record({"job": KEY, "tx": TEXT, "deployment": KEY, "market": TEXT, "node": nullable(KEY), "revision": NUMBER,
               "state": one_of(*JOB_STATES), "time_start": NUMBER, "created_at": TIME, "updated_at": TIME})
_TASK = record({"task": one_of("LIST", "EXTEND", "STOP"), "deploymentId": KEY, "due_at": TIME, "created_at": TIME,
                "job": TEXT, "limit": NUMBER, "active_revision": NUMBER}, {"tx": TEXT})
_EVENT = record({"category": one_of("Deployment", "Event"), "deploymentId": KEY, "type": TEXT, "message": TEXT,
                 "tx": TEXT, "created_at": TIME})
_REVISION = record({"revision": NUMBER, "deployment": KEY, "ipfs_definition_hash": TEXT,
                    "job_definition": ref("JobDefinition"), "created_at": TIME})
_LOG = record({"type": one_of("stdin", "stdout", "stderr", "nodeerr"), "log": TEXT, "timestamp": TIME})
_REASON = record({name: BOOLEAN for name in ("hostShutDown", "jobStopped", "jobExpired")})
_OP_STATE = record(
    {"providerId": nullable(TEXT), "operationId": nullable(TEXT), "group": nullable(TEXT), "status": nullable(TEXT),
     "startTime": nullable(NUMBER), "endTime": nullable(NUMBER), "exitCode": nullable(NUMBER), "logs": array(_LOG),
     "diagnostics": record({"reason": _REASON})},
    {"results": {"type": "object", "additionalProperties": array(TEXT)},
     "error": record({"event": TEXT, "message": TEXT})})
_RESULTS = record({"status": TEXT, "startTime": NUMBER, "endTime": nullable(NUMBER), "opStates": array(_OP_STATE)})
_MARKET = record(
    {"address": KEY, "slug": TEXT, "name": TEXT, "sft": KEY, "type": one_of("PREMIUM", "COMMUNITY", "OTHER"),
     "usd_reward_per_hour": {"type": ["number", "string", "null"]}, "nos_reward_per_second": NUMBER,
     "nos_job_price_per_second": NUMBER, "network_fee_percentage": NUMBER, "premium_community_relation": nullable(KEY),
     "gpu_types": array(TEXT), "required_images": array(TEXT), "required_remote_resources": array({"type": "object"}),
     "nodes": array(KEY), "client": BOOLEAN},
    {"lowest_vram": NUMBER})
_TEMPLATE = {"id": TEXT, "name": TEXT, "description": TEXT, "category": {"anyOf": [TEXT, array(TEXT)]}, "icon": TEXT,
             "readme": TEXT}
_VARIANT = record({"id": TEXT, "name": TEXT, "description": TEXT, "jobDefinition": ref("JobDefinition")})
_NEWER = {
    "Template": record({**_TEMPLATE, "variant": nullable(TEXT), "jobDefinition": ref("JobDefinition")}),
    "TemplateGroup": record(_TEMPLATE, {"variants": array(_VARIANT), "jobDefinition": ref("JobDefinition")}),
    "Gpu": record({"name": TEXT, "vramGb": nullable(NUMBER), "available": NUMBER, "markets": array(KEY)}),
}


def components(release: Release) -> dict[str, dict]:
    """The named shapes of a release."""
    return {
        "PublicKey": KEY, "Endpoint": _endpoint(release), "Deployment": _deployment(release), "Job": _JOB,
        "Task": _TASK, "Event": _EVENT, "Revision": _REVISION, "JobResults": _RESULTS, "Market": _MARKET,
        "JobDefinition": definition_schema(release.newer_fields),
        "Error": record({"error": TEXT}, {"message": TEXT, "code": TEXT, "statusCode": NUMBER}),
        "Pagination": record({"cursor_next": nullable(TEXT), "cursor_prev": nullable(TEXT), "total_items": NUMBER}),
        **(_NEWER if release.newer_routes else {}),
    }


# -- what each operation answers ---------------------------------------------------------------------------------------


def _page(name: str, component: str) -> dict:
    return record({name: array(ref(component)), "pagination": ref("Pagination")})


def _changed(**fields: dict) -> dict:
    return record({**fields, "updated_at": TIME})


_TIMES = {"timeStart": NUMBER, "timeEnd": NUMBER, "listedAt": NUMBER}
_DEFINITION_OR_NULL, _RESULT_OR_NULL = nullable(ref("JobDefinition")), nullable(ref("JobResults"))
_ENDPOINTS = array(ref("Endpoint"))
_SPENT = record({"costUSD": NUMBER, "creditsUsed": NUMBER, "reservationId": nullable(TEXT)})
_KEYS = array(TEXT)
_REQUIREMENT_KEYS = record({"nodes": NUMBER, "metrics": array(record(
    {"key": TEXT, "group": TEXT, "type": one_of("integer", "float", "text", "boolean", "json"),
     "match": one_of("exact", "minimum"), "perInstance": BOOLEAN,
     "values": array(record({"value": ANY, "nodes": NUMBER}))}, {"min": NUMBER, "max": NUMBER}))})
_SSH_REPORT = record({"job": KEY, "node": nullable(KEY), "status": one_of("authorized", "revoked", "failed")})

ANSWERS: dict[str, dict] = {
    "list": _page("deployments", "Deployment"), "create": ref("Deployment"), "get": ref("Deployment"),
    "duplicate": ref("Deployment"),
    "create_revision": _changed(active_revision=NUMBER, endpoints=_ENDPOINTS, revisions=array(ref("Revision"))),
    "switch_revision": _changed(active_revision=NUMBER, endpoints=_ENDPOINTS),
    "update_replicas": _changed(replicas=NUMBER), "update_timeout": _changed(timeout=NUMBER),
    "update_schedule": _changed(schedule=TEXT), "update_name": _changed(name=TEXT),
    "update_market": _changed(market=TEXT), "update_startup_timeout": _changed(startup_timeout=NUMBER),
    "update_requirements": _changed(requirements=nullable({"type": "object"}), market=TEXT),
    "update_ssh_keys": _changed(public_keys=_KEYS, jobs=array(_SSH_REPORT)),
    "add_ssh_keys": _changed(public_keys=_KEYS, jobs=array(_SSH_REPORT)),
    "remove_ssh_keys": _changed(public_keys=_KEYS, jobs=array(_SSH_REPORT)),
    "ssh_keys": record({"public_keys": _KEYS}),
    "start": _changed(status=one_of("STARTING")), "stop": _changed(status=one_of("STOPPING")),
    "archive": _changed(status=one_of("ARCHIVED")),
    "revisions": _page("revisions", "Revision"), "jobs": _page("jobs", "Job"), "events": _page("events", "Event"),
    "tasks": _page("tasks", "Task"), "header": record({"header": TEXT}),
    "job": record({"confidential": BOOLEAN, "revision": NUMBER, "market": TEXT, "node": TEXT,
                   "state": {"type": ["number", "string"]}, "jobStatus": nullable(TEXT),
                   "jobDefinition": ref("JobDefinition"), "jobResult": _RESULT_OR_NULL, **_TIMES}),
    "job_by_address": record({
        "address": KEY, "project": KEY, "payer": KEY, "market": TEXT, "node": TEXT, "state": NUMBER,
        "type": nullable(TEXT), "timeout": NUMBER, "price": NUMBER, "usdRewardPerHour": nullable(NUMBER),
        "ipfsJob": TEXT, "ipfsResult": nullable(TEXT), "jobDefinition": _DEFINITION_OR_NULL,
        "jobResult": _RESULT_OR_NULL, "jobStatus": nullable(TEXT), "benchmarkProcessedAt": nullable(TEXT), **_TIMES}),
    "extend_job": record({"tx": nullable(TEXT), "job": KEY, "credits": _SPENT}),
    "stop_job": record({"tx": nullable(TEXT), "job": KEY, "delisted": BOOLEAN}),
    "markets": array(ref("Market")), "market": ref("Market"),
    "required_resources": record({"required_images": array(TEXT),
                                  "required_remote_resources": array({"type": "object"})}),
    "templates": array(ref("Template")), "templates_grouped": array(ref("TemplateGroup")),
    "template": ref("TemplateGroup"), "template_variant": ref("Template"),
    "gpus": record({"gpus": array(ref("Gpu"))}),
    "available": record({"total": NUMBER, "markets": array(KEY),
                         "price": nullable(record({"minUsdPerHour": NUMBER, "maxUsdPerHour": NUMBER}))}),
    "vaults": array(record({"vault": KEY, "owner": KEY, "created_at": TIME})),
    "requirement_keys": _REQUIREMENT_KEYS, "find_requirement_keys": _REQUIREMENT_KEYS,
    "credits": record({"assignedCredits": NUMBER, "reservedCredits": NUMBER, "settledCredits": NUMBER}),
    "validate_key": record({"valid": BOOLEAN, "scopes": array(TEXT)}),
}


def answer(name: str, release: Release) -> dict:
    """What an operation answers when all is well."""
    return array(ref("Deployment")) if name == "list" and release.bare_list else ANSWERS[name]
