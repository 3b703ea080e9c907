# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/development/architecture.md names the functions through which a task goes, in their order: here it goes."""

from __future__ import annotations

import contextlib
import re
import sys

from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment

from .inprocess import CREATE
from .playbooks import CLONE, SPEED

PAGE = (CLONE / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
WALK = re.findall(r"^\d+\. `([\w/.]+)`, `([\w.]+)`: ", PAGE, re.MULTILINE)


@contextlib.contextmanager
def recorded(calls):
    """Notes the calls of functions of the plugins, as (file, function)."""

    def note(frame, event, _argument):
        folder, plugins, name = frame.f_code.co_filename.partition("/nosana/cloud/plugins/")
        if event == "call" and plugins:
            calls.append((name, frame.f_code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


def test_a_task_goes_through_the_functions_of_the_walk_in_this_order(simulator, run_module, monkeypatch):
    server = simulator(speed=SPEED)
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(SPEED))
    task = {"name": "walk", "state": "started", "api_url": server.api_url, "api_key": "nos_walk"}
    assert not run_module(nosana_deployment, task | CREATE | {"replicas": 1}).get("failed")
    calls = []
    with recorded(calls):
        result = run_module(nosana_deployment, task | {"replicas": 2})
    assert result["actions"] == ["update_replicas"]
    position = 0
    for step in WALK:
        assert step in calls[position:], "%s is not called here" % (step,)
        position = calls.index(step, position)
