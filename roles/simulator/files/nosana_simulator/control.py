# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface below /_control: look inside, seed, let time pass, make things go wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from . import seeding, views
from .control_bodies import BODIES
from .clock import iso
from .endpoints import SERVED
from .engine import Engine
from .faults import KINDS, Fault
from .model import JOB_STATES
from .operations import OPERATIONS
from .releases import RELEASES
from .simulator import Simulator

PREFIX = "/_control/"
Answer = tuple[int, Any]


class Refused(Exception):
    """What can't be done, with the status of the answer."""

    def __init__(self, status: int, detail: object) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def now(simulator: Simulator) -> str | None:
    """The simulated time as text."""
    return iso(simulator.engine.now)


# -- what can be asked: each takes the simulator, the rest of the path and the body ------------------------------------


def _health(simulator: Simulator, _name: str, _body: Any) -> Answer:
    simulator.sync()
    return 200, simulator.health()


def _reset(simulator: Simulator, _name: str, settings: dict | None) -> Answer:
    given = settings or {}
    if given.get("release") is not None and given["release"] not in RELEASES:
        raise Refused(422, f"unknown release {given['release']}; known: {', '.join(RELEASES)}")
    simulator.reset(**given)
    return 200, simulator.health()


def _seed(simulator: Simulator, _name: str, wanted: dict | list[dict]) -> Answer:
    engine = _touched(simulator)
    entries = wanted if isinstance(wanted, list) else [wanted]
    try:
        return 200, {"ids": [seeding.deployment(engine, fields).id for fields in entries]}
    except (KeyError, TypeError, ValueError) as problem:
        raise Refused(422, str(problem)) from problem


def _patch_deployment(simulator: Simulator, name: str, fields: dict) -> Answer:
    engine = _touched(simulator)
    if name not in engine.deployments:
        raise Refused(404, "no such deployment")
    deployment = engine.deployments[name]
    try:
        seeding.patch(engine, deployment, fields)
    except (TypeError, ValueError) as problem:
        raise Refused(422, str(problem)) from problem
    return 200, views.deployment_view(engine, deployment)


def _credits(simulator: Simulator, _name: str, settings: dict) -> Answer:
    engine = _touched(simulator)
    engine.credits.assigned = settings["assigned"]
    engine.credits.reserved = settings.get("reserved", 0.0)
    engine.credits.settled = settings.get("settled", 0.0)
    return 200, settings


def _markets(simulator: Simulator, _name: str, wanted: list[dict]) -> Answer:
    engine = _touched(simulator)
    engine.markets = {market["address"]: market for market in wanted}
    return 200, {"markets": len(wanted)}


def _hosts(simulator: Simulator, name: str, wanted: dict) -> Answer:
    engine = _touched(simulator)
    for market in engine.markets.values():
        if name in (market["address"], market.get("slug")):
            engine.hosts.set(market["address"], wanted.get("hosts"))
            return 200, {"address": market["address"], "hosts": wanted.get("hosts")}
    raise Refused(404, "no such market")


def _jobs(simulator: Simulator, _name: str, settings: dict) -> Answer:
    engine = _touched(simulator)
    engine.behaviour.set(settings)
    if "claim_after" in settings or "replicas" in settings:
        for job in [job for job in engine.jobs.values() if job.state == "QUEUED"]:
            engine.chain.plan_claim(job)
    return 200, engine.behaviour.as_json()


def _patch_job(simulator: Simulator, name: str, wanted: dict) -> Answer:
    engine = _touched(simulator)
    if name not in engine.jobs:
        raise Refused(404, "no such job")
    if wanted["state"] not in JOB_STATES:
        raise Refused(422, f"unknown state {wanted['state']}")
    engine.chain.set_state(engine.jobs[name], wanted["state"], wanted.get("exit_code"))
    return 200, views.job_view(engine.jobs[name])


