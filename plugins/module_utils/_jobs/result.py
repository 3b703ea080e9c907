# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a job: from the API's answer on one job to what people read. Pure.

A host posts the result, so anything in it may be missing, null or of the wrong type; nothing here fails on that.
Secrets of the job's own definition are masked in everything that comes out, also in what containers wrote.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._jobs import logs as job_logs
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model import times
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import Masker
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable

SUCCEEDED = "succeeded"
FAILED = "failed"
#: It runs still, or its result has not been posted (yet).
UNKNOWN = "unknown"

#: Characters of a word or name, and of what is quoted in a reason.
_WORD, _QUOTE = 100, 200
#: Operations that a reason names.
_NAMED = 3

#: Why a host ended an operation: the key in its diagnostics, and the words for it.
_ENDINGS = (
    ("hostShutDown", "its host shut down"),
    ("jobExpired", "it ran until the job's timeout"),
    ("jobStopped", "the job was stopped"),
)


@dataclasses.dataclass(frozen=True)
class Operation:
    """What became of one operation. ``failure`` is None when it ended with exit code 0, else why it did not.

    ``host`` are the lines that its host complained of, ``lines`` what its container wrote. ``ended_for_it`` tells
    that the host or the job ended it, so that the cause lies elsewhere.
    """

    id: str
    status: str | None = None
    exit_code: int | None = None
    start_time: str | None = None
    end_time: str | None = None
    results: dict = dataclasses.field(default_factory=dict)
    host: tuple = ()
    lines: tuple = ()
    failure: str | None = None
    ended_for_it: bool = False

    def as_dict(self):
        keys = ("id", "status", "exit_code", "start_time", "end_time", "results")
        return {key: getattr(self, key) for key in keys}

    def log(self, most=None):
        """Its lines, the host's complaints first; at most ``most``: then those, and the last ones that were written."""
        host, lines = ["host: " + line for line in self.host], list(self.lines)
        return host + lines if most is None else _told_first(host, lines, most)


@dataclasses.dataclass(frozen=True)
class JobResult:
    """What became of a job. ``reason`` says why it failed or why that is not known; None when it succeeded.

    ``definition`` is what it runs, None where the answer does not say.
    """

    state: str
    verdict: str
    reason: str | None = None
    status: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    operations: tuple = ()
    definition: dict | None = None

    def as_dict(self):
        """The result as a task returns it, without the logs."""
        keys = ("verdict", "reason", "status", "start_time", "end_time")
        found = {key: getattr(self, key) for key in keys}
        return dict(found, operations=[operation.as_dict() for operation in self.operations])

    def logs(self, most=None):
        """The logs as a task returns them: for each operation its lines (``most``: at most), the host's first."""
        return [{"operation": operation.id, "lines": operation.log(most)} for operation in self.operations]


def read(answer, tail=job_logs.MAX_LINES):
    """The JobResult of the API's answer on one job (of a deployment, or by its address).

    ``tail`` is how many lines of what each operation wrote it has at most.
    """
    answer = answer if isinstance(answer, dict) else {}
    posted = answer.get("jobResult")
    definition, masker = _definition(answer.get("jobDefinition"))
    states = posted.get("opStates") if isinstance(posted, dict) else None
    states = [one for one in states if isinstance(one, dict)] if isinstance(states, list) else []
    operations = tuple(_operation(one, number, masker, tail) for number, one in enumerate(states, 1))
    status = _word(posted.get("status"), masker) if isinstance(posted, dict) else None
    state = state_text(answer.get("state"))
    verdict, reason = _verdict(state, posted, status, operations, _missing(definition, operations), masker)
    told = posted if isinstance(posted, dict) else {}
    return JobResult(
        state,
        verdict,
        reason,
        status,
        time_text(answer.get("timeStart")) or time_text(told.get("startTime")),
        time_text(answer.get("timeEnd")) or time_text(told.get("endTime")),
        operations,
        masker.mask(definition),
    )


