# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public addresses that follow from a job definition."""

from __future__ import annotations

from .ids import host_label

DOMAIN = "node.k8s.prd.nos.ci"
# Where the simulator itself answers for the containers.
SERVED = "/_endpoints/"


def exposed_ports(op: dict) -> list:
    """The ports of an operation that get an address, as they are written: a placeholder remains a text.

    One bare object in ``expose``, or a bare 0, gets none; in a list they do.
    """
    expose = (op.get("args") or {}).get("expose")
    if not isinstance(expose, list):
        return [] if isinstance(expose, dict) or not expose else [expose]
    ports = [entry.get("port") if isinstance(entry, dict) else entry for entry in expose]
    return [port for port in ports if port is not None]


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