def _server(simulator: Simulator, _name: str, settings: dict) -> Answer:
    engine = _touched(simulator)
    given = dict(settings)
    _refuse_unknown_operations(given.get("answers", []))
    if "serves_endpoints" in given:
        given["endpoints_at"] = simulator.base_url + SERVED if given.pop("serves_endpoints") else None
    engine.quirks.set(given)
    return 200, vars(engine.quirks)


def _advance(simulator: Simulator, _name: str, wanted: dict) -> Answer:
    _touched(simulator)
    passed, news = simulator.advance(wanted["seconds"], wanted.get("until_news", False))
    return 200, {"now": now(simulator), "passed": passed, "news": news}


def _state(simulator: Simulator, _name: str, _body: Any) -> Answer:
    return 200, seeding.state(_touched(simulator))


def _requests(simulator: Simulator, _name: str, _body: Any) -> Answer:
    return 200, {"requests": list(simulator.requests)}


def _forget_requests(simulator: Simulator, _name: str, _body: Any) -> Answer:
    simulator.forget_requests()
    return 204, None


def _faults(simulator: Simulator, _name: str, wanted: list[dict]) -> Answer:
    _refuse_unknown_operations(wanted)
    for fault in wanted:
        if fault["kind"] not in KINDS:
            raise Refused(422, f"unknown kind {fault['kind']}; known: {', '.join(KINDS)}")
    simulator.faults.replace([Fault(**fault) for fault in wanted])
    return 200, {"faults": len(wanted)}


def _refuse_unknown_operations(wanted: list[dict]) -> None:
    """A misspelt operation would never be met, and a test that waits for it would pass."""
    known = {operation.name for operation in OPERATIONS}
    for one in wanted:
        if one.get("operation") not in {None, *known}:
            raise Refused(422, f"unknown operation {one['operation']}; known: {', '.join(sorted(known))}")


def _forget_faults(simulator: Simulator, _name: str, _body: Any) -> Answer:
    simulator.faults.replace([])
    return 204, None


def _keys(simulator: Simulator, _name: str, wanted: dict[str, list[str]]) -> Answer:
    simulator.scopes = wanted
    return 200, {"keys": len(wanted)}


def _touched(simulator: Simulator) -> Engine:
    simulator.last_request = time.monotonic()
    return simulator.sync()


# A path that ends with a slash is followed by a name. What has a body has its shape in BODIES.
ROUTES: dict[tuple[str, str], Callable[[Simulator, str, Any], Answer]] = {
    ("GET", "health"): _health, ("POST", "reset"): _reset, ("POST", "deployments"): _seed,
    ("PATCH", "deployments/"): _patch_deployment, ("PUT", "credits"): _credits, ("PUT", "markets"): _markets,
    ("PUT", "markets/"): _hosts, ("PUT", "jobs"): _jobs, ("PATCH", "jobs/"): _patch_job, ("PUT", "server"): _server,
    ("POST", "advance"): _advance, ("GET", "state"): _state, ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget_requests, ("PUT", "faults"): _faults, ("DELETE", "faults"): _forget_faults,
    ("PUT", "keys"): _keys,
}


def answer(simulator: Simulator, method: str, path: str, content: bytes) -> Answer:
    """Status and JSON value of the answer to a request; ``path`` begins with PREFIX."""
    kind, slash, name = path.removeprefix(PREFIX).partition("/")
    route = ROUTES.get((method, kind + slash))
    try:
        if route is None:
            raise Refused(404, "no such route")
        return route(simulator, name, _body((method, kind + slash), content))
    except Refused as refusal:
        return refusal.status, {"detail": refusal.detail}


def _body(route: tuple[str, str], content: bytes) -> Any:
    if route not in BODIES:
        return None
    kind = BODIES[route]
    if not content and kind.accepts(None):
        return None
    try:
        value = json.loads(content)
    except ValueError as problem:
        raise Refused(422, f"no JSON: {problem}") from problem
    found: list[str] = []
    kind.check(value, "body", kind.required(), found)
    if found:
        raise Refused(422, found)
    return value
