# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: the collection as a Python package, modules run in this process, and simulators to talk to."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import hypothesis
import hypothesis.configuration
import pytest
import runs

CLONE = pathlib.Path(__file__).resolve().parent.parent
COLLECTIONS = CLONE / ".ansible" / "collections"
SIMULATOR_FILES = CLONE / "roles" / "simulator" / "files"
READY = "nosana-simulator listening on "
#: Seconds without a request after which a simulator ends that nobody stopped: one may wait long for its next test.
IDLE_EXIT = 7200

if not (COLLECTIONS / "ansible_collections" / "nosana" / "cloud" / "galaxy.yml").is_file():
    pytest.exit("the clone is not set up: run 'make setup', then .venv/bin/python -m pytest", returncode=4)
sys.path.insert(0, str(COLLECTIONS))

# No test may meet the real API because a user's key is at hand.
for variable in [name for name in os.environ if name.startswith("NOSANA_")]:
    del os.environ[variable]

# What tests leave behind (tmp_path) stays in the clone, too.
TEMPORARY = CLONE / ".build" / "tests"
TEMPORARY.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(TEMPORARY))

# A busy machine is no reason to fail: no time limit for one example. Found examples are kept inside the clone.
# CASES is how many examples a property gets that does not say so itself.
hypothesis.configuration.set_hypothesis_home_dir(CLONE / ".cache" / "hypothesis")
hypothesis.settings.register_profile(
    "nosana",
    parent=hypothesis.settings.default,
    deadline=None,
    max_examples=int(os.environ.get("CASES", "60")),
)
hypothesis.settings.load_profile("nosana")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Lets a run fail in which a test was skipped: what does not run holds nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """This process, and programs started meanwhile, heed SIGINT, also where the tests run in a shell's background."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture(scope="session")
def run_module() -> Callable[..., dict[str, Any]]:
    """``run_module(module, args, check_mode=False, diff=False)``: runs a module's main() in this process.

    Returns what the module hands to Ansible (exit_json or fail_json, secrets masked) as a dict; a failure has
    ``failed: True``. Raises AssertionError when main() ends without either.
    """
    return _run_module


def _run_module(
    module: ModuleType, args: dict[str, Any], check_mode: bool = False, diff: bool = False
) -> dict[str, Any]:
    given = dict(args, _ansible_check_mode=check_mode, _ansible_diff=diff)
    printed = io.StringIO()
    with runs.run(module.__name__.rpartition(".")[2], check_mode) as noted:
        with _module_args(given), contextlib.redirect_stdout(printed), _warnings() as warned:
            with contextlib.suppress(SystemExit):
                module.main()
                raise AssertionError("%s.main() ended without exit_json or fail_json" % module.__name__)
        result = json.loads(printed.getvalue())
        noted["changed"] = result.get("changed", False)
    return result if warned == [] else dict(result, warnings=warned)


@contextlib.contextmanager
def _warnings() -> Iterator[list[str]]:
    """The warnings of a module, as it gives them: in a process where ansible-core's controller was imported as well,
    they are printed instead of returned, and otherwise returned together with those of all modules before."""
    from ansible.module_utils.basic import AnsibleModule

    warned: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AnsibleModule, "warn", lambda _module, warning, *args, **more: warned.append(warning))
        yield warned


@contextlib.contextmanager
def _module_args(args: dict[str, Any]) -> Iterator[None]:
    """Lets AnsibleModule find args: ansible-core has a helper for that from 2.19 on; before it, a variable does."""
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:
        from ansible.module_utils import basic

        before = basic._ANSIBLE_ARGS
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
        try:
            yield
        finally:
            basic._ANSIBLE_ARGS = before
    else:
        with patch_module_args(args):
            yield


class SimulatorProcess:
    """A simulator that runs as a process of its own; ``api_url`` is what the collection's ``api_url`` takes."""

    def __init__(self, log: pathlib.Path, **settings: object) -> None:
        """Starts it and waits until it answers; settings are its command line options (``api_key`` is --api-key).

        Raises AssertionError, with what it printed, when it ends before. However busy the machine is, it is waited for.
        """
        options = [
            part
            for name, value in {"port": 0, "idle_exit": IDLE_EXIT, **settings}.items()
            for part in ("--" + name.replace("_", "-"), str(value))
        ]
        self._log = log
        self._connections: dict[tuple[int, int], http.client.HTTPConnection] = {}
        self._changing: list[dict[str, Any]] = []
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nosana_simulator", *options],
                env={**os.environ, "PYTHONPATH": str(SIMULATOR_FILES), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self.api_url: str = self._wait_for_url()
        except BaseException:
            self.stop()
            raise
        self.control_url: str = self.api_url.rsplit("/", 1)[0] + "/_control"

    def _wait_for_url(self) -> str:
        while True:
            alive = self.alive
            for line in self.printed().splitlines(keepends=True):
                if line.startswith(READY) and line.endswith("\n"):
                    return line[len(READY) :].split()[0]
            assert alive, "the simulator ended: " + self.printed()
            time.sleep(0.02)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def printed(self) -> str:
        """What the process has printed."""
        return self._log.read_text(encoding="utf-8")

    def control(self, method: str, path: str, body: object = None) -> Any:
        """One request to the control interface (``control("PUT", "/credits", {"assigned": 0})``): its JSON answer.

        Raises AssertionError, with the answer, when it is refused. No time limit: an answer can be late on a busy
        machine, and a process that ended closes the connection.
        """
        data = None if body is None else json.dumps(body).encode()
        try:
            status, content = self._ask(method, path, data)
        except (http.client.RemoteDisconnected, ConnectionError):  # it was idle for long, and closed before it heard
            status, content = self._ask(method, path, data)
        if status >= 400:
            raise AssertionError("%s %s: %d %s" % (method, path, status, content.decode(errors="replace")))
        return json.loads(content) if content else None

    def _ask(self, method: str, path: str, data: bytes | None) -> tuple[int, bytes]:
        address = urllib.parse.urlsplit(self.control_url)
        # One connection for each thread, and none that a forked process has from its parent.
        key = os.getpid(), threading.get_ident()
        if key not in self._connections:
            self._connections[key] = http.client.HTTPConnection(address.hostname or "", address.port)
        connection = self._connections[key]
        try:
            connection.request(method, address.path + path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except BaseException:  # also one that interrupts it in the middle: the next request takes a new connection
            connection.close()
            raise

    def reset(self, **settings: object) -> None:
        """Forgets all deployments, jobs and requests; settings (release, step, ...) that are given, change."""
        self._changing += self._mutating()
        self.control("POST", "/reset", settings)

    def requests(self) -> list[dict[str, Any]]:
        """The API requests it has seen, the oldest first."""
        return self.control("GET", "/requests")["requests"]

    def forget_requests(self) -> None:
        """Empties the list that requests() returns."""
        self._changing += self._mutating()
        self.control("DELETE", "/requests")

    def take_mutating(self) -> list[dict[str, Any]]:
        """The API requests that could change something, also those from before a reset."""
        taken, self._changing = self._changing + self._mutating(), []
        return taken

    def _mutating(self) -> list[dict[str, Any]]:
        return [one for one in self.requests() if one["mutating"]] if self.alive else []

    def stop(self) -> None:
        """Ends the process, by force if it does not end within 10 s; does nothing when it has ended."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Simulators:
    """The simulators of this process: one that a test is done with is reset for the next, as a start takes a second."""

    #: What a reset sets, and to what where a test says nothing. Whatever else is set makes a simulator of another kind.
    RESET = {"release": "current", "step": 1, "latency": 0, "speed": 1, "confidential_default": False}

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._free: list[SimulatorProcess] = []
        self._kinds: dict[SimulatorProcess, dict[str, object]] = {}

    def take(self, **settings: object) -> SimulatorProcess:
        """One that nobody uses, as if it had just been started with these settings."""
        kind = {name: value for name, value in settings.items() if name not in self.RESET}
        found = next((one for one in self._free if one.alive and self._kinds[one] == kind), None)
        if found is None:
            found = SimulatorProcess(self._folder / ("simulator-%d.log" % len(self._kinds)), **kind)
            self._kinds[found] = kind
        else:
            self._free.remove(found)
        found.reset(**{name: settings.get(name, value) for name, value in self.RESET.items()})
        return found

    def give_back(self, simulator: SimulatorProcess) -> None:
        """Nobody uses it any more."""
        self._free.append(simulator)

    def alive(self) -> list[SimulatorProcess]:
        """All that run."""
        return [one for one in self._kinds if one.alive]

    def stop(self) -> None:
        """Ends all of them."""
        for one in self._kinds:
            one.stop()


@pytest.fixture(scope="session")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    """All simulators of this process."""
    started = Simulators(tmp_path_factory.mktemp("simulators"))
    yield started
    started.stop()


@pytest.fixture
def simulator(simulators: Simulators) -> Iterator[Callable[..., SimulatorProcess]]:
    """``simulator(release="2026-08", step=0.1, api_key="nos_right")``: a simulator that is the test's own."""
    with contextlib.ExitStack() as taken:

        def take(**settings: object) -> SimulatorProcess:
            process = simulators.take(**settings)
            taken.callback(simulators.give_back, process)
            return process

        yield take


@pytest.fixture(scope="session")
def lasting_simulator(simulators: Simulators) -> Callable[..., SimulatorProcess]:
    """Like ``simulator``, but what it gives is kept until the last test: for many quick tests that ``reset()`` it."""
    return simulators.take
