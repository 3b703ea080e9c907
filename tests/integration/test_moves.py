# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several markets (``markets``): a deployment goes where a host takes its jobs, and never has jobs in two of them."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets

from .fault_cases import API_TIMEOUT, FAULTS, RETRIES, SLOW_CHAIN, TIMES
from .in_markets import accepted, check_never_in_two_markets, set_hosts, set_price
from .inprocess import CREATE, MARKET, OTHER_MARKET, Runner, definition, live
from .kills import MOMENTS, run_killed
from .test_completed import batch
from .test_kills import KILLS, PAUSES, kills_of

THIRD = "CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ"
NEW = {key: value for key, value in CREATE.items() if key != "market"}
MARKETS = {"markets": ["nvidia-4090", "nvidia-3060"], "claim_timeout": 30}
TASK = {**NEW, **MARKETS, "name": "it", "state": "started"}
#: What a move takes where jobs are queued, and where only a listing waits.
FULL, ALONE = ["stop", "update_market", "start"], ["update_market"]
NO_HOST = "no host took a job within 30 s (claim_timeout)"


@pytest.fixture
def runner(patient_server, request):
    """A runner; whatever its test is about, no deployment may have had jobs in two markets in the end."""
    patient_server.reset(release=getattr(request, "param", "current"), step=1)
    runner = Runner(patient_server, leaps=True)
    yield runner
    for deployment in runner.deployments():
        check_never_in_two_markets(deployment)


older = pytest.mark.parametrize("runner", ["guide", "2026-08"], indirect=True)
every_release = pytest.mark.parametrize("runner", ["guide", "2026-08", "current"], indirect=True)


def claims_only_in(runner, market):
    """Lets jobs be listed at once and be taken only in one market: those elsewhere stay QUEUED. They end slowly, so
    that the next ones are listed before that if nothing waits for it."""
    runner.server.control("PUT", "/jobs", {"claim_after": None, "stop_takes": SLOW_CHAIN})

    def serve():
        for deployment in runner.deployments():
            for job in live(deployment):
                if job["market"] == market and job["state"] == "QUEUED":
                    runner.server.control("PATCH", "/jobs/%s" % job["job"], {"state": "RUNNING"})

    runner.clock.meanwhile = serve


def only_in(runner, waiting, market, *others):
    """Lets hosts take jobs in one market only; elsewhere listings wait, or jobs are queued (``waiting``)."""
    if waiting == "listing":
        set_hosts(runner, 0, *others)
        return ALONE
    claims_only_in(runner, market)
    return FULL


def check_runs(runner, done, market):
    """The deployment runs in the market, with the replicas it is to have; the task says so."""
    assert done.failure is None, done.failure
    [deployment] = [one for one in runner.deployments() if one["status"] != "ARCHIVED"]
    assert (deployment["status"], deployment["market"], done.deployment["market"]) == ("RUNNING", market, market)
    assert [job["market"] for job in live(deployment)] == [market] * deployment["replicas"]


# --- where hosts are ---


@pytest.mark.parametrize("waiting", ["listing", "jobs"])
@pytest.mark.parametrize("strategy", ["SIMPLE", "SIMPLE-EXTEND", "INFINITE"])
def test_the_second_market_takes_what_the_first_does_not(runner, strategy, waiting):
    move = only_in(runner, waiting, OTHER_MARKET, MARKET)
    task = {**TASK, "strategy": strategy, "timeout": 120}
    done = runner.run(**task)
    check_runs(runner, done, OTHER_MARKET)
    assert done.actions == accepted(runner) == ["create", "start", *move]
    assert done.after["market"] == OTHER_MARKET
    [moved] = [line for line in done.progress if "it moves to" in line]
    assert moved.endswith("%s in nvidia-4090 (%s): it moves to nvidia-3060 (%s)" % (NO_HOST, MARKET, OTHER_MARKET))
    again = runner.run(**task)
    assert (again.changed, again.failure, again.deployment["market"]) == (False, None, OTHER_MARKET)


