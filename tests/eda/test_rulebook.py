# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-rulebook with the event source, judged by what comes of it: it ends with 0 also when an action failed.

The tests share two processes, and are a story in the order of the file.
"""

from __future__ import annotations

import collections

from .conftest import wait_until

#: Seconds from a change to the rule's action that are promised; a machine that does much else may need longer.
PROMISED, BUSY = 5, 60


def test_a_key_that_is_refused_does_not_end_it(server, restarts):
    told = restarts.wait_for(r"nosana\.cloud\.deployments: .*INSUFFICIENT|nosana\.cloud\.deployments: .*\(403\)")
    server.control("PUT", "/keys", {})
    restarts.wait_for("the API answers again")
    assert len(told) == 1 and restarts.alive


def test_a_change_leads_to_the_action_within_seconds(server, shows, record_testsuite_property):
    key = server.seed(name="shown", status="RUNNING", jobs=[{"state": "RUNNING"}])
    shows.wait_for_change(key + "/RUNNING/")
    took = []
    for status in ("STARTING", "RUNNING", "ERROR"):
        begun, change_id = server.change(key, status)
        moment, _id = shows.wait_for_change(change_id)
        took.append(moment - begun)
    print("seconds from a change to the action: %s" % ", ".join("%.2f" % one for one in took))
    record_testsuite_property("seconds_to_action", max(took))
    assert max(took) < BUSY


def test_what_fails_is_restarted_so_often_and_then_left(server, restarts):
    key = server.seed(name="failing", status="RUNNING", jobs=[{"state": "RUNNING"}])
    server.change(key, "ERROR")
    wait_until(lambda: server.starts(key) == 1, "its start", restarts)
    wait_until(lambda: _status(server, key) == "RUNNING", "RUNNING", restarts)
    server.wait_for_looks()
    server.change(key, "ERROR")
    restarts.wait_for(r"failing \(%s\) failed 2 times within an hour" % key)
    assert server.starts(key) == 1 and _status(server, key) == "ERROR"


def test_a_stop_and_start_of_the_server_loses_nothing(server, shows, restarts):
    server.stop()
    server.start()
    for name in ("shown", "failing"):  # a simulator forgets all, and gives the same ids again, in this order
        server.seed(name=name, status="STOPPED")
    key = server.seed(name="later", status="ERROR")
    shows.wait_for_change(key + "/")  # the other rulebook may have started it before this one polls
    wait_until(lambda: server.starts(key) == 1, "its start", restarts)
    assert shows.alive and restarts.alive


def test_each_change_has_led_to_one_action(shows):
    seen = collections.Counter(change_id for _moment, change_id in shows.changes())
    assert len(seen) > 8 and set(seen.values()) == {1}


def test_no_key_is_shown(shows, restarts):
    assert "nos_shows" not in shows.printed() and "nos_restarts" not in restarts.printed()
    assert "Traceback" not in shows.printed() + restarts.printed()


def _status(server, key):
    [found] = [one for one in server.control("GET", "/state")["deployments"] if one["id"] == key]
    return found["status"]
