# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning as a table: what each state does from each status, and what is refused before anything is changed."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import Desired
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.plan import plan
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.snapshot import Snapshot

ID = "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
MARKET = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"


def definition(image="nginx:1.29"):
    args = {"image": image, "expose": 80}
    return {"version": "0.1", "type": "container", "ops": [{"id": "web", "type": "container/run", "args": args}]}


FIELDS = {"name": "a", "market": MARKET, "strategy": "SIMPLE", "replicas": 1, "timeout": 60}
REVISIONS = tuple(
    {"revision": number, "job_definition": definition(image), "created_at": "2026-08-0%d" % number}
    for number, image in ((1, "nginx:1.28"), (2, "nginx:1.29"))
)
JOB = {"job": "job1", "state": "RUNNING", "revision": 2}
LIST = {"task": "LIST", "due": False}


def deployment(status="RUNNING", **fields):
    base = dict(FIELDS, id=ID, active_revision=2, confidential=False, updated_at="2026-08-01T00:00:00.000Z")
    return base | {"status": status} | fields


def snapshot(status="RUNNING", live=(), lists=(), archived=(), **fields):
    found = None if status is None else deployment(status, **fields)
    return Snapshot(found, archived, revisions=REVISIONS, live_jobs=tuple(live), lists=tuple(lists))


def desired(state, job_definition=None, active_revision=None, by_id=False, **fields):
    name = fields.get("name", "a")
    return Desired(state, ID if by_id else None, name, dict({"name": name}, **fields), job_definition, active_revision)


def kinds(planned):
    return [step.kind for step in planned.steps]


STATUSES = ("DRAFT", "STARTING", "RUNNING", "STOPPING", "STOPPED", "INSUFFICIENT_FUNDS", "ERROR", "ARCHIVED")

# state: the actions from each of STATUSES, without any change of configuration; None: refused
ACTIONS = {
    "present": ([], [], [], [], [], [], [], []),
    "started": (["start"], [], [], ["start"], ["start"], [], ["start"], None),
    "stopped": ([], ["stop"], ["stop"], [], [], ["stop"], ["stop"], None),
    "archived": (
        ["update_replicas", "start", "stop", "archive"],
        ["stop", "archive"],
        ["stop", "archive"],
        ["archive"],
        ["archive"],
        ["stop", "archive"],
        ["stop", "archive"],
        [],
    ),
    "absent": (
        ["update_replicas", "start", "stop", "delete"],
        ["stop", "delete"],
        ["stop", "delete"],
        ["delete"],
        ["delete"],
        ["stop", "delete"],
        ["stop", "delete"],
        None,
    ),
}
CELLS = [(state, status, ACTIONS[state][i]) for state in ACTIONS for i, status in enumerate(STATUSES)]


@pytest.mark.parametrize(("state", "status", "actions"), CELLS)
def test_each_state_from_each_status(state, status, actions):
    wanted = Desired(state, ID)
    if actions is None:
        with pytest.raises(InvalidOptions, match="ARCHIVED"):
            plan(wanted, snapshot(status))
    else:
        assert plan(wanted, snapshot(status)).actions == actions


@pytest.mark.parametrize("status", STATUSES[:-1])
@pytest.mark.parametrize("state", ("archived", "absent"))
def test_nothing_is_removed_before_it_is_proven_idle(state, status):
    assert kinds(plan(desired(state), snapshot(status)))[-2:] == [
        "ensure_no_jobs",
        "archive" if state == "archived" else "delete",
    ]


@pytest.mark.parametrize("status", ("STARTING", "RUNNING", "STOPPING", "STOPPED", "INSUFFICIENT_FUNDS", "ERROR"))
@pytest.mark.parametrize("state", ("present", "started", "stopped"))
def test_every_change_of_one_that_is_no_draft_is_preceded_by_a_settle(state, status):
    wanted = desired(state, definition("new"), by_id=True, name="b", replicas=3, timeout=90)
    steps = plan(wanted, snapshot(status)).steps
    assert [step.kind for step in steps if step.changes]
    for before, step in zip((None,) + steps, steps):
        assert not step.changes or step.kind == "stop" or before.kind == "wait_until_idle"


