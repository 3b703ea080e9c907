# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds whatever is done: thousands of changes in no sensible order, on each release and strategy."""

from __future__ import annotations

import random
import threading

import pytest
from nosana_simulator import actions
from nosana_simulator.errors import ApiError
from nosana_simulator.model import STATUSES
from simulator_api import BATCH, CREATE, DEFINITION, Api
from simulator_story import Story

CHANGES = ["start", "stop", "revise", "replicas", "timeout", "back", "schedule", "market", "terms", "wait", "wait",
           "claim", "complete", "credits", "behave"]


def change(story: Story, dice: random.Random) -> None:
    """Do something; a refusal is an answer like any other."""
    kind = dice.choice(CHANGES)
    live = story.deployment.live_jobs()
    try:
        if kind in ("start", "stop"):
            story.do(kind)
        elif kind == "revise":
            story.do("create_revision", dice.choice([DEFINITION, BATCH]))
        elif kind == "back":
            story.do("switch_revision", dice.randint(1, 4))
        elif kind == "replicas":
            story.do("update", "replicas", dice.randint(0, 4))
        elif kind == "timeout":
            story.do("update", "timeout", dice.choice([60, 90, 240]))
        elif kind == "schedule":
            story.do("update", "schedule", dice.choice(["* * * * *", "0 * * * *", "99 * * * *"]))
        elif kind == "market":
            story.do("update", "market", dice.choice([CREATE["market"], "1" * 43]))
        elif kind == "terms":
            requirements = dice.choice([None, {"ram_gb": 8}])
            story.do("update_terms", requirements, dice.choice([CREATE["market"], "1" * 43]))
        elif kind == "wait":
            story.wait(dice.choice([0.05, 0.5, 2, 10, 400, 4000]))
        elif kind in ("claim", "complete") and live:
            story.engine.chain.set_state(dice.choice(live), "RUNNING" if kind == "claim" else "COMPLETED")
        elif kind == "credits":
            story.engine.credits.assigned = dice.choice([0, 1000])
        elif kind == "behave":
            story.engine.behaviour.claim_never = dice.random() < 0.3
            story.engine.behaviour.stop_takes = dice.choice([None, 0, 1.5, 5])
    except ApiError as refusal:
        assert refusal.status in (400, 500)


@pytest.mark.parametrize("release", ["guide", "2026-08", "current"])
@pytest.mark.parametrize("strategy", ["SIMPLE", "SIMPLE-EXTEND", "SCHEDULED", "INFINITE"])
def test_any_changes_in_any_order(release, strategy):
    for seed in range(40):
        dice = random.Random(f"{release} {strategy} {seed}")
        schedule = {"schedule": "*/5 * * * *"} if strategy == "SCHEDULED" else {}
        rotation = {"rotation_time": dice.choice([20, 5])} if strategy == "INFINITE" else {}
        story = Story(strategy, release=release, replicas=dice.randint(1, 3), **schedule, **rotation)
        for _number in range(60):
            change(story, dice)
            check(story)
        story.engine.behaviour.claim_never, story.engine.behaviour.stop_takes = False, None
        story.engine.credits.assigned = 10.0 ** 6
        come_to_rest(story)


def check(story: Story) -> None:
    """What holds at each moment."""
    made, engine = story.deployment, story.engine
    assert made.status in STATUSES
    assert engine.credits.reserved == pytest.approx(sum(job.reserved for job in engine.jobs.values()), abs=1e-6)
    for job in made.jobs:
        assert job.live == (job.time_end is None)
        assert (job.state == "RUNNING") <= (job.node is not None)
        assert job.live or not job.reserved
    for task in made.tasks:
        assert not task.job or engine.jobs[task.job].live
        # Whatever has been due for long is taken: nothing is ever forgotten.
        assert task.due_at > engine.now - len(made.tasks) * engine.step - 30


def come_to_rest(story: Story) -> None:
    """Whatever happened before: what stops (and lists nothing any more) leaves no job behind."""
    story.wait(10)
    if story.deployment.status in actions.STOPPABLE:
        story.do("stop").wait(4000)
    if story.deployment.status == "STOPPED" and not story.deployment.tasks:
        story.wait(5000 * 60)
        if story.engine.release.works_only_when_active:
            assert story.deployment.live_jobs() == []


def test_the_same_story_happens_twice():
    stories = []
    for _time in range(2):
        dice, story = random.Random(7), Story("INFINITE", replicas=2)
        for _number in range(200):
            change(story, dice)
        stories.append((story.seen(), [job.job for job in story.deployment.jobs], story.engine.credits.settled))
    assert stories[0] == stories[1]


def test_eight_creates_at_once_with_one_key(current):
    answers = []

    def ask() -> None:
        answers.append(Api(current.port)("POST", "/deployments/create", {**CREATE, "idempotency_key": "k"}).status)
    threads = [threading.Thread(target=ask) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 7