def _definition(definition):
    """``(the definition or None, a masker for it)``."""
    try:
        masker = Masker(definition)
        masker.mask(definition)
    except RecursionError:  # nested deeper than any that could run
        return None, Masker()
    return (definition if isinstance(definition, dict) else None), masker


def last_lines(result, count):
    """At most ``count`` lines that tell best what went wrong, each on one line and short enough for a message.

    They are of the operation that failed (else of the last one that wrote anything): what its host complained of,
    then the last lines that it wrote.
    """
    telling = [one for one in result.operations if one.host or one.lines]
    blamed = [one for one in telling if one.failure and not one.ended_for_it] or [one for one in telling if one.failure]
    chosen = blamed[:1] or telling[-1:]
    if not chosen or count < 1:
        return []
    host, written = ([line for line in lines if line.strip()] for lines in (chosen[0].host, chosen[0].lines))
    return [printable(line, _QUOTE) for line in _told_first(host, written, count)]


def _told_first(host, written, most):
    """The last of the host's lines, and as many of the last written ones as there is room for."""
    host = host[-most:]
    return host + written[max(0, len(written) - most + len(host)) :]


def state_text(state):
    """A job's state as text, however the server writes it (a number, a number as text, a word)."""
    if isinstance(state, str) and state.strip().isdecimal() and len(state) < 4:
        state = int(state)
    if isinstance(state, (int, float)) and not isinstance(state, bool):
        state = d.job_state({"state": int(state)}) if state in (0, 1, 2, 3) else str(state)
    return (printable(state, _WORD).upper() or "UNKNOWN") if isinstance(state, str) else "UNKNOWN"


def time_text(time):
    """A time as the API writes those of deployments (ISO 8601, UTC): from seconds, milliseconds or text.

    None for 0 (which stands for "not yet"), and for what is no time.
    """
    return times.text_of(times.moment_of(time))


# --- the verdict -------------------------------------------------------------------------------------------------


def _verdict(state, posted, status, operations, missing, masker):
    """``(verdict, reason)``. A job has succeeded when it ran to its end, with exit code 0 in every operation."""
    if state == "STOPPED":
        return FAILED, _blame(operations) or "the job was stopped"
    if state != "COMPLETED":
        return UNKNOWN, "the job has not ended: it is %s" % state
    if posted is None:
        return UNKNOWN, "its host has not posted the result"
    if not isinstance(posted, dict):
        return UNKNOWN, "the result that its host posted can't be read"
    errors = _errors(posted.get("errors"), masker)
    reason = _blame(operations) or (errors and "the host reports: %s" % errors)
    if not reason and missing:
        reason = "the result says nothing of operation %s" % missing[0]
    if not reason and _is_bad(status):
        reason = "its host calls the job %s" % status
    if reason:
        return FAILED, reason
    if operations or (status or "").lower() in ("success", "completed"):
        return SUCCEEDED, None
    return UNKNOWN, "the result that its host posted names no operation"


def _blame(operations):
    """Which operations failed and why, those first that failed by themselves; None when none did."""
    failed = [one for one in operations if one.failure]
    failed.sort(key=lambda one: one.ended_for_it)
    named = ["operation %s: %s" % (one.id, one.failure) for one in failed[:_NAMED]]
    more = len(failed) - len(named)
    return "; ".join(named + (["and %d more" % more] if more else [])) or None


def _is_bad(status):
    return any(word in (status or "").lower() for word in ("fail", "error", "stopped", "expired"))


def _missing(definition, operations):
    """The ids of the definition's containers that the result does not name."""
    ops = definition.get("ops") if isinstance(definition, dict) else None
    known = {operation.id for operation in operations}
    return [
        op["id"]
        for op in (ops if isinstance(ops, list) and operations else ())
        if isinstance(op, dict) and op.get("type") == "container/run" and isinstance(op.get("id"), str)
        if printable(op["id"], _WORD) not in known
    ]


def _errors(errors, masker):
    found = errors if isinstance(errors, list) else []
    texts = [_error_text(one) for one in found[:_NAMED]]
    return printable(masker.mask(job_logs.clean("; ".join(filter(None, texts)))), _QUOTE)


