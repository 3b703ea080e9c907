# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process: command line, streams in real time, and the launcher that the role uses."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from unittest import mock

import pytest
from nosana_simulator import seeding
from nosana_simulator import stream as stream_module
from nosana_simulator.app import Api as App
from nosana_simulator.requests import StreamAnswer
from nosana_simulator.simulator import Simulator
from simulator_api import PACKAGE, Api, port_of, spawn

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE)}


class Stream:
    """An open stream of server-sent events."""

    def __init__(self, api: Api, deployment: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=10)
        self.connection.request("GET", f"/api/deployments/{deployment}/stream", None,
                                {"Authorization": "Bearer nos_test"})
        self.response = self.connection.getresponse()
        assert self.response.getheader("content-type") == "text/event-stream"

    def frame(self) -> dict:
        """The next frame."""
        while True:
            line = self.response.readline().decode()
            assert line, "the stream ended"
            if line.startswith("data: "):
                return json.loads(line[6:])

    def until(self, **wanted) -> list[dict]:
        """All frames up to the first one that has these values."""
        seen = []
        while not seen or any(seen[-1].get(name) != value for name, value in wanted.items()):
            seen.append(self.frame())
        return seen

    def close(self) -> None:
        """Go away."""
        self.response.close()
        self.connection.close()


@pytest.fixture
def listen():
    """Opens streams, and closes them when the test is over."""
    opened: list[Stream] = []

    def open_stream(api: Api, deployment: str) -> Stream:
        opened.append(Stream(api, deployment))
        return opened[-1]
    yield open_stream
    for stream in opened:
        stream.close()


def test_time_jumps_to_what_a_stream_tells_next(current, listen):
    current.behave(claim_after=50)
    made = current.create()
    current("POST", f"/deployments/{made['id']}/start")
    current.advance(10)
    stream = listen(current, made["id"])
    stream.until(type="endpoint")
    leap = current("POST", "/_control/advance", {"seconds": 60, "until_news": True}).body["passed"]
    assert 35 < leap < 50
    stream.until(type="job", state="RUNNING")
    while leap < 60:  # then it starts up, and there is nothing more to tell
        leap = current("POST", "/_control/advance", {"seconds": 60, "until_news": True}).body["passed"]
    assert leap == 60


def test_stream_tells_the_state_then_what_changes(august, listen):
    august.reset("2026-08", step=0.2, speed=1)
    made = august.create()
    stream = listen(august, made["id"])
    assert stream.frame() == {"type": "deployment", "status": "DRAFT", "replicas": 1, "active_revision": 1}
    august("PATCH", f"/deployments/{made['id']}/update-name", {"name": "not told"})
    august("POST", f"/deployments/{made['id']}/start")
    seen = stream.until(type="job", state="RUNNING")
    told = [(frame["type"], frame.get("status", frame.get("event", frame.get("state")))) for frame in seen]
    assert told == [("deployment", "STARTING"), ("task", "PENDING"), ("deployment", "RUNNING"), ("task", "PROCESSING"),
                    ("job", "QUEUED"), ("event", "JOB_LIST_CONFIRMED"), ("task", "DONE"), ("job", "RUNNING")]
    assert sorted(seen[1]) == ["attempts", "due_at", "id", "job", "status", "task", "type"]
    assert sorted(seen[5]) == ["category", "created_at", "event", "message", "tx", "type"]
    assert seen[7]["node"] and seen[7]["timeStart"]
    assert sorted(seen[6]) == ["id", "status", "task", "type"]  # DONE: no more is known of it
    assert seen[1]["job"] is None and seen[5]["tx"]
    late = listen(august, made["id"])  # hears of what is, not of what was
    assert [late.frame()["type"], late.frame()["type"]] == ["deployment", "job"]


def test_the_first_frames_have_tasks_in_the_order_that_they_are_due(august, listen):
    made = august.create(strategy="INFINITE", replicas=2, timeout=120, rotation_time=30, autostart=True)
    august.behave(replicas=[{"claim_after": 900}, {"claim_after": 1}])
    august.advance(1000)
    stream = listen(august, made["id"])
    frames = [stream.frame() for _number in range(5)]
    assert [frame["type"] for frame in frames] == ["deployment", "job", "job", "task", "task"]
    assert frames[3]["due_at"] < frames[4]["due_at"]
    assert [frame["job"] for frame in frames[3:]] == [frames[2]["job"], frames[1]["job"]]
    assert stream.response.getheader("cache-control") == "no-cache, no-transform"


