# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new revision that does not work is rolled back (``on_failure: roll_back``): the one before it runs again."""

from __future__ import annotations

import pytest

from .in_markets import accepted, check_never_in_two_markets, set_hosts
from .inprocess import CREATE, MARKET, OTHER_MARKET, Runner, definition, live, running_images
from .kills import MOMENTS, run_killed
from .test_completed import batch
from .test_kills import KILLS, PAUSES, kills_of

RELEASES = ("2026-08", "current")
STRATEGIES = ("SIMPLE", "INFINITE")
TASK = {"name": "it", "state": "started", "on_failure": "roll_back"}
NOTHING = "since this task changed no revision: active_revision goes back to an earlier one."
UNPULLABLE = "registry.invalid/app:2"
HEALTH = {"type": "http", "path": "/", "method": "GET", "expected_status": 200, "continuous": True}
#: Definitions without a port: of what works, and of what does not.
WORKER = batch("sleep 100000")
BROKEN = batch("echo no GPU found && exit 1")


def unpullable():
    broken = batch("sleep 1")
    broken["ops"][0]["args"]["image"] = UNPULLABLE
    return broken


#: A new definition that does not work, with and without a port, and what the task says of it.
CASES = {
    "an image that can't be pulled": (definition(), definition(UNPULLABLE), "no such host"),
    "an image that can't be pulled, without a port": (WORKER, unpullable(), "no such host"),
    "exit code 1": (definition(), definition("crash", cmd="echo no GPU found"), "exit code 1. Its log ends: no GPU"),
    "exit code 1, without a port": (WORKER, BROKEN, "exit code 1. Its log ends: no GPU found"),
    "no answer": (
        definition(),
        definition("silent", expose=[{"port": 80, "health_checks": [HEALTH]}]),
        "endpoints not ready: web port 80",
    ),
}


@pytest.fixture
def runner(patient_server, request):
    patient_server.reset(release=getattr(request, "param", "current"), step=1)
    patient_server.control("PUT", "/server", {"serves_endpoints": True})
    runner = Runner(patient_server, leaps=True)
    yield runner
    for deployment in runner.deployments():
        check_never_in_two_markets(deployment)


every_release = pytest.mark.parametrize("runner", RELEASES, indirect=True)
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


def image_of(deployment):
    """The image of the active revision."""
    number = deployment["active_revision"]
    first = next(one for one in deployment["revisions"] if one["revision"] == number)
    return first["job_definition"]["ops"][0]["args"]["image"]


def misbehave(runner):
    """Lets services fail by their image: "silent" is never online, "crash" ends with exit code 1."""

    def meanwhile():
        for deployment in runner.deployments():
            silent = image_of(deployment) == "silent"
            runner.server.control("PUT", "/server", {"online_after": 10**6 if silent else None})
            for job, image in zip(live(deployment), running_images(deployment), strict=True):
                if image == "crash" and job["state"] == "RUNNING":
                    runner.server.control("PATCH", "/jobs/%s" % job["job"], {"state": "COMPLETED", "exit_code": 1})

    runner.clock.meanwhile = meanwhile


def begin(runner, good, strategy="INFINITE", **more):
    """A deployment whose first revision runs; returns its id."""
    misbehave(runner)
    task = {**CREATE, "timeout": 120, "strategy": strategy, "job_definition": good, **more}
    made = runner.run(**{"name": "it", "state": "started", **task})
    assert made.failure is None, made.failure
    runner.server.control("POST", "/advance", {"seconds": 60})
    runner.server.forget_requests()
    return made.deployment["id"]


def check_runs(runner, good, replicas=2, revision=1):
    """The deployment runs the good definition, with all of its replicas and no job more."""
    [deployment] = runner.deployments()
    image = good["ops"][0]["args"]["image"]
    assert (deployment["status"], deployment["active_revision"]) == ("RUNNING", revision)
    assert running_images(deployment) == [image] * replicas


def check_log(runner, done):
    """The server accepted what ``actions`` says, in its order, and on older servers the starts and stops that belong
    to a revision there."""
    release, rest = runner.server.control("GET", "/health")["release"], accepted(runner)
    for action in done.actions:
        operation = {"stop_jobs": "stop_job"}.get(action, action)
        assert operation in rest, (action, accepted(runner))
        rest.remove(operation)
    assert set(rest) <= ({"start", "stop", "stop_job", "create_revision"} if release != "current" else set()), rest


