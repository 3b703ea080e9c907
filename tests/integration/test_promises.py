# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guarantees (see docs/development) that no other test holds: which deployment is meant, what is managed, what
is replaced."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, MARKET, OTHER_MARKET, Runner, definition, live

RELEASES = ("guide", "2026-08", "current")
OLDER, NEWER = RELEASES[:2], RELEASES[1:]
STATES = ("present", "started", "stopped", "restarted", "archived", "absent")
#: An id that no deployment has.
NOBODY = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFpQ7vLPzRk0m4Jm1mQkQv1o3Z4l7cN0d5mXy2pQ9aBc"
JOBS = [{"state": "RUNNING"}, {"state": "RUNNING"}]


@pytest.fixture
def runner(patient_server, release):
    patient_server.reset(release=release, step=1)
    return Runner(patient_server, leaps=True)


def every(*releases):
    return pytest.mark.parametrize("release", releases or RELEASES)


def do(runner, **task):
    """Runs a task that is to succeed."""
    done = runner.run(**task)
    assert done.failure is None
    return done


def refuse(runner, *words, **task):
    """Runs a task that is to fail before it sends anything that could change something, in check mode too."""
    runner.server.forget_requests()
    predicted, done = runner.run(check=True, **task), runner.run(**task)
    assert done.failure and predicted.failure == done.failure
    assert all(word in done.failure for word in words), done.failure
    assert not done.changed and runner.mutations() == []


# --- who ---


@every()
@pytest.mark.parametrize("state", STATES)
def test_a_name_that_two_live_ones_share_is_refused_with_their_ids(runner, state):
    ids = [runner.seed(name="it", **CREATE, status=status) for status in ("STOPPED", "RUNNING")]
    archived = runner.seed(name="it", **CREATE, status="ARCHIVED")
    refuse(runner, *ids, name="it", state=state, **CREATE)
    assert archived not in runner.run(name="it", state=state).failure


@every()
def test_archived_ones_do_not_count_for_a_name(runner):
    """A new one is made, time and again, though archiving does not free the key of a create."""
    ids = {runner.seed(name="it", **CREATE, status="ARCHIVED")}
    for _time in range(2):
        made = do(runner, name="it", **CREATE)
        assert made.actions == ["create"] and made.deployment["id"] not in ids
        assert not do(runner, name="it", **CREATE).changed
        assert do(runner, name="it", state="archived").changed
        ids.add(made.deployment["id"])
    assert {one["id"] for one in runner.deployments("it")} == ids


@every()
def test_an_archived_one_of_the_name_is_what_archived_asks_for(runner):
    archived = runner.seed(name="it", **CREATE, status="ARCHIVED")
    runner.server.forget_requests()
    done = do(runner, name="it", state="archived")
    assert not done.changed and done.deployment["id"] == archived
    done = do(runner, name="it", state="absent")
    assert not done.changed and done.deployment == {}
    assert runner.mutations() == []


@every()
@pytest.mark.parametrize("state", STATES)
def test_an_unknown_id_never_creates(runner, state):
    if state == "absent":
        done = do(runner, id=NOBODY, name="it", state=state, **CREATE)
        assert (done.changed, done.deployment) == (False, {})
    else:
        refuse(runner, "no deployment of this account is " + NOBODY, id=NOBODY, name="it", state=state, **CREATE)
    assert runner.deployments() == [] and runner.mutations() == []


@every(*NEWER)
@pytest.mark.parametrize("state", ("present", "started", "stopped", "restarted"))
def test_a_rename_to_a_name_that_a_live_one_has_is_refused(runner, state):
    one, other = (runner.seed(name=name, **CREATE, status="STOPPED") for name in ("one", "other"))
    refuse(runner, "'other' is already the name of", other, id=one, name="other", state=state, replicas=3)
    assert runner.deployments("one")[0]["replicas"] == 2


@every(*NEWER)
def test_the_name_of_an_archived_one_is_free(runner):
    one = runner.seed(name="one", **CREATE, status="STOPPED")
    runner.seed(name="other", **CREATE, status="ARCHIVED")
    assert do(runner, id=one, name="other").actions == ["update_name"]


