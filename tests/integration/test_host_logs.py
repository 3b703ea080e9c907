# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logs of jobs that run, from the simulator's hosts: what nosana_job_info returns, and what a failed wait quotes."""

from __future__ import annotations

import sys
import time

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api import hosts
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import wording
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import live
from ansible_collections.nosana.cloud.plugins.modules import nosana_deployments, nosana_job_info

from .inprocess import CREATE, FAST, Runner, definition
from .playbooks import RELEASES

KEY = "nos_logs_0123456789"
SECRET = "hush-hush-hush"


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """The simulator's hosts answer at once, but it is another process, on a machine that may be busy."""
    monkeypatch.setattr(live, "PATIENT", hosts.Limits(first=4.0, quiet=0.6, total=15.0))
    monkeypatch.setattr(live, "HASTY", hosts.Limits(first=4.0, quiet=0.6, total=10.0))


@pytest.fixture(params=["current"])
def server(request, patient_server, leaping_modules):
    patient_server.reset(release=request.param)
    return patient_server


every_release = pytest.mark.parametrize("server", RELEASES, indirect=True)


@pytest.fixture
def logs_of(server, run_module):
    """``logs_of(state, ...)``: the job of that state of a new deployment, with its logs."""

    def read(state="RUNNING", job_definition=None, behaviour=None, hosts_are="answering", ended=None, **options):
        server.control("PUT", "/server", {"hosts": hosts_are})
        server.control("PUT", "/jobs", {"logs": None, **(behaviour or {})})
        one = {"name": "logs", "status": "RUNNING", "job_definition": job_definition or definition()}
        one["jobs"] = [dict({"state": state, "revision": 1}, **(ended or {}))]
        [deployment] = server.control("POST", "/deployments", one)["ids"]
        given = {"deployment_id": deployment, "include": ["logs"], "api_url": server.api_url, "api_key": KEY}
        result = run_module(nosana_job_info, {**given, **options})
        assert not result.get("failed") and not result["changed"], result
        assert "DEPLOYMENT_HEADER" not in str(result)
        return result["jobs"][0]

    return read


def lines(job):
    (one,) = job["logs"]
    return one["lines"]


@every_release
def test_the_history_of_a_job_that_runs(server, logs_of):
    job = logs_of(behaviour={"logs": ["one", "two"]}, include=["logs", "result"])
    assert job["logs"] == [{"operation": "web", "lines": ["one", "two"]}] and job["logs_problem"] is None
    assert job["result"]["verdict"] == "unknown"
    asked = [one["operation"] for one in server.requests()]
    assert asked == ["jobs", "job", "header"]


def test_by_its_address(server, logs_of, run_module):
    address = logs_of(behaviour={"logs": ["one"]})["job"]
    given = {"job": address, "include": ["logs"], "api_url": server.api_url, "api_key": KEY}
    (job,) = run_module(nosana_job_info, given)["jobs"]
    assert (lines(job), job["logs_problem"]) == (["one"], None)


def test_a_job_that_has_written_nothing(logs_of):
    job = logs_of()
    assert (lines(job), job["logs_problem"]) == (["host: Operation Started"], None)


def test_the_last_lines(logs_of):
    many = {"logs": ["line %d" % number for number in range(300)]}
    assert lines(logs_of(behaviour=many)) == ["(200 earlier lines left out)"] + many["logs"][200:]
    assert lines(logs_of(behaviour=many, tail=2)) == ["(298 earlier lines left out)", *many["logs"][298:]]
    assert len(lines(logs_of(behaviour=many, tail=1000))) == 300


def test_what_the_host_complains_of(logs_of):
    job = logs_of(behaviour={"logs": ["one"], "nodeerr": ["disk is full"]})
    assert lines(job) == ["host: container disk is full", "one"]


def test_one_that_just_starts(logs_of):
    job = logs_of(hosts_are="pulling")
    assert (lines(job), job["logs_problem"]) == (["host: Downloading 5f70bf18a086 [==>  ] 12MB/30MB"], None)
    job = logs_of(hosts_are="starting")
    assert job["logs"] == [] and "the job may just be starting" in job["logs_problem"]


def test_one_that_does_not_start(fast_server, run_module, monkeypatch):
    monkeypatch.setattr(live, "PATIENT", hosts.Limits(first=5.0, quiet=0.2, total=5.0))
    fast_server.reset(release="current")
    fast_server.control("PUT", "/server", {"hosts": "starting"})
    one = {"name": "logs", "status": "RUNNING", "jobs": [{"state": "RUNNING"}]}
    [deployment] = fast_server.control("POST", "/deployments", one)["ids"]
    given = {"deployment_id": deployment, "include": ["logs"], "api_url": fast_server.api_url, "api_key": KEY}
    (job,) = run_module(nosana_job_info, given)["jobs"]
    assert job["logs_problem"] == "its host has not started the job yet (close code 1008)"


