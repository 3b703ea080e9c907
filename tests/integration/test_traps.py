# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's traps: whatever a task changes, in the end just what was asked for runs, and nothing on what is stopped.

Each trap is one that the vendor's own server was seen to set (see the simulator's listeners and worker): changes that
get in each other's way, jobs that are listed on a STOPPED deployment, numbers of revisions that occur twice.
"""

from __future__ import annotations

import datetime

import pytest

from .inprocess import CREATE, OTHER_MARKET, Runner, definition, live, running_images

RELEASES = ("guide", "2026-08", "current")
STRATEGIES = ("SIMPLE", "SIMPLE-EXTEND", "INFINITE", "SCHEDULED")
LISTING = STRATEGIES[:3]  # these have jobs as soon as they run
#: Seconds from a STOP to the end of a job, a step being 1: before the worker takes its next task, or long after.
CHAINS = {"fast": 0.2, "slow": 4}
#: Every five and every four minutes: far from what passes while a test runs, but at hand for a clock put forward.
SCHEDULE = "*/5 * * * *"
OTHER_SCHEDULE = "*/4 * * * *"
#: Seconds in which whatever a change has set off comes out.
AFTERMATH = 60
#: Seconds in which a listing that failed is tried again; less than a job lasts.
NEXT_TRY = 1500


@pytest.fixture
def runner(patient_server):
    return Runner(patient_server, leaps=True)


def prepare(runner, release, chain="fast", **jobs):
    runner.server.reset(release=release, step=1)
    # just after a full hour, so that no schedule comes true by itself while a test runs
    now = datetime.datetime.fromisoformat(runner.server.control("GET", "/health")["now"])
    pass_time(runner, 3601 - now.minute * 60 - now.second)
    runner.server.control("PUT", "/jobs", {"stop_takes": CHAINS[chain], **jobs})


def options(strategy, **more):
    """The options of a complete task."""
    given = CREATE | {"strategy": strategy} | more
    if strategy == "SCHEDULED":
        given.setdefault("schedule", SCHEDULE)
    return given


def do(runner, **task):
    """Runs a task that is to succeed."""
    done = runner.run(name="it", **task)
    assert done.failure is None
    return done


def bring_to(runner, strategy, status, **more):
    """Makes the deployment, RUNNING or STOPPED after it ran, as tasks do; returns the server's view of it."""
    do(runner, state="started", **options(strategy, **more))
    if status == "STOPPED":
        do(runner, state="stopped")
    return seen(runner)


def seen(runner):
    """The server's view of the one deployment that there is."""
    [deployment] = runner.deployments()
    return deployment


def pass_time(runner, seconds=AFTERMATH):
    runner.server.control("POST", "/advance", {"seconds": seconds})


def check_runs(runner, replicas=2, image="nginx:1", strategy="SIMPLE", market=None):
    """It runs: RUNNING, with as many jobs as replicas, of the image, now and after a while."""
    if strategy == "SCHEDULED":
        check_fires(runner, replicas, image)
        return
    if strategy != "INFINITE":  # the server itself ends the surplus of an INFINITE one, once its jobs run
        check_jobs(seen(runner), replicas, image, market)
    pass_time(runner)
    check_jobs(seen(runner), replicas, image, market)


def check_jobs(deployment, replicas, image, market=None):
    assert deployment["status"] == "RUNNING"
    assert running_images(deployment) == [image] * replicas
    assert deployment["replicas"] == replicas
    assert market is None or {job["market"] for job in live(deployment)} == {market}


def check_fires(runner, replicas, image):
    """A SCHEDULED one runs: it lists its replicas once at each time, and no job before."""
    deployment = seen(runner)
    assert deployment["status"] == "RUNNING" and deployment["replicas"] == replicas
    [task] = deployment["tasks"]
    assert task["task"] == "LIST"
    earlier = {job["job"] for job in deployment["jobs"]}
    assert live(deployment) == []
    pass_time(runner, 5 * 60)
    deployment = seen(runner)
    assert {job["job"] for job in live(deployment)}.isdisjoint(earlier)
    assert running_images(deployment) == [image] * replicas