@every()
def test_an_archived_one_by_id_without_differences_is_no_change(runner):
    archived = runner.seed(name="it", **CREATE, status="ARCHIVED")
    runner.server.forget_requests()
    for task in ({}, {"name": "it"}, {"name": "it", **CREATE}, {"state": "archived", "replicas": 9}):
        done = do(runner, id=archived, **task)
        assert not done.changed and done.deployment["status"] == "ARCHIVED"
    assert runner.mutations() == []


@every()
@pytest.mark.parametrize(
    "difference", [{"name": "b"}, {"replicas": 3}, {"timeout": 90}, {"job_definition": definition("new")}], ids=str
)
def test_an_archived_one_by_id_with_a_difference_fails(runner, difference):
    archived = runner.seed(name="it", **CREATE, status="ARCHIVED")
    refuse(runner, "is ARCHIVED", "name without the id", id=archived, **difference)


# --- what ---

#: One option each, what it makes of the deployment, and the releases that can change it.
ONE_OPTION = [
    ({"replicas": 3}, RELEASES),
    ({"timeout": 90}, RELEASES),
    ({"schedule": "5 5 * * *"}, RELEASES),
    ({"name": "b"}, NEWER),
    ({"market": OTHER_MARKET}, ("current",)),
    ({"requirements": {"ram_gb": 24}}, ("current",)),
    ({"ssh_public_keys": []}, ("current",)),
]


@pytest.mark.parametrize("option, release", [(option, one) for option, releases in ONE_OPTION for one in releases])
def test_what_a_task_does_not_give_is_left_alone(runner, option):
    seeded = {"requirements": {"ram_gb": 8}, "ssh_public_keys": [SSH_KEY]}
    kind = {"strategy": "SCHEDULED", "schedule": "0 0 1 1 *", "status": "STOPPED", "confidential": True}
    key = runner.seed(name="it", **CREATE | seeded | kind)
    [before] = runner.deployments()
    assert do(runner, id=key, **option).changed
    [after] = runner.deployments()
    changed = {name: after[name] for name in after if after[name] != before[name] and name != "updated_at"}
    assert changed == option


@every("current")
def test_an_empty_value_clears(runner):
    key = runner.seed(name="it", **CREATE, status="STOPPED", requirements={"ram_gb": 8}, ssh_public_keys=[SSH_KEY])
    cleared = do(runner, id=key, requirements={})
    assert (cleared.actions, cleared.deployment["requirements"]) == (["update_requirements"], None)
    assert do(runner, id=key, ssh_public_keys=[]).actions == ["update_ssh_keys"]
    [deployment] = runner.deployments()
    assert (deployment["requirements"], deployment["ssh_public_keys"]) == (None, [])
    assert not do(runner, id=key, requirements={}, ssh_public_keys=[]).changed


@every("current")
@pytest.mark.parametrize("status", ["STOPPED", "RUNNING"])
def test_requirements_go_together_with_the_market(runner, status):
    """The server writes both at once: hosts of the old market may not meet the new requirements."""
    jobs = [{"state": "RUNNING"}] * 2 if status == "RUNNING" else []
    key = runner.seed(name="it", **CREATE, status=status, jobs=jobs)
    wanted = {"requirements": {"ram_gb": 8}, "market": OTHER_MARKET}
    refusal = {"kind": "status", "status": 403, "body": {"error": "no"}, "operation": "update_market"}
    runner.server.control("PUT", "/faults", [refusal])
    done = runner.run(id=key, **wanted)
    assert (done.reason, done.actions) == ("refused", ["update_requirements"])
    [deployment] = runner.deployments()
    assert {name: deployment[name] for name in wanted} == wanted
    assert do(runner, id=key, requirements={"ram_gb": 16}).actions == ["update_requirements"]
    assert runner.deployments()[0]["market"] == OTHER_MARKET


@every("current")
def test_requirements_and_a_market_are_two_actions(runner):
    key = runner.seed(name="it", **CREATE, status="STOPPED")
    wanted = {"requirements": {"ram_gb": 8}, "market": OTHER_MARKET}
    assert runner.run(check=True, id=key, **wanted).actions == ["update_requirements", "update_market"]
    assert do(runner, id=key, **wanted).actions == ["update_requirements", "update_market"]
    assert not do(runner, id=key, **wanted).changed


