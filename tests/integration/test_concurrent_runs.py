# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controllers that run the same task at the same moment, each a process of its own.

Where the server honours idempotency keys there is one deployment, and every run is fine. Where it does not, two may
come to be: then all runs but one say so, before they start their own, and name the task that removes it.
PAIRS is how many pairs of each there are (5 when not set).
"""

from __future__ import annotations

import os
import random
import re
import time

import pytest
import yaml

from .apart import Apart
from .inprocess import CREATE, SPEED, Runner, live
from .playbooks import begin_task, result_of_task
from .record import record

PAIRS = int(os.environ.get("PAIRS", "5"))
#: Controllers at once, for the one group that is larger than a pair.
GROUP = 8
#: Seconds (real ones) that the server takes for each answer, and within which the second of a pair comes.
LATENCY, APART = 0.1, 0.4
TASK = {"name": "it", "state": "started", **CREATE}


@pytest.fixture(scope="module")
def server(lasting_simulator):
    return lasting_simulator(speed=SPEED, latency=LATENCY)


def at_once(server, count, chance):
    """As many processes that run the task, not all of them begun at the same moment; what each came to."""

    def work(pause):
        time.sleep(pause)
        return Runner(server).run(**TASK)

    begun = []
    for number in range(count):
        pause = chance.uniform(0, APART) if number else 0
        begun.append(Apart(lambda pause=pause: work(pause)))
    return [one.result() for one in begun]


def check_one_is_left(runner):
    """One deployment, which runs with as many jobs as asked for, and keeps to that."""
    for _look in range(2):
        [left] = runner.deployments()
        assert left["status"] == "RUNNING" and len(live(left)) == CREATE["replicas"]
        runner.server.control("POST", "/advance", {"seconds": 60})
    assert runner.run(**TASK).actions == []


@pytest.mark.parametrize("count, number", [(2, number) for number in range(PAIRS)] + [(GROUP, 0)])
def test_concurrent_runs_on_a_server_with_keys(server, count, number):
    server.reset(release="current")
    done = at_once(server, count, random.Random("current %d %d" % (count, number)))
    assert [one.failure for one in done] == [None] * count
    assert sum("create" in one.actions for one in done) <= count and any("create" in one.actions for one in done)
    assert len({one.deployment["id"] for one in done}) == 1
    check_one_is_left(Runner(server))
    record("concurrent_runs", release="current", count=count, number=number, failed=0, made=1)


@pytest.mark.parametrize("number", range(PAIRS))
def test_concurrent_runs_on_a_server_without_keys(server, number):
    server.reset(release="2026-08")
    done = at_once(server, 2, random.Random("2026-08 %d" % number))
    runner = Runner(server)
    made = runner.deployments()
    failed = [one for one in done if one.failure]
    assert len(failed) == len(made) - 1
    for one in failed:
        check_loser(runner, one.failure, made, one.deployment["id"])
    check_one_is_left(runner)
    record("concurrent_runs", release="2026-08", count=2, number=number, failed=len(failed), made=len(made))


def check_loser(runner, failure, made, own):
    """It names all that there are, has not started its own, and the task that it names removes just that."""
    assert all(deployment["id"] in failure for deployment in made)
    [lost] = [deployment for deployment in made if deployment["id"] == own]
    assert lost["status"] == "DRAFT" and lost["jobs"] == []
    options = yaml.safe_load(re.search(r"\{id: [^}]*\}", failure).group())
    assert options == {"id": own, "state": "absent"}
    assert runner.run(**options).failure is None


@pytest.mark.parametrize("release", ("2026-08", pytest.param("current", marks=pytest.mark.thorough)))
def test_two_playbooks_at_once(server, release, tmp_path):
    server.reset(release=release)
    files = [tmp_path / ("%d.json" % number) for number in range(2)]
    begun = [begin_task(server, TASK, file) for file in files]
    results = [result_of_task(process, file) for process, file in zip(begun, files, strict=True)]
    runner = Runner(server)
    made = runner.deployments()
    failed = [one for one in results if one.get("failed")]
    assert len(failed) == len(made) - 1
    if release == "current":
        assert not failed
    for one in failed:
        check_loser(runner, one["msg"], made, one["deployment"]["id"])
    check_one_is_left(runner)
    record("concurrent_runs", release=release, count=2, number=-1, failed=len(failed), made=len(made))
