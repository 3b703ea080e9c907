# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds deployments by filters, and reads what else is asked of each. Reads only."""

from __future__ import annotations

import datetime

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads, shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, NosanaError, NotFound
from ansible_collections.nosana.cloud.plugins.module_utils._api.filters import (
    refuse_empty,
    refuse_no_id,
    refuse_no_results,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import spending
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import mask
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost

#: What can be read of each deployment, each at the cost of a request or more.
INCLUDES = ("job_definition", "revisions", "jobs", "events", "tasks", "cost")


def find(client, filters):
    """The deployments that match all the filters (a dict of the info module's options), newest first.

    Servers that are older than a filter ignore it, so each is applied here again. ARCHIVED ones are left out unless
    the status filter names them, or they are asked for by id.
    """
    refuse_no_id(filters, "id")
    refuse_no_results(filters)
    refuse_empty(filters, "name", "search", "vault")
    keep = _matcher(filters)
    if filters.get("id"):
        try:
            one = shapes.deployment(client.call("get_deployment", id=filters["id"]), filters["id"])
            found = [one] if keep(one) else []
        except NotFound:
            found = []
    else:
        query = _query(filters)
        found = client.pages("list_deployments", "deployments", query, at_least=filters.get("max_results"), keep=keep)
        if not all(one.get("id") for one in found):
            raise NosanaError("GET /deployments: the server lists a deployment without an id; check api_url")
    found.sort(key=lambda one: d.seconds_of(one.get("created_at")) or 0.0, reverse=True)
    return found[: filters.get("max_results")]


def include(client, deployment, what, markets):
    """The deployment with what ``what`` (of INCLUDES) names added; secrets are masked, those of definitions also where
    an event quotes them."""
    key, more = deployment["id"], {}
    if "cost" in what:
        more["cost"] = cost.of_deployment(deployment, spending.price(markets, deployment.get("market")))
    if "revisions" in what or "job_definition" in what:
        revisions = reads.revisions_of(client, key)
        active = d.active_revision(deployment, revisions)
        if "revisions" in what:
            more["revisions"] = revisions
        if "job_definition" in what:
            more["job_definition"] = active.get("job_definition") if active else None
    if "jobs" in what:
        more["jobs"] = client.pages("list_jobs", "jobs", id=key)
    if "events" in what:
        more["events"] = client.pages("list_events", "events", id=key)
    if "tasks" in what:
        # the API refuses to list the tasks of an archived one, which has none
        more["tasks"] = [] if d.is_archived(deployment) else client.pages("list_tasks", "tasks", id=key)
    return dict(deployment, **mask(more))


def full_time(option, text):
    """The time as the API wants it (``2026-08-21T00:00:00.000Z``); a date alone is its midnight, UTC."""
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidOptions(
            "%s: %r is no time; write it like 2026-08-21 or 2026-08-21T10:00:00Z" % (option, text)
        ) from None
    time = time.replace(tzinfo=datetime.timezone.utc) if time.tzinfo is None else time
    return time.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _statuses(filters):
    if filters.get("status"):
        return filters["status"]
    return d.STATUSES if filters.get("id") else [status for status in d.STATUSES if status != d.ARCHIVED]


def _query(filters):
    query = {"status": ",".join(_statuses(filters))}
    if filters.get("strategy"):
        query["strategy"] = ",".join(filters["strategy"])
    for option in ("name", "search", "vault"):
        if filters.get(option):
            query[option] = filters[option]
    for option in ("created_after", "created_before"):
        if filters.get(option):
            query[option] = full_time(option, filters[option])
    return query


def _matcher(filters):
    statuses, strategies = _statuses(filters), filters.get("strategy") or d.STRATEGIES
    unknown_strategies = not filters.get("strategy")
    search = (filters.get("search") or "").lower()
    after, before = (
        d.seconds_of(full_time(option, filters[option])) if filters.get(option) else None
        for option in ("created_after", "created_before")
    )

    def keep(one):
        created = d.seconds_of(one.get("created_at")) or 0.0
        status, strategy = one.get("status"), one.get("strategy")
        return (
            status in statuses
            and (strategy in strategies or unknown_strategies)
            and all(not filters.get(key) or one.get(key) == filters[key] for key in ("name", "vault"))
            and (search in str(one.get("name")).lower() or search in str(one.get("id")).lower())
            and (after is None or created >= after)
            and (before is None or created <= before)
        )

    return keep
