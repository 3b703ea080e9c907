# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What real servers do and prompt ones hide: changes seen late, listings that fail, hosts that are not there."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, MARKET, Runner, definition, live

STARTED = CREATE | {"name": "it", "state": "started"}
RELEASES = ("2026-08", "current")


@pytest.fixture
def runner(patient_server, request):
    patient_server.reset(release=getattr(request, "param", "current"), step=1)
    return Runner(patient_server, leaps=True)


every_release = pytest.mark.parametrize("runner", RELEASES, indirect=True)


def started(**more):
    """The options of a task that starts it."""
    return STARTED | more


def do(runner, **task):
    done = runner.run(**task)
    assert done.failure is None, done.failure
    return done


def server(runner, **ways):
    runner.server.control("PUT", "/server", ways)


def jobs(runner, **ways):
    runner.server.control("PUT", "/jobs", ways)


def live_jobs(runner):
    [deployment] = runner.deployments("it")
    return [job["job"] for job in live(deployment)]


# --- changes that are seen late, listings that fail ---


@every_release
@pytest.mark.parametrize("strategy", ["SIMPLE", "INFINITE"])
def test_what_runs_goes_on_while_a_late_server_lists_more(runner, strategy):
    do(runner, **started(strategy=strategy, replicas=1))
    [running] = live_jobs(runner)
    server(runner, sees_changes_after=4)
    done = do(runner, **started(strategy=strategy, replicas=3))
    assert done.actions == ["update_replicas"]
    assert running in live_jobs(runner) and len(live_jobs(runner)) == 3
    assert not [one for one in runner.mutations() if one["operation"] in ("stop", "stop_job")]


@every_release
def test_a_revision_on_a_late_server_is_what_runs_and_no_more(runner):
    do(runner, **STARTED)
    server(runner, sees_changes_after=4)
    do(runner, **started(job_definition=definition("new")))
    runner.clock.sleep(60)
    assert len(live_jobs(runner)) == 2
    assert do(runner, **started(job_definition=definition("new"))).warnings == []


@every_release
def test_a_revision_of_a_stopped_one_lists_nothing_that_stays_on_a_late_server(runner):
    do(runner, **STARTED)
    do(runner, name="it", state="stopped")
    server(runner, sees_changes_after=4)
    do(runner, name="it", job_definition=definition("new"))
    runner.clock.sleep(60)
    assert live_jobs(runner) == []


@every_release
def test_a_listing_that_fails_while_replicas_are_to_be_raised_is_cleared_first(runner):
    """It would be tried again on top of what the change lists: 4 jobs for 3 replicas."""
    server(runner, list_takes=3)
    jobs(runner, list_error="RPC error", list_error_times=1)
    do(runner, **started(replicas=1, wait=False))
    do(runner, **started(replicas=3))
    runner.clock.sleep(1500)
    assert len(live_jobs(runner)) == 3
    again = do(runner, **started(replicas=3))
    assert (again.changed, again.warnings) == (False, [])


# --- hosts ---


def test_a_wait_for_a_free_host_says_so(runner):
    runner.server.control("PUT", "/markets/nvidia-4090", {"hosts": 0})
    done = runner.run(**STARTED, wait_timeout=100)
    assert "0 of 2 jobs running, no free host, waiting since " in done.failure
    assert "in nvidia-4090 (%s)" % MARKET in done.failure
    assert "state: stopped" in done.failure and "restarted" not in done.failure


def test_what_waits_for_a_host_starts_when_one_comes(runner):
    runner.server.control("PUT", "/markets/nvidia-4090", {"hosts": 0})
    runner.run(**STARTED, wait_timeout=60)
    runner.server.control("PUT", "/markets/nvidia-4090", {"hosts": 5})
    assert do(runner, **STARTED).changed is False and len(live_jobs(runner)) == 2


def test_replicas_that_wait_for_a_host_stop_nothing_that_runs(runner):
    do(runner, **started(replicas=1))
    [running] = live_jobs(runner)
    runner.server.control("PUT", "/markets/nvidia-4090", {"hosts": 0})
    done = do(runner, **CREATE | {"name": "it", "replicas": 3})
    assert done.actions == ["update_replicas"] and live_jobs(runner) == [running]


# --- results ---

BATCH = {"version": "0.1", "type": "container", "ops": [{"id": "run", "type": "container/run", "args": {"image": "x"}}]}
COMPLETED = CREATE | {"name": "it", "state": "completed", "replicas": 1, "job_definition": BATCH}


def took(runner, **task):
    began = runner.clock.now()
    done = runner.run(**task)
    return done, runner.clock.now() - began


def test_a_result_that_is_posted_late_is_seen_soon(runner):
    jobs(runner, run_for=5, result_after=4)
    done, seconds = took(runner, **COMPLETED)
    assert done.failure is None and seconds < 40


@pytest.mark.parametrize("shows_end", [True, False])
def test_a_result_that_never_comes_is_a_failure_after_a_minute(runner, shows_end):
    jobs(runner, run_for=5, result_after=None, shows_end=shows_end)
    done, seconds = took(runner, **COMPLETED)
    assert "the run failed" in done.failure and "has not posted the result" in done.failure
    assert 60 <= seconds < 120
    again = runner.run(**COMPLETED)
    assert "its last run failed" in again.failure and "rerun: on_failure" in again.failure and not again.changed
    jobs(runner, run_for=5, result_after=0, shows_end=True)
    rerun = do(runner, **COMPLETED, rerun="on_failure")
    assert rerun.actions == ["start"]
    assert do(runner, **COMPLETED).actions == []


