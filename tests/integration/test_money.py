# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks cost: told beforehand, the same in check mode, and refused above a limit before anything is changed."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment_info

from .inprocess import CREATE, MARKET, OTHER_MARKET, Runner, definition
from .playbooks import RELEASES

STARTED = dict(CREATE, name="it", state="started")  # two replicas for an hour at $0.352 each
COST = {"usd_per_hour": 0.704, "usd_until_timeout": 0.704}


@pytest.fixture
def runner(patient_server, request):
    patient_server.reset(release=getattr(request, "param", "current"), step=0.1)
    return Runner(patient_server, leaps=True)


every_release = pytest.mark.parametrize("runner", RELEASES, indirect=True)


@every_release
def test_the_cost_is_that_of_check_mode_and_of_the_run_again(runner):
    planned, real, again = runner.run(check=True, **STARTED), runner.run(**STARTED), runner.run(**STARTED)
    assert planned.cost == real.cost == COST
    assert runner.run(**STARTED, max_usd_per_hour=10).cost == COST
    assert runner.run(**dict(STARTED, market="nvidia-4090")).cost == COST  # the markets were read to find its address
    # without these, a task that changes nothing asks for no price
    assert again.cost == runner.run(check=True, **STARTED).cost == dict.fromkeys(COST)
    assert (real.changed, again.changed) == (True, False)
    assert planned.after["cost"] == real.after["cost"] == COST  # of a new one; the same again is no difference
    assert "cost" not in str(again.before) + str(again.after)


@every_release
def test_a_change_shows_what_it_will_cost(runner):
    runner.run(**STARTED)
    planned = runner.run(check=True, name="it", replicas=5, timeout=90)
    assert planned.cost == {"usd_per_hour": 1.76, "usd_until_timeout": 2.64}
    done = runner.run(name="it", replicas=5, timeout=90)
    assert done.cost == planned.cost
    for one in (planned, done):
        assert (one.before["cost"], one.after["cost"]) == (COST, planned.cost)
    assert "cost" not in str(runner.run(check=True, name="it", state="stopped").after)


RUN = dict(CREATE, name="it", state="completed", replicas=1)


@pytest.mark.parametrize("more", [{"replicas": 8}, {"timeout": 600, "strategy": "SIMPLE-EXTEND"}])
@every_release
def test_a_limit_judges_a_run_that_is_under_way(runner, more):
    kind = {"strategy": more.get("strategy", "SIMPLE"), "market": OTHER_MARKET}
    assert runner.run(wait=False, **RUN | kind).failure is None
    runner.server.control("POST", "/advance", {"seconds": 20})
    runner.server.forget_requests()
    for check in (True, False):
        done = runner.run(check=check, max_usd_per_hour=0.01, **RUN | kind | more)
        assert done.reason == "too_expensive", done
    assert runner.mutations() == []
    [warning] = runner.run(check=True, max_usd_per_hour=0.01, **RUN | kind).warnings
    assert "more than max_usd_per_hour" in warning


def test_a_wait_that_fails_says_what_goes_on_costing(runner):
    runner.server.control("PUT", "/markets/" + MARKET, {"hosts": 0})
    done = runner.run(**STARTED, wait_timeout=5)
    assert done.failure.endswith(" state: stopped}. While its jobs run, it costs $0.704 an hour.")
    refusal = {"kind": "status", "status": 403, "body": {"error": "no"}, "path": "/stop", "times": 9}
    runner.server.control("PUT", "/faults", [refusal])
    assert runner.run(name="it", state="stopped").failure.endswith("While its jobs run, it costs $0.704 an hour.")


@every_release
def test_nothing_costs_in_the_end(runner):
    runner.run(**STARTED)
    assert runner.run(check=True, name="it", state="archived").cost is None
    assert runner.run(name="it", state="absent").cost is None
    assert runner.run(name="it", state="absent").cost is None


@every_release
@pytest.mark.parametrize("market", ["nvidia-4090", "NVIDIA 4090", "Nvidia-4090 "])
def test_a_market_by_slug_or_name_is_the_one_of_the_address(runner, market):
    made = runner.run(**dict(STARTED, market=market))
    assert made.deployment["market"] == MARKET and made.cost == COST
    again = runner.run(**dict(STARTED, market=market))
    assert (again.changed, again.failure) == (False, None)
    assert runner.run(**STARTED).changed is False


SPENDING = {
    "create": (None, dict(STARTED, state="present"), 0.704),
    "create and start": (None, STARTED, 0.704),
    "start": ({"status": "STOPPED"}, {"state": "started"}, 0.704),
    "restart": ({"status": "RUNNING"}, {"state": "restarted"}, 0.704),
    "restart by a revision": (
        {"status": "RUNNING"},
        {"state": "restarted", "job_definition": definition("redis:7")},
        0.704,
    ),
    "add replicas": ({"status": "RUNNING"}, {"replicas": 4}, 1.408),
    "extend": ({"status": "RUNNING"}, {"timeout": 120}, 0.704),
    "move": (
        {"status": "RUNNING", "jobs": [{"state": "RUNNING"}] * 2},
        {"market": OTHER_MARKET},
        0.1056,
    ),
}


