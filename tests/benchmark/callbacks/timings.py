# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes down how long each task of a playbook takes, as its controller sees it."""

from __future__ import annotations

import json
import os
import pathlib
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: timings
type: aggregate
short_description: Writes down how long tasks take
description: For the benchmark of the collection only.
"""
#: The environment variable that names the file to write to.
FILE = "BENCHMARK_TIMINGS"


class CallbackModule(CallbackBase):
    """A line for each task: its name and the seconds from its start to its end, all items of a loop together."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "timings"

    def __init__(self):
        super().__init__()
        self._began = {}

    def v2_runner_on_start(self, host, task):
        self._began[task._uuid] = time.monotonic()

    def v2_runner_on_ok(self, result):
        task = result._task
        line = json.dumps({"task": task.get_name(), "seconds": time.monotonic() - self._began[task._uuid]})
        with pathlib.Path(os.environ[FILE]).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
