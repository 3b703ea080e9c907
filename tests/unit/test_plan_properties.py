# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For any desired state and any state of the server: one run is enough, and nothing that the API refuses is tried.

The number of cases of each property is CASES (80 when not set). All draw from the same, and each run draws anew.
"""

from __future__ import annotations

import dataclasses
import os

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    ALWAYS,
    COMPLETED,
    RERUN,
    STATES,
    Desired,
    field_problems,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.plan import plan
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    ENSURE_NO_JOBS,
    START,
    STOP,
    WAIT_UNTIL_IDLE,
    Step,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.snapshot import Snapshot
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.result import FAILED, SUCCEEDED, UNKNOWN
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.runs import SUCCEEDED as RUN_SUCCEEDED
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.runs import UNDER_WAY, Run
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

from . import model
from .test_plan import FIELDS, MARKET, SSH_KEY, definition

CASES = int(os.environ.get("CASES", "80"))
many = settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])

OTHER_MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#: Statuses in which a run is about to begin, or waits for credits.
PENDING = (d.STARTING, d.INSUFFICIENT_FUNDS)
definitions = st.sampled_from(["a", "b", "c", "d"]).map(definition)
replicas = st.integers(0, 3)
timeouts = st.integers(60, 200)
requirements = st.sampled_from([{}, {"ram_gb": 8}, {"ram_gb": 24, "name": "NVIDIA 4090"}])
ssh_keys = st.lists(st.sampled_from([SSH_KEY, SSH_KEY + " me", SSH_KEY[:-4] + "aaaa"]), max_size=3)


#: What may have become of the last run of one whose jobs have ended.
RUNS = (Run((), 1), *(model.ended_run(verdict) for verdict in (SUCCEEDED, FAILED, UNKNOWN)))


@st.composite
def snapshots(draw):
    """A server with one deployment of the name, or none."""
    if draw(st.booleans()) and draw(st.booleans()):
        return Snapshot()
    images = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3))
    revisions = tuple(
        {"revision": n, "job_definition": definition(image), "created_at": str(n)} for n, image in enumerate(images, 1)
    )
    strategy, status = draw(st.sampled_from(d.STRATEGIES)), draw(st.sampled_from(d.STATUSES))
    deployment = dict(
        FIELDS,
        id=model.ID,
        status=status,
        strategy=strategy,
        replicas=draw(replicas),
        timeout=draw(timeouts),
        confidential=False,
        active_revision=draw(st.integers(1, len(images))),
        updated_at="2026-01-01T00:00:00.000Z",
    )
    if strategy == d.SCHEDULED:
        deployment["schedule"] = "0 0 * * *"
    if strategy == d.INFINITE:
        deployment["rotation_time"] = 20
        deployment["startup_timeout"] = draw(st.sampled_from([None, 5, 10]))
    deployment["requirements"] = draw(requirements) or None
    deployment["endpoints"] = [{"opId": "web", "port": 80, "url": "https://x"}]
    live = draw(st.integers(0, 3)) if status not in (d.DRAFT, d.ARCHIVED) else 0
    jobs = tuple(
        {"job": "old%d" % n, "state": "RUNNING", "revision": draw(st.integers(1, len(images)))} for n in range(live)
    )
    fixed = frozenset(["market"]) if draw(st.booleans()) else frozenset()
    lists = ({"task": "LIST", "due": False},) if status in (d.STOPPED, d.RUNNING) and draw(st.booleans()) else ()
    run = Run(jobs[:1], 1) if jobs else draw(st.sampled_from(RUNS))
    listing = bool(lists) or (status == d.RUNNING and draw(st.booleans()))
    more = {"fixed": fixed, "run": run, "ssh_public_keys": tuple(draw(ssh_keys))}
    return Snapshot(deployment, revisions=revisions, live_jobs=jobs, lists=lists, listing=listing, **more)


@st.composite
def desireds(draw):
    """What a task may ask for."""
    options = {
        "replicas": replicas,
        "timeout": timeouts,
        "market": st.sampled_from([MARKET, OTHER_MARKET]),
        "strategy": st.sampled_from(d.STRATEGIES),
        "schedule": st.sampled_from(["0 0 * * *", "5 * * * *"]),
        "rotation_time": st.sampled_from([20, 30]),
        "confidential": st.booleans(),
        "requirements": requirements,
        "startup_timeout": st.sampled_from([5, 10]),
        "ssh_public_keys": ssh_keys,
    }
    wanted = draw(st.lists(st.sampled_from(sorted(options)), unique=True))
    if draw(st.booleans()):
        wanted = sorted(set(wanted) | {"market", "strategy", "replicas", "timeout"})
    fields = {"name": "a", **{name: draw(options[name]) for name in wanted}}
    job_definition = draw(st.none() | definitions)
    back_to = draw(st.none() | st.integers(1, 3)) if job_definition is None else None
    state, rerun = draw(st.sampled_from(STATES)), draw(st.sampled_from(RERUN))
    by_id = draw(st.booleans())
    assume(not field_problems(fields))
    assume(state != COMPLETED or fields.get("strategy", d.SIMPLE) in d.ENDING_STRATEGIES)
    immutable = draw(st.sampled_from(["fail", "ignore"] if by_id else ["fail", "replace", "ignore"]))
    return Desired(state, model.ID if by_id else None, "a", fields, job_definition, back_to, immutable, rerun=rerun)


def planned(desired, snapshot):
    """The plan; cases that are refused in clear words are not what these tests are about."""
    assume(snapshot.deployment is not None or desired.id is None)
    if (
        desired.job_definition is not None
        and snapshot.deployment
        and desired.job_definition != snapshot.active_definition
    ):
        snapshot = dataclasses.replace(snapshot, run=None)  # as it is read: a new revision has no run
    try:
        return plan(desired, snapshot)
    except InvalidOptions as problem:
        assert str(problem) and len(str(problem).splitlines()) == 1
        assume(False)


@many
@given(desireds(), snapshots())
def test_one_run_is_enough(desired, snapshot):
    after = model.apply(snapshot, planned(desired, snapshot).steps)
    if after.deployment is None and desired.id:
        return  # deleted: an unknown id satisfies absent before anything is planned
    again = plan(desired, after)
    if desired.state == "restarted" or (desired.state == COMPLETED and desired.rerun == ALWAYS):
        assert set(again.actions) <= {"stop", "start"}
        return
    assert again.actions == []
    assert again.before == again.after


@many
@given(desireds(), snapshots())
def test_the_end_is_as_asked(desired, snapshot):
    result = planned(desired, snapshot)
    after = model.apply(snapshot, result.steps)
    if desired.state == "absent":
        assert after.deployment is None
    if after.deployment is None or desired.ends:
        return
    fixed = {"strategy", "rotation_time", "confidential"} | snapshot.fixed
    ignored = fixed if desired.on_immutable_change == "ignore" else ()
    asked = [field for field in d.FIELDS if field.name in desired.fields and field.name not in ignored]
    assert all(after.value(field) == field.normal(desired.fields[field.name]) for field in asked)
    if desired.job_definition is not None:
        assert after.active_definition == desired.job_definition
    if desired.state == "stopped":
        assert not after.live_jobs or after.deployment["status"] == d.STOPPING
    if desired.state == COMPLETED and not result.failure:
        assert after.run.state in (UNDER_WAY, RUN_SUCCEEDED) or after.listing or after.deployment["status"] in PENDING
    if desired.runs:
        assert after.deployment["status"] in (d.RUNNING, d.STARTING, d.INSUFFICIENT_FUNDS)


@many
@given(desireds(), snapshots())
def test_the_prediction_is_what_comes(desired, snapshot):
    result = planned(desired, snapshot)
    after = model.apply(snapshot, result.steps).deployment
    if after is None:
        assert result.deployment == {}
        return
    untold, goal = {"endpoints", "active_jobs"}, awaited(desired, after)
    if goal and desired.state != COMPLETED:  # a run that has failed is not waited for
        assert result.deployment["status"] == goal
    if result.deployment["status"] == goal:  # the model does not wait
        untold |= {"status"}
    elif not result.actions:
        assert result.deployment == snapshot.deployment
    known = {key: value for key, value in result.deployment.items() if value is not None and key not in untold}
    assert {key: after.get(key) for key in known} == known


def awaited(desired, after):
    """The status that a wait leads to from where the steps end, None where there is nothing to wait for."""
    if desired.state == COMPLETED and after["status"] in (d.STARTING, d.RUNNING):
        return d.STOPPED
    waited_out = {("stopped", d.STOPPING): d.STOPPED, ("started", d.STARTING): d.RUNNING}
    return waited_out.get((desired.state, after["status"]))


@pytest.mark.parametrize(
    ("state", "status", "awaited_status"),
    [("stopped", d.STOPPING, d.STOPPED), ("started", d.STARTING, d.RUNNING), ("present", d.STOPPING, d.STOPPING)],
)
def test_what_only_a_wait_changes_is_predicted_too(state, status, awaited_status):
    deployment = {"id": "x", "name": "a", "status": status, "strategy": d.SIMPLE, "replicas": 1, "active_jobs": 1}
    result = plan(Desired(state=state, name="a"), Snapshot(deployment, live_jobs=()))
    assert (result.actions, result.before == result.after) == ([], True)
    assert result.deployment["status"] == awaited_status
    assert result.deployment["active_jobs"] == {d.STOPPED: 0, d.RUNNING: None}.get(awaited_status, 1)


@many
@given(desireds(), snapshots())
def test_a_change_shows_in_the_diff_and_only_a_change(desired, snapshot):
    result = planned(desired, snapshot)
    waits_only = not result.actions
    assert (result.before == result.after) == waits_only


@many
@given(desireds(), snapshots())
def test_between_two_changes_the_server_settles(desired, snapshot):
    """But on a DRAFT, for which it has nothing to do, and before a stop, which drops whatever is due."""
    steps = planned(desired, snapshot).steps
    replaces = any(step.old for step in steps)
    check_settles([step for step in steps if step.old == replaces], snapshot.deployment)
    if replaces:
        check_settles([step for step in steps if not step.old], None)


def check_settles(steps, deployment):
    draft, settled = deployment is None or deployment["status"] == d.DRAFT, False
    for step in steps:
        if not step.changes:
            settled = settled or step.kind in (WAIT_UNTIL_IDLE, ENSURE_NO_JOBS)
            continue
        assert draft or settled or step.kind == STOP
        draft, settled = draft and step.kind != START, False


def test_the_model_refuses_what_the_api_refuses():
    draft = Snapshot(dict(FIELDS, status=d.DRAFT, active_revision=1), revisions=(), live_jobs=())
    for kind in ("stop", "archive", "delete"):
        with pytest.raises(AssertionError):
            model.apply(draft, [Step(kind)])