@pytest.mark.parametrize("case", SPENDING)
def test_a_limit_refuses_what_would_cost_more_before_anything_is_changed(runner, case):
    seed, task, hourly = SPENDING[case]
    who = {} if seed is None else {"id": runner.seed(**CREATE, name="it", **seed)}
    for check in (True, False):
        runner.server.forget_requests()
        done = runner.run(check=check, max_usd_per_hour=hourly - 0.001, **who, **task)
        assert "max_usd_per_hour: it would cost" in done.failure and "Nothing was changed" in done.failure
        assert done.cost["usd_per_hour"] == hourly and done.actions == []
        assert runner.mutations() == []
    assert runner.run(max_usd_per_hour=hourly, **who, **task).failure is None


NOT_SPENDING = {
    "no change": ("RUNNING", {"state": "started"}),
    "fewer replicas": ("RUNNING", {"replicas": 1}),
    "another name": ("RUNNING", {"name": "other"}),
    "stop": ("RUNNING", {"state": "stopped"}),
    "stop with more replicas": ("RUNNING", {"state": "stopped", "replicas": 5}),
    "more replicas of a stopped one": ("STOPPED", {"replicas": 4}),
    "move a stopped one": ("STOPPED", {"market": OTHER_MARKET}),
    "archive": ("STOPPED", {"state": "archived"}),
    "delete": ("RUNNING", {"state": "absent"}),
}


@pytest.mark.parametrize("case", NOT_SPENDING)
def test_a_limit_never_stands_in_the_way_of_what_costs_no_more(runner, case):
    status, task = NOT_SPENDING[case]
    jobs = [{"state": "RUNNING"}] * 2 if status == "RUNNING" else []
    done = runner.run(id=runner.seed(**CREATE, name="it", status=status, jobs=jobs), max_usd_per_hour=0.01, **task)
    assert done.failure is None
    stays = status == "RUNNING" and task.get("state") not in ("stopped", "archived", "absent")
    assert any("more than max_usd_per_hour ($0.01)" in warning for warning in done.warnings) is stays


def test_a_market_that_does_not_exist_is_refused_before_anything_is_changed(runner):
    nowhere = MARKET[::-1]
    for options in (dict(STARTED, market=nowhere), dict(name="other", state="present", market=nowhere)):
        runner.seed(**CREATE, name="other", status="STOPPED")
        runner.server.forget_requests()
        done = runner.run(**options)
        assert "market: none has the address %s" % nowhere in done.failure and runner.mutations() == []
        runner.server.reset()


def test_a_deployment_in_a_market_that_is_gone_is_managed_all_the_same(runner):
    key = runner.seed(**dict(CREATE, name="it", market=MARKET[::-1], status="RUNNING", jobs=[{"state": "RUNNING"}] * 2))
    done = runner.run(id=key, state="started", market=MARKET[::-1], max_usd_per_hour=1)
    assert (done.failure, done.changed, done.cost["usd_per_hour"]) == (None, False, None)
    done = runner.run(id=key, replicas=3, max_usd_per_hour=1)
    assert "is not known" in done.failure


def test_prices_that_can_not_be_read_only_matter_to_a_limit(runner):
    fault = {"kind": "status", "status": 403, "body": {"error": "no"}, "times": 100}
    runner.server.control("PUT", "/faults", [dict(fault, path="/markets/"), dict(fault, path="/credits/")])
    done = runner.run(**STARTED)
    assert (done.failure, done.cost) == (None, {"usd_per_hour": None, "usd_until_timeout": None})
    assert "is not known" in runner.run(name="it", replicas=3, max_usd_per_hour=5).failure


def test_credits_that_can_not_be_read_do_not_matter(runner):
    fault = {"kind": "status", "status": 403, "body": {"error": "no"}, "times": 100}
    runner.server.control("PUT", "/faults", [dict(fault, path="/credits/")])
    done = runner.run(**STARTED)
    assert (done.failure, done.cost, list(done.warnings)) == (None, COST, [])
    assert [one["status"] for one in runner.server.requests() if one["operation"] == "credits"] == [403]


@pytest.mark.parametrize(("assigned", "warned"), [(0.7, True), (0.704, False)])
def test_a_start_that_the_credits_can_not_pay_warns_with_the_figures(runner, assigned, warned):
    runner.server.control("PUT", "/credits", {"assigned": assigned})
    done = runner.run(check=True, **STARTED)
    figures = "it: the account has $0.70 of credits left, and the new jobs reserve $0.704 until their timeout"
    assert any(figures in warning for warning in done.warnings) is warned
    assert runner.run(check=True, **dict(STARTED, state="present")).warnings == []


