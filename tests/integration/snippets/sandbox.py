# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reader has before the first snippet of a page: a folder, variables, and a free port for a simulator."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys

import yaml

from ..playbooks import CLONE, SPEED

FOLDER = pathlib.Path(__file__).parent
#: The port of the simulator on all pages, in the forms in which they name it. Tests take a free one.
PORT = ("127.0.0.1:8080", "--port 8080")
#: The machines of a reader: this one. Plays of the pages are for the group "app" or for localhost.
HOSTS = {"app": {"hosts": {"app1": None, "app2": None}, "vars": {"ansible_connection": "local"}}}


class Sandbox:
    """A folder in which everything that a page presumes is written; see pages.yml for ``given``."""

    def __init__(self, folder, server, given):
        self.folder, self._server, self._given = folder, server, given
        self.port = free_port()
        self.inventories = ["hosts.yml", *given.get("inventories", [])]
        self._write_variables()
        for name, content in given.get("files", {}).items():
            self.write(name, content if isinstance(content, str) else json.dumps(content))
        for name in given.get("copies", []):
            shutil.copytree(CLONE / name, folder, dirs_exist_ok=True)
        if given.get("account"):
            server.control("POST", "/deployments", given["account"])
            server.forget_requests()

    def _write_variables(self):
        simulator = {
            "simulator_port": self.port,
            "simulator_step": 1 / SPEED,  # as fast as the modules' waits
            "simulator_python": sys.executable,
            "simulator_run_dir": str(self.folder / "simulator"),
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        }
        self.write("hosts.yml", yaml.safe_dump(HOSTS))
        self.write("group_vars/all/reader.yml", yaml.safe_dump({**simulator, **self._given.get("variables", {})}))

    def write(self, name, content):
        """Writes a file; its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    @property
    def begin(self):
        """Where the first command is typed."""
        return CLONE if self._given.get("folder") == "clone" else self.folder

    def environment(self):
        """The variables of the environment."""
        given = self._given.get("environment", {})
        return {
            "NOSANA_API_URL": self._server.api_url,
            "NOSANA_API_KEY": "nos_reader",
            "NOSANA_SIMULATOR_SPEED": str(SPEED),
            "ANSIBLE_INVENTORY": str(self.folder / "hosts.yml"),
            "CURL_HOME": str(FOLDER),
            # Whatever a page does with the address: the real API, which is never plain http, can't be reached.
            "HTTPS_PROXY": "http://127.0.0.1:9",
            **{name: value.format(clone=CLONE) for name, value in given.items()},
        }

    def as_here(self, text):
        """A text of the page with the port of here."""
        for form in PORT:
            text = text.replace(form, form.replace("8080", str(self.port)))
        return text

    def close(self):
        """Ends a simulator that the page has started and not stopped."""
        run_dir = self.folder / "simulator"
        if not run_dir.exists():
            return
        launch = [sys.executable, "-m", "nosana_simulator.launch", "stop", "--run-dir", str(run_dir)]
        env = {**os.environ, "PYTHONPATH": str(CLONE / "roles" / "simulator" / "files")}
        subprocess.run([*launch, "--port", str(self.port)], env=env, capture_output=True, check=True)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
