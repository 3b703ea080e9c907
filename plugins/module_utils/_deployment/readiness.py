# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a deployment's endpoints answer: as the server says (``online``), or else by asking them.

An endpoint that the server does not tell of is ready when it passes the http health checks of the job definition, or
answers anything below 500 where it has none (the network's own gateway answers 503 while nothing is behind it).
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import health_checks


def not_ready(client, deployment, definition):
    """One line for each endpoint that does not answer yet; empty when all do. ``definition`` is the one that runs."""
    waiting = []
    for endpoint in deployment.get("endpoints") or []:
        if isinstance(endpoint, dict) and not _is_ready(client, endpoint, definition or {}):
            waiting.append("%s port %s" % (endpoint.get("opId"), endpoint.get("port")))
    return waiting


def _is_ready(client, endpoint, definition):
    if isinstance(endpoint.get("online"), bool):
        return endpoint["online"]
    url = endpoint.get("url")
    if not isinstance(url, str):
        return False
    checks = [check for check in health_checks(definition, endpoint) if check.get("type") == "http"]
    if not checks:
        status = client.ask("GET", url)
        return status is not None and status < 500
    return all(_passes(client, url, check) for check in checks)


def _passes(client, url, check):
    path = "/" + str(check.get("path") or "/").lstrip("/")
    status = client.ask(
        str(check.get("method") or "GET"),
        url.rstrip("/") + path,
        headers=check.get("headers"),
        body=check.get("body"),
    )
    return status == check.get("expected_status", 200)
