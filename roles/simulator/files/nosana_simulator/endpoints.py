# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public addresses that follow from a job definition."""

from __future__ import annotations

from .ids import host_label
from .kinds import is_number

DOMAIN = "node.k8s.prd.nos.ci"
# Where the simulator itself answers for the containers.
SERVED = "/_endpoints/"


def _port(entry) -> float | None:
    """The port of an entry; a placeholder is none, only hosts know what it stands for."""
    port = entry.get("port") if isinstance(entry, dict) else entry
    return port if is_number(port) and port else None


def exposed_ports(op: dict) -> list:
    """The ports of an operation that get an address. One bare object in ``expose``, or port 0, gets none."""
    expose = (op.get("args") or {}).get("expose")
    entries = expose if isinstance(expose, list) else [] if isinstance(expose, dict) else [expose]
    return [port for port in map(_port, entries) if port is not None]


def is_service(definition: dict) -> bool:
    """Whether any operation answers on a port, and so runs until it is stopped."""
    return any((op.get("args") or {}).get("expose") for op in definition.get("ops", []))


def endpoints_of(definition: dict, deployment: str, vault: str, base: str | None = None) -> list[dict]:
    """The endpoints of a definition, in the order of its operations and ports; below ``base`` where it is given."""
    def url(op_id: str) -> str:
        label = host_label(op_id, deployment, vault)
        return f"https://{label}.{DOMAIN}" if base is None else base + label
    return [
        {"opId": op["id"], "port": port, "url": url(op["id"])}
        for op in definition.get("ops", [])
        for port in exposed_ports(op)
    ]
