# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds deployments by filters, and reads what else is asked of each. Reads only."""

from __future__ import annotations

import datetime
import re

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers, reads, shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import PAGE_LIMIT
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    BadAnswer,
    InvalidOptions,
    NotFound,
    RouteUnknown,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.filters import refuse_no_id, refuse_no_results
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import mask
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost

#: What can be read of each deployment, each at the cost of a request or more.
INCLUDES = ("job_definition", "revisions", "jobs", "events", "tasks", "cost")
#: How many deployments, ARCHIVED ones included, are read to find those that are not ARCHIVED (see _all_but_archived).
FEW = 1000
#: Text in which a server's search sees nothing but letters: to it, punctuation might mean something.
_WORD = re.compile(r"[A-Za-z0-9_-]+")


def find(client, filters):
    """The deployments that match all the filters (a dict of the info module's options), newest first, with every known
    field.

    Servers that are older than a filter ignore it, so each is applied here again. ARCHIVED ones are left out unless
    the status filter names them, or they are asked for by id.
    """
    refuse_no_id(filters, "id")
    refuse_no_results(filters)
    keep, query = _matcher(filters), _query(filters)
    if filters.get("id"):
        found = [one for one in _by_id(client, filters["id"]) if keep(one)]
    else:
        found = _listed(client, filters, query, keep)
    found.sort(key=lambda one: d.seconds_of(one.get("created_at")) or 0.0, reverse=True)
    del found[filters.get("max_results") or len(found) :]
    for index, one in enumerate(found):  # in place: there may be thousands
        found[index] = d.complete(one)
    return found


def find_by_prefix(client, filters, prefix):
    """The deployments that ``find`` returns and whose names begin with the prefix.

    The server's search for a part of a name makes the list shorter.
    """
    search = prefix if _WORD.fullmatch(prefix) else None
    found = find(client, dict(filters, search=search))
    return [one for one in found if str(one.get("name") or "").startswith(prefix)]


def include(readers, deployments, what, markets):
    """The deployments, in their order, with what ``what`` (of INCLUDES) names added; secrets are masked, those of
    definitions also where an event quotes them.

    One that somebody has deleted since it was listed is left out.
    """
    if not what:
        return deployments

    def with_more(one):
        try:
            return _with_more(readers.client, one, what)
        except NotFound:
            if _by_id(readers.client, one["id"]):  # it is there: the 404 means something else
                raise
            return None

    found = [one for one in readers.each(with_more, deployments) if one is not None]
    return _with_costs(readers, found, markets) if "cost" in what else [one for one, _spans in found]


def _with_more(client, deployment, what):
    """``(the deployment with more, the spans of its jobs)``; for the costs, which need the prices as well."""
    key, more, spans = deployment["id"], {}, []
    if "revisions" in what or "job_definition" in what:
        revisions = reads.revisions_of(client, key)
        active = d.active_revision(deployment, revisions)
        if "revisions" in what:
            more["revisions"] = revisions
        if "job_definition" in what:
            more["job_definition"] = active.get("job_definition") if active else None
    if "jobs" in what or "cost" in what:
        jobs = client.pages("list_jobs", "jobs", id=key)
        spans = _spans(client, deployment, jobs) if "cost" in what else spans
        more.update({"jobs": jobs} if "jobs" in what else {})
    if "events" in what:
        more["events"] = client.pages("list_events", "events", id=key)
    if "tasks" in what:
        # the API refuses to list the tasks of an archived one, which has none
        more["tasks"] = [] if d.is_archived(deployment) else client.pages("list_tasks", "tasks", id=key)
    return dict(deployment, **mask(more)), spans


def _spans(client, deployment, jobs):
    """When each of a deployment's jobs ran. The timeout of one that was given more time is read: no list has it."""
    from ansible_collections.nosana.cloud.plugins.module_utils._offers import spent

    minutes, now = cost.amount(deployment.get("timeout")), client.server_time()
    timeout = None if minutes is None else minutes * 60
    spans = []
    for job in jobs:
        own = _timeout(client, job) if spent.outlasted(job, timeout) else timeout
        spans.append(spent.span(job, own, deployment.get("market"), now))
    return spans


def _timeout(client, job):
    """The timeout of one job in seconds, None where it can't be read."""
    try:
        answer = client.call("get_job_by_address", job=job["job"])
    except ApiError:
        return None
    return cost.amount(answer.get("timeout")) if isinstance(answer, dict) else None