def with_header(server, change):
    """Lets the API answer with another header: what ``change`` makes of the right one."""

    def of_deployment(deployment):
        runner = Runner(server)
        right = runner.request("GET", "/deployments/%s/header" % deployment)["header"]
        answer = {"operation": "header", "set": {"header": change(right)}}
        server.control("PUT", "/server", {"answers": [answer]})

    return of_deployment


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda right: right.replace(":", ":x", 1), "or the host does not accept the signature"),  # silence
        (lambda right: right + ":5", "does not accept the header that the API gives (close code 3000)"),  # long ago
        (lambda right: right + ":5:5", "does not accept the header that the API gives (close code 3000)"),
        (lambda right: right.partition(":")[2], None),  # the bare signature, as some servers give it
    ],
)
def test_headers(server, logs_of, run_module, change, said):
    first = logs_of(behaviour={"logs": ["one"]})
    with_header(server, change)(first["deployment"])
    given = {"deployment_id": first["deployment"], "include": ["logs"], "api_url": server.api_url, "api_key": KEY}
    result = run_module(nosana_job_info, given)
    (job,) = result["jobs"]
    assert "DEPLOYMENT_HEADER" not in str(result) and (job["logs"] == []) is (said is not None)
    assert said in job["logs_problem"] if said else job["logs_problem"] is None


def test_a_host_that_is_away(logs_of):
    job = logs_of(hosts_are="away")
    assert (job["logs"], job["logs_problem"]) == ([], "its host refuses the connection (404)")


def test_without_the_library(logs_of, monkeypatch):
    monkeypatch.setitem(sys.modules, "websocket", None)
    job = logs_of()
    assert job["logs"] == [] and "pip install websocket-client" in job["logs_problem"]


def test_ten_megabytes(logs_of):
    piece = "".join("%063d\n" % number for number in range(250))  # 16 KB, as a container's output comes
    job = logs_of(behaviour={"logs": [{"type": "stdout", "log": piece}] * 650 + ["the end"]})
    assert job["logs_problem"] is None and lines(job)[-1] == "the end" and len(lines(job)) == 101
    assert len(str(job)) < 20_000


def test_a_log_that_is_too_long_says_so(logs_of, monkeypatch):
    monkeypatch.setattr(hosts, "MOST_BYTES", 2**20)
    job = logs_of(behaviour={"logs": [{"type": "stdout", "log": "x" * 16_000 + "\n"}] * 100})
    assert "longer than 1 MiB" in job["logs_problem"] and lines(job)


def test_a_log_that_never_pauses_is_not_followed_for_ever(logs_of, monkeypatch):
    monkeypatch.setattr(live, "PATIENT", hosts.Limits(first=1.0, quiet=0.5, total=1.0))
    began = time.monotonic()
    job = logs_of(hosts_are="chatty")
    assert "was not complete within 1 s" in job["logs_problem"] and "still here 2" in lines(job)
    assert time.monotonic() - began < 5


def test_a_progress_bar(logs_of):
    progress = ["\r\x1b[32m%3d%%\x1b[0m|###  | %d/100" % (percent, percent) for percent in range(101)] + ["\n"]
    pieces = [{"type": "stderr", "log": piece} for piece in progress]
    job = logs_of(behaviour={"logs": ["begin", *pieces, "end"]})
    assert lines(job) == ["begin", "100%|###  | 100/100", "end"]


def test_a_secret_of_the_definition_in_the_log(logs_of):
    secret = definition(env={"API_TOKEN": SECRET})
    cut = [{"type": "stdout", "log": SECRET[:6]}, {"type": "stdout", "log": SECRET[6:] + " again\n"}]
    job = logs_of(job_definition=secret, behaviour={"logs": ["token: " + SECRET, *cut]})
    assert lines(job) == ["token: <VALUE_HIDDEN_1>", "<VALUE_HIDDEN_1> again"]


@pytest.mark.parametrize(
    ("state", "ended", "problem"),
    [
        ("QUEUED", None, "no host has taken the job yet"),
        ("COMPLETED", {"result_after": 60}, "its host has not posted the result"),
        ("STOPPED", {"result_after": 60}, "its host has not posted the result"),
        ("COMPLETED", {"logs": ["x"]}, None),
    ],
)
def test_jobs_that_do_not_run(server, logs_of, state, ended, problem):
    server.control("PUT", "/jobs", {"claim_after": None})
    job = logs_of(state, ended=ended)
    assert job["logs_problem"] == problem
    assert (job["logs"] == []) is (problem is not None)


