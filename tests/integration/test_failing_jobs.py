# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job that fails while a task waits fails the task at once, with what its log says."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, Runner
from .playbooks import RELEASES
from .test_completed import batch


@pytest.fixture(params=RELEASES)
def runner(patient_server, request):
    patient_server.reset(release=request.param, step=1)
    return Runner(patient_server, leaps=True)


@pytest.mark.parametrize("strategy", ["SIMPLE", "INFINITE"])
def test_a_job_that_fails_is_quoted(runner, strategy):
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    broken = dict(CREATE, strategy=strategy, timeout=120, job_definition=batch("echo no GPU found && exit 7"))
    jobs = [{"state": "QUEUED"}, {"state": "COMPLETED", "exit_code": 7}]
    key = runner.seed(**dict(broken, name="it", status="RUNNING", jobs=jobs))
    done = runner.run(id=key, state="started", wait_timeout=600)
    assert "operation work: it ended with exit code 7" in done.failure and "no GPU found" in done.failure
    assert "RUNNING, 0 of 2 jobs running and 1 queued, 1 ended in nvidia-4090" in done.failure
    assert "This ends what still runs: nosana_deployment: {id: %s, state: stopped}." % key in done.failure
    assert runner.run(id=key, state="stopped").failure is None


def test_an_image_that_can_not_be_pulled_is_told_once(runner):
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    jobs = [{"state": "QUEUED"}, {"state": "COMPLETED", "pull_error": "Unable to pull image nginx: no such host"}]
    key = runner.seed(**dict(CREATE, name="it", status="RUNNING", jobs=jobs))
    done = runner.run(id=key, state="started", wait_timeout=600)
    assert "image-pull: Unable to pull image nginx: no such host; RUNNING, 0 of 2 jobs running" in done.failure
    assert done.failure.count("Unable to pull image nginx: no such host") == 1


def test_a_job_that_ends_well_has_started(runner):
    runner.server.control("PUT", "/jobs", {"run_for": 0.1})
    done = runner.run(name="it", state="started", **dict(CREATE, job_definition=batch("echo done")))
    assert done.failure is None


def test_what_failed_before_the_task_does_not_count(runner):
    jobs = [{"state": "COMPLETED", "exit_code": 1}] * 2
    key = runner.seed(**dict(CREATE, name="it", status="STOPPED", job_definition=batch("sleep 100"), jobs=jobs))
    assert runner.run(id=key, state="started").failure is None


def test_what_failed_before_a_start_that_is_under_way_does_not_count(runner):
    jobs = [{"state": "COMPLETED", "exit_code": 1}] * 2
    key = runner.seed(**dict(CREATE, name="it", status="STOPPED", job_definition=batch("sleep 100"), jobs=jobs))
    assert runner.run(id=key, state="started", wait=False).actions == ["start"]
    done = runner.run(id=key, state="started")
    assert (done.failure, done.actions) == (None, [])
    assert [job["state"] for job in done.jobs] == ["RUNNING"] * 2


@pytest.mark.parametrize("runner", ["current"], indirect=True)
def test_what_was_stopped_before_a_start_that_waits_for_hosts_does_not_count(runner):
    task = dict(CREATE, name="it", state="started", job_definition=batch("sleep 6000"), wait_timeout=60)
    assert runner.run(**task).failure is None
    assert runner.run(name="it", state="stopped").failure is None
    runner.server.control("PUT", "/markets/" + CREATE["market"], {"hosts": 0})
    for _task in range(2):
        done = runner.run(**task)
        assert done.reason == "timed_out" and "no free host" in done.failure
    runner.server.control("PUT", "/markets/" + CREATE["market"], {"hosts": 2})
    assert runner.run(**task).failure is None


@pytest.mark.parametrize("runner", ["current"], indirect=True)
@pytest.mark.parametrize("end", [{"state": "STOPPED"}, {"state": "COMPLETED", "exit_code": 1}])
@pytest.mark.parametrize("change", [{}, {"timeout": 120}])
def test_no_earlier_run_counts_while_a_start_waits_for_hosts(runner, end, change):
    task = dict(CREATE, name="it", replicas=1, job_definition=batch("sleep 6000"))
    key = runner.seed(**task, status="STOPPED", jobs=[end] * 3)
    runner.server.control("PUT", "/markets/" + CREATE["market"], {"hosts": 0})
    assert runner.run(id=key, state="started", wait=False).actions == ["start"]
    runner.server.control("POST", "/advance", {"seconds": 30})
    done = runner.run(id=key, state="started", wait_timeout=60, **change)
    assert done.reason == "timed_out" and "no free host" in done.failure


def test_a_job_that_failed_is_told_of_where_the_server_holds_back_the_next(runner):
    runner.server.control("PUT", "/jobs", {"run_for": 1})
    task = dict(CREATE, name="it", strategy="INFINITE", timeout=120, replicas=1, job_definition=batch("exit 5"))
    runner.run(state="started", wait=False, **task)
    runner.server.control("POST", "/advance", {"seconds": 400})
    assert "exit code 5" in runner.run(name="it", state="started", wait_timeout=60).failure
