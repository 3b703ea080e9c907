# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes do to jobs: the recorded transcripts of the August 2026 server, each as one test.

An expectation is the status with the active revision; jobs by state and revision (Queued, Running, Completed,
Stopped), newest first; tasks not yet done and the seconds until they are due; events (L listed, S stopped, E listing
failed), oldest first. "Chain fast": jobs end before the next task is taken, "slow": after.
"""

from __future__ import annotations

import pytest
from nosana_simulator import actions
from nosana_simulator.errors import ApiError
from nosana_simulator.views import deployment_view, endpoints_view
from simulator_story import Story


def refused(story: Story, action: str, *args) -> None:
    """The action is answered with the refusal of a state change."""
    with pytest.raises(ApiError) as refusal:
        story.do(action, *args)
    assert (refusal.value.status, refusal.value.body) == (500, {"error": "Deployment is in the incorrect state."})


def test_archived_while_jobs_run():
    story = Story().do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.do("stop").wait().revise().wait().expect("STOPPED 2", "Q2 S1", "", "L S L")
    story.do("archive").wait().expect("ARCHIVED 2", "Q2 S1", "", "L S L")
    story.jobs("RUNNING").jobs("COMPLETED").wait().expect("ARCHIVED 2", "C2 S1", "", "L S L")


def test_back_to_an_older_revision():
    story = Story().revise().do("start").wait().expect("RUNNING 2", "Q2", "", "L")
    story.do("switch_revision", 1).wait().expect("STOPPED 1", "Q1 S2", "", "L S L")


def test_started_again_after_it_completed():
    story = Story().do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.jobs("RUNNING").jobs("COMPLETED").expect("STOPPED 1", "C1", "", "L")
    story.do("start").wait().expect("RUNNING 1", "Q1 C1", "", "Lx2")
    story.jobs("RUNNING").wait().expect("RUNNING 1", "R1 C1", "", "Lx2")


def test_rotation_above_the_timeout_churns():
    story = Story("INFINITE", timeout=120, rotation_time=100).do("update", "timeout", 60)
    story.do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.engine.behaviour.claim_never = False
    story.jobs("RUNNING").wait(9.5).expect("RUNNING 1", "R1 S1 S1 S1", "LIST", "Lx2 S L S L S")
    story.wait(7.5).expect("RUNNING 1", "R1 R1 S1 S1 S1 S1 S1", "LIST@-2400s STOP@0s", "Lx2 S L S L S L S L S L")
    story.do("stop").wait(2.5)
    story.expect("STOPPING 1", "Q1 R1 S1 S1 S1 S1 S1 S1", "STOP@-1s", "Lx2 S L S L S L S L S L S L")
    story.wait(1.5).expect("STOPPED 1", "S1 S1 S1 S1 S1 S1 S1 S1", "", "Lx2 S L S L S L S L S L S L Sx2")


def test_start_and_stop_from_error_while_a_job_runs():
    story = Story().do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.jobs("RUNNING").status("ERROR").do("start").wait().expect("RUNNING 1", "R1", "", "L")
    story.status("ERROR").do("stop").wait().expect("STOPPED 1", "S1", "", "L S")
    story = Story("INFINITE").do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.jobs("RUNNING").status("ERROR").do("start").wait(4).expect("RUNNING 1", "Q1 R1", "LIST@2395s", "Lx2")


def test_simple_extend():
    story = Story("SIMPLE-EXTEND").do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.jobs("RUNNING").wait(3).expect("RUNNING 1", "R1", "EXTEND@3297s", "L")
    story.jobs("COMPLETED").wait().expect("STOPPED 1", "C1", "", "L")


def test_simple_extend_revised():
    story = Story("SIMPLE-EXTEND", replicas=2).do("start").wait().expect("RUNNING 1", "Q1 Q1", "", "Lx2")
    story.revise().wait().expect("STOPPED 2", "Q2 Q2 S1 S1", "", "Lx2 Sx2 Lx2")
    story.jobs("RUNNING").wait(3).expect("STOPPED 2", "R2 R2 S1 S1", "EXTEND@3297s EXTEND@3297s", "Lx2 Sx2 Lx2")


def test_simple_revised_chain_fast():
    story = Story().do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.revise().wait(1.7).expect("STOPPED 2", "S1", "LIST@-1s", "L S")
    story.wait(3).expect("STOPPED 2", "Q2 S1", "", "L S L")
    refused(story, "stop")
    story.do("start").wait().expect("RUNNING 2", "Q2 S1", "", "L S L")


def test_insufficient_funds():
    story = Story()
    story.engine.credits.assigned = 0
    story.do("start").wait(3.1).expect("INSUFFICIENT_FUNDS 1", "", "LIST@598s", "E")
    assert [event["tx"] for event in story.error_events()] == [""]
    assert story.error_events()[0]["message"] == "Insufficient credits. Available: $0.000, Required: $0.053"
    story.do("start").wait(3.1).expect("INSUFFICIENT_FUNDS 1", "", "LIST@598s LIST@595s", "Ex2")
    story.do("stop").wait().expect("STOPPED 1", "", "", "Ex2")


def test_revision_while_a_failing_list_waits():
    story = Story()
    story.engine.behaviour.list_error = "no luck"
    story.do("start").wait(3.1).expect("RUNNING 1", "", "LIST@28s", "E")
    assert story.error_events()[0]["message"] == "no luck"
    story.engine.behaviour.list_error = None
    story.revise().wait().expect("RUNNING 2", "Q2", "", "E L")


def test_started_again_and_again_without_credits():
    story = Story()
    story.engine.credits.assigned = 0
    story.do("start").wait(3.1).expect("INSUFFICIENT_FUNDS 1", "", "LIST@598s", "E")
    story.do("start").wait(3.1).expect("INSUFFICIENT_FUNDS 1", "", "LIST@598s LIST@596s", "Ex2")
    story.do("start").wait(3.1).expect("INSUFFICIENT_FUNDS 1", "", "LIST@598s LIST@595s LIST@593s", "Ex3")
    story.engine.credits.assigned = 100
    story.wait(610).expect("RUNNING 1", "Q1 Q1 Q1", "", "Ex3 Lx3")


def test_replicas_raised_while_a_failing_list_waits():
    story = Story(timeout=30).do("start").wait(4).expect("RUNNING 1", "", "LIST@27s", "E")
    assert story.error_events()[0]["message"] == "Credit-paid jobs must have a timeout of at least 3600 seconds"
    story.do("update", "timeout", 60).do("update", "replicas", 2)
    story.wait(32).expect("RUNNING 1", "Q1 Q1 Q1", "", "E Lx3")


def test_infinite():
    story = Story("INFINITE").do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.jobs("RUNNING").wait(3).expect("RUNNING 1", "R1", "LIST@2397s", "L")
    story.engine.behaviour.chain_readable = False  # as when it was recorded: else the job would be extended
    story.do("update", "timeout", 120).wait(2).expect("RUNNING 1", "R1", "LIST@2395s", "L")
    story.jobs("COMPLETED").wait(3).expect("RUNNING 1", "Q1 C1", "", "Lx2")
    story.do("update", "replicas", 0).wait(3).expect("RUNNING 1", "S1 C1", "", "Lx2 S")
    story.do("stop").wait(3).expect("STOPPED 1", "S1 C1", "", "Lx2 S")
    assert ",".join(deployment_view(story.engine, story.deployment)) == (
        "id,name,vault,market,owner,status,replicas,timeout,endpoints,confidential,active_revision,active_jobs,"
        "created_at,updated_at,strategy,rotation_time")


def test_infinite_revised_chain_fast():
    story = Story("INFINITE", replicas=2).do("start").wait().expect("RUNNING 1", "Q1 Q1", "", "Lx2")
    story.revise().wait().expect("RUNNING 2", "Q2 Q2 Q2 Q2 S1 S1", "", "Lx2 Sx2 Lx4")
    story.jobs("RUNNING").wait(2.8)
    story.expect("RUNNING 2", "R2 R2 S2 S2 S1 S1", "LIST@2396s STOP@-1s LIST@2396s STOP@-1s", "Lx2 Sx2 Lx4 Sx2")
    story.wait(5).expect("RUNNING 2", "R2 R2 S2 S2 S1 S1", "LIST@2392s LIST@2392s", "Lx2 Sx2 Lx4 Sx2")


def test_infinite_revised_chain_slow():
    story = Story("INFINITE", "slow", replicas=2).do("start").wait().expect("RUNNING 1", "Q1 Q1", "", "Lx2")
    story.jobs("RUNNING").wait().revise().wait().expect("RUNNING 2", "Q2 Q2 R1 R1", "LIST LIST", "Lx2 Sx2 Lx2")
    story.jobs("STOPPED", revision=1).jobs("RUNNING").wait(4)
    story.expect("RUNNING 2", "R2 R2 S1 S1", "LIST@2396s LIST@2396s", "Lx2 Sx2 Lx2")
    story.wait(4).expect("RUNNING 2", "R2 R2 S1 S1", "LIST@2392s LIST@2392s", "Lx2 Sx2 Lx2")


def test_stopped_at_once_after_autostart():
    story = Story(step=0.1, autostart=True).wait(0.02).do("stop")
    assert story.deployment.status == "STOPPING"
    story.wait().expect("STOPPED 1", "S1", "", "L S")


@pytest.mark.parametrize("strategy", ["SIMPLE", "INFINITE"])
def test_replicas_raised_at_once_after_start(strategy):
    story = Story(strategy).do("start").do("update", "replicas", 3).wait(4)
    story.expect("RUNNING 1", "Q1 Q1 Q1 Q1 Q1 Q1", "", "Lx6")
    if strategy == "SIMPLE":
        story.jobs("RUNNING").wait().expect("RUNNING 1", "R1 R1 R1 R1 R1 R1", "", "Lx6")


def test_replicas_raised_together_with_a_revision():
    story = Story().do("start").wait().expect("RUNNING 1", "Q1", "", "L")
    story.engine.behaviour.stop_takes = 1.5
    story.revise().do("update", "replicas", 2).wait().expect("RUNNING 2", "Q2 S1", "", "L S L")


@pytest.mark.parametrize("strategy", ["SIMPLE", "INFINITE"])
def test_revised_while_stopped_and_started_at_once(strategy):
    story = Story(strategy, replicas=2).do("start").wait().expect("RUNNING 1", "Q1 Q1", "", "Lx2")
    story.do("stop").wait().expect("STOPPED 1", "S1 S1", "", "Lx2 Sx2")
    story.revise().do("start").wait().expect("RUNNING 2", "Q2 Q2 S1 S1", "", "Lx2 Sx2 Lx2")
    tasks = "" if strategy == "SIMPLE" else "LIST@2396s LIST@2396s"
    story.jobs("RUNNING").wait(4).expect("RUNNING 2", "R2 R2 S1 S1", tasks, "Lx2 Sx2 Lx2")


def test_simple_revised_while_stopped_then_started():
    story = Story(replicas=2).do("start").wait().do("stop").wait().expect("STOPPED 1", "S1 S1", "", "Lx2 Sx2")
    story.revise().wait().expect("STOPPED 2", "Q2 Q2 S1 S1", "", "Lx2 Sx2 Lx2")
    story.do("start").wait().expect("RUNNING 2", "Q2 Q2 S1 S1", "", "Lx2 Sx2 Lx2")
    story.jobs("RUNNING").wait(4).expect("RUNNING 2", "R2 R2 S1 S1", "", "Lx2 Sx2 Lx2")


def test_infinite_revised_while_stopped_then_started():
    story = Story("INFINITE", replicas=2).do("start").wait().do("stop").wait()
    story.expect("STOPPED 1", "S1 S1", "", "Lx2 Sx2")
    story.revise().wait().expect("STOPPED 2", "Q2 Q2 S1 S1", "", "Lx2 Sx2 Lx2")
    story.do("start").wait().expect("RUNNING 2", "Q2 Q2 Q2 Q2 S1 S1", "", "Lx2 Sx2 Lx4")
    story.jobs("RUNNING").wait(2.8)
    story.expect("RUNNING 2", "R2 R2 S2 S2 S1 S1", "LIST@2396s STOP@-1s LIST@2396s STOP@-1s", "Lx2 Sx2 Lx4 Sx2")


def test_a_patch_with_the_value_it_has_writes_nothing():
    story = Story()
    stored = story.deployment.updated_at
    story.wait(5).do("update", "replicas", 1).do("update", "timeout", 60).do("switch_revision", 1)
    assert story.deployment.updated_at == stored
    story.do("update", "replicas", 2)
    assert story.deployment.updated_at == stored + 5


def test_scheduled_stopped_and_revised():
    story = Story("SCHEDULED", schedule="* * * * *", at="2026-11-25T09:19:31.000Z")
    story.do("start").wait(5).expect("RUNNING 1", "", "LIST@24s", "")
    story.do("stop").wait(3).expect("STOPPED 1", "", "", "")
    story.wait(65).expect("STOPPED 1", "", "", "")
    story.revise().wait(3).expect("STOPPED 2", "", "LIST@16s", "")
    story.wait(61).expect("STOPPED 2", "Q2", "LIST@14s", "L")
    story.wait(61).expect("STOPPED 2", "Q2 Q2", "LIST@12s", "Lx2")


def test_scheduled_runs_and_is_rescheduled():
    story = Story("SCHEDULED", "slow", schedule="* * * * *", at="2026-11-25T09:19:31.000Z")
    story.do("start").wait(5).expect("RUNNING 1", "", "LIST@24s", "")
    story.wait(61).expect("RUNNING 1", "Q1", "LIST@23s", "L")
    story.jobs("RUNNING").wait(61).expect("RUNNING 1", "Q1 R1", "LIST@22s", "Lx2")
    story.do("update", "schedule", "0 0 1 1 *").wait(2).expect("RUNNING 1", "Q1 R1", "LIST@3163100s", "Lx2")
    story.do("stop").do("update", "schedule", "0 0 2 1 *").wait(3)
    story.expect("STOPPING 1", "Q1 R1", "STOP@3249497s LIST@3249497s", "Lx2")
    story.wait(3249497 + 3).jobs("STOPPED")
    assert story.deployment.status == "STOPPED"


def test_simple_revised_chain_slow():
    story = Story("SIMPLE", "slow", replicas=2).do("start").wait().expect("RUNNING 1", "Q1 Q1", "", "Lx2")
    story.jobs("RUNNING").wait().expect("RUNNING 1", "R1 R1", "", "Lx2")
    story.revise().wait().expect("RUNNING 2", "R1 R1", "", "Lx2 Sx2")
    story.jobs("STOPPED").wait().expect("STOPPED 2", "S1 S1", "", "Lx2 Sx2")
    for replicas in (3, 1, 0):
        story.do("update", "replicas", replicas).wait().expect("STOPPED 2", "S1 S1", "", "Lx2 Sx2")
    story.do("start").wait().expect("RUNNING 2", "S1 S1", "", "Lx2 Sx2")
    story.do("stop")
    assert story.deployment.status == "STOPPING"
    story.wait().expect("STOPPED 2", "S1 S1", "", "Lx2 Sx2")


def test_three_revisions_at_once_after_start():
    story = Story(step=0.5).do("start").revise().revise().revise()
    story.engine.behaviour.stop_takes = 1.2
    story.wait(1.7).expect("RUNNING 4", "Q4", "STOP@0s", "L Sx2")
    story.wait().expect("STOPPED 4", "S4", "", "L Sx3")


# -- what the newest server does otherwise, and what the notes tell beside the transcripts ---------------------------


def test_current_stays_running_while_a_list_is_queued():
    story = Story(release="current").do("start").wait().revise().wait(1.7).expect("RUNNING 2", "S1", "LIST", "L S")
    story.wait().expect("RUNNING 2", "Q2 S1", "", "L S L")


def test_current_lists_nothing_for_a_stopped_one():
    story = Story(release="current").do("start").wait().do("stop").wait().revise().wait()
    story.expect("STOPPED 2", "S1", "", "L S")
    assert story.deployment.active_revision == 2


def test_current_gives_up_at_once_in_a_market_that_is_none():
    Story(release="current", market="nowhere").do("start").wait().expect("ERROR 1", "", "", "E")
    Story(release="2026-08", market="nowhere").do("start").wait(3).expect("RUNNING 1", "", "LIST@28s", "E")


def test_listing_is_given_up_after_sixty_failures():
    story = Story()
    story.engine.behaviour.list_error = "no luck"
    story.do("start").wait(90).expect("RUNNING 1", "", "LIST", "Ex2")
    story.wait(60 * 600).expect("ERROR 1", "", "", "Ex60")


def test_funds_are_tried_again_ever_more_slowly():
    story = Story()
    story.engine.credits.assigned = 0
    story.do("start").wait(3)
    delays = []
    for _round in range(8):
        task = story.deployment.tasks[0]
        delays.append(round(task.due_at - story.engine.now + 2))
        story.wait(task.due_at - story.engine.now + 3)
    assert [round(delay / 10) * 10 for delay in delays] == [600, 1200, 2400, 4800, 9600, 19200, 21600, 21600]


def test_a_draft_is_left_without_cost():
    story = Story().do("update", "replicas", 0).do("start").wait().expect("RUNNING 1", "", "", "")
    story.do("stop").wait().expect("STOPPED 1", "", "", "").do("delete")
    assert story.engine.deployments == {}


@pytest.mark.parametrize("schedule", ["99 0 * * *", "0 0 31 2 *", "5-1 * * * *"])
def test_a_schedule_that_never_comes_stays_starting(schedule):
    story = Story("SCHEDULED", schedule=schedule).do("start").wait(1000).expect("STARTING 1", "", "", "")
    for action in ("stop", "archive", "delete", "start"):
        refused(story, action)


def rapid_rounds(story: Story, number: int) -> list[int]:
    """Let jobs end too soon that often; the seconds until the next one is listed each time, in tens."""
    waits = []
    for _round in range(number):
        story.jobs("RUNNING").wait(2).jobs("COMPLETED")
        began = story.engine.now
        while not story.deployment.live_jobs():
            story.wait(1)
        waits.append(round((story.engine.now - began - 1) / 10) * 10)
    return waits


def test_jobs_that_end_too_soon_are_replaced_ever_more_slowly():
    story = Story("INFINITE").do("start").wait()
    stored = story.deployment.updated_at
    assert rapid_rounds(story, 9) == [0, 0, 60, 120, 240, 480, 960, 1920, 3600]
    story.jobs("RUNNING").wait(2).jobs("COMPLETED").wait()
    assert (story.deployment.status, story.deployment.tasks) == ("STOPPED", [])
    assert story.deployment.updated_at == stored
    told = [event.message for event in story.deployment.events if event.type.startswith("RAPID")]
    assert told[0] == "Jobs completing rapidly (round 1): next job throttled by 60s."
    assert told[6] == "Jobs completing rapidly (round 7): next job throttled by 3600s."
    assert told[7:] == ["Deployment stopped to protect funds: 8 consecutive rounds of jobs completed in under 5 "
                        "minutes."]


def test_one_job_that_lasts_ends_the_count_of_those_that_ended_too_soon():
    story = Story("INFINITE").do("start").wait()
    assert rapid_rounds(story, 4) == [0, 0, 60, 120]
    story.jobs("RUNNING").wait(300).jobs("COMPLETED").wait(2)
    assert story.deployment.rapid_rounds == 0
    # It is among the last three for two more rounds.
    assert rapid_rounds(story, 4) == [0, 0, 60, 120]


def test_a_change_by_request_and_stops_do_not_count_as_ends_that_came_too_soon():
    story = Story("INFINITE").do("start").wait()
    assert rapid_rounds(story, 2) == [0, 0]
    story.wait(1).do("rename", "b").wait(1)
    assert rapid_rounds(story, 3) == [0, 0, 0]  # the first of them was listed before
    for _round in range(5):
        story.jobs("RUNNING").wait(2).jobs("STOPPED", only="RUNNING").wait(70)
    assert story.deployment.status == "RUNNING"


def test_the_rotation_of_another_job_stands_for_the_next_one_where_jobs_end_too_soon():
    story = Story("INFINITE", replicas=2).do("start").wait()
    for _round in range(3):
        story.jobs("RUNNING").wait(2)
        story.engine.chain.set_state(story.deployment.live_jobs()[0], "COMPLETED")
        story.wait()
    # Nothing was listed for the third one.
    assert story.seen()[1] == "R1 C1 C1 C1" and story.seen()[2].startswith("LIST@")
    assert "RAPID" not in story.seen()[3]


@pytest.mark.parametrize("release", ["guide", "2026-08", "current"])
def test_only_requests_touch_the_time_of_the_last_change(release):
    story = Story(release=release).wait(2).do("start")
    began = story.engine.now
    story.wait().jobs("RUNNING").jobs("COMPLETED").wait()
    assert (story.deployment.status, story.deployment.updated_at) == ("STOPPED", began)
    story.do("archive")
    assert story.deployment.updated_at == story.engine.now > began
    story = Story(release=release)
    story.engine.credits.assigned = 0
    story.do("start").wait(5)
    assert story.deployment.status == "INSUFFICIENT_FUNDS"
    story.engine.credits.assigned = 100
    story.wait(620)
    assert story.deployment.status == "RUNNING" and story.deployment.updated_at < story.engine.now - 600


@pytest.mark.parametrize("release", ["guide", "2026-08"])
def test_what_was_archived_goes_on_with_what_is_queued(release):
    story = Story("SCHEDULED", release=release, schedule="0 * * * *").do("start").wait().do("stop").wait()
    story.revise().wait().do("archive").wait(2 * 3600)
    assert story.seen()[:2] == ("ARCHIVED 2", "Q2 Q2") and len(story.deployment.tasks) == 1
    story = Story("SIMPLE-EXTEND", release=release).do("start").wait().do("stop").wait()
    story.revise().wait().jobs("RUNNING").do("archive").wait(3 * 3600)
    assert story.seen()[:2] == ("ARCHIVED 2", "R2 S1") and story.deployment.jobs[1].timeout > 3 * 3600
    # What was changed a moment before comes of it as well.
    story = Story(release=release).do("start").wait().do("stop").wait().revise().do("archive").wait()
    assert story.seen()[:2] == ("ARCHIVED 2", "Q2 S1")


def test_current_drops_what_is_queued_for_one_that_was_archived():
    story = Story("SCHEDULED", release="current", schedule="0 * * * *").do("start").wait().status("STOPPED")
    story.do("archive").wait()
    assert len(story.deployment.tasks) == 1
    story.wait(2 * 3600).expect("ARCHIVED 1", "", "", "")


@pytest.mark.parametrize("status", ["STOPPED", "ERROR", "ARCHIVED"])
def test_current_extends_no_jobs_of_what_is_not_to_have_any(status):
    story = Story("SIMPLE-EXTEND", release="current").do("start").wait().jobs("RUNNING").status(status)
    story.wait(3500)
    assert story.deployment.jobs[0].timeout == 3600 and story.deployment.tasks == []


@pytest.mark.parametrize("release", ["guide", "2026-08"])
def test_a_scheduled_one_that_is_started_with_a_list_in_the_queue_has_two(release):
    story = Story("SCHEDULED", release=release, schedule="0 * * * *").do("start").wait().do("stop").wait()
    story.revise().wait().do("start").wait(3700)
    assert story.seen()[1] == "Q2 Q2" and len(story.deployment.tasks) == 2
    story.wait(3600)
    assert story.seen()[1] == "Q2 Q2 Q2 Q2" and len(story.deployment.tasks) == 2
    story.revise().wait()
    assert len(story.deployment.tasks) == 1


@pytest.mark.parametrize("release, listed", [("2026-08", "Q1 Q1 Q1"), ("current", "Q1")])
def test_a_scheduled_one_started_again_without_credits_waits_for_both(release, listed):
    story = Story("SCHEDULED", release=release, schedule="0 * * * *")
    story.engine.credits.assigned = 0
    story.do("start").wait(3700)
    assert story.deployment.status == "INSUFFICIENT_FUNDS" and len(story.deployment.tasks) == 1
    story.do("start").wait()
    assert len(story.deployment.tasks) == 2
    # The older server carries out the first one late, and has two from then on.
    story.engine.credits.assigned = 100
    story.wait(3600)
    assert story.seen()[1] == listed


@pytest.mark.parametrize("release", ["guide", "2026-08", "current"])
def test_a_scheduled_one_whose_listing_fails_has_no_next_time(release):
    story = Story("SCHEDULED", release=release, schedule="* * * * *")
    story.engine.behaviour.list_error = "no luck"
    story.do("start").wait(3700)
    assert story.seen()[:2] == ("RUNNING 1", "") and len(story.deployment.tasks) == 1
    assert len(story.error_events()) < 12  # by its own delays, not each minute
    story.engine.behaviour.list_error = None
    story.wait(600)
    assert story.deployment.jobs and len(story.deployment.tasks) == 1


def test_a_scheduled_one_without_replicas_has_a_next_time():
    story = Story("SCHEDULED", schedule="* * * * *").do("update", "replicas", 0).do("start").wait(200)
    assert story.seen()[1] == "" and len(story.deployment.tasks) == 1


def test_an_infinite_one_that_does_not_run_plans_nothing_for_its_jobs():
    story = Story("INFINITE", replicas=2).do("start").wait().do("stop").wait().revise().wait()
    story.jobs("RUNNING").wait().expect("STOPPED 2", "R2 R2 S1 S1", "", "Lx2 Sx2 Lx2")


def test_a_new_schedule_moves_a_stop_only_on_older_servers():
    for release, moved in (("2026-08", "STOP LIST"), ("current", "LIST")):
        story = Story("SCHEDULED", release=release, schedule="* * * * *").do("start").wait()
        story.do("stop").wait(0.2).do("update", "schedule", "0 0 2 1 *").wait(0.3)
        far = [task.task for task in reversed(story.deployment.tasks) if task.due_at > story.engine.now + 3600]
        assert " ".join(far) == moved


@pytest.mark.parametrize("strategy, planned", [("INFINITE", 2400), ("SIMPLE-EXTEND", 3300)])
def test_a_job_that_is_extended_by_itself_keeps_what_is_planned_for_it(strategy, planned):
    story = Story(strategy).do("start").wait().jobs("RUNNING")
    story.engine.chain.extend_job(story.deployment.jobs[0], 1000)
    story.wait(3)
    task, = story.deployment.tasks
    assert task.due_at == story.deployment.jobs[0].time_start + planned
    if strategy == "SIMPLE-EXTEND":
        story.wait(3400)
        assert story.deployment.jobs[0].timeout == 2 * 3600 + 1000
        assert story.deployment.tasks[0].due_at == task.due_at + 3600


def test_a_longer_timeout_extends_nothing_of_what_does_not_run():
    story = Story("SIMPLE-EXTEND").do("start").wait().jobs("RUNNING").wait(2).status("ERROR")
    story.do("update", "timeout", 120).wait()
    assert story.deployment.jobs[0].timeout == 3600


# -- the time that a job has to start --------------------------------------------------------------------------------


def starting(**fields) -> Story:
    """An INFINITE deployment of the newest server whose job has just been taken by a host."""
    story = Story("INFINITE", release="current", startup_timeout=5, **fields).do("start").wait()
    return story.jobs("RUNNING")


def test_a_job_that_does_not_come_online_in_time_is_replaced():
    story = Story("INFINITE", release="current", startup_timeout=5).do("start").wait()
    story.engine.quirks.online_after = 1000
    story.jobs("RUNNING").wait(2).expect("RUNNING 1", "R1", "STOP@298s LIST@2398s", "L")
    assert story.tasks()[1]["job"] == story.deployment.jobs[0].job
    story.wait(304).expect("RUNNING 1", "Q1 S1", "", "L S L")


def test_a_job_that_is_online_in_time_goes_on():
    story = starting().wait(1).expect("RUNNING 1", "R1", "STOP LIST", "L")
    story.wait(4).expect("RUNNING 1", "R1", "LIST@2395s", "L")


def test_a_job_that_ends_before_takes_its_stop_along():
    story = starting(replicas=2).wait(1)
    story.engine.chain.set_state(story.deployment.jobs[0], "COMPLETED")
    assert [task["job"] for task in story.tasks() if task["task"] == "STOP"] == [story.deployment.jobs[1].job]


@pytest.mark.parametrize("release", ["guide", "2026-08"])
def test_older_servers_know_no_time_to_start(release):
    story = Story("INFINITE", release=release).do("start").wait().jobs("RUNNING").wait(1)
    assert [task["task"] for task in story.tasks()] == ["LIST"]


def test_infinite_replaces_its_job_before_the_timeout():
    story = Story("INFINITE").do("start").wait()
    story.engine.behaviour.claim_never = False
    story.jobs("RUNNING").wait(2410).expect("RUNNING 1", "R1 S1", "LIST@2394s", "Lx2 S")


def test_a_longer_timeout_extends_running_jobs():
    for strategy in ("INFINITE", "SIMPLE-EXTEND"):
        story = Story(strategy).do("start").wait().jobs("RUNNING").wait(2)
        story.do("update", "timeout", 120).wait(4)
        assert [job.timeout for job in story.deployment.jobs] == [7200]
        assert story.deployment.events[-1].type == "JOB_EXTEND_SUCCESSFUL"
    assert story.seen()[2] == f"EXTEND@{7200 - 300 - 6}s"
    story = Story("SIMPLE").do("start").wait().jobs("RUNNING").do("update", "timeout", 120).wait()
    assert [job.timeout for job in story.deployment.jobs] == [3600]


def test_simple_extend_goes_on_extending():
    story = Story("SIMPLE-EXTEND").do("start").wait().jobs("RUNNING").wait(3600 * 5)
    assert story.seen()[:2] == ("RUNNING 1", "R1")
    assert story.deployment.jobs[0].timeout >= 5 * 3600


def test_a_job_ends_at_its_timeout():
    story = Story().do("start").wait().jobs("RUNNING").wait(3599).expect("RUNNING 1", "R1", "", "L")
    story.wait(2).expect("STOPPED 1", "C1", "", "L")
    assert story.deployment.jobs[0].result["opStates"][0]["diagnostics"]["reason"]["jobExpired"] is True


def test_fewer_replicas_stop_queued_jobs_first():
    story = Story(replicas=3).do("start").wait()
    story.engine.chain.set_state(story.deployment.jobs[0], "RUNNING")
    story.do("update", "replicas", 1).wait().expect("RUNNING 1", "S1 S1 R1", "", "Lx3 Sx2")


def test_credits_are_reserved_when_listed_and_released_when_stopped():
    story = Story(replicas=2).do("start").wait()
    credits = story.engine.credits
    assert credits.reserved == pytest.approx(2 * 0.048 * 1.1)
    story.jobs("RUNNING").wait(1800).do("stop").wait()
    assert credits.reserved == pytest.approx(0)
    assert credits.settled == pytest.approx(0.048 * 1.1, rel=0.01)


def test_endpoints_come_online_after_the_job_runs():
    story = Story(release="current").do("start").wait()
    story.engine.behaviour.claim_never = False
    assert [end["online"] for end in endpoints_view(story.engine, story.deployment)] == [False]
    story.jobs("RUNNING").wait(1)
    assert story.deployment.jobs[0].state == "RUNNING"
    assert [end["online"] for end in endpoints_view(story.engine, story.deployment)] == [False]
    story.wait(2)
    assert [end["online"] for end in endpoints_view(story.engine, story.deployment)] == [True]
    assert "online" not in story.deployment.endpoints[0]


def test_revisions_are_numbered_as_each_release_does_it():
    for release, numbers in (("2026-08", [1, 2, 2, 3, 2, 3, 4]), ("current", [1, 2, 3, 4, 5, 6, 7])):
        story = Story(release=release).revise().do("switch_revision", 1).revise().revise()
        story.do("switch_revision", 1).revise().revise().revise()
        assert [revision.revision for revision in story.deployment.revisions] == numbers


def test_of_revisions_of_one_number_the_first_one_runs():
    story = Story().revise().do("switch_revision", 1)
    other = {"version": "0.1", "type": "container",
             "ops": [{"type": "container/run", "id": "other", "args": {"image": "debian"}}]}
    story.do("create_revision", other).do("start").wait()
    assert story.deployment.jobs[0].definition["ops"][0]["id"] == "hello"


def test_deleted_deployments_leave_their_jobs_running():
    story = Story().do("start").wait().do("stop").wait().revise().wait().do("delete")
    jobs = [job.state for job in story.engine.jobs.values()]
    assert jobs == ["STOPPED", "QUEUED"]
    assert actions.create(story.engine, {"name": "b", "market": "m", "replicas": 1, "timeout": 60,
                                         "strategy": "SIMPLE", "job_definition": {"ops": []}}).status == "DRAFT"