@every("current")
@pytest.mark.parametrize("has, wanted", [([], 1), ([0], 2), ([0, 1], 0), ([0, 1], 1)])
def test_ssh_keys_are_added_and_removed_where_the_whole_set_is_not_taken(runner, has, wanted):
    runner.server.control("PUT", "/server", {"ssh_keys": "edit"})
    keys = [SSH_KEY, SSH_KEY[:-1] + "d"]
    key = runner.seed(name="it", **CREATE, status="STOPPED", ssh_public_keys=[keys[one] for one in has])
    done = do(runner, id=key, ssh_public_keys=keys[:wanted])
    assert done.actions == ["update_ssh_keys"]
    assert runner.deployments()[0]["ssh_public_keys"] == keys[:wanted]
    assert not do(runner, id=key, ssh_public_keys=keys[:wanted]).changed


@every("current")
@pytest.mark.parametrize("operation", ["add_ssh_keys", "remove_ssh_keys"])
@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "garbage"])
def test_ssh_keys_whose_change_is_not_answered_are_read_back(runner, operation, kind):
    runner.server.control("PUT", "/server", {"ssh_keys": "edit"})
    key = runner.seed(name="it", **CREATE, status="STOPPED", ssh_public_keys=[SSH_KEY])
    runner.server.control("PUT", "/faults", [{"kind": kind, "operation": operation, "times": 2}])
    impatient = Runner(runner.server, leaps=True, retries=0)
    wanted = [SSH_KEY[:-1] + "d"]
    assert do(impatient, id=key, ssh_public_keys=wanted).actions == ["update_ssh_keys"]
    assert runner.deployments()[0]["ssh_public_keys"] == wanted


@every(*OLDER)
def test_an_empty_value_is_what_there_is_where_the_server_does_not_know_the_field(runner):
    task = {"name": "it", **CREATE, "requirements": {}, "ssh_public_keys": []}
    assert do(runner, **task).actions == ["create"]
    runner.server.forget_requests()
    for state in ("present", "stopped"):
        assert not do(runner, state=state, **task).changed
    assert runner.mutations() == []


#: Options that older servers do not know or can't change, and these servers.
UNKNOWN = [
    ({"requirements": {"ram_gb": 8}}, OLDER),
    ({"ssh_public_keys": [SSH_KEY]}, OLDER),
    ({"startup_timeout": 5}, OLDER),
    ({"name": "other"}, ("guide",)),
    ({"active_revision": 1}, ("guide",)),
]


UNKNOWN_CASES = [
    (option, release, status)
    for option, releases in UNKNOWN
    for release in releases
    for status in ("DRAFT", "RUNNING", "STOPPED", None)
    if status or not {"name", "active_revision"} & option.keys()
]


@pytest.mark.parametrize("option, release, status", UNKNOWN_CASES)
def test_what_the_server_does_not_know_is_refused(runner, status, option):
    """On one that is there and on a new one, before anything else is changed: with the option and the remedy."""
    [name] = option
    kind = CREATE | {"strategy": "INFINITE", "timeout": 120}
    task = {"name": "it", **kind, **option}
    if status:
        revisions = [{"revision": n, "job_definition": definition(image)} for n, image in ((1, "a"), (2, "b"))]
        jobs = JOBS if status == "RUNNING" else []
        task = {"id": runner.seed(name="it", **kind, status=status, jobs=jobs, revisions=revisions), **option}
    words = (name + ": the API at " + runner.server.api_url, "ask for a newer server", "Nothing was changed.")
    refuse(runner, *words, **task | {"replicas": 3, "state": "started"})


@every()
@pytest.mark.parametrize("state, last", [("archived", "archive"), ("absent", "delete")])
def test_a_removal_ignores_configuration_and_does_not_judge_it(runner, state, last):
    key = runner.seed(name="it", **CREATE, status="RUNNING", jobs=JOBS)
    nonsense = {"replicas": -1, "timeout": 5, "market": "", "strategy": "SIMPLE", "schedule": "x", "rotation_time": 0}
    newer = {"requirements": {"ram_gb": []}, "startup_timeout": 0, "ssh_public_keys": ["x"], "active_revision": 9}
    more = {"job_definition": {"token": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}, "on_immutable_change": "replace"}
    options = {"id": key, "name": "it", "state": state, "wait_for": "endpoints", **nonsense, **newer, **more}
    predicted, done = runner.run(check=True, **options), do(runner, **options)
    assert predicted.actions == done.actions == ["stop", last]


