# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on deployments, their revisions, events and tasks."""

from __future__ import annotations

from collections.abc import Callable

from . import actions, ssh_actions, views
from .clock import iso
from .errors import archived
from .ids import header_signature
from .model import Deployment
from .paging import in_order, page, within, words
from .requests import Answer, Request, StreamAnswer
from .schemas import header_query, query_of


def list_deployments(request: Request) -> Answer:
    """All deployments of the account that the filters let through, a page at a time."""
    engine, release = request.engine, request.simulator.release
    texts = ["status", "strategy", "id", "vault", "search", "cursor"]
    if release.filters_by_name:
        texts.append("name")
    if release.idempotency_keys:
        texts.append("idempotency_key")
    query = query_of(request.query, tuple(texts), ("created_after", "created_before"))
    found = list(engine.listing)
    for test in _filters(query):
        found = [item for item in found if test(item)]
    chosen, pagination = page(found, query)
    if release.bare_list:
        return Answer([views.deployment_view(engine, item) for item in reversed(found)])
    return Answer({"deployments": [views.deployment_view(engine, item) for item in chosen], "pagination": pagination})


def _filters(query: dict[str, str]) -> list[Callable[[Deployment], bool]]:
    """The tests that a deployment must pass; made once, for there may be thousands of deployments."""
    tests: list[Callable[[Deployment], bool]] = []
    for name in ("status", "strategy", "id"):
        allowed = words(query.get(name))
        if allowed is not None:
            tests.append(lambda item, name=name, allowed=allowed: getattr(item, name) in allowed)
    for name in ("name", "vault", "idempotency_key"):
        # An empty name or vault matches the empty value only; an empty key is no filter.
        if query.get(name) or (name in query and name in ("name", "vault")):
            tests.append(lambda item, name=name, wanted=query[name]: getattr(item, name) == wanted)
    search = query.get("search", "").lower()
    if search:
        tests.append(lambda item: search in item.name.lower() or search in item.id.lower())
    if "created_after" in query or "created_before" in query:
        inside = within(query, "created_after", "created_before")
        tests.append(lambda item: inside(item.created_at))
    return tests


def get(request: Request) -> Answer:
    """One deployment."""
    return Answer(views.deployment_view(request.engine, actions.find(request.engine, request.params["deployment"])))


def create(request: Request) -> Answer:
    """A new deployment."""
    deployment = actions.create(request.engine, request.body)
    return Answer(views.deployment_view(request.engine, deployment), deployment=deployment.id)


def duplicate(request: Request) -> Answer:
    """A copy of a deployment."""
    deployment = actions.duplicate(request.engine, request.params["deployment"], request.body)
    return Answer(views.deployment_view(request.engine, deployment))


def delete(request: Request) -> Answer:
    """Remove a deployment."""
    actions.delete(request.engine, request.params["deployment"])
    return Answer(None, 204)


def _changed(request: Request, deployment: Deployment, *fields: str) -> Answer:
    answer = {name: getattr(deployment, name) for name in fields}
    # The time of the answer, also when nothing was written because nothing changed.
    return Answer({**answer, "updated_at": iso(request.engine.now)})


def _status(action):
    def handler(request: Request) -> Answer:
        return _changed(request, action(request.engine, request.params["deployment"]), "status")
    handler.__doc__ = action.__doc__
    return handler


start = _status(actions.start)
stop = _status(actions.stop)
archive = _status(actions.archive)


def _field(name: str):
    def handler(request: Request) -> Answer:
        deployment = actions.update(request.engine, request.params["deployment"], name, request.body)
        return _changed(request, deployment, name)
    handler.__doc__ = f"Change ``{name}``."
    return handler


update_replicas = _field("replicas")
update_timeout = _field("timeout")
update_schedule = _field("schedule")
update_market = _field("market")
update_startup_timeout = _field("startup_timeout")


def update_name(request: Request) -> Answer:
    """Change the name."""
    deployment = actions.rename(request.engine, request.params["deployment"], request.body)
    return _changed(request, deployment, "name")


def update_requirements(request: Request) -> Answer:
    """Change what hosts must have, and with it the market that has such hosts."""
    requirements, market = request.body
    deployment = actions.update_terms(request.engine, request.params["deployment"], requirements, market)
    return _changed(request, deployment, "requirements", "market")


def ssh_keys(request: Request) -> Answer:
    """The SSH keys."""
    deployment = actions.find(request.engine, request.params["deployment"])
    return Answer({"public_keys": deployment.ssh_keys})


