# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What deployments cost so far, since when they run and when next, computed by hand; and lists with holes."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.readers import Readers
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.listing import include
from ansible_collections.nosana.cloud.plugins.module_utils._model import times
from ansible_collections.nosana.cloud.plugins.module_utils._offers import spent
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets

from .fake_client import NOW, FakeClient, refused
from .small_api import ID, JOB, MARKET, NODE, OTHER_MARKET

HOUR = 3600
PRICES = {MARKET: 0.4, OTHER_MARKET: 0.1, "unknown": None}


def job(state, began=None, ended=None, **more):
    """A job as it is listed; times are seconds before NOW."""
    start = 0 if began is None else NOW - began
    changed = times.text_of(NOW if ended is None else NOW - ended)
    return {"job": JOB, "state": state, "market": MARKET, "time_start": start, "updated_at": changed, **more}


def so_far(*jobs, timeout=HOUR, **deployment):
    spans = [spent.span(one, timeout, MARKET, NOW) for one in jobs]
    return spent.so_far({"strategy": "SIMPLE", **deployment}, spans, PRICES, NOW)


@pytest.mark.parametrize(
    ("jobs", "usd"),
    [
        ([], 0.0),
        ([job("QUEUED")], 0.0),
        ([job("STOPPED", node=None)], 0.0),  # before a host took it
        ([job("RUNNING", HOUR)], 0.4),
        ([job("RUNNING", 5 * HOUR)], 2.0),
        ([job("RUNNING", -60)], 0.0),  # clocks differ
        ([job(1, HOUR), job(0)], 0.4),  # states as numbers
        ([job("COMPLETED", 3 * HOUR, 2.5 * HOUR)], 0.2),
        ([job("STOPPED", 3 * HOUR, 2.5 * HOUR)], 0.2),
        ([job("COMPLETED", 9 * HOUR)], 0.4),  # changed long after it ended: no longer than its timeout
        ([job("COMPLETED", HOUR, 2 * HOUR)], 0.0),
        ([job("RUNNING", HOUR), job("COMPLETED", 2 * HOUR, HOUR, market=OTHER_MARKET, revision=1)], 0.5),
        ([job("RUNNING", HOUR, market=None)], 0.4),  # the deployment's market
        ([job("RUNNING", HOUR, time_start=(NOW - HOUR) * 1000)], 0.4),
        ([job("RUNNING", 1)], 0.000111),
        ([job("QUEUED", market="unknown"), job("RUNNING", HOUR)], 0.4),  # what costs nothing needs no price
    ],
)
def test_what_jobs_cost(jobs, usd):
    assert so_far(*jobs)["usd_so_far"] == usd


@pytest.mark.parametrize(
    "one",
    [
        job("RUNNING", HOUR, market="unknown"),
        job("COMPLETED", 2 * HOUR, HOUR, market="never heard of"),
        job("RUNNING"),
        job("RUNNING", time_start="soon"),
        job("COMPLETED"),
        job("STOPPED", node=NODE),
        job("COMPLETED", HOUR, updated_at=None),
        job("PAUSED", HOUR),
        job(None, HOUR),
    ],
)
def test_what_is_not_known_makes_all_unknown(one):
    assert so_far(job("RUNNING", HOUR), one)["usd_so_far"] is None


def test_without_its_timeout_the_end_of_a_job_is_not_known():
    assert so_far(job("COMPLETED", 2 * HOUR, HOUR), timeout=None)["usd_so_far"] is None
    assert so_far(job("RUNNING", HOUR), timeout=None)["usd_so_far"] == 0.4


ROTATED = [job("RUNNING", 600), job("COMPLETED", 2 * HOUR, 300), job("COMPLETED", 3 * HOUR, 2 * HOUR + 500)]
EARLIER = job("COMPLETED", 9 * HOUR, 8 * HOUR)


