# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user reads when something goes wrong: one clear line each, no traceback, nothing left unsaid."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from .playbooks import CLONE, HERE, RELEASES, SPEED, command, environment, run

KEY = "nos_trouble"


def deploy(url, key=KEY, more=None, **env):
    """Runs the one-task playbook; returns the finished process."""
    if key is not None:
        env["NOSANA_API_KEY"] = key
    env.setdefault("NOSANA_SIMULATOR_SPEED", str(SPEED))
    return run(HERE / "deploy.yml", "-e", json.dumps({"more": more or {}}), NOSANA_API_URL=url, **env)


def failure_of(done):
    """The result of the failed task."""
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    found = re.search(r"FAILED! => (\{.*\})\s*$", done.stdout, re.MULTILINE | re.DOTALL)
    assert found, done.stdout
    result, _end = json.JSONDecoder().raw_decode(found.group(1))
    assert len(result["msg"].splitlines()) == 1
    assert KEY not in done.stdout + done.stderr
    return result


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_wrong_key(simulator):
    server = simulator(api_key="nos_right")
    result = failure_of(deploy(server.api_url))
    assert "the API refused it (401)" in result["msg"] and "Check api_key (NOSANA_API_KEY)" in result["msg"]
    assert result["error"]["status"] == 401 and result["changed"] is False


def test_no_key(simulator):
    result = failure_of(deploy(simulator().api_url, key=None))
    assert "api_key is missing: neither the task nor the environment variable NOSANA_API_KEY on host " in result["msg"]
    assert result["reason"] == "bad_option" and result["error"] is None


def test_an_address_where_nothing_listens():
    result = failure_of(deploy("http://127.0.0.1:%d/api" % free_port(), NOSANA_API_RETRIES="1"))
    assert "could not connect" in result["msg"] and "connection refused" in result["msg"] and "api_url" in result["msg"]


def test_an_address_that_is_no_nosana(simulator):
    server = simulator(release="2026-08")
    result = failure_of(deploy(server.api_url + "/v9"))
    assert "check api_url" in result["msg"]


def test_plain_http_to_another_host():
    result = failure_of(deploy("http://api.nosana.example/api"))
    assert "plain http would send the key unprotected" in result["msg"]


@pytest.mark.parametrize("release", RELEASES)
def test_jobs_that_stay_queued(simulator, release):
    server = simulator(release=release, speed=SPEED)
    server.control("PUT", "/jobs", {"claim_after": None})
    result = failure_of(deploy(server.api_url, more={"wait_timeout": 50}))
    assert "not started within 50 s (wait_timeout): RUNNING, 0 of 2 jobs running and 2 queued" in result["msg"]
    assert "in nvidia-4090 (97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf)" in result["msg"]
    assert "JOB_LIST_CONFIRMED" in result["msg"]
    assert result["actions"] == ["create", "start"] and result["changed"] is True
    [deployment] = server.control("GET", "/state")["deployments"]
    assert result["deployment"]["id"] == deployment["id"] and deployment["id"] in result["msg"]


def test_credits_that_are_missing_fail_at_once(simulator):
    server = simulator(speed=SPEED)
    server.control("PUT", "/credits", {"assigned": 0})
    result = failure_of(deploy(server.api_url))
    assert "INSUFFICIENT_FUNDS" in result["msg"] and "Insufficient credits" in result["msg"]
    assert result["actions"] == ["create", "start"]


def test_a_server_killed_in_the_middle(simulator):
    """The wait goes on, as the outage may end, until wait_timeout."""
    server = simulator(speed=SPEED)
    server.control("PUT", "/jobs", {"claim_after": None})
    process = start_deploying(server, wait_timeout=20)
    server.stop()
    out, err = process.communicate()
    done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    result = failure_of(done)
    assert "could not connect" in result["msg"] or "connection broke" in result["msg"]
    assert "wait_timeout (20 s) is over" in result["msg"] and result["reason"] == "timed_out"
    assert result["deployment"]["id"] and result["actions"] == ["create", "start"]


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c(simulator):
    server = simulator(speed=SPEED)
    server.control("PUT", "/jobs", {"claim_after": None})
    process = start_deploying(server)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in out + err
    assert "interrupted" in (out + err).lower()
    [deployment] = server.control("GET", "/state")["deployments"]
    assert deployment["status"] == "RUNNING"


def start_deploying(server, **more):
    """Starts the playbook in a process group of its own, and returns once the deployment has been started."""
    process = subprocess.Popen(
        command(HERE / "deploy.yml", "-e", json.dumps({"more": more})),
        env=environment(NOSANA_API_URL=server.api_url, NOSANA_API_KEY=KEY, NOSANA_API_RETRIES="2"),
        cwd=CLONE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if any(one["status"] == "RUNNING" for one in server.control("GET", "/state")["deployments"]):
            return process
        time.sleep(0.2)
    process.kill()
    raise AssertionError("nothing was started: %s" % (process.communicate(),))