def test_an_event_without_a_transaction_has_none_in_the_stream(august, listen):
    august.reset("2026-08", step=0.2, speed=1)
    august.behave(list_error="no luck")
    made = august.create()
    stream = listen(august, made["id"])
    august("POST", f"/deployments/{made['id']}/start")
    event = stream.until(type="event")[-1]
    assert (event["event"], event["message"], event["tx"], event["category"]) == (
        "JOB_LIST_ERROR", "no luck", None, "Deployment")
    waiting = stream.until(type="task", status="PENDING")[-1]
    assert waiting["attempts"] == 1
    assert august("GET", f"/deployments/{made['id']}/events").body["events"][0]["tx"] == ""


def test_a_comment_keeps_a_stream_open(august):
    with mock.patch.object(stream_module, "KEEP_ALIVE", 0.15):
        simulator = Simulator("2026-08")
        made = seeding.deployment(simulator.engine, {})

        async def listen() -> list[bytes]:
            found: list[bytes] = []
            async for chunk in stream_module.chunks(simulator, made, lambda: len(found) == 3):
                found.append(chunk)
            return found
        first, *rest = asyncio.run(listen())
    assert first.startswith(b'data: {"type": "deployment"') and rest == [b": keep-alive\n\n"] * 2
    assert simulator.engine.subscribers == {} and stream_module.KEEP_ALIVE == 25


def test_a_stream_whose_first_state_can_not_be_read(august):
    made = august.create()
    body = {"error": "Ops something went wrong, please again."}
    august("PUT", "/_control/faults", [{"kind": "status", "operation": "stream", "status": 503, "body": body}])
    answer = august("GET", f"/deployments/{made['id']}/stream")
    assert (answer.status, answer.body) == (503, body)


def test_a_server_without_streams(guide):
    path = f"/deployments/{guide.create()['id']}/stream"
    answer = guide("GET", path)
    assert (answer.status, answer.body["message"]) == (404, f"Route GET:/api{path} not found")


def test_newer_stream_has_jobs_and_endpoints(current, listen):
    current.reset("current", step=0.2, speed=1)
    made = current.create(autostart=True)
    stream = listen(current, made["id"])
    kinds = [stream.frame()["type"] for _number in range(3)]
    assert kinds[:2] == ["deployment", "jobs"] and "endpoint" in kinds
    seen = stream.until(type="endpoint", online=True)
    assert [frame for frame in seen if frame["type"] == "job"][-1]["state"] == "RUNNING"
    assert seen[-1]["opId"] == "hello"


def test_a_stream_that_is_cut_off(august, listen):
    made = august.create()
    assert august("PUT", "/_control/faults", [{"kind": "cut", "operation": "stream"}]).status == 200
    stream = listen(august, made["id"])
    assert stream.frame()["type"] == "deployment"
    with pytest.raises((AssertionError, http.client.IncompleteRead)):
        stream.frame()
    assert listen(august, made["id"]).frame()["type"] == "deployment"


def test_stream_of_nothing(august):
    assert august("GET", f"/deployments/{'1' * 43}/stream").status == 404


def test_a_stream_ends_when_the_client_goes():
    simulator = Simulator("2026-08")
    made, told = seeding.deployment(simulator.engine, {}), []

    async def listen() -> None:
        went = asyncio.Event()

        async def receive() -> dict:
            await went.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            told.append(message["type"])
            assert simulator.engine.subscribers or len(told) == 1
            if len(told) == 2:
                went.set()
        with mock.patch.object(stream_module, "KEEP_ALIVE", 0.05):
            await asyncio.wait_for(App(simulator)._stream({}, receive, send, {}, StreamAnswer(made), None), 30)
    asyncio.run(listen())
    assert len(told) >= 2 and simulator.engine.subscribers == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_starts_tells_where_and_ends_cleanly(number):
    began = time.monotonic()
    process, line = spawn("--release", "guide", "--api-key", "nos_one", "--speed", "10", "--step", "5")
    took = time.monotonic() - began
    api = Api(port_of(line))
    assert line == f"nosana-simulator listening on http://127.0.0.1:{api.port}/api (release guide)\n"
    assert took < 30
    assert (api("GET", "/deployments", key="nos_one").body, api("GET", "/deployments").status) == ([], 401)
    health = api("GET", "/_control/health").body
    assert (health["speed"], health["step"], health["release"]) == (10, 5, "guide")
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([sys.executable, "-m", "nosana_simulator", "--port", str(port)], capture_output=True,
                              text=True, env=ENVIRONMENT, check=False, timeout=30)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(f"nosana-simulator: can't listen on 127.0.0.1:{port}: ")
    assert "Choose another port (--port, for the role simulator_port)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_ends_by_itself_when_idle():
    process, _line = spawn("--idle-exit", "0.5")
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_jobs_go_on_in_real_time():
    process, line = spawn("--step", "0.1")
    api = Api(port_of(line))
    try:
        made = api.create(autostart=True)
        deadline = time.monotonic() + 5
        while api.get(made["id"])["active_jobs"] != 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert api.get(made["id"])["active_jobs"] == 1
    finally:
        process.terminate()
        process.communicate(timeout=10)