# --- revisions ---


@every()
@pytest.mark.parametrize("strategy", ("SIMPLE", "SIMPLE-EXTEND", "INFINITE"))
@pytest.mark.parametrize("state, status", [("present", "ERROR"), ("stopped", "STOPPED")])
def test_a_revision_of_one_in_error_runs_nothing(runner, state, status, strategy):
    """As of one that is STOPPED: what ran is ended, and what the server lists for it, too."""
    key = runner.seed(name="it", **CREATE | {"strategy": strategy, "status": "ERROR", "jobs": JOBS})
    assert "create_revision" in do(runner, id=key, state=state, job_definition=definition("new")).actions
    runner.server.control("POST", "/advance", {"seconds": 60})
    [deployment] = runner.deployments()
    assert (deployment["status"], live(deployment), deployment["tasks"]) == (status, [], [])


# --- what can't change in place ---


@every(*OLDER)
def test_a_market_is_fixed_where_the_server_can_not_change_it(runner):
    key = runner.seed(name="it", **CREATE, status="RUNNING", jobs=JOBS)
    move = {"market": OTHER_MARKET, "replicas": 3}
    refuse(runner, "fixed when a deployment is created", "market (%s" % MARKET, id=key, **move)
    assert runner.deployments()[0]["replicas"] == 2
    done = do(runner, id=key, on_immutable_change="ignore", **move)
    assert done.actions == ["update_replicas"] and "left as it is: market" in done.warnings[0]
    assert runner.deployments()[0]["market"] == MARKET


REPLACEMENT = {"name": "it", "on_immutable_change": "replace", **CREATE, "strategy": "INFINITE", "timeout": 120}


@every()
@pytest.mark.parametrize(
    "status, state, actions",
    [
        ("RUNNING", "present", ["create", "stop", "archive", "start"]),
        ("RUNNING", "stopped", ["create", "stop", "archive"]),
        ("STOPPED", "present", ["create", "archive"]),
        ("STOPPED", "started", ["create", "archive", "start"]),
    ],
)
def test_a_replacement(runner, status, state, actions):
    old = runner.seed(name="it", **CREATE, status=status, jobs=JOBS if status == "RUNNING" else [])
    task = dict(REPLACEMENT, state=state)
    predicted, done = runner.run(check=True, **task), do(runner, **task)
    assert predicted.actions == done.actions == actions
    assert (predicted.before, predicted.after) == (done.before, done.after)
    assert predicted.replaced_id == done.replaced_id == old and done.deployment["id"] != old
    by_id = {one["id"]: one for one in runner.deployments("it")}
    assert by_id[old]["status"] == "ARCHIVED" and live(by_id[old]) == []
    new = by_id[done.deployment["id"]]
    runs = actions[-1] == "start"
    assert len(by_id) == 2 and (new["status"], new["strategy"]) == ("RUNNING" if runs else "DRAFT", "INFINITE")
    assert do(runner, **task).changed is False


@every()
def test_what_can_not_be_created_replaces_nothing(runner):
    old = runner.seed(name="it", **CREATE, status="RUNNING", jobs=JOBS)
    fault = {"operation": "create", "kind": "status", "status": 400, "body": {"error": "Bad Request"}}
    runner.server.control("PUT", "/faults", [fault])
    done = runner.run(**REPLACEMENT)
    assert "Bad Request" in done.failure and (done.changed, done.actions) == (False, [])
    [deployment] = runner.deployments()
    assert (deployment["id"], deployment["status"], len(live(deployment))) == (old, "RUNNING", 2)


@every()
@pytest.mark.parametrize(
    "difference", [{"replicas": 1}, {"job_definition": definition("new")}, {"status": "STOPPED"}], ids=str
)
def test_a_second_one_that_is_not_the_draft_asked_for_is_no_replacement(runner, difference):
    asked_for = {key: REPLACEMENT[key] for key in CREATE}
    ids = [runner.seed(name="it", **CREATE, status="STOPPED")]
    ids.append(runner.seed(name="it", **asked_for | {"status": "DRAFT"} | difference))
    refuse(runner, "2 deployments are named 'it'", *ids, **REPLACEMENT)