@pytest.mark.parametrize("waiting", ["listing", "jobs"])
def test_all_markets_are_tried_in_the_order_of_the_list_and_its_own_comes_first(runner, waiting):
    move = only_in(runner, waiting, MARKET, THIRD, OTHER_MARKET)
    runner.seed(name="it", **{**CREATE, "market": THIRD}, status="STOPPED")
    done = runner.run(name="it", state="started", markets=[OTHER_MARKET, "nvidia-3090", "nvidia-4090"], claim_timeout=9)
    check_runs(runner, done, MARKET)
    assert done.actions == accepted(runner) == ["start", *move, *move]
    tried = [line.partition(" in ")[2].partition(" ")[0] for line in done.progress if "it moves to" in line]
    assert tried == ["nvidia-3090", "nvidia-3060"]
    assert (done.before["market"], done.after["market"]) == (THIRD, MARKET)


def test_the_first_market_with_hosts_is_stayed_in(runner):
    done = runner.run(**TASK)
    check_runs(runner, done, MARKET)
    assert done.actions == accepted(runner) == ["create", "start"]


def test_what_runs_stays_where_it_is_and_is_no_change(runner):
    runner.run(**{**TASK, "markets": ["nvidia-3060"]})
    done = runner.run(**TASK)
    check_runs(runner, done, OTHER_MARKET)
    assert not done.changed


@pytest.mark.parametrize("state", ["started", "restarted"])
def test_what_runs_without_a_host_is_moved(runner, state):
    set_hosts(runner, 0, MARKET)
    runner.run(**{**NEW, "name": "it", "market": MARKET, "state": "started", "wait": False})
    runner.server.forget_requests()
    done = runner.run(name="it", state=state, **MARKETS)
    check_runs(runner, done, OTHER_MARKET)
    assert done.actions == accepted(runner) == (["stop", "start"] if state == "restarted" else []) + ALONE
    assert (done.before["market"], done.after["market"]) == (MARKET, OTHER_MARKET)


@pytest.mark.parametrize("exit_code", [0, 137])
def test_an_infinite_one_whose_host_left_is_moved(runner, exit_code):
    task = {**TASK, "strategy": "INFINITE", "replicas": 1, "timeout": 120}
    runner.run(**task)
    set_hosts(runner, 0, MARKET)
    [deployment] = runner.deployments()
    end = {"state": "COMPLETED", "exit_code": exit_code}
    runner.server.control("PATCH", "/jobs/%s" % live(deployment)[0]["job"], end)
    runner.server.control("POST", "/advance", {"seconds": 600})
    done = runner.run(**task)
    check_runs(runner, done, OTHER_MARKET)
    assert done.actions == ALONE


def test_an_infinite_one_that_found_no_host_to_rotate_to_is_moved(runner):
    task = {**TASK, "strategy": "INFINITE", "replicas": 1, "timeout": 120}
    runner.run(**task)
    set_hosts(runner, 0, MARKET)
    runner.server.control("POST", "/advance", {"seconds": 7800})
    check_runs(runner, runner.run(**task), OTHER_MARKET)


def test_once_a_job_was_taken_the_others_are_waited_for(runner):
    set_hosts(runner, 1, MARKET)
    done = runner.run(**TASK, wait_timeout=300)
    assert done.reason == "timed_out" and "1 of 2 jobs running" in done.failure
    assert done.actions == accepted(runner) == ["create", "start"]
    set_hosts(runner, 1, MARKET)
    check_runs(runner, runner.run(**TASK), MARKET)


def test_a_job_that_a_host_takes_just_before_the_move_is_left_alone(runner, monkeypatch):
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    read = Markets.by_address

    def meanwhile(markets, address):
        for deployment in runner.deployments():
            for job in live(deployment):
                runner.server.control("PATCH", "/jobs/%s" % job["job"], {"state": "RUNNING"})
        return read(markets, address)

    monkeypatch.setattr(Markets, "by_address", meanwhile)
    done = runner.run(**TASK)
    check_runs(runner, done, MARKET)
    assert done.actions == accepted(runner) == ["create", "start"]


