# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what hosts are free now: by model of GPU, and by what a deployment requires of them. Reads only."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    BadAnswer,
    InvalidOptions,
    RouteUnknown,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.requirements import problems, requirement_problems
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import joined_problems
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost


def find(client, markets, requirements):
    """What is free now for the requirements (a dict; None or empty: no requirement), as the info module returns it.

    The API tells prices without the network's fee, so they are taken from ``markets`` (a Markets).
    """
    requirements = requirements or {}
    _refuse(requirement_problems(requirements))
    keys = requirement_keys(client)
    _refuse(problems(requirements, keys or []))
    try:
        gpus = _gpus(client)
        hosts = client.call("find_hosts", body={"requirements": requirements})
    except RouteUnknown:
        raise Unsupported(
            "the API at %s does not list free GPUs: its release is too old. nosana_market_info lists what its markets "
            "offer. If it is not old, check api_url." % client.base
        ) from None
    if not isinstance(hosts, dict) or not _is_count(hosts.get("total")):
        raise BadAnswer("POST /reservations/available: the server's answer tells no number of hosts; check api_url")
    listed = markets.all()
    priced = [dict(gpu, usd_per_hour=_cheapest(listed, gpu.get("markets"))) for gpu in gpus]
    model = requirements.get("name")
    return {
        "gpus": [gpu for gpu in priced if model in (None, gpu.get("name"))],
        "available": hosts["total"],
        "usd_per_hour": _price_of(listed, hosts) if hosts["total"] else None,
        "requirement_keys": keys,
    }


def _refuse(wrong):
    if wrong:
        raise InvalidOptions(joined_problems(wrong))


def requirement_keys(client):
    """The keys that requirements may have, as the API describes them, by name: ``[{key, type, match, ...}]``.

    None where the server does not list them, as it is older than that.
    """
    try:
        answer = client.call("list_requirements")
    except RouteUnknown:
        return None
    found = answer.get("metrics") if isinstance(answer, dict) else None
    items = found if isinstance(found, list) else [None]
    if not all(isinstance(one, dict) and isinstance(one.get("key"), str) for one in items):
        raise BadAnswer("GET /reservations/requirements: the server's answer is not a list of keys; check api_url")
    return sorted(found, key=lambda one: one["key"])


def _gpus(client):
    answer = client.call("list_gpus")
    found = answer.get("gpus") if isinstance(answer, dict) else answer
    if not isinstance(found, list):
        raise BadAnswer("GET /reservations/gpus: the server's answer is not a list of GPUs; check api_url")
    return sorted((gpu for gpu in found if isinstance(gpu, dict)), key=lambda gpu: str(gpu.get("name")))


def _price_of(markets, hosts):
    """What an hour of one job costs on the cheapest of the hosts, None where the API does not tell."""
    nodes = hosts.get("nodes")
    addresses = [node.get("market") for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []
    addresses = addresses or hosts.get("markets")
    if not addresses:  # then by the reward alone: the markets of that price tell the fee
        price = hosts.get("price")
        reward = cost.amount(price.get("minUsdPerHour")) if isinstance(price, dict) else None
        rewards = [(one["address"], cost.amount(one.get("usd_reward_per_hour"))) for one in markets]
        addresses = [address for address, known in rewards if known is not None and known == reward]
    return _cheapest(markets, addresses)


def _cheapest(markets, addresses):
    """The lowest price of an hour of one job in the markets of these addresses, None when none is known."""
    addresses = addresses if isinstance(addresses, list) else []
    prices = [cost.usd_per_hour(one) for one in markets if one["address"] in addresses]
    return min((price for price in prices if price is not None), default=None)


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