@pytest.mark.parametrize(
    ("strategy", "jobs", "since"),
    [
        ("SIMPLE", [], None),
        ("SIMPLE", [job("QUEUED"), job("COMPLETED", HOUR, 60)], None),
        ("SIMPLE", [job("RUNNING", 600), job("RUNNING", HOUR), job("QUEUED")], HOUR),
        ("SIMPLE", [job("RUNNING"), job("RUNNING", HOUR)], HOUR),
        ("SIMPLE", [job("RUNNING")], None),
        ("SIMPLE", ROTATED, 600),
        ("SCHEDULED", ROTATED, 600),
        ("INFINITE", ROTATED, 3 * HOUR),
        ("INFINITE", [*ROTATED, EARLIER], 3 * HOUR),
        ("INFINITE", [EARLIER, *reversed(ROTATED)], 3 * HOUR),
        ("INFINITE", [EARLIER, job("STOPPED", node=None), job("RUNNING", 60)], 60),
        ("INFINITE", [EARLIER], None),
    ],
)
def test_since_when_it_runs(strategy, jobs, since):
    found = so_far(*jobs, timeout=2 * HOUR, strategy=strategy)["running_since"]
    assert found == (since and times.text_of(NOW - since))


@pytest.mark.parametrize(
    ("strategy", "schedule", "runs"),
    [
        ("SCHEDULED", "0 */6 * * *", ["2026-07-25T18", "2026-07-26T00", "2026-07-26T06"]),
        ("SCHEDULED", "0 0 29 2 *", ["2028-02-29T00", "2032-02-29T00"]),
        ("SCHEDULED", "every day", None),
        ("SCHEDULED", None, None),
        ("SIMPLE", None, None),
    ],
)
def test_the_next_runs(strategy, schedule, runs):
    assert times.text_of(NOW) == "2026-07-25T17:20:00.000Z"
    expected = runs and [hour + ":00:00.000Z" for hour in runs]
    assert so_far(strategy=strategy, schedule=schedule)["next_runs"] == expected


# --- reading it ----------------------------------------------------------------------------------------------------


def read(jobs, by_address=None, deployment=None):
    """The one deployment with its costs, and the client that was asked."""
    price = {"usd_reward_per_hour": 0.4, "network_fee_percentage": 0}
    client = FakeClient(list_jobs={"jobs": jobs}, get_market=price, get_job_by_address=by_address)
    one = {"id": ID, "market": MARKET, "strategy": "SIMPLE", "replicas": 2, "timeout": 60, **(deployment or {})}
    (found,) = include(Readers(client), [one], ["cost"], Markets(client))
    return found, client


def test_jobs_are_read_once_and_each_market_too():
    jobs = [job("RUNNING", HOUR), job("RUNNING", HOUR), job("COMPLETED", 3 * HOUR, 2 * HOUR, market=OTHER_MARKET)]
    found, client = read(jobs)
    assert (found["usd_so_far"], found["cost"]["usd_per_hour"]) == (1.2, 0.8)
    assert sorted(one[0] for one in client.seen) == ["get_market", "get_market", "list_jobs"]
    assert "jobs" not in found


def test_a_job_that_was_extended_has_its_own_timeout():
    jobs = [job("COMPLETED", 9 * HOUR, HOUR), job("COMPLETED", 9 * HOUR, 8 * HOUR)]
    found, client = read(jobs, {"timeout": 5 * HOUR})
    assert found["usd_so_far"] == 2.4 and len(client.calls("get_job_by_address")) == 1


@pytest.mark.parametrize("answer", [refused(404, b'{"error": "Job not found"}'), None, {}, {"timeout": "long"}])
def test_a_timeout_that_can_not_be_read_makes_the_amount_unknown(answer):
    found, _client = read([job("COMPLETED", 9 * HOUR, HOUR)], answer)
    assert found["usd_so_far"] is None and found["cost"]["usd_per_hour"] == 0.8


def test_a_job_that_ended_by_its_timeout_takes_no_request():
    found, client = read([job("COMPLETED", 9 * HOUR, 8 * HOUR - 60)])
    assert found["usd_so_far"] == 0.4 and not client.calls("get_job_by_address")


def test_a_deployment_with_holes():
    missing = dict.fromkeys(["market", "strategy", "replicas", "timeout"])
    found, _client = read([job("RUNNING", HOUR)], deployment=missing)
    assert found["usd_so_far"] == 0.4 and found["cost"] == {"usd_per_hour": None, "usd_until_timeout": None}
    assert (found["running_since"], found["next_runs"]) == (times.text_of(NOW - HOUR), None)
