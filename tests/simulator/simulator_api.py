# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator as users run it, in a process of its own, and a plain client to ask it with."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2] / "roles" / "simulator" / "files"
sys.path.insert(0, str(PACKAGE))

MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
DEFINITION = {"version": "0.1", "type": "container", "meta": {"trigger": "cli"},
              "ops": [{"type": "container/run", "id": "hello", "args": {"image": "ubuntu", "expose": 8080}}]}
BATCH = {"version": "0.1", "type": "container",
         "ops": [{"type": "container/run", "id": "hello", "args": {"image": "ubuntu", "cmd": "echo hello world"}}]}
CREATE = {"name": "a", "market": MARKET, "replicas": 1, "timeout": 60, "strategy": "SIMPLE",
          "job_definition": DEFINITION}


@dataclass
class Answer:
    """Status, headers (lower case) and body, decoded where it is JSON."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    """Asks one simulator. Paths beginning with /_control are taken as they are, others go below /api."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: http.client.HTTPConnection | None = None

    def __call__(self, method: str, path: str, body: Any = None, *, key: str | None = "nos_test",
                 raw: str | bytes | None = None, headers: dict[str, str] | None = None, prefix: str = "/api") -> Answer:
        """Ask, and return the answer; ``raw`` is sent as it is and announced as JSON."""
        sent = {**({"Authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
        content = raw if body is None else json.dumps(body)
        if content is not None and "Content-Type" not in sent:
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20) if self.connection is None \
            else self.connection
        self.connection = None
        connection.request(method, path if path.startswith("/_control") else prefix + path, content, sent)
        response = connection.getresponse()
        text = response.read().decode()
        found = {name.lower(): value for name, value in response.getheaders()}
        if found.get("connection") != "close":
            self.connection = connection
        try:
            decoded = json.loads(text) if found.get("content-type", "").startswith("application/json") else text
        except ValueError:
            decoded = text
        return Answer(response.status, decoded, found)

    def reset(self, release: str = "2026-08", **settings: Any) -> Api:
        """Start from nothing; time stands still unless told otherwise."""
        given = {"release": release, "step": 1.0, "latency": 0.0, "speed": 0.0, "confidential_default": False}
        assert self("POST", "/_control/reset", {**given, **settings}).status == 200
        return self

    def create(self, **fields: Any) -> dict:
        """A new deployment."""
        answer = self("POST", "/deployments/create", {**CREATE, **fields})
        assert answer.status == 200, answer.body
        return answer.body

    def seed(self, *deployments: dict) -> list[str]:
        """Deployments in the given states."""
        answer = self("POST", "/_control/deployments", list(deployments))
        assert answer.status == 200, answer.body
        return answer.body["ids"]

    def get(self, deployment: str) -> dict:
        """A deployment."""
        return self("GET", f"/deployments/{deployment}").body

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        assert self("POST", "/_control/advance", {"seconds": seconds}).status == 200

    def behave(self, **behaviour: Any) -> None:
        """How jobs behave from now on."""
        assert self("PUT", "/_control/jobs", behaviour).status == 200

    def requests(self) -> list[dict]:
        """What was asked of the API."""
        return self("GET", "/_control/requests").body["requests"]


def spawn(*options: str) -> tuple[subprocess.Popen, str]:
    """A simulator on a free port, and the line that it prints when it is ready."""
    process = subprocess.Popen([sys.executable, "-m", "nosana_simulator", "--port", "0", *options],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONPATH": str(PACKAGE)})
    return process, process.stdout.readline()


def port_of(line: str) -> int:
    """The port in the line that a simulator prints."""
    return int(line.split("127.0.0.1:")[1].split("/")[0])