def check_nothing_runs(runner, status="STOPPED"):
    """Nothing runs and nothing is about to, now and whatever time comes."""
    deployment = seen(runner)
    assert (deployment["status"], live(deployment), deployment["tasks"]) == (status, [], [])
    listed = len(deployment["jobs"])
    pass_time(runner, 3600)
    deployment = seen(runner)
    assert (deployment["status"], len(deployment["jobs"]), deployment["tasks"]) == (status, listed, [])


# --- one change, on what runs and on what is stopped ---

#: What a task changes: its options, and the replicas and image that come of it.
CHANGES = {
    "nothing": ({}, {}),
    "more": ({"replicas": 3}, {"replicas": 3}),
    "fewer": ({"replicas": 1}, {"replicas": 1}),
    "none": ({"replicas": 0}, {"replicas": 0}),
    "revision": ({"job_definition": definition("new")}, {"image": "new"}),
    "revision and more": ({"job_definition": definition("new"), "replicas": 3}, {"image": "new", "replicas": 3}),
    "revision and fewer": ({"job_definition": definition("new"), "replicas": 1}, {"image": "new", "replicas": 1}),
    "timeout": ({"timeout": 90}, {}),
    "schedule": ({"schedule": OTHER_SCHEDULE}, {}),
    "market": ({"market": OTHER_MARKET}, {"market": OTHER_MARKET}),
    "requirements": ({"requirements": {"ram_gb": 8}}, {}),
    "all": (
        {"name": "new name", "timeout": 90, "replicas": 3, "job_definition": definition("new")},
        {"image": "new", "replicas": 3},
    ),
}


def has(change, strategy, release):
    """Whether the release can make the change to a deployment of the strategy."""
    if change == "schedule":
        return strategy == "SCHEDULED"
    if change == "none":
        return strategy in LISTING
    if change in ("market", "requirements"):
        return release == "current"
    return change != "all" or release != "guide"


CASES = [
    pytest.param(strategy, release, change, id="%s-%s-%s" % (strategy, release, change))
    for strategy in STRATEGIES
    for release in RELEASES
    for change in CHANGES
    if has(change, strategy, release)
]


@pytest.mark.pairwise
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("strategy, release, change", CASES)
def test_a_change_of_what_runs(runner, strategy, release, change, chain):
    prepare(runner, release, chain)
    before = bring_to(runner, strategy, "RUNNING")
    given, expected = CHANGES[change]
    done = runner.run(id=before["id"], state="present", **given)
    assert (done.changed, done.failure) == (bool(given), None)
    if change in ("timeout", "nothing", "more"):  # what ran runs on
        assert {job["job"] for job in live(before)} <= {job["job"] for job in live(seen(runner))}
    check_runs(runner, strategy=strategy, **expected)
    again = runner.run(id=before["id"], state="present", **given)
    assert (again.changed, again.failure) == (False, None)


@pytest.mark.pairwise
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("strategy, release, change", CASES)
def test_a_change_of_what_is_stopped(runner, strategy, release, change, chain):
    prepare(runner, release, chain)
    before = bring_to(runner, strategy, "STOPPED")
    given, expected = CHANGES[change]
    done = runner.run(id=before["id"], state="present", **given)
    assert done.failure is None and done.changed == bool(given)
    check_nothing_runs(runner)
    done = runner.run(id=before["id"], state="started")
    assert done.failure is None and done.actions == ["start"]
    check_runs(runner, strategy=strategy, **expected)


@pytest.mark.pairwise
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("strategy, release, change", CASES)
def test_a_change_with_start(runner, strategy, release, change, chain):
    """The change and the start in one task."""
    prepare(runner, release, chain)
    before = bring_to(runner, strategy, "STOPPED")
    given, expected = CHANGES[change]
    done = runner.run(id=before["id"], state="started", **given)
    assert done.failure is None
    check_runs(runner, strategy=strategy, **expected)