@every_release
@every_strategy
@pytest.mark.parametrize("case", CASES)
def test_a_revision_that_does_not_work_is_rolled_back(runner, strategy, case):
    good, bad, words = CASES[case]
    key = begin(runner, good, strategy)
    done = runner.run(**TASK, job_definition=bad)
    assert (done.reason, done.rolled_back_to, done.changed) == ("rolled_back", 1, True), done.failure
    assert "revision 2 was rolled back, and revision 1 runs again. What failed: " in done.failure
    assert words in done.failure and len(done.failure.splitlines()) == 1
    assert done.failure.endswith("makes a new revision of the same job definition: correct it first.")
    assert "state: stopped" not in done.failure
    assert done.actions[0] == "create_revision" and "switch_revision" in done.actions
    assert (done.deployment["id"], done.deployment["active_revision"]) == (key, 1)
    assert {job["revision"] for job in done.jobs} == {1}
    assert "going back to revision 1" in done.progress
    check_log(runner, done)
    check_runs(runner, good)
    runner.server.control("POST", "/advance", {"seconds": 60})
    check_runs(runner, good)


@every_release
@every_strategy
def test_the_same_task_again_tries_the_bad_definition_again_and_a_corrected_one_runs(runner, strategy):
    begin(runner, WORKER, strategy)
    for _time in range(2):
        assert runner.run(**TASK, job_definition=BROKEN).rolled_back_to == 1
    check_runs(runner, WORKER)
    other = batch("sleep 200000")
    done = runner.run(**TASK, job_definition=other)
    assert done.failure is None
    check_runs(runner, other, revision=done.deployment["active_revision"])
    assert runner.run(**TASK, job_definition=other).changed is False


@every_release
@every_strategy
def test_what_works_is_kept(runner, strategy):
    begin(runner, definition(), strategy)
    done = runner.run(**TASK, job_definition=definition("nginx:2"))
    assert (done.failure, done.actions, done.rolled_back_to) == (None, ["create_revision"], None)
    check_runs(runner, definition("nginx:2"), revision=2)
    again = runner.run(**TASK, job_definition=definition("nginx:2"))
    assert (again.failure, again.changed) == (None, False)


@every_release
def test_without_it_the_revision_is_kept(runner):
    begin(runner, WORKER, "SIMPLE")
    done = runner.run(name="it", state="started", wait_for="jobs", job_definition=unpullable(), on_failure="keep")
    assert done.actions == ["create_revision"] and done.rolled_back_to is None
    assert runner.deployments()[0]["active_revision"] == 2


# --- when a revision counts as one that works ---


@every_release
def test_without_a_port_each_job_has_to_run_for_ten_seconds(runner):
    begin(runner, WORKER)
    began = runner.clock.now()
    runner.server.control("PUT", "/jobs", {"claim_after": 0})
    done = runner.run(**TASK, job_definition=batch("sleep 200000"))
    assert done.failure is None
    assert any("running for less than 10 s" in line for line in done.progress)
    assert runner.clock.now() - began >= 10


@every_release
@pytest.mark.parametrize("seconds", [2, 9])
def test_a_job_that_fails_within_ten_seconds_is_noticed(runner, seconds):
    begin(runner, WORKER)
    done = runner.run(**TASK, job_definition=batch("sleep %d && exit 1" % seconds))
    assert done.reason == "rolled_back" and "exit code 1" in done.failure


@every_release
def test_jobs_that_have_ended_with_exit_code_0_worked(runner):
    begin(runner, batch("echo one"), "SIMPLE")
    done = runner.run(**TASK, job_definition=batch("echo two"))
    assert (done.failure, done.actions[0]) == (None, "create_revision")


def test_a_job_whose_host_posts_no_result_did_not(runner):
    begin(runner, batch("echo one"), "SIMPLE")
    runner.server.control("PUT", "/jobs", {"result_after": None})
    done = runner.run(**TASK, job_definition=batch("echo two"), wait_timeout=300)
    assert "its host has not posted the result" in done.failure
    assert "Going back to revision 1 failed, too" in done.failure and done.rolled_back_to is None


def test_what_runs_for_long_is_not_waited_for(runner):
    begin(runner, WORKER)
    began = runner.clock.now()
    assert runner.run(**TASK, job_definition=WORKER).changed is False
    assert runner.clock.now() - began < 10


@every_release
def test_each_failed_job_of_the_new_revision_counts(runner):
    """An INFINITE one's server replaces a job that failed at once: the next look sees only the one that runs."""
    begin(runner, WORKER, replicas=1)
    crashed = []

    def crash_once():
        [deployment] = runner.deployments()
        for job in live(deployment):
            if job["revision"] == 2 and job["state"] == "RUNNING" and not crashed:
                runner.server.control("PATCH", "/jobs/%s" % job["job"], {"state": "COMPLETED", "exit_code": 1})
                runner.server.control("POST", "/advance", {"seconds": 5})
                crashed.append(job["job"])

    runner.clock.meanwhile = crash_once
    done = runner.run(**TASK, job_definition=batch("sleep 200000"))
    assert done.reason == "rolled_back" and "job %s failed" % crashed[0] in done.failure


# --- what fails otherwise ---