def _with_costs(readers, found, markets):
    """The deployments of pairs from _with_more, with what they cost. Each market is read once."""
    from ansible_collections.nosana.cloud.plugins.module_utils._offers import spent

    wanted = {str(one.get("market")) for one, _spans in found}
    wanted = sorted(wanted.union(*({span.market for span in spans if span.seconds} for _one, spans in found)))
    prices = dict(zip(wanted, readers.each(markets.price, wanted)))
    now = readers.client.server_time()
    return [
        dict(
            one,
            cost=cost.of_deployment(one, prices[str(one.get("market"))]),
            **spent.so_far(one, spans, prices, now),
        )
        for one, spans in found
    ]


def full_time(option, text):
    """The time as the API wants it (``2026-08-21T00:00:00.000Z``); a date alone is its midnight, UTC."""
    try:
        time = datetime.datetime.fromisoformat(text)
        time = time.replace(tzinfo=datetime.timezone.utc) if time.tzinfo is None else time
        time = time.astimezone(datetime.timezone.utc)
    except (ValueError, OverflowError):  # an offset can lead out of the years that there are
        raise InvalidOptions(
            "%s: %r is no time; write it like 2026-08-21 or 2026-08-21T10:00:00Z" % (option, text)
        ) from None
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _by_id(client, key):
    try:
        return [shapes.deployment(client.call("get_deployment", id=key), key)]
    except NotFound:
        return []


def _listed(client, filters, query, keep):
    most = filters.get("max_results")
    try:
        if filters.get("status"):
            found = client.pages("list_deployments", "deployments", query, at_least=most, keep=keep)
        else:
            found = _all_but_archived(client, query, most, keep)
    except RouteUnknown:
        raise Unsupported("the API at %s does not list deployments: check api_url" % client.base) from None
    if not all(one.get("id") for one in found):
        raise BadAnswer("GET /deployments: the server lists a deployment without an id; check api_url")
    return found


def _all_but_archived(client, query, most, keep):
    """The deployments that are not ARCHIVED, also those with a status that this version does not know.

    The API can leave ARCHIVED ones out only by a list of all other statuses, and would leave out unknown ones with
    them. So the list is read without such a filter, which takes one request for 100 deployments. Where that is too
    many, as an account may have thousands of ARCHIVED ones, two totals tell whether any has an unknown status (two
    requests in all); if none has, the filter does no harm.
    """
    answer = client.call("list_deployments", query=dict(query, limit=PAGE_LIMIT))
    items, cursor = answers.page(answer, "deployments", "list_deployments")
    found = [one for one in items if keep(one)]
    if cursor is None or (most is not None and len(found) >= most):
        return found
    total = _total(answer)
    if total is not None and total > FEW:
        known = client.call("list_deployments", query=dict(query, status=",".join(d.STATUSES), limit=10))
        if _total(known) == total:
            statuses = ",".join(status for status in d.STATUSES if status != d.ARCHIVED)
            return client.pages("list_deployments", "deployments", dict(query, status=statuses), most, keep)
    rest = None if most is None else most - len(found)
    return found + client.pages("list_deployments", "deployments", dict(query, cursor=cursor), rest, keep)


def _total(answer):
    """The number of items of all pages, None where the server does not say."""
    pagination = answer.get("pagination") if isinstance(answer, dict) else None
    return pagination.get("total_items") if isinstance(pagination, dict) else None


def _query(filters):
    query = {}
    for option in ("status", "strategy"):
        if filters.get(option):
            query[option] = ",".join(filters[option])
    for option in ("name", "search", "vault"):
        if filters.get(option):
            query[option] = filters[option]
    for option in ("created_after", "created_before"):
        if filters.get(option):
            query[option] = full_time(option, filters[option])
    return query


def _matcher(filters):
    statuses, strategies = filters.get("status"), filters.get("strategy")
    archived_too = bool(filters.get("id"))
    search = (filters.get("search") or "").lower()
    after, before = (
        d.seconds_of(full_time(option, filters[option])) if filters.get(option) else None
        for option in ("created_after", "created_before")
    )

    def keep(one):
        created = d.seconds_of(one.get("created_at")) or 0.0
        return (
            (one.get("status") in statuses if statuses else archived_too or not d.is_archived(one))
            and (not strategies or one.get("strategy") in strategies)
            and all(not filters.get(key) or one.get(key) == filters[key] for key in ("name", "vault"))
            and (search in str(one.get("name")).lower() or search in str(one.get("id")).lower())
            and (after is None or created >= after)
            and (before is None or created <= before)
        )

    return keep
