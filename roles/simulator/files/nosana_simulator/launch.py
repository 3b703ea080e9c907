# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and stop a simulator in the background; standard library only, for the role ``simulator``.

``python -m nosana_simulator.launch start --run-dir DIR --python PYTHON --port 8080 ...`` and ``... stop --run-dir
DIR --port 8080``. The folder keeps ``settings.json`` (the process and how it was started) and ``simulator.log``. The
last line of the output is JSON: ``{"changed": bool, "pid": N or null, "url": "..."}``. Nothing is touched with
``--check``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HOST = "127.0.0.1"
LOG_LINES = 20
GRACE = 10.0
FOLDER = Path(__file__).resolve().parent.parent


class LaunchError(Exception):
    """What the user has to know; the process then ends with 1."""


def _url(port: int) -> str:
    return f"http://{HOST}:{port}/api"


def _command_line(pid: int) -> str:
    """The command line of a process; empty when there is none."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout


def running(run_dir: Path, port: int) -> dict | None:
    """What ``settings.json`` says of a simulator that still runs; None when none of ours does."""
    try:
        settings = json.loads((run_dir / "settings.json").read_text(encoding="utf-8"))
        pid = int(settings["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # A number may belong to another process by now: never end what is not a simulator on this port.
    words = _command_line(pid).split()
    ours = "nosana_simulator" in words and any(pair == ("--port", str(port)) for pair in zip(words, words[1:]))
    return settings if ours else None


def health(port: int) -> dict | None:
    """The simulator's answer about itself; None when it gives none."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/_control/health", timeout=5) as answer:
            return json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return None


def _log_tail(run_dir: Path) -> str:
    try:
        lines = (run_dir / "simulator.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-LOG_LINES:]) or "(the log is empty)"


def stop(run_dir: Path, port: int) -> bool:
    """End our simulator, if it runs; True if it did. Raises LaunchError."""
    settings = running(run_dir, port)
    if settings is None:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(settings["pid"], number)
        except ProcessLookupError:
            break
        if _wait_for(lambda: running(run_dir, port) is None, GRACE):
            break
    else:
        raise LaunchError(f"the simulator (process {settings['pid']}) does not end")
    (run_dir / "settings.json").unlink(missing_ok=True)
    return True


def _wait_for(condition, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def start(run_dir: Path, port: int, python: str, options: list[str], timeout: float) -> int:
    """Start a simulator in the background and return its process id once it answers. Raises LaunchError."""
    run_dir.mkdir(parents=True, exist_ok=True)
    command = [python, "-m", "nosana_simulator", "--port", str(port), *options]
    environment = {**os.environ, "PYTHONPATH": str(FOLDER)}
    # The collection's own folder may be read-only, and is no place for caches.
    environment.setdefault("PYTHONPYCACHEPREFIX", str(run_dir / "pycache"))
    with open(run_dir / "simulator.log", "w", encoding="utf-8") as log:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=run_dir,
                                       env=environment, start_new_session=True)
        except OSError as problem:
            raise LaunchError(f"can't run {python}: {problem}") from problem
    settings = {"pid": process.pid, "python": python, "options": options}
    (run_dir / "settings.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")
    ready = f"listening on {_url(port)}"
    _wait_for(lambda: process.poll() is not None or (ready in _log_tail(run_dir) and health(port)), timeout)
    if process.poll() is not None:
        raise LaunchError(f"the simulator ended at once. Its log ({run_dir / 'simulator.log'}):\n{_log_tail(run_dir)}")
    if not health(port):
        stop(run_dir, port)
        raise LaunchError(f"the simulator did not answer within {timeout:.0f} seconds. "
                          f"Its log ({run_dir / 'simulator.log'}):\n{_log_tail(run_dir)}")
    return process.pid


def ensure_started(arguments: argparse.Namespace) -> dict:
    """See that a simulator with these settings runs. Raises LaunchError."""
    options = ["--release", arguments.release, "--step", repr(arguments.step), "--latency", repr(arguments.latency)]
    if arguments.without_hosts:
        options += ["--without-hosts", arguments.without_hosts]
    if arguments.serve_endpoints:
        options += ["--serve-endpoints"]
    if arguments.idle_exit > 0:
        options += ["--idle-exit", repr(arguments.idle_exit)]
    run_dir, port = Path(arguments.run_dir), arguments.port
    settings = running(run_dir, port)
    if settings is not None:
        answers = health(port)
        same = settings.get("options") == options and settings.get("python") == arguments.python
        if same and answers and _as_asked(answers, arguments):
            return {"changed": False, "pid": settings["pid"], "url": _url(port)}
    if arguments.check:
        return {"changed": True, "pid": None, "url": _url(port)}
    stop(run_dir, port)
    pid = start(run_dir, port, arguments.python, options, arguments.timeout)
    return {"changed": True, "pid": pid, "url": _url(port)}


def _as_asked(answers: dict, arguments: argparse.Namespace) -> bool:
    """Whether the running one still has its settings: the control interface can change them."""
    return all(answers.get(name) == getattr(arguments, name) for name in ("release", "step", "latency"))


def ensure_stopped(arguments: argparse.Namespace) -> dict:
    """See that our simulator on this port does not run. Raises LaunchError."""
    run_dir, port = Path(arguments.run_dir), arguments.port
    changed = running(run_dir, port) is not None if arguments.check else stop(run_dir, port)
    return {"changed": changed, "pid": None, "url": _url(port)}


def main(argv: list[str] | None = None) -> int:
    """Do what is asked; 1 and the reason on stderr when that fails."""
    parser = argparse.ArgumentParser(prog="nosana_simulator.launch")
    parser.add_argument("action", choices=["start", "stop"])
    parser.add_argument("--run-dir", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--release", default="current")
    parser.add_argument("--step", type=float, default=1.0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--idle-exit", type=float, default=0.0)
    parser.add_argument("--without-hosts", default="")
    parser.add_argument("--serve-endpoints", action="store_true")
    parser.add_argument("--timeout", type=float, default=30.0)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args(argv)
    try:
        result = ensure_started(arguments) if arguments.action == "start" else ensure_stopped(arguments)
    except (LaunchError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
