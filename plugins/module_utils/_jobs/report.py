# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of the runs of a batch, from what nosana_deployments returns of each. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable

#: What became of a run. UNFINISHED: it was not begun, or has no result so far. PLANNED: check mode would start it.
SUCCEEDED, FAILED, UNFINISHED, PLANNED = "succeeded", "failed", "unfinished", "planned"

#: Characters of a reason.
_REASON = 400


def of_runs(plan, results):
    """What became of each run: ``plan`` has their names and parameters, ``results`` what the module returned of them.

    In the same order; raises ValueError where one has other entries than the other.
    """
    if [one.get("name") for one in plan] != [one.get("name") for one in results]:
        raise ValueError("the results are not those of these runs: their names differ")
    return [_of_run(run, result) for run, result in zip(plan, results)]


def _of_run(run, result):
    jobs, deployment = result.get("jobs") or [], result.get("deployment") or {}
    job = jobs[0] if jobs else {}
    ended = job.get("result") or {}
    verdict = _verdict(result, ended)
    operations = ended.get("operations") or []
    reason = (ended.get("reason") if verdict == FAILED else None) or result.get("msg")
    deployment_id = deployment.get("id") or result.get("id")
    fetched = {"deployment_id": deployment_id, "job": job.get("job"), "folder": run["folder"]}
    return {
        **{key: run[key] for key in ("name", "folder", "parameters")},
        "verdict": verdict,
        "reason": None if reason is None or verdict == SUCCEEDED else printable(reason, _REASON),
        "exit_code": _exit_code(operations),
        "results": {one["id"]: one["results"] for one in operations if one.get("results")},
        "minutes": _minutes(ended),
        "changed": bool(result.get("changed")),
        "id": deployment_id,
        "job": job.get("job"),
        "status": deployment.get("status"),
        "fetch": {**fetched, "parameters": run["parameters"]} if deployment_id and job else None,
    }


def _verdict(result, ended):
    if result.get("failed"):
        return FAILED if result.get("reason") == "job_failed" else UNFINISHED
    if ended.get("verdict") == "succeeded":
        return SUCCEEDED
    return PLANNED if "start" in (result.get("actions") or ()) else UNFINISHED


def _exit_code(operations):
    """The first one that is not 0, else 0; None where none is known."""
    codes = [one.get("exit_code") for one in operations if one.get("exit_code") is not None]
    return next((code for code in codes if code), 0) if codes else None


def _minutes(ended):
    start, end = (d.seconds_of(ended.get(key)) for key in ("start_time", "end_time"))
    return None if start is None or end is None else round((end - start) / 60, 1)
