# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what happens to one deployment, step by step in virtual time, and compare it with what was recorded."""

from __future__ import annotations

import re
from itertools import groupby

from nosana_simulator import actions
from nosana_simulator.clock import unix
from nosana_simulator.engine import Engine
from nosana_simulator.model import Deployment
from nosana_simulator.views import event_view, task_view
from simulator_api import DEFINITION, MARKET

EVENTS = {"JOB_LIST_CONFIRMED": "L", "JOB_STOPPED_CONFIRMED": "S", "JOB_LIST_ERROR": "E"}
# Recorded due times come from a worker with a rhythm of its own, and are rounded to seconds.
TOLERANCE = 3.0
NEVER = 10.0 ** 9


class Story:
    """A deployment on an engine whose jobs only move when told to (``fast``: but end soon after a STOP)."""

    def __init__(self, strategy: str = "SIMPLE", chain: str = "fast", release: str = "2026-08", step: float = 1.0,
                 at: str = "2026-11-25T09:00:00.000Z", **fields) -> None:
        self.engine = Engine(release, unix(at), step)
        self.engine.behaviour.claim_never = True
        self.engine.behaviour.stop_takes = step / 2 if chain == "fast" else NEVER
        body = {"name": "a", "market": MARKET, "replicas": 1, "timeout": 60, "strategy": strategy,
                "job_definition": DEFINITION, **fields}
        self.deployment: Deployment = actions.create(self.engine, body)

    @property
    def id(self) -> str:
        """The deployment's id."""
        return self.deployment.id

    def wait(self, seconds: float = 6.0) -> Story:
        """Let time pass."""
        self.engine.advance(seconds)
        return self

    def do(self, action: str, *args) -> Story:
        """Do what the API operation of that name in ``actions`` does; time stands still."""
        getattr(actions, action)(self.engine, self.id, *args)
        return self

    def revise(self) -> Story:
        """A new revision."""
        return self.do("create_revision", DEFINITION)

    def jobs(self, state: str, *, revision: int | None = None, only: str | None = None) -> Story:
        """Put the live jobs (of a revision; only those in a state) into a state, oldest first."""
        for job in self.deployment.live_jobs():
            if revision in (None, job.revision) and only in (None, job.state):
                self.engine.chain.set_state(job, state)
        return self

    def status(self, status: str) -> Story:
        """Write a status, as nothing in the story would."""
        self.engine.set_status(self.deployment, status)
        return self

    def seen(self) -> tuple[str, str, str, str]:
        """Status and revision, jobs newest first, tasks newest first, events oldest first."""
        made = self.deployment
        jobs = " ".join(f"{job.state[0]}{job.revision}" for job in reversed(made.jobs))
        tasks = " ".join(f"{task.task}@{task.due_at - self.engine.now:.0f}s" for task in reversed(made.tasks))
        kinds = [EVENTS.get(event.type, event.type) for event in made.events if event.type != "JOB_RESERVE_CONFIRMED"]
        events = " ".join(name if count == 1 else f"{name}x{count}"
                          for name, count in ((name, len(list(same))) for name, same in groupby(kinds)))
        return f"{made.status} {made.active_revision}", jobs, tasks, events

    def expect(self, status: str, jobs: str = "", tasks: str = "", events: str = "") -> Story:
        """Compare with a recorded line; a task without ``@`` may be due at any time."""
        seen = self.seen()
        assert " | ".join(seen[:2] + seen[3:]) == " | ".join((status, jobs, events))
        assert re.sub(r"@\S+", "", seen[2]) == re.sub(r"@\S+", "", tasks), seen[2]
        for was, recorded in zip(seen[2].split(), tasks.split()):
            if "@" in recorded:
                assert abs(_due(was) - _due(recorded)) <= TOLERANCE, f"{was}, recorded {recorded}"
        return self

    def error_events(self) -> list[dict]:
        """The listing errors as the API shows them."""
        return [event_view(self.deployment, event) for event in self.deployment.events
                if event.type == "JOB_LIST_ERROR"]

    def tasks(self) -> list[dict]:
        """The tasks as the API shows them."""
        return [task_view(task) for task in self.deployment.tasks]


def _due(task: str) -> float:
    return float(task.split("@")[1].rstrip("s"))
