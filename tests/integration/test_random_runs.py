# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random sequences of tasks under faults and kills: in the end there is what the last task asks for, and no more.

Each run is a sequence of complete tasks, drawn with a seed, on a release and a strategy. A task meets a fault, or is
killed, or neither; one that did not end well is mostly run again, and sometimes the next task is left to make up for
it. RUNS is the number of runs (20 when not set), SEED the first of their seeds (0); a failure prints its steps.
"""

from __future__ import annotations

import dataclasses
import os
import random
import re

import pytest
import yaml

from .inprocess import CREATE, OTHER_MARKET, Runner, definition, live, running_images
from .kills import MOMENTS, run_killed
from .record import record

RUNS, SEED = int(os.environ.get("RUNS", "20")), int(os.environ.get("SEED", "0"))
RELEASES = ("guide", "2026-08", "current")
STRATEGIES = ("SIMPLE", "SIMPLE-EXTEND", "INFINITE", "SCHEDULED")
STATES = ("present", "present", "started", "started", "stopped", "restarted", "archived", "absent")
LENGTH = 8  # tasks in a run
#: Seconds from a STOP to the end of a job, a step being 1: before the worker takes its next task, or long after.
CHAINS = (0.2, 4)
#: Seconds between two tasks: none, while the server is at work, and when it has long done.
PAUSES = (0, 3, 60)
AFTERMATH = 60
FAULTS = (
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "garbage"},
    {"kind": "cut"},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "2"}},
    {"kind": "status", "status": 500, "body": {"error": "Internal Server Error"}},
    {"kind": "status", "status": 503, "headers": {"Retry-After": "2"}},
)
WELL, FAULT, KILL = "well", "fault", "kill"


@dataclasses.dataclass
class Life:
    """What is known to be asked for: the options, and whether it runs (None: a task did not tell, so either may be).
    ``there`` is whether there is a live one, ``archived`` how many there are besides."""

    options: dict
    runs: bool | None = False
    there: bool = False
    archived: int = 0

    def asked(self, state, ended_well):
        """Takes note of a task. One that did not end well, and is not run again, leaves open whether it runs."""
        if state in ("archived", "absent"):
            self.archived += state == "archived" and self.there
            self.there, self.runs = False, False
        elif not ended_well:
            self.there, self.runs = True, None
        else:
            self.there = True
            self.runs = {"present": self.runs, "stopped": False}.get(state, True)


@pytest.fixture
def runner(patient_server):
    return Runner(patient_server, leaps=True, retries=1)


@pytest.mark.parametrize("seed", range(SEED, SEED + RUNS))
def test_a_life(runner, seed):
    chance = random.Random(seed)
    release, strategy, chain = RELEASES[seed % 3], STRATEGIES[seed // 3 % 4], chance.choice(CHAINS)
    runner.server.reset(release=release, step=1)
    runner.server.control("PUT", "/jobs", {"stop_takes": chain})
    print("release %s, strategy %s, chain %s" % (release, strategy, chain))
    life = Life(options_of(strategy))
    told = {WELL: 0, FAULT: 0, KILL: 0, "failed": 0, "killed": 0, "again": 0}
    for number in range(LENGTH):
        task = next_task(chance, life, release, last=number == LENGTH - 1)
        trouble = chance.choice((WELL, FAULT, FAULT, KILL))
        done = run_in_trouble(runner, chance, task, trouble)
        failed = done is None or done.failure is not None
        told[trouble] += 1
        told["killed"] += done is None
        told["failed"] += done is not None and failed
        print(number, task["state"], trouble, "killed" if done is None else done.failure or done.actions)
        must = number == LENGTH - 1 or task["state"] in ("archived", "absent") or "on_immutable_change" in task
        if failed and (must or chance.random() < 0.7):
            done, failed = runner.run(**task), False
            assert done.failure is None
            told["again"] += 1
            print(number, "again:", done.actions, done.warnings)
        was_there = life.there
        note(life, task, failed)
        if failed:  # a create may have been lost, or never sent; what was there is there
            there = [one for one in runner.deployments() if one["status"] != "ARCHIVED"]
            assert len(there) == 1 or not (there or was_there)
            life.there = bool(there)
        else:
            follow_hints(runner, life, done)
            check_options(runner, life)
        pause = chance.choice(PAUSES)
        runner.server.control("POST", "/advance", {"seconds": pause})
    check_end(runner, life, task)
    record("random", seed=seed, release=release, strategy=strategy, **told)


def options_of(strategy):
    given = {**CREATE, "strategy": strategy, "timeout": 120}
    return given | {"schedule": "0 0 1 1 *"} if strategy == "SCHEDULED" else given


def next_task(chance, life, release, last):
    """A complete task that changes some of what is asked for."""
    state = chance.choice(STATES[:6] if last else STATES)
    if not life.there and state in ("restarted", "archived", "absent"):
        state = "started"
    if state in ("archived", "absent"):
        return {"name": "it", "state": state}
    options = dict(life.options)
    for name, values in (
        ("replicas", (1, 2, 3)),
        ("timeout", (120, 180, 240)),
        ("job_definition", [definition(image) for image in "abc"]),
    ):
        if chance.random() < 0.4:
            options[name] = chance.choice(values)
    if release == "current" and chance.random() < 0.2:
        options["market"] = chance.choice((CREATE["market"], OTHER_MARKET))
    task = {"name": "it", "state": state, **options}
    if chance.random() < 0.15:
        other = chance.choice([one for one in STRATEGIES[:3] if one != options["strategy"]])
        task.pop("schedule", None)
        task |= {"strategy": other, "on_immutable_change": "replace"}
    return task


def run_in_trouble(runner, chance, task, trouble):
    """Runs a task; returns what it came to, None when it was killed."""
    if trouble == KILL:
        return run_killed(runner, chance.randint(1, 25), chance.choice(MOMENTS), task)
    if trouble == FAULT:
        faults = [
            {**chance.choice(FAULTS), "times": chance.randint(1, 3), "after": chance.randint(0, 15)}
            for _fault in range(chance.randint(1, 2))
        ]
        runner.server.control("PUT", "/faults", faults)
    done = runner.run(**task)
    runner.server.control("DELETE", "/faults")
    return done


def note(life, task, failed):
    """Takes over what a task asks for."""
    if "on_immutable_change" in task:
        life.archived += life.there
    if "strategy" in task:
        life.options = {name: task[name] for name in task if name not in ("name", "state", "on_immutable_change")}
    life.asked(task["state"], not failed)


def follow_hints(runner, life, done):
    """Runs the task that a warning names, where it is known that the deployment is (or is not) to run."""
    hints = [yaml.safe_load(hint) for one in done.warnings for hint in re.findall(r"\{id: [^}]*\}", one)]
    wanted = {True: "started", False: "stopped", None: None}[life.runs]
    for hint in hints:
        if hint["state"] == wanted:
            assert runner.run(**hint).failure is None


def check_options(runner, life):
    """What a task that ended well asked for is there: once."""
    found = runner.deployments()
    there = [one for one in found if one["status"] != "ARCHIVED"]
    assert len(there) == life.there and len(found) - len(there) == life.archived
    for deployment in there:
        plain = {name: value for name, value in life.options.items() if name != "job_definition"}
        assert {name: deployment[name] for name in plain} == plain
        [image] = [op["args"]["image"] for op in active(deployment)["ops"]]
        assert image == life.options["job_definition"]["ops"][0]["args"]["image"]


def active(deployment):
    """The definition that runs: of several revisions of one number the one stored first."""
    number = deployment["active_revision"]
    return next(one["job_definition"] for one in deployment["revisions"] if one["revision"] == number)


def check_end(runner, life, task):
    """The last task again, without faults: all is as asked, and stays so."""
    done = runner.run(**task)
    assert done.failure is None
    follow_hints(runner, life, done)
    runner.server.control("POST", "/advance", {"seconds": AFTERMATH})
    again = runner.run(**task)
    assert again.failure is None and (not again.changed or task["state"] == "restarted")
    runner.server.control("POST", "/advance", {"seconds": AFTERMATH})
    check_options(runner, life)
    for deployment in runner.deployments():
        check_jobs(deployment, life)


def check_jobs(deployment, life):
    runs, image = deployment["status"] == "RUNNING", life.options["job_definition"]["ops"][0]["args"]["image"]
    if deployment["status"] != "ARCHIVED" and life.runs is not None:
        assert runs == life.runs
    listed = 0 if not runs or life.options["strategy"] == "SCHEDULED" else life.options["replicas"]
    assert running_images(deployment) == [image] * listed
    assert runs or (live(deployment) == [] and deployment["tasks"] == [])