@pytest.mark.pairwise
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("strategy, release, change", CASES)
def test_a_change_with_stop(runner, strategy, release, change, chain):
    """The change and the stop in one task: a schedule that comes right after a stop would put the stop off."""
    prepare(runner, release, chain)
    before = bring_to(runner, strategy, "RUNNING")
    given, _expected = CHANGES[change]
    done = runner.run(id=before["id"], state="stopped", **given)
    assert done.failure is None and "stop" in done.actions
    check_nothing_runs(runner)


@pytest.mark.pairwise
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("strategy, release, change", CASES)
def test_a_change_with_restart(runner, strategy, release, change, chain):
    prepare(runner, release, chain)
    before = bring_to(runner, strategy, "RUNNING")
    given, expected = CHANGES[change]
    done = runner.run(id=before["id"], state="restarted", **given)
    assert done.failure is None and done.changed
    after = seen(runner)
    assert not {job["job"] for job in live(before)} & {job["job"] for job in live(after)}
    check_runs(runner, strategy=strategy, **expected)


# --- changes that come quickly ---


@pytest.mark.pairwise
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_tasks_that_do_not_wait(runner, strategy, release, chain):
    """A start and then one change after the other, none of the tasks waiting for its end."""
    prepare(runner, release, chain)
    do(runner, state="started", wait=False, **options(strategy))
    do(runner, wait=False, replicas=3)
    do(runner, wait=False, job_definition=definition("new"))
    do(runner, wait=False, replicas=1)
    do(runner, wait=False, job_definition=definition("newer"), replicas=2)
    do(runner, wait=False, timeout=90)
    do(runner, state="started", replicas=2, timeout=90, job_definition=definition("newer"))
    check_runs(runner, 2, "newer", strategy)


@pytest.mark.pairwise
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_stopped_and_changed_without_waiting(runner, strategy, release, chain):
    prepare(runner, release, chain)
    do(runner, state="started", wait=False, **options(strategy))
    do(runner, state="stopped", wait=False)
    do(runner, wait=False, job_definition=definition("new"))
    do(runner, wait=False, replicas=3)
    do(runner, state="stopped")
    check_nothing_runs(runner)
    do(runner, state="started", wait=False)
    do(runner, state="restarted", wait=False)
    do(runner, state="stopped", wait=False)
    do(runner, state="started")
    check_runs(runner, 3, "new", strategy)


# --- listings that fail ---


@pytest.mark.pairwise
@pytest.mark.parametrize("change", ("more", "fewer", "revision", "revision and more", "timeout"))
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", LISTING)
def test_a_change_while_a_failing_list_waits(runner, strategy, release, change):
    """A change of replicas or of the revision then would list twice, when the listing works again."""
    prepare(runner, release, list_error="No host answers")
    failed = runner.run(name="it", state="started", wait_timeout=10, **options(strategy))
    assert "JOB_LIST_ERROR" in failed.failure and "No host answers" in failed.failure
    given, expected = CHANGES[change]
    do(runner, wait=False, **given)
    runner.server.control("PUT", "/jobs", {"list_error": None})
    pass_time(runner, NEXT_TRY)
    done = do(runner, state="started", **given)
    assert done.actions == []
    check_runs(runner, strategy=strategy, **expected)


@pytest.mark.pairwise
@pytest.mark.parametrize("change", ("more", "fewer", "revision", "revision and more", "timeout"))
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", LISTING)
def test_a_change_just_when_listing_works_again(runner, strategy, release, change):
    prepare(runner, release, list_error="No host answers")
    assert runner.run(name="it", state="started", wait_timeout=10, **options(strategy)).failure
    runner.server.control("PUT", "/jobs", {"list_error": None})
    given, expected = CHANGES[change]
    do(runner, state="started", **given)
    check_runs(runner, strategy=strategy, **expected)