def test_a_scheduled_one_is_not_warned_of_credits_for_jobs_that_are_not_listed_yet(runner):
    runner.server.control("PUT", "/credits", {"assigned": 0.1})
    scheduled = dict(STARTED, strategy="SCHEDULED", schedule="0 0 1 1 *")
    assert runner.run(check=True, **scheduled).warnings == []


@pytest.mark.parametrize("strategy", ["SIMPLE", "SCHEDULED"])
def test_a_timeout_of_more_than_a_day_is_warned_of_in_hours_and_usd(runner, strategy):
    more = {"schedule": "0 0 1 1 *"} if strategy == "SCHEDULED" else {}
    task = dict(STARTED, strategy=strategy, timeout=3600, **more)
    warning = "it: a timeout of 3600 minutes are 60 hours; until then its jobs cost $42.24."
    assert warning in runner.run(check=True, **task).warnings
    assert warning in runner.run(**task).warnings
    assert runner.run(**task).warnings == []
    assert runner.run(check=True, **dict(task, timeout=1440)).warnings == []
    assert any("are 61 hours" in one for one in runner.run(check=True, **dict(task, timeout=3660)).warnings)


def test_a_long_timeout_of_a_service_is_no_surprise(runner):
    assert runner.run(check=True, **dict(STARTED, strategy="INFINITE", timeout=3600)).warnings == []


# --- what was spent so far -----------------------------------------------------------------------------------------

PRICE, OTHER_PRICE = 0.352, 0.0528  # USD an hour
SPENT = ("usd_so_far", "running_since", "next_runs")


@pytest.fixture
def spent(patient_server, run_module):
    """``spent()``: the first deployment as nosana_deployment_info lists it, with its costs."""

    def read(**options):
        given = {"api_url": patient_server.api_url, "api_key": "nos_money", "include": ["cost"], **options}
        result = run_module(nosana_deployment_info, given)
        assert not result.get("failed"), result
        return result["deployments"][0]

    return read


def now(server):
    return d.seconds_of(server.control("GET", "/health")["now"])


@every_release
def test_what_was_spent_so_far(runner, patient_server, spent):
    began = now(patient_server)
    jobs = [
        {"state": "RUNNING", "revision": 2, "created_at": began - 1800},
        {"state": "COMPLETED", "revision": 1, "created_at": began - 5 * 3600, "market": OTHER_MARKET},  # ends now
        {"state": "QUEUED", "revision": 2, "created_at": began - 9 * 3600},
    ]
    revisions = [{"revision": number, "job_definition": definition()} for number in (1, 2)]
    runner.seed(name="it", status="RUNNING", market=MARKET, timeout=60, revisions=revisions, jobs=jobs)
    found = spent()
    assert found["usd_so_far"] == pytest.approx(PRICE / 2 + OTHER_PRICE, abs=0.001)
    assert d.seconds_of(found["running_since"]) == pytest.approx(began - 1800, abs=1)
    assert found["next_runs"] is None and "jobs" not in found
    assert spent(include=["jobs", "cost"])["usd_so_far"] == found["usd_so_far"]
    assert not set(SPENT) & set(spent(include=["jobs"]))
    patient_server.control("PUT", "/markets", [{"address": MARKET, "usd_reward_per_hour": 1}])
    assert [spent()[key] for key in ("usd_so_far", "running_since")] == [None, found["running_since"]]


@every_release
def test_more_time_for_a_job_counts(runner, patient_server, spent):
    runner.run(**dict(STARTED, replicas=1))
    (job,) = runner.deployments("it")[0]["jobs"]
    runner.request("POST", "/jobs/%s/extend" % job["job"], {"seconds": 7200})
    patient_server.control("POST", "/advance", {"seconds": 9 * 3600})
    found = spent()
    assert found["status"] == "STOPPED" and found["running_since"] is None
    assert found["usd_so_far"] == pytest.approx(3 * PRICE, abs=0.001)


@every_release
def test_a_rotation_does_not_begin_the_time_anew(runner, patient_server, spent):
    runner.run(**dict(STARTED, strategy="INFINITE", replicas=1))
    began = now(patient_server)
    patient_server.control("POST", "/advance", {"seconds": 5 * 3600})
    assert len(runner.deployments("it")[0]["jobs"]) > 4
    found = spent()
    assert d.seconds_of(found["running_since"]) == pytest.approx(began, abs=60)
    assert 5 * PRICE < found["usd_so_far"] < 10 * PRICE


@every_release
def test_when_a_schedule_comes_next(runner, patient_server, spent):
    runner.run(**dict(STARTED, strategy="SCHEDULED", schedule="0 */6 * * *"))
    found = spent()
    times = [d.seconds_of(text) for text in found["next_runs"]]
    assert 0 < times[0] - now(patient_server) <= 6 * 3600 and [one % (6 * 3600) for one in times] == [0, 0, 0]
    assert [after - before for before, after in zip(times, times[1:])] == [6 * 3600, 6 * 3600]
    assert (found["usd_so_far"], found["running_since"]) == (0.0, None)
