# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credits, the key itself, and the description of the API."""

from __future__ import annotations

from .requests import Answer, Request

ALL_SCOPES = ["deployments:read", "deployments:write", "jobs:read", "jobs:write", "credits:read"]


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
    return Answer(request.simulator.describe(request.simulator.release, request.engine.quirks.hidden))


def docs_page(request: Request) -> Answer:
    """A page for people."""
    title = f"Nosana API simulator, release {request.simulator.release.name}"
    return Answer(f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n",
                  content_type="text/html; charset=utf-8")