def launch(*arguments: str) -> subprocess.CompletedProcess:
    """Run the launcher."""
    return subprocess.run([sys.executable, "-m", "nosana_simulator.launch", *arguments], capture_output=True,
                          text=True, env=ENVIRONMENT, check=False, timeout=60)


def result(done: subprocess.CompletedProcess) -> dict:
    """What the launcher says."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def free_port() -> str:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return str(one.getsockname()[1])


def test_launcher(tmp_path):
    port = free_port()
    where = ["--run-dir", str(tmp_path / "run"), "--port", port]
    try:
        assert result(launch("start", *where, "--check"))["changed"] is True
        assert not (tmp_path / "run").exists()
        first = result(launch("start", *where, "--step", "0.5"))
        assert first["changed"] is True and first["url"] == f"http://127.0.0.1:{port}/api"
        assert result(launch("start", *where, "--step", "0.5")) == {**first, "changed": False}
        assert result(launch("start", *where, "--step", "2", "--check"))["changed"] is True
        second = result(launch("start", *where, "--step", "2"))
        assert second["changed"] is True and second["pid"] != first["pid"]
        assert Api(int(port))("GET", "/_control/health").body["step"] == 2
        Api(int(port))("POST", "/_control/reset", {"step": 9})
        assert result(launch("start", *where, "--step", "2"))["changed"] is True
        assert result(launch("start", *where, "--step", "2", "--without-hosts", ""))["changed"] is False
        assert result(launch("start", *where, "--step", "2", "--without-hosts", "trial", "--check"))["changed"] is True
    finally:
        stopped = result(launch("stop", *where))
    assert stopped["changed"] is True
    assert result(launch("stop", *where))["changed"] is False


def test_endpoints_that_are_served():
    process, line = spawn("--serve-endpoints", "--step", "0.1")
    api = Api(port_of(line))
    try:
        assert api("GET", "/_control/health").body["serves_endpoints"] is True
        for _time in range(2):
            url = api.create()["endpoints"][0]["url"]
            assert url.startswith(f"http://127.0.0.1:{api.port}/_endpoints/")
            api("POST", "/_control/reset")
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_markets_without_hosts():
    process, line = spawn("--without-hosts", "nvidia-3060, trial")
    try:
        api = Api(port_of(line))
        assert api("GET", "/_control/health").body["without_hosts"] == ["nvidia-3060", "trial"]
        for _time in range(2):
            made = api.create(autostart=True)
            api.advance(10)
            assert (api.get(made["id"])["status"], api.get(made["id"])["active_jobs"]) == ("RUNNING", 0)
            api("POST", "/_control/reset")
    finally:
        process.terminate()
        process.communicate()
    process, line = spawn("--without-hosts", "nvidia-1")
    assert "no market nvidia-1; known: nvidia-3060, " in process.communicate()[1] and process.returncode == 2


def test_launcher_ends_only_what_is_ours(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (tmp_path / "settings.json").write_text(json.dumps({"pid": other.pid, "options": []}))
        where = ["--run-dir", str(tmp_path), "--port", free_port()]
        assert result(launch("stop", *where))["changed"] is False
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_launcher_says_why_nothing_runs(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = launch("start", "--run-dir", str(tmp_path), "--port", port)
    assert done.returncode == 1
    assert "ended at once" in done.stderr and f"can't listen on 127.0.0.1:{port}" in done.stderr
    done = launch("start", "--run-dir", str(tmp_path), "--port", port, "--python", "/nowhere/python")
    assert done.returncode == 1 and "can't run /nowhere/python" in done.stderr