def test_changes_come_in_order_and_start_last():
    wanted = desired("started", definition("new"), by_id=True, name="b", replicas=3, timeout=90)
    planned = plan(wanted, snapshot("STOPPED"))
    assert planned.actions == ["update_name", "update_timeout", "update_replicas", "create_revision", "start"]


def test_a_draft_is_changed_without_waiting():
    planned = plan(desired("started", definition("new"), replicas=3), snapshot("DRAFT"))
    assert kinds(planned) == ["update_replicas", "create_revision", "start"]


def test_stopped_stops_before_anything_else_changes():
    planned = plan(desired("stopped", definition("new"), replicas=3), snapshot("RUNNING", [JOB]))
    assert planned.actions == ["stop", "update_replicas", "create_revision"]
    assert kinds(planned)[:4] == ["stop", "wait_for_status_change", "ensure_no_jobs", "wait_until_idle"]


def test_a_new_schedule_waits_for_a_stop_to_end():
    wanted = desired("present", schedule="0 1 * * *")
    planned = plan(wanted, snapshot("STOPPING", strategy="SCHEDULED", schedule="0 0 * * *"))
    assert kinds(planned) == ["wait_for_status_change", "wait_until_idle", "update_schedule"]


# --- what runs on a stopped one


def test_stopped_means_that_nothing_runs():
    assert plan(desired("stopped"), snapshot("STOPPED", [JOB])).actions == ["stop_jobs"]
    assert plan(desired("stopped"), snapshot("STOPPED", lists=[LIST])).actions == ["stop_jobs"]


def test_present_leaves_what_runs_on_a_stopped_one_and_warns():
    planned = plan(desired("present"), snapshot("STOPPED", [JOB]))
    assert planned.actions == []
    assert "job1" in planned.warnings[0] and "state: stopped" in planned.warnings[0]


@pytest.mark.parametrize(
    ("strategy", "revision", "actions"),
    [
        ("SIMPLE", 2, ["start"]),  # start lists only what is missing
        ("SIMPLE-EXTEND", 2, ["start"]),
        ("SIMPLE", 1, ["stop_jobs", "start"]),
        ("INFINITE", 2, ["stop_jobs", "start"]),  # start would double what runs
        ("SCHEDULED", 2, ["stop_jobs", "start"]),
    ],
)
def test_starting_a_stopped_one_with_live_jobs(strategy, revision, actions):
    found = snapshot("STOPPED", [dict(JOB, revision=revision)], strategy=strategy)
    assert plan(desired("started"), found).actions == actions


def test_starting_from_error_stops_what_still_runs():
    assert plan(desired("started"), snapshot("ERROR", [JOB])).actions == ["stop", "start"]


@pytest.mark.parametrize("state", ("archived", "absent"))
def test_removal_stops_stray_jobs(state):
    planned = plan(desired(state), snapshot("STOPPED", [JOB]))
    assert planned.actions[0] == "stop_jobs"
    assert planned.before["live_jobs"] == 1


# --- replicas while a listing that failed waits


def test_replicas_go_around_a_listing_that_waits():
    assert plan(desired("present", replicas=3), snapshot("RUNNING", lists=[LIST])).actions == [
        "stop",
        "update_replicas",
        "start",
    ]
    assert plan(desired("started", replicas=3), snapshot("INSUFFICIENT_FUNDS")).actions == [
        "stop",
        "update_replicas",
        "start",
    ]


def test_a_rotation_that_waits_is_no_failed_listing():
    found = snapshot("RUNNING", [JOB], [LIST], strategy="INFINITE", rotation_time=20)
    assert plan(desired("present", replicas=3), found).actions == ["update_replicas"]
    assert (
        plan(desired("present", replicas=3), snapshot("RUNNING", [], [LIST], strategy="INFINITE")).actions[0] == "stop"
    )


# --- revisions


def test_an_equal_definition_is_no_change():
    stored = dict(definition("nginx:1.29"), deployment_id=ID, meta={"trigger": "deployment-manager"})
    assert plan(desired("present", definition("nginx:1.29")), snapshot("RUNNING")).actions == []
    found = Snapshot(deployment(), revisions=({"revision": 2, "job_definition": stored, "created_at": "1"},))
    assert plan(desired("present", definition("nginx:1.29")), found).actions == []


