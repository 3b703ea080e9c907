# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task says when it goes back to a revision, and when that fails as well."""

from __future__ import annotations

import types

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    Gone,
    Interrupted,
    JobFailed,
    Refused,
    TimedOut,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import roll_back

BEFORE = {"id": "key", "name": "it", "status": "RUNNING", "active_revision": 3}
NOW = dict(BEFORE, active_revision=4)


def failure(kind=JobFailed, actions=("create_revision",)):
    problem = kind("it (key): job J failed. This ends it: X.", cause="it (key): job J failed")
    problem.result = {"actions": list(actions), "changed": True, "deployment": NOW, "progress": ["2 s: seen"]}
    return problem


def after(problem, go_back=None, **now):
    before = now.pop("before", BEFORE)
    watch = types.SimpleNamespace(id="key", deployment={**NOW, **now}, status=now.get("status", "RUNNING"))
    return roll_back.after(problem, before, watch, go_back)


def outcome(desired):
    assert (desired.state, desired.id, desired.active_revision, desired.fields) == ("started", "key", 3, {})
    assert desired.on_failure == "keep"  # so that it never loops
    result = {"changed": True, "actions": ["switch_revision"], "deployment": BEFORE, "progress": ["1 s: runs"]}
    return types.SimpleNamespace(deployment=BEFORE, result=lambda: result)


def raising(problem):
    def go_back(_desired):
        raise problem

    return go_back


def test_the_failure_of_before_is_told_without_its_remedy():
    problem = after(failure(actions=("update_replicas", "create_revision")), outcome)
    assert str(problem) == (
        "it (key): revision 4 was rolled back, and revision 3 runs again. What failed: job J failed. What else this "
        "task changed stays: replicas. The same task makes a new revision of the same job definition: correct it first."
    )
    assert problem.reason == "rolled_back"
    assert problem.result == {
        "changed": True,
        "actions": ["update_replicas", "create_revision", "switch_revision"],
        "deployment": BEFORE,
        "progress": ["2 s: seen", "going back to revision 3", "1 s: runs"],
        "rolled_back_to": 3,
        "error": None,
    }


@pytest.mark.parametrize("second", [TimedOut("too late"), KeyboardInterrupt()])
def test_the_first_failure_stays_when_going_back_fails_too(second):
    if isinstance(second, TimedOut):
        second.result = {"actions": ["switch_revision"], "deployment": BEFORE}
    problem = after(failure(), raising(second))
    assert str(problem).startswith("it (key): job J failed. Going back to revision 3 failed, too: ")
    assert str(problem).endswith("too late" if isinstance(second, TimedOut) else "interrupted")
    assert (problem.reason, problem.result["rolled_back_to"]) == ("job_failed", None)
    assert problem.result["changed"] and problem.result["actions"][0] == "create_revision"
    assert problem.result["progress"] == ["2 s: seen", "going back to revision 3"]


@pytest.mark.parametrize(
    ("actions", "before", "why"),
    [
        (("create", "start"), None, "this task created the deployment"),
        (("start",), BEFORE, "this task changed no revision"),
        (("create_revision",), dict(BEFORE, active_revision=None), "did not say which revision was active before"),
    ],
)
def test_nothing_to_go_back_to(actions, before, why):
    problem = after(failure(actions=actions), before=before)
    assert str(problem).startswith("it (key): job J failed. This ends it: X. on_failure: roll_back has nothing to ")
    assert why in str(problem) and problem.reason == "job_failed"


@pytest.mark.parametrize(
    ("problem", "now"),
    [(failure(Interrupted), {}), (failure(Gone), {"status": "ARCHIVED"})],
)
def test_what_is_no_failure_of_the_revision_goes_back_to_nothing(problem, now):
    text = str(problem)
    assert after(problem, **now) is problem and str(problem) == text


def test_a_refusal_keeps_what_the_api_said():
    first = Refused("PATCH /x: refused.", "PATCH", "/x", 401, "no")
    first.result = {"actions": ["switch_revision"], "error": first.as_dict()}
    problem = after(first, raising(TimedOut("too late")))
    assert problem is first and problem.result["error"]["status"] == 401