def update_ssh_keys(request: Request) -> Answer:
    """Replace the SSH keys."""
    deployment, jobs = ssh_actions.replace(request.engine, request.params["deployment"], request.body)
    return Answer({"public_keys": deployment.ssh_keys, "updated_at": iso(request.engine.now), "jobs": jobs})


def _edited_keys(action):
    def handler(request: Request) -> Answer:
        deployment, jobs = action(request.engine, request.params["deployment"], request.body)
        # Unlike other changes, one that changes nothing tells the time that is stored.
        return Answer({"public_keys": deployment.ssh_keys, "updated_at": iso(deployment.updated_at), "jobs": jobs})
    handler.__doc__ = action.__doc__
    return handler


add_ssh_keys = _edited_keys(ssh_actions.add)
remove_ssh_keys = _edited_keys(ssh_actions.remove)


def create_revision(request: Request) -> Answer:
    """Store a definition and run it from now on."""
    deployment = actions.create_revision(request.engine, request.params["deployment"], request.body)
    return Answer({
        "active_revision": deployment.active_revision,
        "endpoints": views.endpoints_view(request.engine, deployment),
        "revisions": [views.revision_view(deployment, revision) for revision in deployment.revisions],
        "updated_at": iso(request.engine.now),
    })


def switch_revision(request: Request) -> Answer:
    """Run an existing revision from now on."""
    deployment = actions.switch_revision(request.engine, request.params["deployment"], request.body)
    return Answer({"active_revision": deployment.active_revision,
                   "endpoints": views.endpoints_view(request.engine, deployment),
                   "updated_at": iso(request.engine.now)})


def revisions(request: Request) -> Answer:
    """The revisions, a page at a time."""
    query = query_of(request.query, ("cursor",), ("created_after", "created_before"), ("revision",))
    deployment = actions.find(request.engine, request.params["deployment"])
    inside = within(query, "created_after", "created_before")
    found = in_order(item for item in deployment.revisions if inside(item.created_at))
    chosen, pagination = page(found, query, "Failed to get deployment revisions")
    return Answer({"revisions": [views.revision_view(deployment, item) for item in chosen],
                   "pagination": pagination})


def events(request: Request) -> Answer:
    """The history, a page at a time."""
    query = query_of(request.query, ("cursor", "category", "type"), ("created_after", "created_before"))
    deployment = actions.find(request.engine, request.params["deployment"])
    inside = within(query, "created_after", "created_before")
    categories, types = words(query.get("category")), words(query.get("type"))
    found = in_order(event for event in deployment.events if inside(event.created_at)
                     and (categories is None or event.category in categories)
                     and (types is None or event.type in types))
    chosen, pagination = page(found, query, "Failed to get deployment events")
    return Answer({"events": [views.event_view(deployment, event) for event in chosen], "pagination": pagination})


def tasks(request: Request) -> Answer:
    """What the worker is still to do, a page at a time."""
    query = query_of(request.query, ("cursor", "task"), ("due_after", "due_before"))
    deployment = actions.find(request.engine, request.params["deployment"])
    if deployment.status == "ARCHIVED":
        raise archived()
    inside, kinds = within(query, "due_after", "due_before"), words(query.get("task"))
    found = in_order(task for task in deployment.tasks
                     if inside(task.due_at) and (kinds is None or task.task in kinds))
    chosen, pagination = page(found, query, "Failed to get scheduled tasks")
    return Answer({"tasks": [views.task_view(task) for task in chosen], "pagination": pagination})


def header(request: Request) -> Answer:
    """What authorises direct calls to the hosts that run the jobs."""
    query = header_query(request.query)
    deployment = actions.find(request.engine, request.params["deployment"])
    message = query.get("message", "DEPLOYMENT_HEADER")
    signature = header_signature(deployment.vault, message)
    moment = f":{int(request.engine.now * 1000)}" if query.get("includeTime") == "true" else ""
    return Answer({"header": f"{message}:{signature}{moment}"})


def stream(request: Request) -> StreamAnswer:
    """Server-sent events of what changes."""
    return StreamAnswer(actions.find(request.engine, request.params["deployment"]))


def vaults(request: Request) -> Answer:
    """The vaults of the account, of which it has one."""
    engine = request.engine
    return Answer([{"vault": engine.vault, "owner": engine.owner, "created_at": iso(engine.began)}])