def test_where_a_number_occurs_twice_the_oldest_is_what_runs():
    twice = REVISIONS + ({"revision": 2, "job_definition": definition("newest"), "created_at": "2026-08-03"},)
    found = Snapshot(deployment(), revisions=twice)
    assert plan(desired("present", definition("nginx:1.29")), found).actions == []
    assert plan(desired("present", definition("newest")), found).actions == ["create_revision"]


@pytest.mark.parametrize(
    ("active", "after_highest", "number"),
    [(2, True, 3), (1, True, 3), (2, False, 3), (1, False, 3), (None, True, None)],
)
def test_the_number_of_a_new_revision_is_predicted_for_either_way_of_counting(active, after_highest, number):
    """Of revisions 1 and 2, active 1: a server that counts from it makes another 2 first, which is made again."""
    found = dataclasses.replace(snapshot("STOPPED", active_revision=active), numbers_after_highest=after_highest)
    assert plan(desired("present", definition("new")), found).deployment["active_revision"] == number


def test_going_back_to_a_revision():
    planned = plan(desired("present", active_revision=1), snapshot("RUNNING"))
    assert planned.actions == ["switch_revision"]
    assert (planned.before["active_revision"], planned.after["active_revision"]) == (2, 1)
    assert plan(desired("present", active_revision=2), snapshot("RUNNING")).actions == []
    with pytest.raises(InvalidOptions, match="no revision 7, only 1, 2"):
        plan(desired("present", active_revision=7), snapshot("RUNNING"))


# --- creating


def creating(state="present", **fields):
    return desired(state, definition(), **dict(FIELDS, **fields))


def test_create():
    planned = plan(creating(), snapshot(None))
    assert planned.actions == ["create"]
    assert planned.before == {}
    assert planned.after["status"] == "DRAFT" and planned.after["job_definition"] == definition()
    unknown = {key for key, value in planned.deployment.items() if value is None}
    assert unknown == {"id", "vault", "owner", "created_at", "updated_at", "confidential"}
    assert planned.deployment["endpoints"] == [{"opId": "web", "port": 80, "url": None}]


@pytest.mark.parametrize("given", [{}, {"rotation_time": 30}])
def test_create_shows_the_rotation_that_the_server_chooses(given):
    planned = plan(creating(strategy="INFINITE", **given), snapshot(None))
    assert planned.deployment["rotation_time"] == given.get("rotation_time")
    assert "rotation_time" in planned.deployment and "schedule" not in planned.deployment
    assert ("rotation_time" in planned.after) == bool(given)


def test_create_and_start():
    planned = plan(creating("started"), snapshot(None))
    assert planned.actions == ["create", "start"]
    assert planned.after["status"] == "RUNNING"


def test_create_never_uses_autostart():
    assert "autostart" not in plan(creating("started"), snapshot(None)).steps[0].value


@pytest.mark.parametrize("missing", ["market", "strategy", "replicas", "timeout"])
def test_create_says_what_is_missing(missing):
    fields = {key: value for key, value in FIELDS.items() if key != missing}
    with pytest.raises(InvalidOptions, match="lacks: " + missing):
        plan(desired("present", definition(), **fields), snapshot(None))


def test_create_needs_a_schedule_a_definition_and_a_replica():
    with pytest.raises(InvalidOptions, match="lacks: schedule"):
        plan(creating(strategy="SCHEDULED"), snapshot(None))
    with pytest.raises(InvalidOptions, match="lacks: job_definition"):
        plan(desired("started", **FIELDS), snapshot(None))
    with pytest.raises(InvalidOptions, match="at least 1"):
        plan(creating(replicas=0), snapshot(None))


def test_stopped_makes_a_draft_only_from_all_options():
    assert plan(creating("stopped"), snapshot(None)).actions == ["create"]
    assert plan(desired("stopped"), snapshot(None)).actions == []
    for missing in set(FIELDS) - {"name"}:
        fields = {name: value for name, value in FIELDS.items() if name != missing}
        assert plan(desired("stopped", definition(), **fields), snapshot(None)).actions == []
    assert plan(desired("stopped", **FIELDS), snapshot(None)).actions == []
    assert plan(creating("stopped", strategy="SCHEDULED"), snapshot(None)).actions == []