@every_release
def test_no_host_takes_the_new_jobs_in_time(runner):
    begin(runner, definition())
    set_hosts(runner, 0, MARKET)
    took = runner.clock.now()

    def hosts_come():
        if runner.deployments()[0]["active_revision"] == 1:
            set_hosts(runner, None, MARKET)

    runner.clock.meanwhile = hosts_come
    done = runner.run(**TASK, job_definition=definition("nginx:2"), wait_timeout=120)
    assert done.reason == "rolled_back" and "not started within 120 s (wait_timeout)" in done.failure
    assert runner.clock.now() - took >= 120
    check_runs(runner, definition())


@every_release
@every_strategy
def test_the_old_revision_fails_too(runner, strategy):
    begin(runner, WORKER, strategy)
    runner.server.control("PUT", "/jobs", {"run_for": 2, "exit_code": 7})
    done = runner.run(**TASK, job_definition=BROKEN)
    assert (done.reason, done.rolled_back_to) == ("job_failed", None)
    first, second = done.failure.split("Going back to revision 1 failed, too: ")
    assert "exit code 7. Its log ends: no GPU found" in first
    assert "exit code 7" in second and "This ends what still runs: nosana_deployment: {id: " in second
    assert done.actions[0] == "create_revision" and done.actions.count("switch_revision") == 1
    check_log(runner, done)
    assert len(runner.deployments()[0]["revisions"]) == 2


@every_release
def test_going_back_has_a_time_of_its_own(runner):
    begin(runner, definition())
    set_hosts(runner, 0, MARKET)
    began = runner.clock.now()
    done = runner.run(**TASK, job_definition=definition("nginx:2"), wait_timeout=100)
    assert (done.reason, done.rolled_back_to) == ("timed_out", None)
    assert done.failure.count("not started within 100 s (wait_timeout)") == 2
    assert 200 <= runner.clock.now() - began < 220
    assert done.deployment["active_revision"] == 1


@pytest.mark.parametrize("kind", ["503", "401"])
def test_an_outage_while_it_goes_back_is_told_with_the_first_failure(runner, kind):
    begin(runner, WORKER)
    fault = {"kind": "status", "status": int(kind), "operation": "switch_revision", "times": 100}
    runner.server.control("PUT", "/faults", [fault])
    done = runner.run(**TASK, job_definition=BROKEN)
    assert (done.reason, done.rolled_back_to) == ("job_failed", None)
    assert "no GPU found" in done.failure and kind in done.failure.split("failed, too")[1]
    assert done.changed and done.actions == ["create_revision"]


def test_without_credits_both_are_told(runner):
    begin(runner, definition())
    runner.server.control("PUT", "/credits", {"assigned": 0})
    done = runner.run(**TASK, job_definition=definition("nginx:2"))
    assert (done.reason, done.rolled_back_to) == ("no_credits", None)
    assert done.failure.count("INSUFFICIENT_FUNDS") >= 2


def test_one_that_somebody_removed_meanwhile_is_gone(runner):
    key = begin(runner, definition())
    set_hosts(runner, 0, MARKET)
    other, pauses = Runner(runner.server, leaps=True), []

    def remove():
        pauses.append(None)
        if len(pauses) == 5:
            assert other.run(id=key, state="archived").failure is None

    runner.clock.meanwhile = remove
    done = runner.run(**TASK, job_definition=definition("nginx:2"))
    assert done.reason == "gone" and "going back" not in done.failure.lower()


# --- nothing to go back to ---


@every_release
def test_one_that_the_task_created_has_nothing_to_go_back_to(runner):
    task = {**CREATE, **TASK, "job_definition": BROKEN}
    done = runner.run(**task)
    assert (done.reason, done.rolled_back_to) == ("job_failed", None)
    assert done.failure.endswith("roll_back has nothing to go back to, since this task created the deployment.")
    again = runner.run(**task)
    assert again.failure.endswith(NOTHING)
    check = runner.run(check=True, **task)
    assert check.failure is None


def test_a_replacement_has_nothing_to_go_back_to(runner):
    begin(runner, WORKER)
    task = {**CREATE, **TASK, "job_definition": BROKEN, "strategy": "SIMPLE", "on_immutable_change": "replace"}
    done = runner.run(**task)
    assert done.reason == "job_failed" and "this task created the deployment" in done.failure


@pytest.mark.parametrize("runner", ["guide"], indirect=True)
def test_a_server_that_can_not_go_back_refuses_before_anything_is_changed(runner):
    begin(runner, definition())
    for check in (True, False):
        done = runner.run(check=check, **TASK, job_definition=definition("nginx:2"))
        assert done.reason == "unsupported" and "on_failure: roll_back can't go back" in done.failure
    assert runner.mutations() == []


