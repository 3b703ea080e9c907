# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a deployment's endpoints answer: as the server says (``online``), or else by asking them.

An endpoint that the server does not tell of is ready when it passes the http health checks of the job definition, or
answers anything below 500 where it has none (the network's own gateway answers 503 while nothing is behind it).
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import health_checks
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable


def not_ready(client, endpoints, definition):
    """One line for each endpoint that is not ready yet; empty when all are. ``definition`` is the one that runs."""
    waiting = []
    for endpoint in endpoints or []:
        if isinstance(endpoint, dict):
            missing = _missing(client, endpoint, definition or {})
            if missing:
                waiting.append("%s port %s (%s)" % (endpoint.get("opId"), endpoint.get("port"), missing))
    return waiting


def _missing(client, endpoint, definition):
    """What an endpoint lacks to be ready, None when it is."""
    if isinstance(endpoint.get("online"), bool):
        return None if endpoint["online"] else "not online"
    url = endpoint.get("url")
    if not isinstance(url, str):
        return "no URL"
    checks = [check for check in health_checks(definition, endpoint) if check.get("type") == "http"]
    if checks:
        return next(filter(None, (_failing(client, url, check) for check in checks)), None)
    status = client.ask("GET", url)
    return None if status is not None and status < 500 else _answer(status)


def _failing(client, url, check):
    path = "/" + str(check.get("path") or "/").lstrip("/")
    status = client.ask(
        str(check.get("method") or "GET"),
        url.rstrip("/") + path,
        headers=check.get("headers"),
        body=check.get("body"),
    )
    return None if status == check.get("expected_status", 200) else "%s: %s" % (printable(path, 60), _answer(status))


def _answer(status):
    return "no answer" if status is None else "answers %d" % status