# --- no hosts anywhere ---


@pytest.mark.parametrize("waiting", ["listing", "jobs"])
def test_no_market_has_a_host(runner, waiting):
    move = only_in(runner, waiting, None, MARKET, OTHER_MARKET)
    done = runner.run(**TASK)
    assert done.reason == "timed_out" and NO_HOST in done.failure
    assert "Tried: nvidia-4090 (%s), nvidia-3060 (%s). It stays in nvidia-3060" % (MARKET, OTHER_MARKET) in done.failure
    assert ("where 2 jobs are queued:" in done.failure) == (waiting == "jobs")
    end = "or end it with nosana_deployment: {id: %s, state: stopped}. While its jobs run, it costs $%s an hour."
    assert done.failure.endswith(end % (done.deployment["id"], "0.1056"))  # the price of the last market
    assert done.actions == accepted(runner) == ["create", "start", *move]
    assert done.deployment["market"] == OTHER_MARKET
    again = runner.run(**TASK)
    assert again.reason == "timed_out" and again.actions == move and again.deployment["market"] == MARKET
    assert runner.run(id=done.deployment["id"], state="stopped").failure is None
    [deployment] = runner.deployments()
    assert live(deployment) == [] and deployment["tasks"] == []


@every_release
def test_one_market_works_on_every_server(runner):
    task = {**TASK, "markets": ["nvidia-4090"]}
    check_runs(runner, runner.run(**task), MARKET)
    assert runner.run(**task).changed is False
    runner.run(name="it", state="stopped")
    set_hosts(runner, 0, MARKET)
    done = runner.run(**task)
    assert (done.actions, done.reason) == (["start"], "timed_out") and NO_HOST in done.failure
    assert "Tried: nvidia-4090" in done.failure


@older
def test_several_markets_are_refused_where_a_deployment_can_not_move(runner):
    for check in (True, False):
        done = runner.run(check=check, **TASK)
        assert done.reason == "unsupported" and "markets: the API at" in done.failure
        assert runner.mutations() == []


@pytest.mark.parametrize("text", ["Credit-paid jobs must have", "No host answers"])
def test_a_listing_that_fails_is_no_reason_to_move(runner, text):
    runner.server.control("PUT", "/jobs", {"list_error": text})
    done = runner.run(**TASK, wait_timeout=300)
    assert done.reason == "timed_out" and text in done.failure
    assert done.actions == ["create", "start"]


# --- batch runs ---


@pytest.mark.parametrize("waiting", ["listing", "jobs"])
def test_a_batch_run_goes_where_a_host_is_and_runs_once(runner, waiting):
    move = only_in(runner, waiting, OTHER_MARKET, MARKET)
    task = {**TASK, "state": "completed", "job_definition": batch("echo done")}
    done = runner.run(**task)
    assert done.failure is None
    assert done.actions == accepted(runner) == ["create", "start", *move]
    [deployment] = runner.deployments()
    assert [job["market"] for job in deployment["jobs"] if job["time_start"]] == [OTHER_MARKET] * 2
    assert runner.run(**task).changed is False


# --- which market, where none is waited for ---


def test_slugs_names_and_addresses_of_one_market_count_once(runner):
    set_hosts(runner, 0, MARKET, OTHER_MARKET)
    names = [MARKET, "nvidia-4090", "NVIDIA 4090", " nvidia-3060 ", OTHER_MARKET]
    done = runner.run(**{**TASK, "markets": names})
    assert done.actions == ["create", "start", "update_market"]


