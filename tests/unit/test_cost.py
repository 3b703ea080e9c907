# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs that were computed by hand, and what of a plan is judged by them."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import spending
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import Step
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost

# reward an hour, fee in per cent, replicas, timeout in minutes: USD an hour, USD until the timeout
BY_HAND = [
    (0.32, 10, 1, 60, 0.352, 0.352),
    (0.32, 10, 2, 60, 0.704, 0.704),
    (0.32, 10, 2, 90, 0.704, 1.056),
    ("0.32", "10", 3, 120, 1.056, 2.112),
    (0.048, 10, 1, 60, 0.0528, 0.0528),
    (0.048, 10, 10, 1440, 0.528, 12.672),
    (1.5, 0, 1, 60, 1.5, 1.5),
    (1.5, 12.5, 1, 60, 1.6875, 1.6875),
    (1.5, 10, 0, 60, 0.0, 0.0),
    (0, 10, 5, 600, 0.0, 0.0),
    (0.001, 5, 1, 66, 0.00105, 0.001155),
    (2, 100, 1, 60, 4.0, 4.0),
]


@pytest.mark.parametrize(("reward", "fee", "replicas", "timeout", "hourly", "until"), BY_HAND)
def test_costs_computed_by_hand(reward, fee, replicas, timeout, hourly, until):
    price = cost.usd_per_hour({"usd_reward_per_hour": reward, "network_fee_percentage": fee})
    found = cost.of_deployment({"replicas": replicas, "timeout": timeout}, price)
    assert found == {"usd_per_hour": hourly, "usd_until_timeout": until}


@pytest.mark.parametrize("reward", [None, "", "free", True, -1, float("nan"), "inf", [0.3], {}])
def test_a_price_that_is_no_amount_is_not_known(reward):
    assert cost.usd_per_hour({"usd_reward_per_hour": reward, "network_fee_percentage": 10}) is None
    assert cost.usd_per_hour({"usd_reward_per_hour": 0.3, "network_fee_percentage": reward}) is None


def test_what_is_missing_is_not_known():
    assert cost.usd_per_hour({}) is None
    assert cost.of_deployment({"replicas": 1, "timeout": 60}, None) == {"usd_per_hour": None, "usd_until_timeout": None}
    assert cost.of_deployment({"timeout": 60}, 1.0)["usd_per_hour"] is None
    assert cost.of_deployment({"replicas": 2}, 1.0) == {"usd_per_hour": 2.0, "usd_until_timeout": None}


BEFORE = {"status": "RUNNING", "replicas": 2, "timeout": 60}


@pytest.mark.parametrize(
    ("step", "judged"),
    [
        (Step("create", {}), True),
        (Step("start"), True),
        (Step("update_replicas", 3), True),
        (Step("update_replicas", 1), False),
        (Step("update_timeout", 61), True),
        (Step("update_timeout", 59), False),
        (Step("update_market", "m"), True),
        (Step("update_requirements", {}), True),
        (Step("update_name", "n"), False),
        (Step("create_revision", {}), False),
        (Step("stop"), False),
        (Step("archive"), False),
        (Step("start", old=True), False),
    ],
)
def test_which_changes_are_judged(step, judged):
    assert spending.spends_more([step], BEFORE) is judged


@pytest.mark.parametrize(
    ("steps", "before", "after", "jobs"),
    [
        ([Step("create", {})], None, {"replicas": 3}, 0),
        ([Step("create", {}), Step("start")], None, {"replicas": 3}, 3),
        ([Step("update_replicas", 5)], BEFORE, {"replicas": 5}, 3),
        ([Step("update_replicas", 5)], dict(BEFORE, status="STOPPED"), {"replicas": 5}, 0),
        ([Step("update_replicas", 5), Step("start")], dict(BEFORE, status="STOPPED"), {"replicas": 5}, 5),
        ([Step("update_replicas", 1)], BEFORE, {"replicas": 1}, 0),
        ([Step("update_timeout", 90)], BEFORE, BEFORE, 0),
    ],
)
def test_how_many_jobs_a_plan_lists(steps, before, after, jobs):
    assert spending.new_jobs(steps, before, after) == jobs


def test_a_limit():
    cost.check_limit(0.352, {"usd_per_hour": 0.352}, "a", "m")
    with pytest.raises(
        InvalidOptions, match=r"a would cost \$0\.352 an hour in market m, above the limit of \$0\.30\. No"
    ):
        cost.check_limit(0.3, {"usd_per_hour": 0.352}, "a", "m")
    with pytest.raises(InvalidOptions, match="what a costs in market m is not known"):
        cost.check_limit(100.0, {"usd_per_hour": None}, "a", "m")


@pytest.mark.parametrize(
    ("needed", "available", "warned"), [(1.0, 1.0, False), (1.0, 0.99, True), (None, 0.0, False), (1.0, None, False)]
)
def test_a_shortage_of_credits(needed, available, warned):
    assert (cost.shortage(needed, available) is not None) is warned


def test_a_shortage_names_the_figures():
    assert "has $0.50 of credits left, and the new jobs reserve $1.056 until" in cost.shortage(1.056, 0.5)


@pytest.mark.parametrize(
    ("balance", "available"),
    [
        ({"assignedCredits": 10, "reservedCredits": 1.5, "settledCredits": "2.25"}, 6.25),
        ({"assignedCredits": 1, "reservedCredits": 0.9, "settledCredits": 0.2}, -0.1),
        ({"assignedCredits": 10}, None),
        (None, None),
        ([], None),
    ],
)
def test_credits(balance, available):
    assert cost.credits_of(balance)["available"] == available


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0.00"), (0.5, "$0.50"), (0.352, "$0.352"), (12, "$12.00"), (0.00105, "$0.00105"), (-0.1, "$-0.10")],
)
def test_amounts_in_messages(value, text):
    assert cost.usd(value) == text