@pytest.mark.pairwise
@pytest.mark.parametrize("state", ("started", "restarted"))
@pytest.mark.parametrize("change", ("nothing", "more", "fewer", "revision", "revision and more", "timeout"))
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", LISTING)
def test_credits_that_come_back(runner, strategy, release, change, state):
    """Each start without credits would add a listing, all of which come true together with the credits."""
    prepare(runner, release)
    runner.server.control("PUT", "/credits", {"assigned": 0})
    assert "INSUFFICIENT_FUNDS" in runner.run(name="it", state="started", **options(strategy)).failure
    given, expected = CHANGES[change]
    for _time in range(3):
        assert "INSUFFICIENT_FUNDS" in runner.run(name="it", state=state, **given).failure
    runner.server.control("PUT", "/credits", {"assigned": 1000})
    pass_time(runner, NEXT_TRY)
    done = do(runner, state="started", **given)
    assert done.actions == []
    check_runs(runner, strategy=strategy, **expected)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", LISTING)
def test_stopped_without_credits_stays_so(runner, strategy, release):
    prepare(runner, release)
    runner.server.control("PUT", "/credits", {"assigned": 0})
    assert runner.run(name="it", state="started", **options(strategy)).failure
    do(runner, state="stopped")
    do(runner, replicas=3, job_definition=definition("new"))
    runner.server.control("PUT", "/credits", {"assigned": 1000})
    check_nothing_runs(runner)


# --- ERROR ---


@pytest.mark.pairwise
@pytest.mark.parametrize("change", ("nothing", "more", "fewer", "revision", "revision and more", "timeout"))
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", LISTING)
def test_started_from_error_while_jobs_run(runner, strategy, release, change):
    prepare(runner, release)
    deployment = bring_to(runner, strategy, "RUNNING")
    runner.server.control("PATCH", "/deployments/%s" % deployment["id"], {"status": "ERROR"})
    given, expected = CHANGES[change]
    done = do(runner, state="started", **given)
    assert "start" in done.actions
    check_runs(runner, strategy=strategy, **expected)


@pytest.mark.pairwise
@pytest.mark.parametrize("state", ("present", "stopped"))
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", LISTING)
def test_stopped_from_error_while_jobs_run(runner, strategy, release, state):
    """A revision then counts as one of a stopped deployment: what ran is ended, and nothing new begins."""
    prepare(runner, release)
    deployment = bring_to(runner, strategy, "RUNNING")
    runner.server.control("PATCH", "/deployments/%s" % deployment["id"], {"status": "ERROR"})
    do(runner, state=state, job_definition=definition("new"))
    check_nothing_runs(runner, "STOPPED" if state == "stopped" else "ERROR")


# --- SCHEDULED ---


@pytest.mark.parametrize("release", RELEASES)
def test_revised_while_stopped_a_schedule_does_not_fire(runner, release):
    prepare(runner, release)
    bring_to(runner, "SCHEDULED", "STOPPED")
    for image in ("new", "newer", "nginx:1"):
        do(runner, job_definition=definition(image))
        check_nothing_runs(runner)
    do(runner, schedule=OTHER_SCHEDULE, replicas=1)
    check_nothing_runs(runner)
    assert seen(runner)["jobs"] == []


@pytest.mark.parametrize("state", ("present", "stopped", "started"))
@pytest.mark.parametrize("release", RELEASES)
def test_a_schedule_that_was_revised_behind_the_back(runner, release, state):
    """What somebody else did, by whatever means: the next task knows what it left behind."""
    prepare(runner, release)
    deployment = bring_to(runner, "SCHEDULED", "STOPPED")
    revise_directly(runner, release, deployment["id"])
    done = do(runner, state=state)
    if state == "stopped":
        check_nothing_runs(runner)
    elif state == "started":
        check_fires(runner, 2, "direct")
    else:
        assert not done.changed


@pytest.mark.parametrize("release", RELEASES)
def test_a_schedule_that_has_fired_is_stopped_with_its_jobs(runner, release):
    prepare(runner, release)
    bring_to(runner, "SCHEDULED", "RUNNING")
    pass_time(runner, 330)
    assert len(live(seen(runner))) == 2
    do(runner, state="stopped", schedule=OTHER_SCHEDULE)
    assert seen(runner)["schedule"] == OTHER_SCHEDULE
    check_nothing_runs(runner)


