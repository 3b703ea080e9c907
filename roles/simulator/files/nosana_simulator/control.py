# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface below /_control: look inside, seed, let time pass, make things go wrong."""

from __future__ import annotations

import time
from typing import Literal

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, ConfigDict

from . import seeding, views
from .clock import iso
from .faults import KINDS, Fault
from .model import JOB_STATES
from .releases import RELEASES
from .simulator import Simulator


class Settings(BaseModel):
    """What a reset may change."""

    model_config = ConfigDict(extra="forbid")
    release: str | None = None
    step: float | None = None
    latency: float | None = None
    speed: float | None = None
    confidential_default: bool | None = None


class CreditSettings(BaseModel):
    """The account's money, USD."""

    model_config = ConfigDict(extra="forbid")
    assigned: float
    reserved: float = 0.0
    settled: float = 0.0


class LogLine(BaseModel):
    """A line of a job's log."""

    model_config = ConfigDict(extra="forbid")
    type: Literal["stdin", "stdout", "stderr", "nodeerr"]
    log: str


Lines = list[str | LogLine]


class JobBehaviour(BaseModel):
    """How jobs behave; what is not given stays as it is. Seconds."""

    model_config = ConfigDict(extra="forbid")
    claim_after: float | str | None = None
    run_for: float | None = None
    exit_code: int | dict[str, int] | None = None
    stop_takes: float | None = None
    logs: Lines | dict[str, Lines] | None = None
    nodeerr: list[str] | dict[str, list[str]] | None = None
    pull_error: str | None = None
    result_after: float | None = None


class JobsBehaviour(JobBehaviour):
    """How all jobs behave; and those of the first replica, the second, ..."""

    list_error: str | None = None
    replicas: list[JobBehaviour] | None = None


class JobState(BaseModel):
    """A job's new state."""

    model_config = ConfigDict(extra="forbid")
    state: str
    exit_code: int | None = None


class Advance(BaseModel):
    """How many simulated seconds shall pass; with ``until_news`` fewer, if a stream has something to tell before."""

    seconds: float
    until_news: bool = False


class FaultSettings(BaseModel):
    """A fault; see ``faults.Fault``."""

    model_config = ConfigDict(extra="forbid")
    kind: str
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    times: int = 1
    after: int = 0
    seconds: float = 60.0
    status: int = 503
    headers: dict[str, str] = {}
    body: dict | list | str | None = None


def now(simulator: Simulator) -> str | None:
    """The simulated time as text."""
    return iso(simulator.engine.now)


def router(simulator: Simulator) -> APIRouter:
    """The routes of the control interface."""
    routes = APIRouter(prefix="/_control")

    @routes.get("/health")
    async def health() -> dict:
        simulator.sync()
        return simulator.health()

    @routes.post("/reset")
    async def reset(settings: Settings | None = None) -> dict:
        given = settings or Settings()
        if given.release is not None and given.release not in RELEASES:
            raise HTTPException(422, f"unknown release {given.release}; known: {', '.join(RELEASES)}")
        simulator.reset(**given.model_dump())
        return simulator.health()

    @routes.post("/deployments")
    async def seed(wanted: dict | list[dict]) -> dict:
        engine = _touched(simulator)
        try:
            return {"ids": [seeding.deployment(engine, fields).id
                            for fields in (wanted if isinstance(wanted, list) else [wanted])]}
        except (KeyError, TypeError, ValueError) as problem:
            raise HTTPException(422, str(problem)) from problem

    @routes.patch("/deployments/{deployment_id}")
    async def patch_deployment(deployment_id: str, fields: dict) -> dict:
        engine = _touched(simulator)
        if deployment_id not in engine.deployments:
            raise HTTPException(404, "no such deployment")
        deployment = engine.deployments[deployment_id]
        try:
            seeding.patch(engine, deployment, fields)
        except (TypeError, ValueError) as problem:
            raise HTTPException(422, str(problem)) from problem
        return views.deployment_view(engine, deployment)

    @routes.put("/credits")
    async def credits(settings: CreditSettings) -> dict:
        engine = _touched(simulator)
        engine.credits.assigned, engine.credits.reserved = settings.assigned, settings.reserved
        engine.credits.settled = settings.settled
        return settings.model_dump()

    @routes.put("/markets")
    async def markets(wanted: list[dict]) -> dict:
        if any(not isinstance(market.get("address"), str) for market in wanted):
            raise HTTPException(422, "each market needs an address")
        _touched(simulator).markets = {market["address"]: market for market in wanted}
        return {"markets": len(wanted)}

    @routes.put("/jobs")
    async def jobs(settings: JobsBehaviour) -> dict:
        engine = _touched(simulator)
        given = settings.model_dump(exclude_unset=True)
        try:
            engine.behaviour.set(given)
        except ValueError as problem:
            raise HTTPException(422, str(problem)) from problem
        if "claim_after" in given or "replicas" in given:
            for job in [job for job in engine.jobs.values() if job.state == "QUEUED"]:
                engine.chain.plan_claim(job)
        return engine.behaviour.as_json()

    @routes.patch("/jobs/{job_id}")
    async def patch_job(job_id: str, wanted: JobState) -> dict:
        engine = _touched(simulator)
        if job_id not in engine.jobs:
            raise HTTPException(404, "no such job")
        if wanted.state not in JOB_STATES:
            raise HTTPException(422, f"unknown state {wanted.state}")
        engine.chain.set_state(engine.jobs[job_id], wanted.state, wanted.exit_code)
        return views.job_view(engine.jobs[job_id])

    @routes.post("/advance")
    async def advance(wanted: Advance) -> dict:
        _touched(simulator)
        passed = simulator.advance(wanted.seconds, wanted.until_news)
        return {"now": now(simulator), "passed": passed}

    @routes.get("/state")
    async def state() -> dict:
        return seeding.state(_touched(simulator))

    @routes.get("/requests")
    async def requests() -> dict:
        return {"requests": list(simulator.requests)}

    @routes.delete("/requests", status_code=204)
    async def forget_requests() -> Response:
        simulator.forget_requests()
        return Response(status_code=204)

    @routes.put("/faults")
    async def faults(wanted: list[FaultSettings]) -> dict:
        for fault in wanted:
            if fault.kind not in KINDS:
                raise HTTPException(422, f"unknown kind {fault.kind}; known: {', '.join(KINDS)}")
        simulator.faults.replace([Fault(**fault.model_dump()) for fault in wanted])
        return {"faults": len(wanted)}

    @routes.delete("/faults", status_code=204)
    async def forget_faults() -> Response:
        simulator.faults.replace([])
        return Response(status_code=204)

    @routes.put("/keys")
    async def keys(wanted: dict[str, list[str]]) -> dict:
        simulator.scopes = wanted
        return {"keys": len(wanted)}

    return routes


def _touched(simulator: Simulator):
    simulator.last_request = time.monotonic()
    return simulator.sync()
