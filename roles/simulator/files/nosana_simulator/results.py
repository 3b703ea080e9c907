# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host posts when a job ended."""

from __future__ import annotations

from . import script
from .model import Job


def job_result(job: Job, exit_code: int | None, reason: str | None) -> dict:
    """The ``jobResult`` of an ended job.

    ``exit_code`` of None leaves it to the command (or, for a stopped job, there is none); ``reason`` is
    ``jobStopped``, ``jobExpired`` or None. Times are milliseconds.
    """
    start, end = int((job.time_start or 0) * 1000), int((job.time_end or 0) * 1000)
    states = [_op_state(op, start, end, exit_code, reason) for op in job.definition.get("ops", [])]
    if reason is not None:
        status = "stopped"
    else:
        status = "success" if all(state["exitCode"] == 0 for state in states) else "failed"
    return {"status": status, "startTime": start, "endTime": end, "opStates": states}


def _op_state(op: dict, start: int, end: int, exit_code: int | None, reason: str | None) -> dict:
    if op.get("type") != "container/run":
        code: int | None = 0
    elif reason == "jobStopped":
        code = None
    else:
        code = script.exit_code(op) if exit_code is None else exit_code
    logs = [{"type": "stdout", "log": line + "\n", "timestamp": start} for line in script.output(op)]
    state = {
        "operationId": op.get("id"), "status": "success" if code == 0 else "stopped" if reason else "failed",
        "exitCode": code, "startTime": start, "endTime": end, "logs": logs,
        "diagnostics": {"reason": {"hostShutDown": False, "jobStopped": reason == "jobStopped",
                                   "jobExpired": reason == "jobExpired"}},
    }
    if code and not reason:
        logs.append({"type": "stderr", "log": f"command ended with exit code {code}\n", "timestamp": end})
    return state
