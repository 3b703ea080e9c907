# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host posts when a job ended."""

from __future__ import annotations

import re

from . import script
from .behaviour import Behaviour, for_operation
from .clock import iso
from .ids import definition_hash
from .model import Job

# The code that the vendor's host software gives an operation that it could not even begin.
HOST_FAILED = 2


def job_result(job: Job, behaviour: Behaviour, reason: str | None) -> dict:
    """The ``jobResult`` of an ended job. ``reason`` is ``jobStopped``, ``jobExpired`` or None. Milliseconds."""
    start, end = int((job.time_start or 0) * 1000), int((job.time_end or 0) * 1000)
    ops = job.definition.get("ops", [])
    failed = pull_problem(job.definition, behaviour) is not None
    states = [_op_state(job, op, start, end, behaviour, reason, failed) for op in ops]
    if reason is not None:
        status = "stopped"
    else:
        status = "success" if all(state["exitCode"] == 0 for state in states) else "failed"
    return {"status": status, "startTime": start, "endTime": end, "opStates": states}


def pull_problem(definition: dict, behaviour: Behaviour) -> str | None:
    """Why the host can't get an image of a job; None when it can get all of them."""
    problems = (_image_problem(op, behaviour) for op in definition.get("ops", []))
    return next((problem for problem in problems if problem is not None), None)


def _image_problem(op: dict, behaviour: Behaviour) -> str | None:
    if op.get("type") != "container/run":
        return None
    image = str((op.get("args") or {}).get("image"))
    registry = image.partition("/")[0].partition(":")[0]
    if behaviour.pull_error is not None:
        return behaviour.pull_error
    if registry.endswith(".invalid"):  # names that end so are promised never to exist
        return f"Unable to pull image {image}: dial tcp: lookup {registry}: no such host"
    return None


def _op_state(job: Job, op: dict, start: int, end: int, behaviour: Behaviour, reason: str | None, failed: bool) -> dict:
    op_id = str(op.get("id"))
    complaint = _image_problem(op, behaviour) if reason is None else None
    state = {
        "providerId": definition_hash([job.job, op_id])[:24], "operationId": op_id,
        "group": (op.get("execution") or {}).get("group") or op_id,
        "status": None, "startTime": start, "endTime": end, "exitCode": None, "logs": [],
        "diagnostics": {"reason": {"hostShutDown": False, "jobStopped": reason == "jobStopped",
                                   "jobExpired": reason == "jobExpired"}},
    }
    if complaint is not None:
        state.update(status="failed", exitCode=HOST_FAILED, error={"event": "image-pull", "message": complaint})
    elif failed and reason is None:
        state["status"] = "stopped"  # what waits for an operation that can't begin never begins
        return state
    else:
        code = _exit_code(op, op_id, behaviour, reason)
        state.update(status="success" if code == 0 else "stopped" if reason else "failed", exitCode=code)
    state["logs"] = _logs(op, op_id, behaviour, state, complaint)
    if op.get("results"):
        state["results"] = _results(op["results"], state["logs"])
    return state


def _exit_code(op: dict, op_id: str, behaviour: Behaviour, reason: str | None) -> int | None:
    if op.get("type") != "container/run":
        return 0
    if reason == "jobStopped":
        return None
    if reason == "jobExpired":
        return 137
    given = for_operation(behaviour.exit_code, op_id)
    return script.exit_code(op) if given is None else given


def _logs(op: dict, op_id: str, behaviour: Behaviour, state: dict, complaint: str | None) -> list[dict]:
    start, end, code = state["startTime"], state["endTime"], state["exitCode"]
    errors = [complaint] if complaint is not None else []
    errors += for_operation(behaviour.nodeerr, op_id) or []
    logs = [_log("nodeerr", line, start) for line in errors]
    if complaint is not None:
        return logs
    given = for_operation(behaviour.logs, op_id)
    if given is not None:
        return logs + [_log("stdout", line, start) if isinstance(line, str) else _log(line["type"], line["log"], start)
                       for line in given]
    logs += [_log("stdout", line, start) for line in script.output(op)]
    if code and state["status"] == "failed":
        logs.append(_log("stderr", f"command ended with exit code {code}", end))
    return logs


def _log(kind: str, line: str, moment: int) -> dict:
    return {"type": kind, "log": line + "\n", "timestamp": iso(moment / 1000)}


def _results(wanted: dict, logs: list[dict]) -> dict[str, list[str]]:
    """What the regular expressions of an operation's ``results`` find in its output, one entry a match."""
    found: dict[str, list[str]] = {}
    for name, spec in wanted.items():
        pattern, kinds = (spec, ["stdout", "stderr"]) if isinstance(spec, str) else (spec["regex"], spec["logType"])
        try:
            found[name] = [match.group(0) for entry in logs if entry["type"] in kinds
                           for match in re.finditer(pattern, entry["log"].rstrip("\n"))]
        except re.error:
            found[name] = []
    return found
