# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each state from each status, in check mode, for real, and once more: the promise of check mode over all of it."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, Runner, definition, live

STATES = ("present", "started", "stopped", "restarted", "archived", "absent")
STATUSES = ("DRAFT", "STARTING", "RUNNING", "STOPPING", "STOPPED", "INSUFFICIENT_FUNDS", "ERROR", "ARCHIVED", None)
RELEASES = ("2026-08", "current")

#: Refused: the status, the state, and what the message says of the way out.
REFUSED = {
    (None, "restarted"): "state: started makes one",
    ("ARCHIVED", "started"): "name without the id",
    ("ARCHIVED", "stopped"): "name without the id",
    ("ARCHIVED", "restarted"): "name without the id",
    ("ARCHIVED", "absent"): "state: archived",
}
#: The end of a state in the server's own words.
ENDS = {"started": "RUNNING", "stopped": "STOPPED", "restarted": "RUNNING", "archived": "ARCHIVED"}


@pytest.fixture
def runner(patient_server, request):
    # what passes quickly passes slowly enough here that check mode and the real run still meet the same status
    passing = request.getfixturevalue("status") in ("STARTING", "STOPPING")
    patient_server.reset(release=request.getfixturevalue("release"), step=12 if passing else 1)
    patient_server.control("PUT", "/credits", {"assigned": 1000, "reserved": 0, "settled": 0})
    return Runner(patient_server, leaps=True)


def bring_to(runner, status):
    """A deployment in the status, as it comes about; returns its id, None for none."""
    if status is None:
        return None
    if status in ("DRAFT", "ARCHIVED", "STOPPED"):
        return runner.seed(name="it", **CREATE, status=status)
    if status == "INSUFFICIENT_FUNDS":
        runner.server.control("PUT", "/credits", {"assigned": 0})
    done = runner.run(name="it", state="started", wait=status in ("RUNNING", "ERROR", "STOPPING"), **CREATE)
    assert not done.failure
    deployment = runner.deployments("it")[0]
    if status == "INSUFFICIENT_FUNDS":
        assert "INSUFFICIENT_FUNDS" in runner.run(id=deployment["id"], state="started").failure
    elif status == "ERROR":
        runner.server.control("PATCH", "/deployments/%s" % deployment["id"], {"status": "ERROR"})
    elif status == "STOPPING":
        assert runner.run(name="it", state="stopped", wait=False).actions == ["stop"]
    return deployment["id"]


@pytest.mark.parametrize("release", RELEASES + ("guide",))
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("state", STATES)
def test_state_from_status(runner, state, status, release):
    deployment_id = bring_to(runner, status)
    who = {"id": deployment_id} if deployment_id else {"name": "it"}
    create = {} if deployment_id else {key: CREATE[key] for key in CREATE}
    runner.server.forget_requests()

    predicted = runner.run(check=True, state=state, **who, **create)
    assert runner.mutations() == []
    done = runner.run(state=state, **who, **create)

    if (status, state) in REFUSED:
        assert predicted.failure == done.failure
        assert REFUSED[status, state] in done.failure
        assert runner.mutations() == [] and not done.changed
        return
    if status == "INSUFFICIENT_FUNDS" and state in ("started", "restarted"):
        assert not predicted.failure and "INSUFFICIENT_FUNDS" in done.failure
        assert (predicted.changed, predicted.actions) == (done.changed, done.actions)
        again = runner.run(state=state, **who, **create)
        assert "INSUFFICIENT_FUNDS" in again.failure and again.changed == (state == "restarted")
        return
    assert not predicted.failure and not done.failure
    assert (predicted.changed, predicted.actions) == (done.changed, done.actions)
    assert passed(predicted.before) == passed(done.before) and predicted.after == done.after
    check_end(runner, state, status)
    if state == "absent" and deployment_id:
        assert runner.run(state=state, **who).actions == []
        return
    again = runner.run(state=state, **who, **create)
    assert not again.failure
    assert again.changed == (state == "restarted")


def passed(side):
    """One side of a diff; STARTING may have become RUNNING between check mode and the real run."""
    return dict(side, status="RUNNING") if side.get("status") == "STARTING" else side


def check_end(runner, state, status):
    """What the server itself holds is what was asked for, and as many jobs live as shall."""
    found = [one for one in runner.deployments("it") if one["status"] != "ARCHIVED" or state == "archived"]
    if state == "absent" or (state == "archived" and status is None):
        assert found == []
        return
    [deployment] = found or runner.deployments("it")
    if state in ENDS and not (state == "stopped" and deployment["status"] == "DRAFT"):
        assert deployment["status"] == ENDS[state]
    if state in ("stopped", "archived"):
        assert live(deployment) == []
    if state in ("started", "restarted"):
        assert len(live(deployment)) == 2
        assert {job["revision"] for job in live(deployment)} == {deployment["active_revision"]}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("status", STATUSES[:-2])
@pytest.mark.parametrize("state", ("present", "started", "stopped", "restarted"))
def test_changes_from_status(runner, state, status, release):
    """As above, with everything that can change changed as well."""
    deployment_id = bring_to(runner, status)
    options = {
        "id": deployment_id,
        "name": "new name",
        "replicas": 3,
        "timeout": 90,
        "job_definition": definition("new"),
    }
    runner.server.forget_requests()
    predicted = runner.run(check=True, state=state, **options)
    assert runner.mutations() == []
    done = runner.run(state=state, **options)
    assert (predicted.actions, predicted.failure) == (done.actions, None)
    if status == "INSUFFICIENT_FUNDS" and state in ("started", "restarted", "present"):
        # replicas go by stop and start there, which the missing credits meet again
        assert done.actions == predicted.actions
        if state == "present":  # it gives no promise that anything runs, and waits for nothing
            assert not done.failure and done.deployment["status"] in ("RUNNING", "INSUFFICIENT_FUNDS")
        else:
            assert "INSUFFICIENT_FUNDS" in done.failure
        return
    assert not done.failure
    assert passed(predicted.before) == passed(done.before) and predicted.after == done.after
    [deployment] = runner.deployments()
    assert (deployment["name"], deployment["replicas"], deployment["timeout"]) == ("new name", 3, 90)
    active = [one for one in deployment["revisions"] if one["revision"] == deployment["active_revision"]]
    assert active[0]["job_definition"]["ops"] == definition("new")["ops"]
    runs = state in ("started", "restarted") or (state == "present" and status in ("STARTING", "RUNNING"))
    assert len(live(deployment)) == (3 if runs else 0)
    assert {job["revision"] for job in live(deployment)} <= {deployment["active_revision"]}
    again = runner.run(state=state, **options)
    assert not again.failure and again.changed == (state == "restarted")


@pytest.mark.parametrize("release", ["current"])
@pytest.mark.parametrize("status", ["DRAFT"])
def test_endpoints_come_after_the_jobs(runner, status, release):
    done = runner.run(name="it", state="started", wait_for="endpoints", **CREATE)
    assert not done.failure and [one["online"] for one in done.deployment["endpoints"]] == [True]
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    done = runner.run(name="late", state="started", wait_for="endpoints", wait_timeout=20, **CREATE)
    assert "0 of 2 jobs running" in done.failure
