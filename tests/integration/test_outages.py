# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An outage is no answer: nothing is concluded from it, and a wait outlives it."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, OTHER_MARKET, Runner, definition, live

#: What an outage of a route looks like.
OUTAGES = {
    "503": {"kind": "status", "status": 503, "body": {"error": "no"}},
    "429": {"kind": "status", "status": 429, "body": {"error": "no"}},
    "a page": {"kind": "garbage"},
}
DOCUMENTS = ("/swagger/json", "/openapi.json")


@pytest.fixture
def runner(patient_server):
    patient_server.reset(release="current", step=1)
    return Runner(patient_server, retries=1, leaps=True)


def break_routes(runner, outage, *paths, times=100):
    runner.server.control("PUT", "/faults", [dict(OUTAGES[outage], path=path, times=times) for path in paths])


#: Tasks that depend on what the server offers: on one that can't move a deployment each ends in another way.
UNKNOWING = {
    "replace": {"name": "it", "market": OTHER_MARKET, "on_immutable_change": "replace"},
    "ignore": {"name": "it", "market": OTHER_MARKET, "on_immutable_change": "ignore"},
    "fail": {"name": "it", "market": OTHER_MARKET},
    "a newer field": {"name": "new", "startup_timeout": 5, "strategy": "INFINITE"},
    "a rename": {"name": "other"},
}


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("case", UNKNOWING)
def test_an_outage_of_the_openapi_document_is_not_taken_for_an_old_server(runner, case, outage):
    key = runner.seed(name="it", **CREATE, status="RUNNING", jobs=[{"state": "RUNNING"}] * 2)
    break_routes(runner, outage, *DOCUMENTS)
    options = dict(CREATE, **UNKNOWING[case])
    if case == "a rename":
        options["id"] = key
    for check in (True, False):
        done = runner.run(check=check, **options)
        assert done.failure and any(path in done.failure for path in DOCUMENTS), done
        assert "does not offer" not in done.failure and "can't be changed" not in done.failure
    [deployment] = runner.deployments()
    assert (deployment["id"], deployment["name"], deployment["status"]) == (key, "it", "RUNNING")
    assert runner.mutations() == []
    runner.server.control("DELETE", "/faults")
    assert runner.run(**options).failure is None


def test_a_404_says_that_there_is_no_document(patient_server):
    patient_server.reset(release="2026-08", step=1)
    runner = Runner(patient_server, retries=1, leaps=True)
    runner.seed(name="it", **CREATE, status="STOPPED")
    runner.server.control(
        "PUT", "/faults", [{"kind": "status", "status": 404, "path": path, "times": 9} for path in DOCUMENTS]
    )
    done = runner.run(name="it", market=OTHER_MARKET, on_immutable_change="ignore")
    assert done.failure is None and "left as it is: market" in done.warnings[0]


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_wait_outlives_an_outage(runner, outage):
    """Six times more failures than api_retries permits for one request."""
    runner.server.control("PUT", "/jobs", {"claim_after": 120})
    runner.run(name="it", state="started", wait=False, **CREATE)
    break_routes(runner, outage, "/deployments/[^/]+$", "/jobs$", times=12)
    done = runner.run(name="it", state="started")
    assert (done.failure, done.changed) == (None, False)


def test_an_outage_that_does_not_end_is_reported_at_the_end_of_the_wait(runner):
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    runner.run(name="it", state="started", wait=False, **CREATE)
    runner.clock.sleep(10)
    break_routes(runner, "503", "/deployments/[^/]+$", times=10_000)
    began = runner.clock.now()
    done = runner.run(name="it", state="started", wait_timeout=120)
    assert "503" in done.failure and "wait_timeout (120 s) is over" in done.failure
    assert runner.clock.now() - began > 90


@pytest.mark.parametrize("seconds", [20, 33])
def test_a_wait_lasts_as_long_as_it_says(runner, seconds):
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    runner.run(name="it", state="started", wait=False, **CREATE)
    runner.clock.sleep(20)
    began = runner.clock.now()
    done = runner.run(name="it", state="started", wait_timeout=seconds)
    assert "not started within %d s (wait_timeout)" % seconds in done.failure
    assert seconds <= runner.clock.now() - began < seconds + 5


def test_a_host_that_takes_the_job_in_the_last_second_is_seen(runner):
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    runner.run(name="it", state="started", wait=False, **CREATE)
    runner.clock.sleep(20)
    ends, jobs = runner.clock.now() + 20, live(runner.deployments()[0])

    def meanwhile():
        if runner.clock.now() >= ends - 0.5:
            for job in jobs:
                runner.server.control("PATCH", "/jobs/%s" % job["job"], {"state": "RUNNING"})

    runner.clock.meanwhile = meanwhile
    assert runner.run(name="it", state="started", wait_timeout=20).failure is None


def test_a_gateway_says_in_its_own_way_that_a_deployment_is_missing(runner):
    answer = {"message": "Deployment not found", "code": "NOT_FOUND"}
    fault = {"kind": "status", "status": 404, "body": answer, "path": "/deployments/[^/]+$", "times": 9}
    runner.server.control("PUT", "/faults", [fault])
    key = runner.seed(name="it", **CREATE, status="STOPPED")
    assert runner.run(id=key, state="absent").failure is None
    failure = runner.run(id=key, state="started").failure
    assert failure.startswith("id: no deployment of this account is %s" % key) and "api_url" not in failure


def test_a_revision_whose_answer_and_reading_back_are_lost_is_not_made_twice(runner):
    key = runner.seed(name="it", **CREATE, status="STOPPED")
    faults = [
        {"kind": "drop_after", "operation": "create_revision", "times": 1},
        dict(OUTAGES["503"], path="/revisions$", times=2, after=1),
    ]
    runner.server.control("PUT", "/faults", faults)
    done = runner.run(id=key, job_definition=definition("new"))
    runner.server.control("DELETE", "/faults")
    again = runner.run(id=key, job_definition=definition("new"))
    assert again.failure is None
    [deployment] = runner.deployments()
    assert len(deployment["revisions"]) == 2
    assert done.failure is None or done.changed