def test_the_last_lines_of_a_job_that_has_ended(logs_of):
    ended = {"logs": ["line %d" % number for number in range(600)]}
    assert len(lines(logs_of("COMPLETED", ended=ended))) == 101
    assert lines(logs_of("COMPLETED", ended=ended, tail=1))[-1] == "line 599"
    assert len(lines(logs_of("COMPLETED", ended=ended, tail=10_000))) == 600


@pytest.mark.parametrize("tail", [0, -1, 10_001])
def test_a_tail_that_can_not_be(server, run_module, tail):
    given = {"deployment_id": "7" * 43, "tail": tail, "api_url": server.api_url, "api_key": KEY}
    result = run_module(nosana_job_info, given)
    assert result["failed"] and "tail: must be from 1 to 10000" in result["msg"] and not server.requests()


# --- what a failed wait quotes -------------------------------------------------------------------------------------

SECRETIVE = definition(env={"API_TOKEN": SECRET})
STARTED = {**CREATE, "name": "it", "state": "started", "replicas": 1, "job_definition": SECRETIVE}
LOG = ["loading", "token " + SECRET, "port 8080 is in use"]
ENDS = "; the log of job %s ends: loading | token <VALUE_HIDDEN_1> | port 8080 is in use"


def failed_wait(server, **behaviour):
    """A task whose endpoints do not come online in time."""
    server.control("PUT", "/jobs", {"logs": LOG})
    server.control("PUT", "/server", {"online_after": 100_000, **behaviour})
    done = Runner(server, leaps=True).run(**STARTED, wait_for="endpoints", wait_timeout=60)
    assert done.reason == "timed_out" and "not started within 60 s" in done.failure
    return done


@every_release
def test_a_wait_that_fails_quotes_what_the_job_wrote_last(server):
    server.control("PUT", "/server", {"serves_endpoints": True})
    done = failed_wait(server)
    assert ENDS % done.jobs[0]["job"] in done.failure
    assert "{id: %s, state: stopped}" % done.deployment["id"] in done.failure
    assert SECRET not in str(done) and "DEPLOYMENT_HEADER" not in str(done)


def test_a_run_that_takes_too_long_quotes_it_as_well(server):
    server.control("PUT", "/jobs", {"logs": LOG})
    done = Runner(server, leaps=True).run(**{**STARTED, "state": "completed"}, wait_timeout=60)
    assert done.reason == "timed_out" and ENDS % done.jobs[0]["job"] in done.failure


def test_a_host_that_is_away_changes_nothing_of_the_failure(server, monkeypatch):
    began, no_header = time.monotonic(), [{"operation": "header", "set": {"header": 5}}]
    for settings in ({"hosts": "away"}, {"hosts": "starting"}, {"answers": no_header}):
        server.reset(release="current")
        done = failed_wait(server, **settings)
        assert "the log of job" not in done.failure and "endpoints not ready" in done.failure
    monkeypatch.setitem(sys.modules, "websocket", None)
    server.reset(release="current")
    assert "the log of job" not in failed_wait(server).failure
    assert time.monotonic() - began < 30


def test_an_api_that_hangs_does_not_hold_up_the_failure(server, monkeypatch):
    monkeypatch.setattr(wording, "LOG_TAKES", 0.5)
    server.control("PUT", "/faults", [{"kind": "hang", "operation": "header", "seconds": 10}])
    began = time.monotonic()
    assert "the log of job" not in failed_wait(server).failure
    assert time.monotonic() - began < 8


def test_each_of_many_quotes_its_own(fast_server, run_module, monkeypatch):
    fast_server.reset(release="current")
    fast_server.control("PUT", "/jobs", {"logs": LOG})
    fast_server.control("PUT", "/server", {"online_after": 100_000})
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(FAST))
    defaults = {key: value for key, value in STARTED.items() if key != "name"}
    defaults.update(wait_for="endpoints", wait_timeout=60)
    given = {"deployments": [{"name": "a"}, {"name": "b"}], "defaults": defaults}
    result = run_module(nosana_deployments, {**given, "api_url": fast_server.api_url, "api_key": KEY})
    assert result["failed"] and result["reason"] == "timed_out" and SECRET not in str(result)
    for one in result["deployments"]:
        assert ENDS.partition("%s")[2] in one["msg"]


def test_a_queued_job_has_no_log(server):
    server.control("PUT", "/jobs", {"claim_after": None, "logs": LOG})
    done = Runner(server, leaps=True).run(**STARTED, wait_timeout=60)
    assert done.reason == "timed_out" and "the log of job" not in done.failure
    assert "header" not in [one["operation"] for one in server.requests()]
