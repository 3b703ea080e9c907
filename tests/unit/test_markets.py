# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Markets: found by address, slug or name, and selected by what they offer."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    InvalidOptions,
    NosanaError,
    NotFound,
    RouteUnknown,
)
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets, include, select

ADDRESSES = ["97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWoda%s" % letter for letter in "abcde"]


def market(number, slug, name, usd, **more):
    return dict(
        {
            "address": ADDRESSES[number],
            "slug": slug,
            "name": name,
            "usd_reward_per_hour": usd,
            "network_fee_percentage": 10,
        },
        **more,
    )


ALL = [
    market(
        0, "nvidia-4090", "NVIDIA 4090", "0.32", type="PREMIUM", gpu_types=["NVIDIA GeForce RTX 4090"], lowest_vram=24
    ),
    market(
        1, "nvidia-3060", "NVIDIA 3060", 0.05, type="PREMIUM", gpu_types=["NVIDIA GeForce RTX 3060"], lowest_vram=12
    ),
    market(2, "nvidia-3060-community", "NVIDIA 3060", 0.03, type="COMMUNITY", gpu_types="oops", lowest_vram="12"),
    market(3, "odd", None, None, type=None, gpu_types=None),
    {"slug": "without an address"},
    "no market",
]


class FakeClient:
    """Answers calls from a table of answers or errors; ``seen`` holds what was called."""

    base = "https://api.example/api"

    def __init__(self, **answers):
        self.answers = answers
        self.seen = []

    def call(self, name, **ids):
        self.seen.append(name)
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer


def markets(answer=None, **more):
    return Markets(FakeClient(list_markets=ALL if answer is None else answer, **more))


@pytest.mark.parametrize("text", ["nvidia-4090", "NVIDIA-4090", "NVIDIA 4090", " nvidia 4090 ", ADDRESSES[0]])
def test_a_market_has_an_address_a_slug_and_a_name(text):
    assert markets().address_of(text) == ADDRESSES[0]
    assert markets().find(text)["slug"] == "nvidia-4090"


def test_an_address_is_taken_without_a_request():
    found = Markets(FakeClient())
    assert found.address_of(ADDRESSES[4]) == ADDRESSES[4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nvidia-4080", r"market: none is called 'nvidia-4080'\. The nearest: nvidia-4090, "),
        ("3060", r"The nearest: nvidia-3060, "),
        ("zzz", r"none is called 'zzz'\. nosana_market_info lists all"),
        ("NVIDIA 3060", "2 markets have the name 'NVIDIA 3060': %s, %s. Give the address." % tuple(ADDRESSES[1:3])),
    ],
)
def test_names_that_lead_to_no_market_or_to_several(text, message):
    with pytest.raises(InvalidOptions, match=message):
        markets().address_of(text)


def test_the_list_is_read_once():
    found = markets()
    found.address_of("odd")
    found.address_of("nvidia-3060")
    assert found.by_address(ADDRESSES[1])["slug"] == "nvidia-3060"
    assert found._client.seen == ["list_markets"]


def test_a_list_may_be_wrapped():
    assert len(markets({"markets": ALL}).all()) == 4


@pytest.mark.parametrize("answer", [{"markets": None}, "x", 7, {}])
def test_what_is_no_list_of_markets(answer):
    with pytest.raises(NosanaError, match="not a list of markets"):
        markets(answer).all()


def refused(kind, status):
    return kind("text", "GET", "/markets/", status, "text")


def test_a_server_without_markets():
    with pytest.raises(InvalidOptions, match="does not list markets: check api_url, or give the market's address"):
        markets(refused(RouteUnknown, 404)).address_of("nvidia-4090")
    assert Markets(FakeClient(get_market=refused(RouteUnknown, 404))).by_address(ADDRESSES[0]) is None


def test_an_address_that_no_market_has():
    with pytest.raises(InvalidOptions, match="market: none has the address %s" % ADDRESSES[0]):
        Markets(FakeClient(get_market=refused(NotFound, 404))).by_address(ADDRESSES[0])


@pytest.mark.parametrize(
    ("filters", "slugs"),
    [
        ({}, ["nvidia-3060-community", "nvidia-3060", "nvidia-4090", "odd"]),
        ({"market": "nvidia-3060"}, ["nvidia-3060"]),
        ({"market": ADDRESSES[3]}, ["odd"]),
        ({"type": "PREMIUM"}, ["nvidia-3060", "nvidia-4090"]),
        ({"type": "OTHER"}, []),
        ({"gpu": "rtx 4090"}, ["nvidia-4090"]),
        ({"gpu": "3060"}, ["nvidia-3060-community", "nvidia-3060"]),
        ({"max_usd_per_hour": 0.055}, ["nvidia-3060-community", "nvidia-3060"]),
        ({"max_usd_per_hour": 0.05}, ["nvidia-3060-community"]),
        ({"min_vram": 12}, ["nvidia-3060-community", "nvidia-3060", "nvidia-4090"]),
        ({"min_vram": 24, "type": "PREMIUM"}, ["nvidia-4090"]),
        ({"market": "nvidia-3060", "min_vram": 24}, []),
    ],
)
def test_filters(filters, slugs):
    assert [one["slug"] for one in select(markets(), filters)] == slugs


def test_prices_are_what_a_user_pays():
    assert [one["usd_per_hour"] for one in select(markets(), {})] == [0.033, 0.055, 0.352, None]


@pytest.mark.parametrize(
    "filters", [{"max_usd_per_hour": -1}, {"min_vram": float("nan")}, {"market": "none"}]
)
def test_filters_that_can_not_be(filters):
    with pytest.raises(InvalidOptions, match=next(iter(filters))):
        select(markets(), filters)


def test_more_of_each_market_costs_a_request_each():
    client = FakeClient(get_required_resources={"required_images": []})
    assert include(client, ALL[0], []) is ALL[0] and client.seen == []
    assert include(client, ALL[0], ["required_resources"])["required_resources"] == {"required_images": []}