def test_one_that_is_not_there_is_archived_and_absent_already():
    old = deployment("ARCHIVED")
    assert plan(desired("absent"), snapshot(None)).actions == []
    assert plan(desired("archived"), snapshot(None)).deployment == {}
    assert plan(desired("archived"), snapshot(None, archived=(old,))).deployment == old


# --- what is refused


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("market", "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq", {}),
        ("strategy", "INFINITE", {}),
        ("confidential", True, {}),
        ("rotation_time", 30, {"strategy": "INFINITE", "rotation_time": 20, "timeout": 120}),
    ],
)
def test_what_is_fixed_at_creation_is_refused(field, value, found):
    found = dataclasses.replace(snapshot("RUNNING", **found), fixed=frozenset(["market"]))
    with pytest.raises(InvalidOptions, match="fixed when a deployment is created.*%s.*on_immutable_change" % field):
        plan(desired("present", **{field: value}), found)


def test_a_market_changes_in_place_where_the_server_can():
    wanted = desired("present", market="7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq")
    assert plan(wanted, snapshot("RUNNING", [JOB])).actions == ["update_market"]


def test_what_can_not_change_may_be_ignored():
    wanted = dataclasses.replace(desired("present", strategy="INFINITE", timeout=90), on_immutable_change="ignore")
    planned = plan(wanted, snapshot("RUNNING"))
    assert planned.actions == ["update_timeout"]
    assert "strategy (SIMPLE, not INFINITE)" in planned.warnings[0]
    assert "strategy" not in planned.after


# --- replacing


def replacing(state="present", **fields):
    fields = FIELDS | {"strategy": "INFINITE", "timeout": 120} | fields
    wanted = desired(state, definition("new"), **fields)
    return dataclasses.replace(wanted, on_immutable_change="replace")


@pytest.mark.parametrize(
    ("state", "status", "actions"),
    [
        ("present", "RUNNING", ["create", "stop", "archive", "start"]),
        ("present", "STOPPED", ["create", "archive"]),
        ("started", "STOPPED", ["create", "archive", "start"]),
        ("restarted", "STOPPED", ["create", "archive", "start"]),
        ("stopped", "RUNNING", ["create", "stop", "archive"]),
        ("started", "DRAFT", ["create", "update_replicas", "start", "stop", "archive", "start"]),
        ("present", "INSUFFICIENT_FUNDS", ["create", "stop", "archive", "start"]),
    ],
)
def test_a_replacement_is_created_first_and_started_last(state, status, actions):
    planned = plan(replacing(state), snapshot(status))
    assert planned.actions == actions
    assert planned.replaced_id == ID
    assert [step.kind for step in planned.steps if not step.old] == [
        kind for kind in (actions[0], actions[-1]) if kind in ("create", "start")
    ]
    assert (planned.before["strategy"], planned.after["strategy"]) == ("SIMPLE", "INFINITE")


def test_a_replacement_that_was_begun_is_gone_on_with():
    draft = dict(deployment("DRAFT"), strategy="INFINITE", timeout=120)
    planned = plan(replacing("started"), dataclasses.replace(snapshot("RUNNING"), replacement=draft))
    assert planned.actions == ["stop", "archive", "start"]


def test_two_that_are_no_replacement_are_refused():
    same = {"strategy": "INFINITE", "timeout": 120}
    found = Snapshot(deployment() | same, revisions=REVISIONS, live_jobs=(), replacement=deployment("DRAFT") | same)
    with pytest.raises(InvalidOptions, match="two deployments are named"):
        plan(replacing(), found)


def test_a_replacement_needs_all_options_to_create():
    wanted = dataclasses.replace(desired("present", strategy="INFINITE"), on_immutable_change="replace")
    with pytest.raises(InvalidOptions, match="lacks: timeout, replicas, market, job_definition"):
        plan(wanted, snapshot("RUNNING"))


