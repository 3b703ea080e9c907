# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stream of server-sent events: the present state first, then what changes. No replay."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from .engine import Engine
from .model import Deployment
from .simulator import Simulator
from .views import endpoints_view
from .world import job_frame, task_frame

KEEP_ALIVE = 25.0
POLL = 0.1


def first_frames(engine: Engine, deployment: Deployment) -> list[dict]:
    """The present state: the deployment, its live jobs, its tasks and, on newer servers, its endpoints."""
    frames: list[dict] = [{"type": "deployment", "status": deployment.status, "replicas": deployment.replicas,
                           "active_revision": deployment.active_revision}]
    live = [job_frame(job) for job in deployment.live_jobs()]
    if engine.release.newer_fields:
        plain = [{name: value for name, value in frame.items() if name != "type"} for frame in live]
        frames.append({"type": "jobs", "jobs": plain})
    else:
        frames += live
    frames += [task_frame(task) for task in sorted(deployment.tasks, key=lambda task: task.due_at)]
    if engine.release.newer_fields:
        frames += [{"type": "endpoint", **endpoint} for endpoint in endpoints_view(engine, deployment)]
    return frames


async def chunks(simulator: Simulator, deployment: Deployment, gone: Callable[[], bool]) -> AsyncIterator[bytes]:
    """The stream's bytes, until the client is ``gone`` or the simulator ends or is reset.

    It goes on when the deployment is deleted: jobs may still run.
    """
    engine = simulator.sync()
    waiting: list[dict] = first_frames(engine, deployment)
    subscribers = engine.subscribers.setdefault(deployment.id, [])
    came = asyncio.Event()

    def hear(frame: dict) -> None:
        waiting.append(frame)
        came.set()

    subscribers.append(hear)
    engine.chain.note_endpoints(deployment)
    last = time.monotonic()
    try:
        # A reset puts another engine in place: then there is nothing more to tell.
        while simulator.engine is engine and not simulator.closing and not gone():
            simulator.sync()
            if waiting:
                text = "".join(f"data: {json.dumps(frame)}\n\n" for frame in waiting)
                waiting.clear()
                last = time.monotonic()
                yield text.encode()
            elif time.monotonic() - last >= KEEP_ALIVE:
                last = time.monotonic()
                yield b": keep-alive\n\n"
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(came.wait(), POLL)
            came.clear()
    finally:
        subscribers.remove(hear)
        if not subscribers:
            engine.subscribers.pop(deployment.id, None)
