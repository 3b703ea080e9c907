# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the releases of the API differ. Everything else asks a Release, never a name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """What one release of the API can do and how it behaves."""

    name: str
    # routes and their answers
    guide_forms: bool = False  # the seed document's routes instead of the OpenAPI ones
    bare_list: bool = False  # the listing of deployments is one array of everything
    filters_by_name: bool = True
    stream: bool = True
    gateway: bool = False  # answers without /api too, and has /openapi.json and /docs
    newer_routes: bool = False  # update-market, update-requirements, ..., ssh-keys, duplicate, key validation
    newer_fields: bool = False  # requirements, startup_timeout, ssh_public_keys, endpoints[].online
    idempotency_keys: bool = False
    scopes: bool = False
    job_state_as_text: bool = False  # in the answer about one job; else a number
    unauthorized: str = "Unauthorized, missing or invalid headers"
    unauthorized_as_json: bool = False
    # behaviour
    revision_after_highest: bool = False  # else after the active one, so that a number can occur twice
    works_only_when_active: bool = False  # a LIST or EXTEND is dropped unless STARTING, RUNNING, INSUFFICIENT_FUNDS
    waits_for_queued_list: bool = False  # a SIMPLE one stays RUNNING while a LIST is queued
    impossible_is_error: bool = False  # a market or requirement that nobody can meet gives ERROR at once
    reserves_hosts: bool = False  # a LIST asks for hosts first, and waits where there are none; jobs don't wait
    drops_stale_tasks: bool = False  # a LIST or STOP of an earlier start or of another revision is dropped
    schedules_only_lists: bool = False  # a new schedule leaves a STOP that waits where it is


GUIDE = Release("guide", guide_forms=True, bare_list=True, filters_by_name=False, stream=False,
                job_state_as_text=True, unauthorized="Unauthorized")
AUGUST = Release("2026-08")
CURRENT = Release("current", gateway=True, newer_routes=True, newer_fields=True, idempotency_keys=True, scopes=True,
                  unauthorized="Unauthorized", unauthorized_as_json=True, revision_after_highest=True,
                  works_only_when_active=True, waits_for_queued_list=True, impossible_is_error=True,
                  reserves_hosts=True, drops_stale_tasks=True, schedules_only_lists=True)

RELEASES = {release.name: release for release in (GUIDE, AUGUST, CURRENT)}
DEFAULT = CURRENT.name