@pytest.mark.parametrize("release", RELEASES)
def test_a_schedule_that_has_fired_is_changed(runner, release):
    """The jobs of the former time are not those that a change is judged by."""
    prepare(runner, release)
    bring_to(runner, "SCHEDULED", "RUNNING")
    pass_time(runner, 330)
    former = {job["job"] for job in live(seen(runner))}
    do(runner, replicas=3, job_definition=definition("new"))
    pass_time(runner, 330)
    deployment = seen(runner)
    fired = [job for job in live(deployment) if job["job"] not in former]
    assert len(fired) == 3 and {job["revision"] for job in fired} == {2} and deployment["status"] == "RUNNING"


# --- jobs where none should be ---


def revise_directly(runner, release, deployment_id):
    """A new revision as another client makes it, which leaves what comes of it as it is."""
    body = definition("direct")
    path = "/deployments/%s/create-revision" % deployment_id
    if release == "guide":
        path, body = "/deployments/%s/revisions" % deployment_id, {"job_definition": body}
    runner.request("POST", path, body)
    runner.clock.sleep(4)


def with_stray_jobs(runner, strategy="SIMPLE", release="2026-08"):
    """A STOPPED deployment that jobs run on, as comes of a revision on a server of August 2026."""
    prepare(runner, release)
    deployment = bring_to(runner, strategy, "STOPPED")
    revise_directly(runner, release, deployment["id"])
    deployment = seen(runner)
    assert deployment["status"] == "STOPPED" and running_images(deployment) == ["direct"] * 2
    return deployment


OLDER = ("guide", "2026-08")


@pytest.mark.parametrize("release", OLDER)
@pytest.mark.parametrize("strategy", LISTING)
def test_jobs_of_a_stopped_one_are_told_of_and_ended(runner, strategy, release):
    deployment = with_stray_jobs(runner, strategy, release)
    done = do(runner)
    assert not done.changed and len(live(seen(runner))) == 2
    assert all(job["job"] in done.warnings[0] for job in live(deployment))
    assert all("state: stopped" in warning for warning in done.warnings)
    assert len(done.warnings) == 1  # also for an INFINITE one, whose jobs bring the listing of their successors along
    assert do(runner, state="stopped").actions == ["stop_jobs"]
    check_nothing_runs(runner)
    again = do(runner, state="stopped")
    assert not again.changed and not again.warnings


@pytest.mark.parametrize("release", OLDER)
@pytest.mark.parametrize("strategy", LISTING)
def test_jobs_of_a_stopped_one_are_not_doubled_by_a_start(runner, strategy, release):
    with_stray_jobs(runner, strategy, release)
    do(runner, state="started")
    check_runs(runner, 2, "direct", strategy)


@pytest.mark.parametrize(
    ("strategy", "change"),
    [(strategy, change) for strategy in LISTING for change in CHANGES if has(change, strategy, "2026-08")],
)
def test_jobs_of_a_stopped_one_and_a_change(runner, strategy, change):
    deployment = with_stray_jobs(runner, strategy)
    given, expected = CHANGES[change]
    expected = {"image": "direct", **expected}
    done = runner.run(id=deployment["id"], state="started", **given)
    assert done.failure is None
    check_runs(runner, strategy=strategy, **expected)


@pytest.mark.pairwise
@pytest.mark.parametrize("release", OLDER)
@pytest.mark.parametrize("strategy", LISTING)
@pytest.mark.parametrize("state", ("archived", "absent"))
def test_removing_a_stopped_one_ends_its_jobs(runner, state, strategy, release):
    jobs = [job["job"] for job in live(with_stray_jobs(runner, strategy, release))]
    do(runner, state=state)
    assert [one["status"] for one in runner.deployments()] == (["ARCHIVED"] if state == "archived" else [])
    assert {runner.request("GET", "/jobs/%s" % job)["state"] for job in jobs} == {3}


