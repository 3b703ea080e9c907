# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markets, their prices, and the credits that jobs take."""

from __future__ import annotations

import pytest
from simulator_api import BATCH, MARKET


def test_markets(august):
    for path in ("/markets/", "/markets"):
        assert MARKET in [market["address"] for market in august("GET", path).body]
    market = august("GET", f"/markets/{MARKET}/").body
    assert (market["slug"], market["network_fee_percentage"]) == ("nvidia-3060", 10)
    assert august("GET", f"/markets/{MARKET}").body == august("GET", "/markets/nvidia-3060/").body == market
    resources = august("GET", "/markets/nvidia-4090/required-resources").body
    assert sorted(resources) == ["required_images", "required_remote_resources"]
    assert august("GET", "/markets/nowhere/").status == 404


def test_credits(august):
    august("PUT", "/_control/credits", {"assigned": 10, "settled": 2})
    made = august.create(autostart=True)
    august.advance(3)
    balance = august("GET", "/credits/balance").body
    assert balance == {"assignedCredits": 10, "reservedCredits": 0.0528, "settledCredits": 2}
    august("POST", f"/deployments/{made['id']}/stop")
    august.advance(5)
    assert august("GET", "/credits/balance").body["reservedCredits"] == 0


def test_markets_are_as_unlike_as_the_real_ones(august):
    found = august("GET", "/markets/").body
    known = {"nvidia-3060", "nvidia-4090", "nvidia-3090", "nvidia-a100-40gb", "nvidia-h100"}
    assert len(found) >= 10 and known <= {market["slug"] for market in found}
    assert len({market["address"] for market in found} | {market["sft"] for market in found}) == 2 * len(found)
    assert all(len(market[name]) in (43, 44) for market in found for name in ("address", "sft"))
    assert {market["type"] for market in found} == {"PREMIUM", "COMMUNITY", "OTHER"}
    assert {type(market["usd_reward_per_hour"]) for market in found} == {str, float, type(None)}
    assert {"lowest_vram" in market for market in found} == {True, False}
    names = {market["address"]: market["slug"] for market in found}
    related = {market["slug"]: names.get(market["premium_community_relation"]) for market in found}
    assert related["nvidia-4090"] == "nvidia-4090-community" and related["nvidia-4090-community"] == "nvidia-4090"
    assert related["nvidia-h100"] is None


@pytest.mark.parametrize("query, slugs", [
    ("type=OTHER", ["trial"]), ("type=NONE", []), ("limit=1", ["nvidia-3060"]), ("limit=0", []),
    ("filterKey=slug&filterValue=nvidia-h100", ["nvidia-h100"]), ("filterKey=slug&filterValue=", []),
    ("type=COMMUNITY&limit=1", ["nvidia-3060-community"])])
def test_filters_of_markets(august, query, slugs):
    assert [market["slug"] for market in august("GET", f"/markets/?{query}").body] == slugs


def test_limits_that_are_no_numbers_are_none(august):
    every = august("GET", "/markets/").body
    for limit in ("", "x", "9" * 5000):
        assert august("GET", f"/markets/?limit={limit}").body == every


def test_markets_can_be_given(august):
    bare = {"address": MARKET, "name": "bare"}
    priced = {"address": MARKET[::-1], "slug": "x", "usd_reward_per_hour": "2.00", "network_fee_percentage": "50"}
    assert august("PUT", "/_control/markets", [bare, priced]).body == {"markets": 2}
    assert august("GET", "/markets/").body == [bare, priced]
    assert august("GET", f"/markets/{MARKET}/required-resources").body == {
        "required_images": [], "required_remote_resources": []}
    made = [august.create(market=market["address"], autostart=True)["id"] for market in (bare, priced)]
    august.advance(3)
    assert august("GET", "/credits/balance").body["reservedCredits"] == 3
    job = august("GET", f"/deployments/{made[0]}/jobs").body["jobs"][0]["job"]
    seen = august("GET", f"/jobs/{job}").body
    assert (seen["usdRewardPerHour"], seen["price"]) == (None, 0)
    assert august("PUT", "/_control/markets", [{"slug": "no address"}]).status == 422
    assert august("PUT", "/_control/markets", []).body == {"markets": 0}
    assert august.seed({"name": "in no market"})
    assert len(august.reset()("GET", "/markets/").body) >= 10


@pytest.mark.parametrize("price", ["nan", "-inf", "free", "", None, [], True])
def test_prices_that_are_none_cost_nothing(august, price):
    august("PUT", "/_control/markets", [{"address": MARKET, "usd_reward_per_hour": price}])
    august.create(autostart=True)
    august.advance(3)
    assert august("GET", "/credits/balance").body["reservedCredits"] == 0


def balance(api) -> tuple[float, float]:
    """What is reserved and what is settled."""
    seen = api("GET", "/credits/balance").body
    return seen["reservedCredits"], seen["settledCredits"]


def test_a_job_is_paid_for_what_it_ran(august):
    hour = 0.32 * 1.1
    made = august.create(market="97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf", timeout=120, replicas=2, autostart=True)
    august.advance(3)
    assert balance(august) == (round(2 * 2 * hour, 6), 0)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]["job"]
    august("POST", f"/jobs/{job}/extend", {"seconds": 1800})
    assert balance(august) == (round(4.5 * hour, 6), 0)
    august.advance(1800)
    august("POST", f"/jobs/{job}/stop")
    august.advance(3)
    reserved, settled = balance(august)
    assert reserved == round(2 * hour, 6) and abs(settled - hour / 2) < 0.001
    august.advance(7200)
    reserved, settled = balance(august)
    assert reserved == 0 and abs(settled - 2.5 * hour) < 0.001


def test_a_queued_job_costs_nothing_and_a_draft_reserves_nothing(august):
    august.behave(claim_after=None)
    made = august.create()
    assert balance(august) == (0, 0)
    august("POST", f"/deployments/{made['id']}/start")
    august.advance(3)
    assert balance(august) == (0.0528, 0)
    august("POST", f"/deployments/{made['id']}/stop")
    august.advance(5)
    assert balance(august) == (0, 0)


def test_a_price_that_rises_does_not_change_what_runs(august):
    august.create(autostart=True, job_definition=BATCH)
    august.advance(3)
    august("PUT", "/_control/markets", [{"address": MARKET, "usd_reward_per_hour": 1000}])
    august.advance(3600)
    reserved, settled = balance(august)
    assert reserved == 0 and 0 < settled < 0.06


def test_an_extension_that_the_credits_can_not_pay(august):
    august("PUT", "/_control/credits", {"assigned": 0.06})
    made = august.create(autostart=True)
    august.advance(3)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]["job"]
    answer = august("POST", f"/jobs/{job}/extend", {"seconds": 3600})
    assert answer.status == 400 and answer.body["error"].startswith("Insufficient credits. Available: $0.007")
    assert august("GET", f"/jobs/{job}").body["timeout"] == 3600