@every_release
@pytest.mark.parametrize("how", [{"state": "present"}, {"state": "stopped"}, {"wait": False}, {"wait_for": "status"}])
def test_what_waits_for_no_host_uses_the_first_market(runner, how):
    set_hosts(runner, 0, MARKET)
    done = runner.run(**{**TASK, **how})
    assert done.failure is None and done.deployment["market"] == MARKET
    assert runner.run(**{**TASK, **how}).changed is False


@every_release
def test_a_schedule_uses_the_first_market(runner):
    task = {**TASK, "strategy": "SCHEDULED", "schedule": "0 0 1 1 *"}
    done = runner.run(**task)
    assert done.failure is None and done.deployment["market"] == MARKET
    assert runner.run(**task).changed is False


def test_one_outside_the_list_moves_to_the_first_before_any_revision(runner):
    runner.seed(name="it", **{**CREATE, "market": THIRD}, status="STOPPED")
    done = runner.run(**{**TASK, "job_definition": definition("new")})
    check_runs(runner, done, MARKET)
    assert done.actions == ["update_market", "create_revision", "start"]
    assert (done.before["market"], done.after["market"]) == (THIRD, MARKET)


@older
def test_one_outside_the_list_can_not_move_where_the_server_can_not(runner):
    runner.seed(name="it", **{**CREATE, "market": THIRD}, status="STOPPED")
    done = runner.run(name="it", state="present", **MARKETS)
    assert done.reason == "bad_option" and "can't be changed: market" in done.failure
    done = runner.run(name="it", state="present", on_immutable_change="ignore", **MARKETS)
    assert (done.changed, done.failure) == (False, None)


# --- money ---


def test_what_is_too_expensive_is_left_out(runner):
    set_hosts(runner, 0, MARKET)
    task = {**TASK, "markets": [MARKET, "nvidia-h100", OTHER_MARKET], "max_usd_per_hour": 0.71}
    done = runner.run(**task)
    check_runs(runner, done, OTHER_MARKET)
    assert done.actions == accepted(runner) == ["create", "start", "update_market"]
    assert done.cost == done.after["cost"] == {"usd_per_hour": 0.1056, "usd_until_timeout": 0.1056}


def test_the_first_affordable_market_is_the_first(runner):
    task = {**TASK, "max_usd_per_hour": 0.2}
    check_runs(runner, runner.run(**task), OTHER_MARKET)
    assert runner.run(**task).changed is False


def test_none_is_affordable(runner):
    for check in (True, False):
        done = runner.run(check=check, **TASK, max_usd_per_hour=0.05)
        assert done.reason == "too_expensive" and "None of its 2 markets is within the limit." in done.failure
        assert runner.mutations() == []


def test_a_price_that_rises_meanwhile_is_judged_before_the_move(runner):
    set_hosts(runner, 0, MARKET)
    task = {**TASK, "markets": [MARKET, OTHER_MARKET, THIRD], "max_usd_per_hour": 0.71}
    runner.clock.meanwhile = lambda: set_price(runner, OTHER_MARKET, 9.0)
    done = runner.run(**task)
    check_runs(runner, done, THIRD)
    assert done.actions == ["create", "start", "update_market"]
    assert any("nvidia-3060 (%s) is left out" % OTHER_MARKET in line for line in done.progress)


def test_what_runs_in_a_market_that_became_too_expensive_is_no_change(runner):
    runner.run(**TASK)
    set_price(runner, MARKET, 9.0)
    done = runner.run(**TASK, max_usd_per_hour=0.71)
    check_runs(runner, done, MARKET)
    assert not done.changed and "more than max_usd_per_hour" in done.warnings[0]


def test_what_is_stopped_in_a_market_that_became_too_expensive_starts_in_another(runner):
    runner.run(**TASK)
    runner.run(name="it", state="stopped")
    set_price(runner, MARKET, 9.0)
    done = runner.run(**TASK, max_usd_per_hour=0.71)
    check_runs(runner, done, OTHER_MARKET)