@pytest.mark.pairwise
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("state", ("archived", "absent"))
def test_removing_what_runs_leaves_nothing_running(runner, state, strategy, release):
    prepare(runner, release, "slow")
    bring_to(runner, strategy, "RUNNING")
    if strategy == "SCHEDULED":
        pass_time(runner, 330)
    jobs = [job["job"] for job in live(seen(runner))]
    assert len(jobs) == 2
    do(runner, state=state)
    assert {runner.request("GET", "/jobs/%s" % job)["state"] for job in jobs} == {3}
    pass_time(runner, 3600)
    assert not any(live(one) for one in runner.deployments())
    assert runner.server.control("GET", "/state")["credits"]["reserved"] == pytest.approx(0)


@pytest.mark.pairwise
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("state", ("archived", "absent"))
def test_removing_a_draft_costs_nothing(runner, state, strategy, release):
    prepare(runner, release)
    do(runner, **options(strategy))
    do(runner, state=state)
    [*left] = runner.deployments()
    assert [(one["status"], one["jobs"], one["events"]) for one in left] == (
        [("ARCHIVED", [], [])] if state == "archived" else []
    )
    credits = runner.server.control("GET", "/state")["credits"]
    assert (credits["reserved"], credits["settled"]) == (0, 0)


# --- jobs of an earlier run ---


def batch(seconds="1"):
    """A definition that runs to its end."""
    args = {"image": "busybox", "cmd": ["sleep " + seconds]}
    return {"version": "0.1", "type": "container", "ops": [{"id": "job", "type": "container/run", "args": args}]}


def ran(runner, strategy):
    """A deployment whose run came to its end; returns the jobs of that run."""
    do(runner, state="started", **options(strategy, job_definition=batch()))
    pass_time(runner)
    deployment = seen(runner)
    assert deployment["status"] == "STOPPED" and {job["state"] for job in deployment["jobs"]} == {"COMPLETED"}
    return {job["job"] for job in deployment["jobs"]}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", ("SIMPLE", "SIMPLE-EXTEND"))
def test_what_ran_to_its_end_runs_again_only_when_started(runner, strategy, release):
    prepare(runner, release)
    former = ran(runner, strategy)
    for state in ("present", "stopped"):
        assert not do(runner, state=state).changed
    runner.server.control("PUT", "/jobs", {"claim_after": 8})
    done = do(runner, state="started")
    assert done.actions == ["start"] and "had run to its end" in done.warnings[0]
    assert len(done.jobs) == 2 and not former & {job["job"] for job in done.jobs}
    assert {job["state"] for job in done.jobs} <= {"RUNNING", "COMPLETED"}
    pass_time(runner)
    deployment = seen(runner)
    assert deployment["status"] == "STOPPED" and len(deployment["jobs"]) == 4 and not live(deployment)


@pytest.mark.pairwise
@pytest.mark.parametrize("state", ("started", "restarted"))
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", ("SIMPLE", "SIMPLE-EXTEND"))
def test_an_earlier_run_is_not_taken_for_the_new_one(runner, strategy, release, state):
    """No host takes the new jobs: that those of the earlier run have come to their end is no comfort."""
    prepare(runner, release)
    ran(runner, strategy)
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    done = runner.run(name="it", state=state, wait_timeout=20)
    assert "RUNNING, 0 of 2 jobs running and 2 queued" in done.failure


@pytest.mark.pairwise
@pytest.mark.parametrize("state", ("present", "started", "stopped"))
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", ("SIMPLE", "SIMPLE-EXTEND"))
def test_what_ran_to_its_end_is_revised(runner, strategy, release, state):
    prepare(runner, release)
    former = ran(runner, strategy)
    do(runner, state=state, job_definition=definition("new"))
    if state == "started":
        check_runs(runner, 2, "new", strategy)
    else:
        check_nothing_runs(runner)
    assert former <= {job["job"] for job in seen(runner)["jobs"]}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", ("SIMPLE", "SIMPLE-EXTEND"))
