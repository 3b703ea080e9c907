# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on jobs, of a deployment and by address."""

from __future__ import annotations

import json

from . import actions, views
from .errors import ApiError, error
from .model import Job
from .paging import in_order, page, within, words
from .requests import Answer, Request
from .schemas import query_of

KEY_LIFETIME = 24 * 3600.0


def jobs(request: Request) -> Answer:
    """The jobs of a deployment, a page at a time."""
    query = query_of(request.query, ("cursor", "state", "job"), ("created_after", "created_before"), ("revision",))
    deployment = actions.find(request.engine, request.params["deployment"])
    inside, states = within(query, "created_after", "created_before"), words(query.get("state"))
    found = in_order(job for job in deployment.jobs if inside(job.created_at)
                     and (states is None or job.state in states) and ("job" not in query or job.job == query["job"]))
    chosen, pagination = page(found, query, "Failed to get deployment jobs")
    return Answer({"jobs": [views.job_view(job) for job in chosen], "pagination": pagination})


def job(request: Request) -> Answer:
    """One job of a deployment, with definition and result."""
    deployment = actions.find(request.engine, request.params["deployment"])
    found = request.engine.jobs.get(request.params["job"])
    if found is None or found.deployment != deployment.id:
        raise error(404, "Job not found")
    return Answer(views.job_details(request.engine, found))


def _by_address(request: Request) -> Job:
    found = request.engine.jobs.get(request.params["address"])
    if found is None:
        raise error(404, "Job not found")
    return found


def job_by_address(request: Request) -> Answer:
    """A job as the chain knows it."""
    found = _by_address(request)
    return Answer(views.job_by_address(request.engine, found))


def _once(request: Request, action: str, work) -> Answer:
    """Do ``work`` at most once for an Idempotency-Key header; a repeat gets the first answer again."""
    key = request.headers.get("idempotency-key")
    if not key:
        return Answer(work())
    remembered = request.simulator.remembered
    if key in request.simulator.in_flight:
        raise _conflict("IDEMPOTENCY_KEY_IN_PROGRESS", "A request with this idempotency key is in progress.",
                        {"retry-after": "1"})
    payload = (action, request.params["address"], json.dumps(request.body))
    if key in remembered:
        made_at, first, answer = remembered[key]
        if request.engine.now - made_at > KEY_LIFETIME:
            raise _conflict("IDEMPOTENCY_KEY_EXPIRED", "The idempotency key has expired; use a fresh one.")
        if first != payload:
            raise _conflict("IDEMPOTENCY_KEY_PAYLOAD_MISMATCH", "The idempotency key was used for another request.")
        return Answer(answer)
    answer = work()
    remembered[key] = (request.engine.now, payload, answer)
    return Answer(answer, idempotency_key=key)


def _conflict(code: str, message: str, headers: dict[str, str] | None = None) -> ApiError:
    return ApiError(409, {"error": message, "message": message, "code": code}, headers)


def _extended(request: Request, job: Job, tx: str | None, cost: float) -> dict:
    reservation = None if tx is None else request.engine.ids.key()[:24]
    return {"tx": tx, "job": job.job,
            "credits": {"costUSD": round(cost, 6), "creditsUsed": round(cost, 6), "reservationId": reservation}}


def extend_job(request: Request) -> Answer:
    """Give a job more time; a finished one stays as it is."""
    found = _by_address(request)

    def work() -> dict:
        if not found.live:
            return _extended(request, found, None, 0.0)
        cost = found.usd_per_hour * request.body / 3600
        if cost > request.engine.credits.available + 1e-9:
            raise error(400, f"Insufficient credits. Available: ${request.engine.credits.available:.3f}, "
                             f"Required: ${cost:.3f}")
        tx = request.engine.chain.extend_job(found, request.body)
        return _extended(request, found, tx, cost)
    return _once(request, "extend", work)


def stop_job(request: Request) -> Answer:
    """End a job; a finished one stays as it is."""
    found = _by_address(request)

    def work() -> dict:
        if not found.live:
            return {"tx": None, "job": found.job, "delisted": False}
        delisted = found.state == "QUEUED"
        request.engine.chain.stop_job(found)
        return {"tx": request.engine.ids.transaction(), "job": found.job, "delisted": delisted}
    return _once(request, "stop", work)
