# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the event source does where streams can't be opened at all."""

from __future__ import annotations

import threading

from ansible_collections.nosana.cloud.plugins.module_utils._events.options import Options
from ansible_collections.nosana.cloud.plugins.module_utils._events.watcher import Watcher

from .fake_client import FakeClient


def deployment(status):
    return {"id": "a", "name": "web", "status": status, "updated_at": "2026-08-21T10:00:00.000Z"}


def watcher(*looks):
    """A Watcher of an account that is at each look as given, and what it says."""
    options = Options({"api_key": "nos_0123456789", "interval": 1})
    options.client = FakeClient(list_deployments=tuple({"deployments": look} for look in looks))
    options.client.clock.speed = 1
    said = []
    found = Watcher(options, said.append)
    found._wait = lambda: None
    return found, said


def test_where_no_thread_can_be_started_no_event_is_lost(monkeypatch):
    def start(_thread):
        raise RuntimeError("can't start new thread")

    found, said = watcher([deployment("RUNNING")], [deployment("ERROR")], [deployment("RUNNING")])
    monkeypatch.setattr(threading.Thread, "start", start)
    statuses = [one["nosana"]["status"] for _look in range(4) for one in found.events()]
    found.stop()
    assert statuses == ["RUNNING", "ERROR", "RUNNING"]
    assert said == [
        "no event streams, so that a change is only seen every 1 s (RuntimeError: can't start new thread)."
    ]
