# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of what the control interface takes."""

from __future__ import annotations

from .kinds import ANYTHING, BOOLEAN, NUMBER, TEXT, Kind, array, constants, mapping, record, simple, union
from .quirks import HOSTS, SSH_FORMS

NOTHING = simple("null", lambda value: value is None, {"type": "null"})
WHOLE = simple("integer", lambda value: isinstance(value, int) and not isinstance(value, bool), {"type": "integer"})
COUNT = simple("integer >= 0", lambda value: WHOLE.accepts(value) and value >= 0, {"type": "integer", "minimum": 0})
FIELDS = mapping(ANYTHING, "object")
TEXTS = array(TEXT)


def _or_null(kind: Kind) -> Kind:
    return union(f"{kind.name} | null", NOTHING, kind)


def _or_by_operation(kind: Kind) -> Kind:
    """For all operations, or a map from operations to theirs; or null."""
    return union(f"{kind.name} | object | null", NOTHING, kind, mapping(kind, "object"))


_LINES = array(union("string | line", TEXT, record(
    "line", {"type": constants("stdin", "stdout", "stderr", "nodeerr"), "log": TEXT}, {})))
_JOB = {
    "claim_after": union("number | string | null", NOTHING, NUMBER, constants("default")),
    "run_for": _or_null(NUMBER), "exit_code": _or_by_operation(WHOLE), "stop_takes": _or_null(NUMBER),
    "logs": _or_by_operation(_LINES), "nodeerr": _or_by_operation(TEXTS), "pull_error": _or_null(TEXT),
    "result_after": _or_null(NUMBER), "shows_end": BOOLEAN,
}
_CHANGED_ANSWER = record("change of answers", {"operation": TEXT}, {"set": FIELDS, "without": TEXTS})

BODIES: dict[tuple[str, str], Kind] = {
    ("POST", "reset"): _or_null(record("settings", {}, {
        "release": _or_null(TEXT), "step": _or_null(NUMBER), "latency": _or_null(NUMBER), "speed": _or_null(NUMBER),
        "confidential_default": _or_null(BOOLEAN)})),
    ("POST", "deployments"): union("deployment or list", FIELDS, array(FIELDS)),
    ("PATCH", "deployments/"): FIELDS,
    ("PUT", "credits"): record("credits", {"assigned": NUMBER}, {"reserved": NUMBER, "settled": NUMBER}),
    ("PUT", "markets"): array(record("market", {"address": TEXT}, {}, others=ANYTHING)),
    ("PUT", "markets/"): record("hosts", {"hosts": _or_null(COUNT)}, {}),
    ("PUT", "jobs"): record("behaviour", {}, {
        **_JOB, "list_error": _or_null(TEXT), "list_error_times": _or_null(COUNT),
        "replicas": _or_null(array(record("behaviour", {}, _JOB)))}),
    ("PATCH", "jobs/"): record("state", {"state": TEXT}, {"exit_code": _or_null(WHOLE)}),
    ("PUT", "server"): record("server", {}, {
        "sees_changes_after": _or_null(NUMBER), "list_takes": NUMBER,
        "stuck": array(constants("STARTING", "STOPPING")), "online_after": _or_null(NUMBER),
        "online_is_told": BOOLEAN, "serves_endpoints": BOOLEAN, "offline_status": COUNT,
        "missing_as_message": BOOLEAN, "hosts": constants(*HOSTS), "ssh_keys": constants(*SSH_FORMS),
        "added_meta": FIELDS, "answers": array(_CHANGED_ANSWER)}),
    ("POST", "advance"): record("time", {"seconds": NUMBER}, {"until_news": BOOLEAN}),
    ("PUT", "faults"): array(record("fault", {"kind": TEXT}, {
        "operation": _or_null(TEXT), "method": _or_null(TEXT), "path": _or_null(TEXT), "times": WHOLE, "after": WHOLE,
        "seconds": NUMBER, "status": WHOLE, "headers": mapping(TEXT, "object"), "body": ANYTHING})),
    ("PUT", "keys"): mapping(TEXTS, "object"),
}