# --- what only newer servers have

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFpQ7vLPzRk0m4Jm1mQkQv1o3Z4l7cN0d5mXy2pQ9aBc"


def test_newer_fields_change_by_their_own_operations():
    found = snapshot("STOPPED", strategy="INFINITE", endpoints=[{"opId": "web"}], startup_timeout=10)
    wanted = desired("present", requirements={"ram_gb": 24}, startup_timeout=20, ssh_public_keys=[SSH_KEY + " me"])
    assert plan(wanted, found).actions == ["update_startup_timeout", "update_ssh_keys", "update_requirements"]


def test_a_key_is_its_type_and_material():
    found = dataclasses.replace(snapshot("STOPPED"), ssh_public_keys=(SSH_KEY + " you",))
    assert plan(desired("present", ssh_public_keys=[SSH_KEY, SSH_KEY + " me"]), found).actions == []
    assert plan(desired("present", ssh_public_keys=[]), found).actions == ["update_ssh_keys"]


def test_empty_requirements_clear():
    assert plan(desired("present", requirements={}), snapshot("STOPPED", requirements=None)).actions == []
    assert plan(desired("present", requirements={}), snapshot("STOPPED")).actions == []
    assert plan(desired("present", requirements={}), snapshot("STOPPED", requirements={"ram_gb": 8})).actions == [
        "update_requirements"
    ]


def test_a_startup_timeout_needs_a_port():
    found = snapshot("STOPPED", strategy="INFINITE", endpoints=[])
    with pytest.raises(InvalidOptions, match="startup_timeout: needs a job definition that exposes a port"):
        plan(desired("present", startup_timeout=20), found)


# --- restarting


@pytest.mark.parametrize(
    ("status", "live", "actions"),
    [
        ("DRAFT", [], ["start"]),
        ("STARTING", [], ["stop", "start"]),
        ("RUNNING", [JOB], ["stop", "start"]),
        ("STOPPING", [JOB], ["start"]),
        ("STOPPED", [], ["start"]),
        ("INSUFFICIENT_FUNDS", [], ["stop", "start"]),
        ("ERROR", [], ["start"]),
        ("ERROR", [JOB], ["stop", "start"]),
    ],
)
def test_restarted_is_always_a_change(status, live, actions):
    planned = plan(desired("restarted"), snapshot(status, live))
    assert planned.actions == actions
    assert planned.before != planned.after


def test_a_revision_on_a_running_one_is_the_restart():
    assert plan(desired("restarted", definition("new")), snapshot("RUNNING", [JOB])).actions == ["create_revision"]


def test_what_is_not_there_can_not_be_restarted():
    with pytest.raises(InvalidOptions, match="nothing to restart"):
        plan(creating("restarted"), snapshot(None))


@pytest.mark.parametrize("state", ("present", "started", "stopped", "restarted"))
@pytest.mark.parametrize("immutable", ("fail", "ignore"))
@pytest.mark.parametrize(
    ("option", "value", "strategy"),
    [("schedule", "0 0 * * *", "SCHEDULED"), ("rotation_time", 30, "INFINITE"), ("startup_timeout", 20, "INFINITE")],
)
def test_options_of_another_strategy_are_refused(option, value, strategy, immutable, state):
    wanted = dataclasses.replace(desired(state, **{option: value}), on_immutable_change=immutable)
    with pytest.raises(InvalidOptions, match="%s: is only for strategy %s, not for SIMPLE" % (option, strategy)):
        plan(wanted, snapshot("RUNNING"))


def test_a_timeout_that_the_rotation_does_not_fit_in_is_refused():
    found = snapshot("RUNNING", strategy="INFINITE", rotation_time=60, timeout=120)
    with pytest.raises(InvalidOptions, match="rotation_time"):
        plan(desired("present", timeout=70), found)


def test_a_name_that_another_one_has_is_refused():
    found = Snapshot(deployment(), name_holders=("b (other)",))
    with pytest.raises(InvalidOptions, match="already the name of b"):
        plan(desired("present", by_id=True, name="b"), found)