@pytest.mark.parametrize("state", ["stopped", "archived", "absent"])
def test_other_states_ignore_it(runner, state):
    begin(runner, definition())
    assert runner.run(**{**TASK, "state": state}).failure is None


def test_a_schedule_is_waited_for_by_its_status(runner):
    task = {**CREATE, **TASK, "strategy": "SCHEDULED", "schedule": "0 0 1 1 *"}
    assert runner.run(**task).failure is None
    assert runner.run(**{**task, "job_definition": BROKEN}).failure is None


# --- what else the task changes ---


@every_release
def test_only_the_revision_goes_back_and_the_message_lists_the_rest(runner):
    begin(runner, WORKER)
    done = runner.run(**TASK, job_definition=BROKEN, replicas=3, timeout=180)
    assert done.reason == "rolled_back" and "What else this task changed stays: timeout, replicas." in done.failure
    assert (done.deployment["replicas"], done.deployment["timeout"]) == (3, 180)
    check_runs(runner, WORKER, replicas=3)


@every_release
@every_strategy
def test_one_that_was_stopped_runs_the_old_revision_in_the_end(runner, strategy):
    key = begin(runner, WORKER, strategy)
    assert runner.run(id=key, state="stopped").failure is None
    done = runner.run(**TASK, job_definition=BROKEN)
    assert done.rolled_back_to == 1
    check_runs(runner, WORKER)


@every_release
@every_strategy
@pytest.mark.parametrize("state", ["started", "restarted"])
def test_a_revision_that_was_gone_back_to_is_rolled_back(runner, strategy, state):
    revisions = [{"revision": 1, "job_definition": BROKEN}, {"revision": 2, "job_definition": WORKER}]
    seed = {**CREATE, "timeout": 120, "strategy": strategy, "revisions": revisions, "jobs": [{"state": "RUNNING"}] * 2}
    runner.seed(name="it", status="RUNNING", **{k: v for k, v in seed.items() if k != "job_definition"})
    done = runner.run(**{**TASK, "state": state}, active_revision=1)
    assert (done.reason, done.rolled_back_to) == ("rolled_back", 2)
    assert done.failure.endswith("The same task activates it again: correct it first.")
    check_log(runner, done)
    check_runs(runner, WORKER, revision=2)


def test_it_goes_back_in_the_market_where_it_is(runner):
    begin(runner, WORKER, "SIMPLE")
    set_hosts(runner, 0, MARKET)
    done = runner.run(**TASK, job_definition=BROKEN, markets=[MARKET, OTHER_MARKET], claim_timeout=30)
    assert done.rolled_back_to == 1 and "What else this task changed stays: market." in done.failure
    assert "update_market" in done.actions and done.deployment["market"] == OTHER_MARKET
    check_runs(runner, WORKER)


def test_check_mode_does_not_foresee_it(runner):
    begin(runner, WORKER)
    planned = runner.run(check=True, **TASK, job_definition=BROKEN)
    assert (planned.failure, planned.actions) == (None, ["create_revision"])


# --- killed and run again ---


@every_release
@every_strategy
def test_a_task_that_is_killed_while_it_goes_back_ends_as_asked_when_it_is_run_again(runner, strategy):
    """The same task makes the bad revision again, and goes back; or it finds it active, and says that it changed none.
    Then the task that is named goes back."""
    release = runner.server.control("GET", "/health")["release"]

    def meet():
        runner.server.reset(release=release, step=1)
        return begin(runner, WORKER, strategy)

    meet()
    assert runner.run(**TASK, job_definition=BROKEN).rolled_back_to == 1
    first, last = going_back(runner), len(runner.server.requests())
    killed, found = 0, set()
    for number, moment in kills_of("roll back %s %s" % (release, strategy), last - first):
        key = meet()
        if run_killed(runner, first + number, moment, {**TASK, "job_definition": BROKEN}) is not None:
            if KILLS == "all" and moment == MOMENTS[-1]:
                break
            continue
        killed += 1
        runner.server.control("POST", "/advance", {"seconds": PAUSES[number % len(PAUSES)]})
        print("killed at request %d (%s)" % (first + number, moment))  # shown only when it fails
        done = runner.run(**TASK, job_definition=BROKEN)
        found.add(done.reason)
        if done.reason != "rolled_back":
            assert done.reason in ("job_failed", "gone"), done.failure
            assert done.failure.endswith(NOTHING)
            assert runner.run(id=key, state="started", active_revision=1).failure is None
        check_runs(runner, WORKER)
        runner.server.control("POST", "/advance", {"seconds": 60})
        check_runs(runner, WORKER)
    assert killed and found


def going_back(runner):
    """The number of the request after which a task goes back: the last that is made for the new revision alone."""
    requests = runner.server.requests()
    return next(one for one, request in enumerate(requests) if request["operation"] == "switch_revision") - 3
