# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markets without a free host, and what the newest worker makes of that: parked listings, runs and stale tasks.

Expectations as in ``test_simulator_lifecycles``; the newest server where no release is named.
"""

from __future__ import annotations

import pytest
from simulator_api import DEFINITION, MARKET
from simulator_story import Story

OTHER = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"
RENEW = 14 * 60


def parked(hosts: int = 0, strategy: str = "SIMPLE", **fields) -> Story:
    """A started deployment in a market with so many free hosts."""
    story = Story(strategy, release="current", **fields)
    story.engine.hosts.set(MARKET, hosts)
    return story.do("start").wait(3)


def messages(story: Story) -> list[str]:
    """What its events say, without addresses."""
    known = {MARKET: "MARKET", OTHER: "OTHER", **{job.job: "JOB" for job in story.deployment.jobs}}
    found = []
    for event in story.deployment.events:
        text = event.message.replace(event.tx, "TX") if event.tx else event.message
        for address, word in known.items():
            text = text.replace(address, word)
        found.append(f"{event.type}: {text}")
    return found


def test_without_a_host_the_listing_waits():
    story = parked(replicas=2).expect("RUNNING 1", "", f"LIST@{RENEW - 2}s", "JOB_RESERVE_WAITING")
    assert messages(story) == ["JOB_RESERVE_WAITING: Waiting for 2 matching node(s) in market MARKET"]
    # For as long as it takes, without a word, an error or an end.
    story.wait(RENEW * 100).expect("RUNNING 1", "", "LIST", "JOB_RESERVE_WAITING")
    assert story.deployment.tasks[0].attempts == 0 and story.deployment.tasks[0].due_at > story.engine.now


def test_hosts_that_come_are_taken_at_once():
    story = parked(replicas=2)
    story.engine.hosts.set(MARKET, 5)
    story.wait(2).expect("RUNNING 1", "Q1 Q1", "", "JOB_RESERVE_WAITING Lx2")
    assert story.engine.free_hosts[MARKET] == 3
    assert messages(story)[1:] == ["JOB_RESERVE_CONFIRMED: Reserved 2 node(s) in market(s) MARKET"] + [
        "JOB_LIST_CONFIRMED: Successfully listed job - JOB"] * 2
    story.do("stop").wait()
    assert story.engine.free_hosts[MARKET] == 5 and story.deployment.status == "STOPPED"


def test_some_hosts_run_and_a_new_listing_takes_the_rest():
    story = parked(1, replicas=3).wait(2)
    story.expect("RUNNING 1", "Q1", f"LIST@{RENEW - 3}s", "L JOB_RESERVE_SHORTFALL JOB_RESERVE_WAITING")
    assert messages(story)[2:] == [
        "JOB_RESERVE_SHORTFALL: 2 job(s) still need a node: requested again by a new LIST task",
        "JOB_RESERVE_WAITING: Waiting for 2 matching node(s) in market MARKET"]
    story.engine.hosts.set(MARKET, None)
    story.wait(2).expect("RUNNING 1", "Q1 Q1 Q1", "", "L JOB_RESERVE_SHORTFALL JOB_RESERVE_WAITING Lx2")


def test_who_has_waited_longest_is_served_first(current):
    hosts(current, MARKET, 0)
    made = []
    for _number in range(3):
        made.append(current.create(autostart=True)["id"])
        current.advance(5)
    hosts(current, MARKET, 2)
    current.advance(5)
    assert [current.get(one)["active_jobs"] for one in made] == [1, 1, 0]


def test_a_host_that_comes_free_goes_to_who_waits():
    story = parked(1, replicas=2).jobs("RUNNING").wait()
    assert story.seen()[1] == "R1"
    story.jobs("COMPLETED").wait(2)
    assert story.seen()[:2] == ("RUNNING 1", "Q1 C1")


def test_stop_clears_what_waits():
    parked(replicas=2).do("stop").wait().expect("STOPPED 1", "", "", "JOB_RESERVE_WAITING")


def test_a_new_market_lets_what_waits_ask_again():
    story = parked().do("update", "market", OTHER).wait(4)
    assert story.seen()[:3] == ("RUNNING 1", "Q1", "")
    assert [job.market for job in story.deployment.jobs] == [OTHER]
    assert messages(story)[1] == ("JOB_RESERVE_SHORTFALL: 1 job(s) still need a node: "
                                  "requested again by a new LIST task")


def test_a_new_market_takes_running_jobs_and_what_waits_along():
    story = parked(1, replicas=3).wait(2).jobs("RUNNING").do("update", "market", OTHER).wait(8)
    assert [(job.state, job.market) for job in story.deployment.live_jobs()] == [("QUEUED", OTHER)] * 3
    assert story.deployment.tasks == []


def test_new_requirements_let_what_waits_ask_again():
    story = parked()
    story.do("update_terms", {"ram_gb": 8}, MARKET).wait(4)
    assert story.seen()[3] == "JOB_RESERVE_WAITING JOB_RESERVE_SHORTFALL JOB_RESERVE_WAITING"
    assert len(story.deployment.tasks) == 1


def test_new_requirements_leave_running_jobs_where_they_are_unless_the_market_is_another_one():
    story = Story(release="current", replicas=2).do("start").wait().jobs("RUNNING")
    story.do("update_terms", {"ram_gb": 8}, MARKET).wait()
    assert story.seen()[:3] == ("RUNNING 1", "R1 R1", "")
    story.do("update_terms", {"ram_gb": 16}, OTHER).wait(8)
    assert [(job.state, job.market) for job in story.deployment.live_jobs()] == [("QUEUED", OTHER)] * 2
    assert story.deployment.requirements == {"ram_gb": 16}


def test_new_requirements_are_written_even_if_they_are_the_old_ones():
    story = Story(release="current")
    stored = story.deployment.updated_at
    story.wait(5).do("update_terms", None, MARKET)
    assert story.deployment.updated_at == stored + 5


def test_a_market_that_is_none_is_the_end():
    story = parked().do("update", "market", "1" * 43).wait(4)
    assert story.seen()[:3] == ("ERROR 1", "", "")
    assert messages(story)[-1] == f"JOB_LIST_ERROR: Node reservation rejected: Market {'1' * 43} does not exist"


def test_no_credits_show_only_once_there_is_a_host():
    story = Story(release="current")
    story.engine.credits.assigned = 0
    story.engine.hosts.set(MARKET, 0)
    story.do("start").wait(3).expect("RUNNING 1", "", "LIST", "JOB_RESERVE_WAITING")
    story.engine.hosts.set(MARKET, 1)
    story.wait(2).expect("INSUFFICIENT_FUNDS 1", "", "LIST", "JOB_RESERVE_WAITING E")
    assert story.engine.free_hosts[MARKET] == 1


def test_a_rotation_without_a_host_waits_for_its_own_job():
    story = parked(1, "INFINITE").jobs("RUNNING").wait(2410)
    assert story.seen()[:3] == ("RUNNING 1", "R1", f"LIST@{RENEW - 9}s")
    assert messages(story)[-1] == ("JOB_RESERVE_WAITING: Rotation of job JOB: no spare node yet, it is replaced as "
                                   "soon as one frees up (at the latest when the job ends)")
    story.jobs("COMPLETED").wait(4)
    assert story.seen()[:3] == ("RUNNING 1", "Q1 C1", "")


def test_scheduled_waits_too():
    story = Story("SCHEDULED", release="current", replicas=2, schedule="0 * * * *")
    story.engine.hosts.set(MARKET, 0)
    story.do("start").wait(3605)
    assert story.seen()[:2] == ("RUNNING 1", "") and "JOB_RESERVE_WAITING" in story.seen()[3]
    # Only what waits: there is no next time before this one was carried out.
    assert len(story.wait(3 * 3600).deployment.tasks) == 1 and story.seen()[1] == ""
    story.engine.hosts.set(MARKET, 1)
    story.wait(4)
    assert story.seen()[1] == "Q1" and len(story.deployment.tasks) == 2  # the rest that waits, and the next time
    story.engine.hosts.set(MARKET, 2)
    story.wait(2)
    assert story.seen()[1] == "Q1 Q1" and len(story.deployment.tasks) == 1


@pytest.mark.parametrize("release", ["guide", "2026-08"])
def test_on_older_servers_the_jobs_wait(release):
    story = Story(release=release, replicas=2)
    story.engine.behaviour.claim_never = False
    story.engine.hosts.set(MARKET, 0)
    story.do("start").wait(1000).expect("RUNNING 1", "Q1 Q1", "", "Lx2")
    story.engine.hosts.set(MARKET, 1)
    story.wait(2)
    assert sorted(job.state for job in story.deployment.jobs) == ["QUEUED", "RUNNING"]
    story.engine.hosts.set(MARKET, None)
    story.wait(2)
    assert [job.state for job in story.deployment.jobs] == ["RUNNING"] * 2


# -- runs and revisions ----------------------------------------------------------------------------------------------


def test_several_revisions_in_a_row_leave_the_newest_jobs_running():
    story = Story(release="current", replicas=2).do("start").wait()
    story.revise().revise().revise().wait(10)
    assert story.seen()[:3] == ("RUNNING 4", "Q4 Q4 S1 S1", "")


def test_a_raise_together_with_a_revision_is_not_lost():
    story = Story(release="current").do("start").wait()
    story.revise().do("update", "replicas", 3).wait(8)
    assert story.seen()[:3] == ("RUNNING 2", "Q2 Q2 Q2 S1", "")


def test_a_revision_counts_what_waited_anew():
    story = parked(replicas=2)
    story.revise().wait(4).expect("RUNNING 2", "", "LIST", "JOB_RESERVE_WAITINGx2")
    story.engine.hosts.set(MARKET, None)
    story.wait(2)
    assert story.seen()[:3] == ("RUNNING 2", "Q2 Q2", "")


def test_a_revision_while_old_jobs_end_slowly_lists_its_own():
    story = Story("SIMPLE", "slow", release="current", replicas=2).do("start").wait().jobs("RUNNING").wait()
    story.revise().wait()
    assert story.seen()[:3] == ("RUNNING 2", "Q2 Q2 R1 R1", "")
    story.jobs("STOPPED", revision=1).wait()
    assert story.seen()[:2] == ("RUNNING 2", "Q2 Q2 S1 S1")


def test_start_drops_what_waited_for_an_earlier_one():
    story = Story(release="current")
    story.engine.credits.assigned = 0
    story.do("start").wait(3).do("start").wait(3)
    assert story.seen()[:2] == ("INSUFFICIENT_FUNDS 1", "") and len(story.deployment.tasks) == 2
    story.engine.credits.assigned = 100
    story.wait(620)
    assert story.seen()[:3] == ("RUNNING 1", "Q1", "")


def test_start_of_an_infinite_one_counts_what_lives():
    story = Story("INFINITE", release="current", replicas=2).do("start").wait().jobs("RUNNING").wait()
    story.status("ERROR").do("start").wait(4)
    assert story.seen()[:2] == ("RUNNING 1", "R1 R1")


def test_scheduled_lists_a_full_set_whatever_lives():
    story = Story("SCHEDULED", release="current", replicas=2, schedule="* * * * *").do("start").wait(65).wait(60)
    assert story.seen()[1] == "Q1 Q1 Q1 Q1"


def test_a_scheduled_one_fires_once_after_a_revision_and_a_new_start():
    story = Story("SCHEDULED", release="current", schedule="0 * * * *").do("start").wait()
    story.do("create_revision", DEFINITION).wait().do("stop").wait().do("start").wait(3700)
    assert story.seen()[1] == "Q2"


# -- as the API and its control interface have it --------------------------------------------------------------------


def hosts(api, market: str, number: int | None):
    """Give a market free hosts."""
    return api("PUT", f"/_control/markets/{market}", {"hosts": number})


def test_hosts_by_the_control_interface(current):
    assert hosts(current, "nvidia-3060", 0).body == {"address": MARKET, "hosts": 0}
    made = current.create(autostart=True)
    current.advance(5)
    path = f"/deployments/{made['id']}"
    assert current.get(made["id"])["status"] == "RUNNING"
    assert current("GET", f"{path}/jobs").body["jobs"] == []
    task, = current("GET", f"{path}/tasks").body["tasks"]
    assert task["task"] == "LIST" and "tx" not in task and task["due_at"] > current.get(made["id"])["updated_at"]
    cards = {card["name"]: card["available"] for card in current("GET", "/reservations/gpus").body["gpus"]}
    assert cards["NVIDIA GeForce RTX 3060"] == 5  # those of the community's market
    assert current("GET", f"/markets/{MARKET}").body["nodes"] == []
    assert hosts(current, MARKET, None).status == 200
    current.advance(3)
    assert len(current("GET", f"{path}/jobs").body["jobs"]) == 1
    assert len(current("GET", f"/markets/{MARKET}").body["nodes"]) == 14
    assert hosts(current, "nowhere", 1).status == 404
    for wrong in (-1, 1.5, "1", True):
        assert hosts(current, MARKET, wrong).status == 422


def test_a_reset_gives_the_hosts_back(current):
    hosts(current, MARKET, 0)
    current.reset("current")
    made = current.create(autostart=True)
    current.advance(5)
    assert current.get(made["id"])["active_jobs"] == 1
