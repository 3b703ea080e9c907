# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes down each task of the collection in a playbook that a test runs; see runs.py beside the tests' folders."""

from __future__ import annotations

import pathlib
import sys
import time

from ansible.plugins.callback import CallbackBase

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[2]))
import runs  # noqa: E402

DOCUMENTATION = """
name: note_runs
type: aggregate
short_description: Writes down what tasks of the collection claim
description: For the tests of the collection only.
"""


def actions_in(result):
    """What a task says it did: for one deployment, or for each of a list."""
    ones = [result, *(result.get("deployments") or [])]
    return [action for one in ones if isinstance(one, dict) for action in one.get("actions") or []]


class CallbackModule(CallbackBase):
    """Loaded from its folder alone: it needs no setting but the path of that."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "note_runs"

    def __init__(self):
        super().__init__()
        self._begun = {}

    def v2_runner_on_start(self, host, task):
        self._begun[host.get_name(), task._uuid] = time.time()

    def v2_runner_on_ok(self, result):
        self._note(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._note(result)

    def _note(self, result):
        task, host = result._task, result._host.get_name()
        begun = self._begun.pop((host, task._uuid), None)
        module = task.action.rpartition(".")[2]
        if begun is not None and module.startswith("nosana_"):
            what, took = "%s (%s)" % (task.get_name(), module), actions_in(result._result)
            runs.note(what, begun, time.time(), result.is_changed(), task.check_mode, actions=took)
