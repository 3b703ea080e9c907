# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judge of ``changed``, which every integration test is under: it finds what breaks the promise, and only that."""

from __future__ import annotations

import pytest
from runs import FILE, broken_promises, note, noted, run

OURS = "nosana.cloud/1.0.0"


def ran(begun, ended, changed, check=False):
    return {"what": "it", "begun": begun, "ended": ended, "changed": changed, "check": check}


def request(received, accepted=True, client=OURS, mutating=True):
    path = {"method": "POST", "path": "/api/x", "status": 200 if accepted else 500}
    return {"received": received, "accepted": accepted, "client": client, "mutating": mutating, **path}


@pytest.mark.parametrize(
    "runs, requests, count",
    [
        ([ran(1, 3, False)], [request(2)], 1),
        ([ran(1, 3, True)], [request(2)], 0),
        ([ran(1, 3, False)], [request(2, accepted=False)], 0),
        ([ran(1, 3, False)], [request(2, mutating=False)], 0),
        ([ran(1, 3, False)], [request(2, client="another")], 0),
        ([ran(1, 3, False)], [request(4)], 0),
        ([ran(1, 3, True, check=True)], [request(2, accepted=False)], 1),
        ([ran(1, 3, False), ran(4, 6, True)], [request(2), request(5)], 1),
        ([ran(1, 4, False), ran(3, 6, True)], [request(2), request(5)], 0),
        ([ran(1, 4, False), ran(3, 6, False)], [request(2)], 1),
        ([ran(1, 9, True), ran(2, 3, False), ran(5, 6, False)], [request(5)], 0),
    ],
)
def test_the_judge(runs, requests, count):
    assert len(broken_promises(runs, requests)) == count


def test_runs_are_written_down(tmp_path, monkeypatch):
    with run("nobody asked", check=False) as result:
        result["changed"] = True
    monkeypatch.setenv(FILE, str(tmp_path / "runs"))
    assert noted(tmp_path / "runs") == []
    with run("it", check=True) as result:
        result["changed"] = True
    note("playbook", 1, 2, False, False)
    first, second = noted(tmp_path / "runs")
    assert first.pop("begun") <= first.pop("ended")
    assert first == {"what": "it", "changed": True, "check": True}
    assert second == {"what": "playbook", "begun": 1, "ended": 2, "changed": False, "check": False}
