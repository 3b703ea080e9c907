# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markets, credits, the key itself, and the description of the API."""

from __future__ import annotations

import re

from . import openapi as document
from .errors import error
from .requests import Answer, Request

ALL_SCOPES = ["deployments:read", "deployments:write", "jobs:read", "jobs:write", "credits:read"]


def markets(request: Request) -> Answer:
    """The markets, all of them or those that a filter lets through."""
    query = dict(request.query)
    found = list(request.engine.markets.values())
    if "type" in query:
        found = [market for market in found if market.get("type") == query["type"]]
    if "filterKey" in query and "filterValue" in query:
        found = [market for market in found if str(market.get(query["filterKey"])) == query["filterValue"]]
    if re.fullmatch("[0-9]{1,9}", query.get("limit", "")):
        found = found[:int(query["limit"])]
    return Answer(found)


def _market(request: Request) -> dict:
    wanted = request.params["market"]
    for market in request.engine.markets.values():
        if wanted in (market["address"], market.get("slug")):
            return market
    raise error(404, "Market not found")


def market(request: Request) -> Answer:
    """One market, by address or slug."""
    return Answer(_market(request))


def required_resources(request: Request) -> Answer:
    """What every host of a market has in store already."""
    found = _market(request)
    return Answer({name: found.get(name, []) for name in ("required_images", "required_remote_resources")})


def credits_balance(request: Request) -> Answer:
    """The account's credits in USD."""
    credits = request.engine.credits
    return Answer({"assignedCredits": credits.assigned, "reservedCredits": round(credits.reserved, 6),
                   "settledCredits": round(credits.settled, 6)})


def validate_key(request: Request) -> Answer:
    """Whether the key is good, and what for."""
    return Answer({"valid": True, "scopes": request.simulator.scopes.get(request.key, ALL_SCOPES)})


def openapi(request: Request) -> Answer:
    """The OpenAPI document of the release."""
    return Answer(document.document(request.simulator.release))


def docs_page(request: Request) -> Answer:
    """A page for people."""
    title = f"Nosana API simulator, release {request.simulator.release.name}"
    return Answer(f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n",
                  content_type="text/html; charset=utf-8")