def test_a_market_that_does_not_exist_is_refused_before_anything_is_changed(runner):
    for markets in (["nvidia-4080", MARKET], [MARKET, "1" * 43]):
        done = runner.run(**{**TASK, "markets": markets})
        assert done.reason == "bad_option" and done.failure.startswith("markets: none ")
        assert runner.mutations() == []


# --- check mode and time ---


def test_check_mode_does_not_foresee_moves(runner):
    set_hosts(runner, 0, MARKET)
    planned = runner.run(check=True, **TASK)
    assert (planned.actions, planned.deployment["market"]) == (["create", "start"], MARKET)
    runner.run(**TASK)
    again = runner.run(check=True, **TASK)
    assert (again.changed, again.after["market"]) == (False, OTHER_MARKET)


def test_a_task_that_is_too_short_for_its_markets_warns(runner):
    for check in (True, False):
        [warning] = runner.run(check=check, **TASK, wait_timeout=59).warnings
        assert warning.startswith("wait_timeout (59 s) is shorter than claim_timeout (30 s) for each of the 2 markets")
    assert runner.run(**TASK, wait_timeout=60).warnings == []


def test_a_move_that_may_not_end_in_time_is_not_begun(runner):
    set_hosts(runner, 0, MARKET)
    done = runner.run(**TASK, wait_timeout=80)
    assert done.reason == "timed_out" and done.actions == accepted(runner) == ["create", "start"]
    assert done.deployment["status"] == "RUNNING"
    assert any("which is too little for a move to nvidia-3060" in line for line in done.progress)
    assert "It did not move to nvidia-3060 (" in done.failure
    assert "a move takes up to 60 s. Raise wait_timeout." in done.failure


# --- killed and run again ---

#: A task that moves twice, the deployment that it meets, and how its markets keep jobs waiting.
KILLED = {
    "create and start": (None, {}, "listing"),
    "create and start, queued": (None, {}, "jobs"),
    "start an INFINITE one": ({"strategy": "INFINITE", "timeout": 120}, {}, "listing"),
    "start an INFINITE one, queued": ({"strategy": "INFINITE", "timeout": 120}, {}, "jobs"),
    "a batch run": (None, {"state": "completed", "job_definition": batch("echo done")}, "listing"),
    "a batch run, queued": (None, {"state": "completed", "job_definition": batch("echo done")}, "jobs"),
}
IN_THREE = {**TASK, "markets": ["nvidia-4090", "nvidia-3060", "nvidia-3090"], "claim_timeout": 10}


def meet(runner, name):
    """Prepares the server, where only the last market takes jobs; returns the task."""
    seed, options, waiting = KILLED[name]
    runner.server.reset(release="current", step=1)
    only_in(runner, waiting, THIRD, MARKET, OTHER_MARKET)
    if seed is not None:
        runner.seed(name="it", **{**CREATE, **seed}, status="STOPPED")
    return {**IN_THREE, **(seed or {}), **options}


def check_end(runner, task):
    """What was asked for is there, once, in the last market."""
    [deployment] = runner.deployments()
    check_never_in_two_markets(deployment)
    taken = [job["market"] for job in deployment["jobs"] if job["time_start"]]
    assert (deployment["market"], taken) == (THIRD, [THIRD] * 2)
    assert len(live(deployment)) == (0 if task["state"] == "completed" else 2)


@pytest.mark.parametrize("name", KILLED)
def test_a_task_that_is_killed_while_it_moves_ends_as_asked_when_it_is_run_again(runner, name):
    task = meet(runner, name)
    runner.server.forget_requests()
    assert runner.run(**task).failure is None
    check_end(runner, task)
    requests, killed = len(runner.server.requests()), 0
    for number, moment in kills_of(name, requests):
        task = meet(runner, name)
        if run_killed(runner, number, moment, task) is not None:
            if KILLS == "all" and moment == MOMENTS[-1]:
                break
            continue
        killed += 1
        runner.server.control("POST", "/advance", {"seconds": PAUSES[number % len(PAUSES)]})
        print("killed at request %d (%s)" % (number, moment))  # shown only when it fails
        done = runner.run(**task)
        assert done.failure is None, done.failure
        check_end(runner, task)
        again = runner.run(**task)
        assert (again.changed, again.failure) == (False, None)
        check_end(runner, task)
    assert killed


