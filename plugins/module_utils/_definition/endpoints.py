# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints of a job definition, and their health checks. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._definition.compare import plain
from ansible_collections.nosana.cloud.plugins.module_utils._definition.schema_types import is_number


def endpoints_of(definition: object) -> list[dict]:
    """The endpoints that the server makes of a definition: ``[{"opId": str, "port": int | str}]``.

    As the server does it: one for each port in a list, a placeholder's text and 0 included; none for ``expose`` as one
    bare mapping or 0, and none for what a ``__spread__`` will add, which only hosts can tell.
    """
    definition = plain(definition)
    ops = definition.get("ops") if isinstance(definition, dict) else None
    return [
        {"opId": operation.get("id"), "port": port}
        for operation in (ops if isinstance(ops, list) else [])
        if isinstance(operation, dict) and operation.get("type") == "container/run"
        for port in _exposed(operation.get("args"))
    ]


def _exposed(args):
    expose = args.get("expose") if isinstance(args, dict) else None
    if not isinstance(expose, list):
        return [expose] if expose and _is_port(expose) else []
    ports = [item.get("port") if isinstance(item, dict) else item for item in expose]
    return [port for port in ports if _is_port(port)]


def _is_port(value):
    return is_number(value) or isinstance(value, str)


def health_checks(definition, endpoint):
    """The health checks that a job definition has for an endpoint (``opId``, ``port``)."""
    for operation in definition.get("ops") or []:
        if isinstance(operation, dict) and operation.get("id") == endpoint.get("opId"):
            args = operation.get("args")
            expose = args.get("expose") if isinstance(args, dict) else None
            for port in expose if isinstance(expose, list) else []:
                if isinstance(port, dict) and port.get("port") == endpoint.get("port"):
                    return [check for check in port.get("health_checks") or [] if isinstance(check, dict)]
    return []