def test_a_rerun_that_happens_always_needs_no_result(runner):
    jobs(runner, run_for=5, result_after=None)
    assert runner.run(**COMPLETED, wait_timeout=30).failure
    jobs(runner, run_for=5, result_after=0)
    assert do(runner, **COMPLETED, rerun="always").actions == ["start"]


def test_a_wait_that_is_too_short_for_a_result_names_rerun(runner):
    jobs(runner, run_for=5, result_after=None)
    done = runner.run(**COMPLETED, wait_timeout=30)
    assert "not completed within 30 s (wait_timeout)" in done.failure and "rerun: on_failure" in done.failure
    again = runner.run(**COMPLETED, wait_timeout=5)
    assert "no result of every job within 5 s (wait_timeout)" in again.failure and "rerun: on_failure" in again.failure


# --- endpoints ---


@pytest.mark.parametrize("status", [503, 404])
def test_an_endpoint_that_is_asked_is_reported_with_its_answer(patient_server, status):
    patient_server.reset(release="2026-08", step=1)
    runner = Runner(patient_server, leaps=True)
    server(runner, serves_endpoints=True, offline_status=status, online_after=1000)
    done = runner.run(**STARTED, wait_for="endpoints", wait_timeout=30)
    if status == 503:
        assert "endpoints not ready: web port 80 (answers 503)" in done.failure
    else:  # without a health check, whatever is not the gateway's own answer is the service's
        assert done.failure is None


def test_an_endpoint_that_comes_online_without_a_word_is_seen_soon(runner):
    server(runner, online_after=20, online_is_told=False)
    done, seconds = took(runner, **STARTED, wait_for="endpoints")
    assert done.failure is None and seconds < 45


# --- fields that are missing, statuses that never end ---


@pytest.mark.parametrize(
    "answers",
    [
        [{"operation": "get", "set": {"market": None}}],
        [{"operation": "get", "without": ["market"]}],
        [{"operation": "jobs", "without": ["revision"]}],
        [{"operation": "jobs", "without": ["market", "node", "time_start"]}],
        [{"operation": "get", "without": ["active_jobs", "endpoints", "updated_at", "created_at"]}],
        [{"operation": "tasks", "without": ["tx"]}],
    ],
)
@pytest.mark.parametrize("state", ["started", "restarted", "stopped"])
def test_a_field_that_is_missing_holds_nothing_up(runner, answers, state):
    server(runner, answers=answers)
    do(runner, **STARTED, wait_timeout=120)
    done, seconds = took(runner, name="it", state=state, wait_timeout=120)
    assert done.failure is None and seconds < 60


def test_a_server_that_adds_to_meta_gets_one_revision(runner):
    server(runner, added_meta={"origin": "server", "more": {"a": 1}})
    do(runner, **STARTED)
    assert do(runner, **STARTED).changed is False
    changed = started(job_definition=dict(definition("new"), meta={"description": "mine"}))
    assert do(runner, **changed).warnings == []
    assert do(runner, **changed).changed is False


@pytest.mark.parametrize("state", ["stopped", "started", "absent"])
def test_a_stopping_that_never_ends_says_whether_anything_costs(runner, state):
    runner.seed(name="it", **CREATE, status="STOPPING")
    done = runner.run(name="it", state=state, wait_timeout=30)
    assert "No job of it is live, so that nothing costs" in done.failure
    assert "Only its server can end the status STOPPING" in done.failure and "Run the task again" not in done.failure


def test_one_that_does_nothing_names_what_starts_it_anew(runner):
    key = runner.seed(name="it", **CREATE, status="RUNNING")
    done = runner.run(name="it", state="started", wait_timeout=30)
    assert "no events yet. Its server does nothing for it" in done.failure
    assert "nosana_deployment: {id: %s, state: restarted}" % key in done.failure


# --- what somebody else began ---


@every_release
@pytest.mark.parametrize("strategy", ["SIMPLE", "INFINITE"])
@pytest.mark.parametrize("chain", [0.2, 4])
def test_a_revision_of_somebody_else_is_waited_for_and_never_taken_part_in(runner, strategy, chain):
    """A task that says "changed: false" has sent nothing that changes anything: a fixture of all tests holds that."""
    do(runner, **started(strategy=strategy))
    jobs(runner, stop_takes=chain)
    [deployment] = runner.deployments("it")
    runner.request("POST", "/deployments/%s/create-revision" % deployment["id"], definition("new"))
    done = runner.run(name="it", state="started", max_usd_per_hour=0.01)
    assert done.changed is False and done.actions == []


def test_present_with_replace_starts_no_draft_that_it_did_not_make(runner):
    """Made by hand, equal to what is asked for, while another of the name that ran was archived."""
    do(runner, **STARTED)
    runner.request("POST", "/deployments/create", {key: value for key, value in STARTED.items() if key != "state"})
    [old, draft] = sorted(runner.deployments("it"), key=lambda one: one["status"] == "DRAFT")
    do(runner, id=old["id"], state="archived")
    done = do(runner, **started(state="present"), on_immutable_change="replace")
    assert (done.actions, done.warnings) == ([], [])
    assert runner.run(id=draft["id"]).deployment["status"] == "DRAFT"


@every_release
@pytest.mark.parametrize("strategy", ["SIMPLE", "SCHEDULED"])
def test_ordinary_runs_are_followed_by_no_warning(runner, strategy):
    more = {"schedule": "0 0 1 1 *"} if strategy == "SCHEDULED" else {}
    for step in (
        started(**more),
        started(job_definition=definition("new"), **more),
        started(state="stopped", job_definition=definition("new"), **more),
        started(state="present", job_definition=definition("newer"), **more),
    ):
        do(runner, **(step | {"strategy": strategy}))
        done = do(runner, **(step | {"state": "present", "strategy": strategy}))
        assert (done.changed, done.warnings) == (False, [])