# --- faults ---


@pytest.mark.pairwise
@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "waiting, operation", [("jobs", "stop"), ("jobs", "update_market"), ("listing", "update_market")]
)
@pytest.mark.parametrize("strategy", ["SIMPLE", "INFINITE"])
def test_a_move_that_meets_a_fault(patient_server, strategy, waiting, operation, fault, times):
    runner = Runner(patient_server, leaps=True, retries=RETRIES)
    patient_server.reset(release="current", step=1)
    only_in(runner, waiting, OTHER_MARKET, MARKET)
    description, words = FAULTS[fault]
    if fault == "hang":
        runner.give_up_after(API_TIMEOUT)
    runner.server.control("PUT", "/faults", [{**description, "operation": operation, "times": times}])
    task = {**TASK, "strategy": strategy, "timeout": 120}
    done = runner.run(**task)
    if done.failure:
        assert words in done.failure and done.actions[:2] == ["create", "start"]
        runner.server.control("DELETE", "/faults")
        done = runner.run(**task)
    check_runs(runner, done, OTHER_MARKET)
    runner.server.control("POST", "/advance", {"seconds": 60})
    again = runner.run(**task)
    check_runs(runner, again, OTHER_MARKET)
    assert not again.changed
    check_never_in_two_markets(runner.deployments()[0])


@pytest.mark.parametrize("fault", FAULTS)
def test_the_start_of_a_move_that_meets_a_fault(patient_server, fault):
    runner = Runner(patient_server, leaps=True, retries=RETRIES)
    patient_server.reset(release="current", step=1)
    only_in(runner, "jobs", OTHER_MARKET, MARKET)
    if fault == "hang":
        runner.give_up_after(API_TIMEOUT)
    description, words = FAULTS[fault]
    runner.server.control("PUT", "/faults", [{**description, "operation": "start", "times": 3, "after": 1}])
    done = runner.run(**TASK)
    if done.failure:
        assert words in done.failure
        assert "is to run. This starts it: nosana_deployment: {id: %s, state: started}" % done.deployment["id"] in (
            done.failure
        )
        assert (done.deployment["market"], done.deployment["status"]) == (OTHER_MARKET, "STOPPED")
        runner.server.control("DELETE", "/faults")
        done = runner.run(**TASK)
    check_runs(runner, done, OTHER_MARKET)
    check_never_in_two_markets(runner.deployments()[0])


@pytest.mark.parametrize("fault", ["drop_after", "503"])
@pytest.mark.parametrize("waiting", ["listing", "jobs"])
def test_any_request_of_a_move_that_meets_a_fault(patient_server, waiting, fault):
    """Reads as well: from the look that finds no host to the first one after the move."""
    runner = Runner(patient_server, leaps=True, retries=RETRIES)
    description, words = FAULTS[fault]

    def meet():
        patient_server.reset(release="current", step=1)
        only_in(runner, waiting, OTHER_MARKET, MARKET)

    meet()
    assert runner.run(**TASK).failure is None
    operations = [one["operation"] for one in runner.server.requests()]
    change = operations.index("stop" if waiting == "jobs" else "update_market")
    for number, _moment in kills_of("faults %s %s" % (waiting, fault), len(operations) - change + 5):
        meet()
        after = change - 6 + number
        runner.server.control("PUT", "/faults", [{**description, "times": 3, "after": after}])
        done = runner.run(**TASK)
        print("a fault after %d requests" % after, done.failure)  # shown only when it fails
        if done.failure:
            assert words in done.failure
            runner.server.control("DELETE", "/faults")
            done = runner.run(**TASK)
        check_runs(runner, done, OTHER_MARKET)
        check_never_in_two_markets(runner.deployments()[0])
