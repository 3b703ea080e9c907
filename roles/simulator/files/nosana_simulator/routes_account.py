# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markets, credits, the key itself, and the description of the API."""

from __future__ import annotations

from . import openapi as document
from .errors import error
from .markets import MARKETS
from .requests import Answer, Request

ALL_SCOPES = ["deployments:read", "deployments:write", "jobs:read", "jobs:write", "credits:read"]


def markets(request: Request) -> Answer:
    """All markets."""
    return Answer(list(MARKETS.values()))


def _market(request: Request) -> dict:
    wanted = request.params["market"]
    for market in MARKETS.values():
        if wanted in (market["address"], market["slug"]):
            return market
    raise error(404, "Market not found")


def market(request: Request) -> Answer:
    """One market, by address or slug."""
    return Answer(_market(request))


def required_resources(request: Request) -> Answer:
    """What every host of a market has in store already."""
    found = _market(request)
    return Answer({"required_images": found["required_images"],
                   "required_remote_resources": found["required_remote_resources"]})


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
