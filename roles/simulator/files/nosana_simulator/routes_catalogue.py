# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to be had: markets, graphics cards, and ready-made job definitions."""

from __future__ import annotations

import re

from . import actions
from . import gpus as cards
from . import templates as ready_made
from .errors import error
from .requests import Answer, Request
from .requirement_keys import KEYS

# -- markets -----------------------------------------------------------------------------------------------------------


def markets(request: Request) -> Answer:
    """The markets, all of them or those that a filter lets through."""
    query = dict(request.query)
    found = [_shown(request, market) for market in request.engine.markets.values()]
    if "type" in query:
        found = [market for market in found if market.get("type") == query["type"]]
    if "filterKey" in query and "filterValue" in query:
        found = [market for market in found if str(market.get(query["filterKey"])) == query["filterValue"]]
    if re.fullmatch("[0-9]{1,9}", query.get("limit", "")):
        found = found[:int(query["limit"])]
    return Answer(found)


def _shown(request: Request, market: dict) -> dict:
    """A market; where the number of its free hosts was set, with no more than those."""
    hosts = request.engine.free_hosts.get(market["address"])
    return market if hosts is None else {**market, "nodes": (market.get("nodes") or [])[:hosts]}


def _market(request: Request) -> dict:
    wanted = request.params["id"]
    for market in request.engine.markets.values():
        if wanted in (market["address"], market.get("slug")):
            return _shown(request, market)
    raise error(404, "Market not found")


def market(request: Request) -> Answer:
    """One market, by address or slug."""
    return Answer(_market(request))


def required_resources(request: Request) -> Answer:
    """What every host of a market has in store already."""
    found = _market(request)
    return Answer({name: found.get(name, []) for name in ("required_images", "required_remote_resources")})


# -- graphics cards ----------------------------------------------------------------------------------------------------


def gpus(request: Request) -> Answer:
    """The graphics cards of all hosts, and how many are free now."""
    return Answer({"gpus": cards.listed(request.engine)})


def available(request: Request) -> Answer:
    """How many hosts that meet requirements are free now, and what they cost."""
    actions.check_requirements(request.body)
    return Answer(cards.available(request.engine, request.body))


def requirement_keys(request: Request) -> Answer:
    """What hosts may be asked to have."""
    asked = request.body or {}
    listed = [name for name in dict(request.query).get("metrics", "").split(",") if name]
    names = asked.get("metrics") or listed
    unknown = [name for name in names if name not in KEYS]
    if unknown:
        raise error(422, f"Unknown metric: {unknown[0]}")
    actions.check_requirements(asked.get("requirements"))
    return Answer(cards.requirement_options(request.engine, asked.get("requirements") or {}, names or None))


# -- ready-made job definitions ----------------------------------------------------------------------------------------


def templates(request: Request) -> Answer:
    """All ready-made job definitions, each variant of one an entry of its own."""
    return Answer(ready_made.flat())


def templates_grouped(request: Request) -> Answer:
    """All templates, their variants inside."""
    return Answer(ready_made.TEMPLATES)


def _template(request: Request) -> dict:
    for found in ready_made.TEMPLATES:
        if found["id"] == request.params["id"]:
            return found
    raise error(404, "Template not found")


def template(request: Request) -> Answer:
    """One template, its variants inside."""
    return Answer(_template(request))


def template_variant(request: Request) -> Answer:
    """One variant of a template."""
    found = _template(request)
    for variant in found.get("variants", []):
        if variant["id"] == request.params["variant"]:
            return Answer(ready_made.chosen(found, variant))
    raise error(404, "Template variant not found")