def test_replicas_that_completed_count_as_run(runner, strategy, release):
    """Where some have come to their end while others still run, a task lists nothing once more."""
    prepare(runner, release)
    bring_to(runner, strategy, "RUNNING")
    first = live(seen(runner))[0]["job"]
    runner.server.control("PATCH", "/jobs/%s" % first, {"state": "COMPLETED", "exit_code": 0})
    assert not do(runner, state="started", **options(strategy)).changed
    pass_time(runner)
    assert len(seen(runner)["jobs"]) == 2 and len(live(seen(runner))) == 1


# --- revisions back and forth ---

#: New and back, again and again: definitions by their images. A number is a revision that is gone back to.
WAYS = {
    "new and back": ("b", 1, "c", 1, "d"),
    "the same again": ("b", 1, "b", 1, "b", "nginx:1", "b"),
    "back and on": ("b", "c", 1, 3, 2, "d", 1, 2),
    "often back": ("b", 1, "c", 1, "d", 1, "e", 1, "f", 1, "g"),
}


def go(runner, images, step):
    """One step of a way; ``images`` are those of the revisions by number, as far as they are known."""
    if isinstance(step, int):
        do(runner, active_revision=step)
        return images[step]
    do(runner, job_definition=definition(step))
    images.setdefault(seen(runner)["active_revision"], step)
    return step


@pytest.mark.pairwise
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("release", ("2026-08", "current"))
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("status", ("DRAFT", "RUNNING", "STOPPED"))
def test_revisions_back_and_forth(runner, status, strategy, release, way):
    prepare(runner, release)
    if status == "DRAFT":
        do(runner, **options(strategy))
    else:
        bring_to(runner, strategy, status)
    images = {1: "nginx:1"}
    for step in WAYS[way]:
        image = go(runner, images, step)
        deployment = seen(runner)
        assert deployment["status"] == status
        if status == "RUNNING" and strategy != "SCHEDULED":
            check_jobs_soon(runner, image)
        elif status == "STOPPED":
            assert (live(deployment), deployment["tasks"]) == ([], [])
        assert active_image(seen(runner)) == image
        assert not do(runner, **same_again(step)).changed
    if status == "RUNNING":
        check_runs(runner, 2, image, strategy)
        return
    if status == "STOPPED":
        check_nothing_runs(runner)
    do(runner, state="started")
    check_runs(runner, 2, image, strategy)


def same_again(step):
    return {"active_revision": step} if isinstance(step, int) else {"job_definition": definition(step)}


def check_jobs_soon(runner, image):
    """An INFINITE one may have more for a moment: until they run."""
    if seen(runner)["strategy"] == "INFINITE":
        pass_time(runner, 10)
    check_jobs(seen(runner), 2, image)


def active_image(deployment):
    """The image that the server would run: of several revisions of the active number, of the one stored first."""
    number = deployment["active_revision"]
    active = [one for one in deployment["revisions"] if one["revision"] == number]
    return active[0]["job_definition"]["ops"][0]["args"]["image"]


@pytest.mark.pairwise
@pytest.mark.parametrize("way", ("new and back", "the same again"))
@pytest.mark.parametrize("release", ("2026-08", "current"))
@pytest.mark.parametrize("strategy", LISTING)
def test_revisions_back_and_forth_on_a_slow_chain(runner, strategy, release, way):
    prepare(runner, release, "slow")
    bring_to(runner, strategy, "RUNNING")
    images = {1: "nginx:1"}
    for step in WAYS[way]:
        image = go(runner, images, step)
        check_jobs_soon(runner, image)
    check_runs(runner, 2, image, strategy)


@pytest.mark.thorough  # test_revisions_back_and_forth gives former definitions again, too
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_revisions_back_and_forth_by_definition(runner, strategy, release):
    """Going back by giving the former definition again: on each release, running and stopped in turn."""
    prepare(runner, release)
    bring_to(runner, strategy, "RUNNING")
    for image in ("b", "nginx:1", "b", "nginx:1", "nginx:1"):
        do(runner, state="stopped", job_definition=definition(image))
        deployment = seen(runner)
        assert (deployment["status"], live(deployment), deployment["tasks"]) == ("STOPPED", [], [])
        do(runner, state="started", job_definition=definition(image))
        check_runs(runner, 2, image, strategy)
