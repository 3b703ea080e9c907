# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds markets: by address, slug or name, or by what they offer. Reads only."""

from __future__ import annotations

import math

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    BadAnswer,
    InvalidOptions,
    NotFound,
    RouteUnknown,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import nearest
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost

TYPES = ("PREMIUM", "COMMUNITY", "OTHER")
#: What can be read of each market, each at the cost of a request.
REQUIRED_RESOURCES = "required_resources"
INCLUDES = (REQUIRED_RESOURCES,)


class Markets:
    """The markets of a server, each read at most once."""

    def __init__(self, client):
        self._client = client
        self._all = None
        self._known = {}

    def all(self):
        """All markets, as the API has them. Raises Unsupported where the API lists none."""
        if self._all is None:
            self._all = [one for one in self._list() if isinstance(one, dict) and d.is_address(str(one.get("address")))]
            self._known.update((one["address"], one) for one in self._all)
        return self._all

    def _list(self):
        try:
            answer = self._client.call("list_markets")
        except RouteUnknown:
            raise Unsupported(
                "the API at %s does not list markets: check api_url, or give the market's address" % self._client.base
            ) from None
        found = answer.get("markets") if isinstance(answer, dict) else answer
        if not isinstance(found, list):
            raise BadAnswer("GET /markets/: the server's answer is not a list of markets; check api_url")
        return found

    def address_of(self, text):
        """The address of a market that is given by address, slug or name. An address is taken as it is.

        Raises InvalidOptions for what no market is called, with the nearest names, or several are, with addresses.
        """
        return text if d.is_address(text) else self.find(text)["address"]

    def find(self, text):
        """The market that is given by address, slug or name. Raises InvalidOptions like ``address_of``."""
        return _one(self.all(), text)

    def by_address(self, address):
        """The market of an address, None where the API does not tell.

        Raises InvalidOptions when the API says that there is none: it accepts any, and then no host takes the jobs.
        """
        if address not in self._known:
            self._known[address] = self._read(address)
        return self._known[address]

    def knows(self, address):
        """Whether the market of an address was read before."""
        return address in self._known

    def price(self, address, must_exist=False):
        """The price of an hour of one job in the market of an address, None where it can't be told.

        Raises InvalidOptions for a market that ``must_exist`` and does not.
        """
        if not d.is_address(str(address)):
            return None
        try:
            market = self.by_address(address)
        except InvalidOptions:
            if must_exist:
                raise
            return None
        except ApiError:  # prices are not needed to go on: with a limit, a price that is not known refuses
            return None
        return None if market is None else cost.usd_per_hour(market)

    def label(self, address):
        """A market in a message: its slug and its address, as far as was read before. Sends no request."""
        slug = _text(self._known.get(address) or {}, "slug")
        return "%s (%s)" % (slug, address) if slug and slug != address else str(address)

    def slugs(self):
        """``{address: slug}`` of all markets that have a slug."""
        return {one["address"]: _text(one, "slug") for one in self.all() if _text(one, "slug")}

    def _read(self, address):
        try:
            answer = self._client.call("get_market", market=address)
        except RouteUnknown:
            return None
        except NotFound:
            raise InvalidOptions(
                "market: none has the address %s. nosana_market_info lists all; a slug or a name works as well."
                % address
            ) from None
        return answer if isinstance(answer, dict) else None


def select(markets, filters):
    """The markets (of a Markets) that match all of the filters, a dict of the info module's options; cheapest first.

    Each has ``usd_per_hour`` added, what a user pays for an hour of one job; those without a price come last.
    """
    for option in ("max_usd_per_hour", "min_vram"):
        if filters.get(option) is not None and not 0 <= filters[option] < math.inf:
            raise InvalidOptions("%s: must be 0 or more, not %s" % (option, filters[option]))
    found = [markets.find(filters["market"])] if filters.get("market") else markets.all()
    priced = [dict(one, usd_per_hour=cost.usd_per_hour(one)) for one in found]
    found = [one for one in priced if _offers(one, filters)]
    return sorted(found, key=lambda one: (one["usd_per_hour"] is None, one["usd_per_hour"] or 0, _text(one, "slug")))


def include(client, market, what):
    """The market with what ``what`` (of INCLUDES) names added."""
    if REQUIRED_RESOURCES not in what:
        return market
    return dict(market, required_resources=client.call("get_required_resources", market=market["address"]))


def _offers(market, filters):
    gpu, price, vram = filters.get("gpu"), filters.get("max_usd_per_hour"), filters.get("min_vram")
    names = [_text(market, "slug"), _text(market, "name")]
    kinds = market.get("gpu_types")
    names += [str(kind) for kind in kinds] if isinstance(kinds, list) else []
    offered_vram = cost.amount(market.get("lowest_vram"))
    return (
        (not filters.get("type") or market.get("type") == filters["type"])
        and (not gpu or any(gpu.lower() in name.lower() for name in names))
        and (price is None or (market["usd_per_hour"] is not None and market["usd_per_hour"] <= price))
        and (vram is None or (offered_vram is not None and offered_vram >= vram))
    )


def _one(markets, text):
    wanted = text.strip().lower()
    for key in ("address", "slug", "name"):
        found = [one for one in markets if _text(one, key).lower() == wanted]
        if len(found) > 1:
            addresses = ", ".join(one["address"] for one in found)
            raise InvalidOptions(
                "market: %d markets have the %s %r: %s. Give the address." % (len(found), key, text, addresses)
            )
        if found:
            return found[0]
    raise InvalidOptions("market: none is called %r. %s" % (text, _proposal(markets, wanted)))


def _proposal(markets, wanted):
    near = nearest(wanted, {_text(one, "slug") for one in markets} | {_text(one, "name") for one in markets})
    if not near:
        return "nosana_market_info lists all; an address works as well."
    return "The nearest: %s. nosana_market_info lists all." % near


def _text(market, key):
    value = market.get(key)
    return value if isinstance(value, str) else ""