# --- one operation -----------------------------------------------------------------------------------------------


def _operation(state, number, masker, tail):
    exit_code = _exit_code(state.get("exitCode"))
    host = job_logs.lines_of(_host_text(state), masker.mask, job_logs.MAX_COMPLAINTS)
    told = job_logs.lines_of(_error_text(state.get("error")), masker.mask)
    failure, ended_for_it = _failure(state, exit_code, (told or host)[-1:])
    results = state.get("results")
    return Operation(
        _word(state.get("operationId"), masker) or "number %d" % number,
        _word(state.get("status"), masker),
        exit_code,
        time_text(state.get("startTime")),
        time_text(state.get("endTime")),
        _results(results, masker) if isinstance(results, dict) else {},
        tuple(host),
        tuple(job_logs.lines_of(job_logs.output(state.get("logs")), masker.mask, tail)),
        failure,
        ended_for_it,
    )


def _failure(state, exit_code, complaint):
    """``(why it failed or None, whether something else ended it)``; ``complaint``: its host's, one line or none."""
    ends = _ended_by(state)
    code = "" if exit_code is None else " (exit code %d)" % exit_code
    if _is_out_of_memory(state):
        return "it ran out of memory%s" % code, False
    if ends:
        return ends + code, True
    if exit_code == 0:
        return None, False
    if exit_code is not None:
        text = "it ended with exit code %d" % exit_code
    elif state.get("status") == "success" and not state.get("error"):
        return None, False
    else:
        text = "it did not run to its end" if time_text(state.get("startTime")) else "it did not run"
    return text + "".join(": " + printable(line, _QUOTE) for line in complaint), False


def _host_text(state):
    """What the host itself says of an operation: its error first, then its complaints in the log."""
    texts = [
        _error_text(state.get("error")),
        _diagnostics(state, "state").get("Error"),
        _diagnostics(state, "reason").get("reason"),
        job_logs.complaints(state.get("logs")),
    ]
    return "\n".join(text for text in texts if isinstance(text, str) and text.strip())


def _error_text(error):
    if isinstance(error, dict):
        parts = [error.get(key) for key in ("event", "message")]
        return ": ".join(part for part in parts if isinstance(part, str) and part.strip())
    return error if isinstance(error, str) else ""


def _diagnostics(state, part):
    diagnostics = state.get("diagnostics")
    found = diagnostics.get(part) if isinstance(diagnostics, dict) else None
    return found if isinstance(found, dict) else {}


def _ended_by(state):
    reason = _diagnostics(state, "reason")
    return next((words for key, words in _ENDINGS if reason.get(key) is True), None)


def _is_out_of_memory(state):
    return _diagnostics(state, "state").get("OOMKilled") is True


# --- small things ------------------------------------------------------------------------------------------------


def _exit_code(code):
    """The exit code as an integer, None for what is none."""
    if isinstance(code, str) and code.strip().lstrip("-").isdecimal() and len(code) < 12:
        code = int(code)
    if isinstance(code, bool) or not isinstance(code, (int, float)) or not abs(code) < 2**32 or code != int(code):
        return None
    return int(code)


def _word(value, masker):
    """A name or a word on one line, None for what is no text."""
    text = printable(masker.mask(value), _WORD) if isinstance(value, str) else ""
    return text or None


def _results(results, masker):
    return {printable(key, _WORD): _value(value, masker) for key, value in results.items()}


def _value(value, masker):
    """A value of an operation's results: text, a list of texts, or a number; anything else as text."""
    if isinstance(value, list):
        return [_text(one, masker) for one in value[: job_logs.MAX_LINES]]
    if isinstance(value, (int, float)) and abs(value) < 2**63:
        return masker.mask(value)
    return _text(value, masker) if value is not None else None


def _text(value, masker):
    try:
        text = value if isinstance(value, str) else str(value)
    except (RecursionError, ValueError):  # nested too deep, or a number too long
        return ""
    return "\n".join(job_logs.lines_of(text, masker.mask))
