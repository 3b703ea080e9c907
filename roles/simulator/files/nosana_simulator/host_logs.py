# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts that run jobs, each below a path of this server: what they tell of a running job's log over a websocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress

from . import script
from .behaviour import for_operation
from .ids import header_signature
from .model import Job
from .quirks import AWAY, CHATTY, PULLING, STARTING
from .simulator import Simulator

PREFIX = "/_hosts/"
# Close codes of the vendor's host software.
BAD_HEADER, NOT_STARTED = 3000, 1008
# Simulated seconds: how long a header with a time holds, and how long a host waits for a job that does not start.
HEADER_HOLDS, STARTS_WITHIN = 300.0, 30.0
POLL = 0.05


async def serve(simulator: Simulator, scope, receive, send) -> None:
    """Answer one connection, until the client or the simulator ends it."""
    simulator.sync()
    node, _slash, what = scope["path"].removeprefix(PREFIX).partition("/")
    await receive()  # that it wants to connect
    if what != "flog" or simulator.engine.quirks.hosts == AWAY or not _jobs_at(simulator, node):
        await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
        return
    await send({"type": "websocket.accept"})
    message = await receive()
    if message["type"] != "websocket.receive":
        return
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        code = await _answer(simulator, node, message.get("text"), send, gone)
        if code is not None and not gone.done():
            await send({"type": "websocket.close", "code": code})
    finally:
        gone.cancel()


async def _answer(simulator: Simulator, node: str, text: str | None, send, gone: asyncio.Future) -> int | None:
    """Tell what there is; the code to close with, None when the client is gone."""
    engine = simulator.engine
    hello = _hello(text)
    job = engine.jobs.get(str(hello["body"].get("jobAddress"))) if hello else None
    if hello is None or hello["path"] != "/flog":
        return BAD_HEADER
    accepted = _judge(simulator, hello["header"], job)
    if accepted is None:
        return BAD_HEADER
    if not accepted:
        await gone  # a wrong signature is answered with silence
        return None
    if job not in _jobs_at(simulator, node) or engine.quirks.hosts == STARTING:
        return await _wait_for_start(simulator, gone)
    for entry in _history(simulator, job):
        await send({"type": "websocket.send", "text": _frame(entry)})
    number = 0
    while not gone.done() and not simulator.closing and simulator.engine is engine:
        if engine.quirks.hosts == CHATTY:
            number += 1
            first = str(job.definition["ops"][0]["id"])
            entry = _entry(job, first, "container", f"still here {number}\n")
            await send({"type": "websocket.send", "text": _frame(entry)})
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(gone), POLL)
    return None if gone.done() else 1001


async def _wait_for_start(simulator: Simulator, gone: asyncio.Future) -> int | None:
    began = simulator.clock.now()
    while not gone.done() and not simulator.closing and simulator.clock.now() - began < STARTS_WITHIN:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(gone), POLL)
    return None if gone.done() else NOT_STARTED


async def _until_gone(receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


def _jobs_at(simulator: Simulator, node: str) -> list[Job]:
    """The jobs that run at a host."""
    return [job for job in simulator.engine.jobs.values() if job.state == "RUNNING" and job.node == node]


def _hello(text: str | None) -> dict | None:
    """The first frame of a client; None when it is of another form."""
    try:
        hello = json.loads(text or "")
    except ValueError:
        return None
    kinds = {"path": str, "header": str, "body": dict}
    fits = isinstance(hello, dict) and all(isinstance(hello.get(name), kind) for name, kind in kinds.items())
    return hello if fits else None


def _judge(simulator: Simulator, header: str, job: Job | None) -> bool | None:
    """Whether a header authorises to ask for a job; None for one that is malformed or expired."""
    message, *rest = header.split(":")
    if not 1 <= len(rest) <= 2 or (len(rest) == 2 and not rest[1].isdecimal()):
        return None
    if len(rest) == 2 and simulator.engine.now - int(rest[1]) / 1000 > HEADER_HOLDS:
        return None
    deployment = simulator.engine.deployments.get(job.deployment) if job else None
    return deployment is not None and rest[0] == header_signature(deployment.vault, message)


# -- what a host tells -------------------------------------------------------------------------------------------------


def _frame(entry: dict) -> str:
    return json.dumps({"path": "flog", "data": json.dumps(entry)})


def _history(simulator: Simulator, job: Job) -> Iterator[dict]:
    """What was written so far, one operation after the other."""
    behaviour = simulator.engine.chain.behaviour(job)
    for op in job.definition.get("ops", []):
        op_id, image = str(op.get("id")), str((op.get("args") or {}).get("image"))
        yield _entry(job, op_id, "info", "Operation Started")
        if simulator.engine.quirks.hosts == PULLING:
            yield _entry(job, op_id, "info", {"status": "Pulling from", "id": image})
            yield _entry(job, op_id, "info", {
                "status": "Downloading", "id": "5f70bf18a086", "progress": "[==>  ] 12MB/30MB",
                "progressDetail": {"current": 12_000_000, "total": 30_000_000}})
            continue
        for line in for_operation(behaviour.nodeerr, op_id) or []:
            yield _entry(job, op_id, "error", {"event": "container", "message": line})
        given = for_operation(behaviour.logs, op_id)
        for piece in script.output(op) if given is None else given:
            if isinstance(piece, str):  # a whole line; what says its type is sent as the container wrote it
                yield _entry(job, op_id, "container", piece + "\n")
            else:
                yield _entry(job, op_id, "error" if piece["type"] == "nodeerr" else "container", piece["log"])


def _entry(job: Job, op_id: str, kind: str, message: str | dict) -> dict:
    return {"opId": op_id, "group": op_id, "type": kind, "timestamp": int((job.time_start or 0) * 1000),
            "message": message}