@pytest.mark.parametrize("state", ("archived", "absent"))
def test_removal_by_id_minds_the_name(state):
    with pytest.raises(InvalidOptions, match="nothing was removed"):
        plan(desired(state, by_id=True, name="b"), snapshot("STOPPED"))
    assert plan(desired(state, by_id=True, name="a"), snapshot("STOPPED")).actions


@pytest.mark.parametrize("state", ("present", "started", "stopped", "archived", "absent"))
def test_a_status_from_the_future_is_refused(state):
    with pytest.raises(InvalidOptions, match="PAUSED"):
        plan(desired(state), snapshot("PAUSED"))


def test_an_archived_one_can_only_be_left_as_it_is():
    assert plan(desired("present", by_id=True, replicas=1), snapshot("ARCHIVED")).actions == []
    with pytest.raises(InvalidOptions, match="ARCHIVED"):
        plan(desired("present", by_id=True, replicas=2), snapshot("ARCHIVED"))


def test_starting_what_ran_to_its_end_warns():
    found = Snapshot(deployment("STOPPED"), revisions=REVISIONS, live_jobs=(), ran_to_end=True)
    planned = plan(desired("started"), found)
    assert planned.actions == ["start"]
    assert "had run to its end" in planned.warnings[0] and "state: completed" in planned.warnings[0]


def test_the_diff_counts_jobs_only_where_their_number_changes():
    stopping = plan(desired("stopped"), snapshot("RUNNING", [JOB]))
    assert (stopping.before["live_jobs"], stopping.after["live_jobs"]) == (1, 0)
    assert "live_jobs" not in plan(desired("present", timeout=90), snapshot("RUNNING", [JOB])).before
    scaling = plan(desired("present", replicas=3), snapshot("RUNNING", [JOB]))
    assert (scaling.before["live_jobs"], scaling.after["live_jobs"]) == (1, 3)


@pytest.mark.parametrize("strategy", ("SIMPLE", "INFINITE"))
def test_jobs_of_one_that_is_being_stopped_end_by_themselves(strategy):
    before = snapshot("STOPPING", live=[JOB], strategy=strategy)
    assert plan(desired("started"), before).actions == ["start"]


def test_the_diff_is_in_the_order_of_the_table_whatever_the_order_of_the_options():
    fields = {"market": MARKET, "timeout": 90, "replicas": 3, "name": "b"}
    for given in (fields, dict(reversed(fields.items()))):
        planned = plan(desired("stopped", definition("new"), by_id=True, **given), snapshot("RUNNING", [JOB]))
        shown = ["name", "timeout", "replicas", "market", "job_definition", "status", "live_jobs"]
        assert list(planned.before) == list(planned.after) == shown
        planned = plan(desired("present", definition(), **dict(given, strategy="SIMPLE")), snapshot(None))
        assert list(planned.after) == ["name", "timeout", "replicas", "market", "strategy", "job_definition", "status"]


def test_what_is_left_out_is_in_no_diff():
    planned = plan(desired("present", timeout=90), snapshot("RUNNING", [JOB]))
    assert (planned.before, planned.after) == ({"name": "a", "timeout": 60}, {"name": "a", "timeout": 90})


@pytest.mark.parametrize("status", ("RUNNING", "STOPPED", "DRAFT", "ERROR"))
def test_the_diff_of_a_removal_shows_all_that_goes(status):
    gone = plan(desired("absent"), snapshot(status))
    assert gone.before == dict(FIELDS, confidential=False, status=status, job_definition=definition("nginx:1.29"))
    assert gone.after == {}
    archived = plan(desired("archived"), snapshot(status))
    assert archived.before == gone.before and archived.after["status"] == "ARCHIVED"


@pytest.mark.parametrize(
    ("state", "status", "goal"),
    [
        ("started", "STOPPED", "RUNNING"),
        ("stopped", "RUNNING", "STOPPED"),
        ("restarted", "RUNNING", "RUNNING (restarted)"),
        ("restarted", "DRAFT", "RUNNING"),
    ],
)
def test_the_diff_shows_the_status_as_its_goal(state, status, goal):
    planned = plan(desired(state), snapshot(status))
    assert (planned.before["status"], planned.after["status"]) == (status, goal)
