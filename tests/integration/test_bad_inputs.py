# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task can't ask for: one clear line each, from the module itself, and nothing is changed."""

from __future__ import annotations

import base64
import copy
import json

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._definition.validate import MOST_BYTES
from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment, nosana_deployment_info

from .inprocess import CREATE, MARKET, definition

GOOD = dict(CREATE, name="bad-input", state="present")
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFpQ7vLPzRk0m4Jm1mQkQv1o3Z4l7cN0d5mXy2pQ9aBc"
INFINITE = {"strategy": "INFINITE", "timeout": 120}
SCHEDULED = {"strategy": "SCHEDULED", "schedule": "0 0 * * *"}


def without(*names):
    return dict.fromkeys(names)


def args(**changed):
    """A definition whose operation has other args."""
    return {"job_definition": definition(**changed)}


def operation(**changed):
    """A definition whose operation has other keys."""
    broken = copy.deepcopy(definition())
    broken["ops"][0].update(changed)
    return {"job_definition": broken}


def top(**changed):
    """A definition with other keys at the top."""
    return {"job_definition": dict(definition(), **changed)}


def nested(levels):
    """A map in a map in a map ..."""
    value = {}
    for _level in range(levels):
        value = {"a": value}
    return value


BAD = [
    # which one
    (without("name"), "one of the following is required: id, name"),
    ({"name": ""}, "name: must not be empty"),
    ({"name": " \t"}, "name: must not be empty"),
    ({"name": "two\nlines"}, "name: must not hold line breaks"),
    ({"name": "\x1b[2Jcleared"}, "name: must not hold line breaks or control characters"),
    ({"name": "n" * 300}, "name: is longer than 255"),
    ({"id": "short"}, "id: 'short' is no deployment's id"),
    ({"id": "l" * 43}, "is no deployment's id"),
    ({"id": "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"}, "no deployment of this account is 7Ati"),
    # words and numbers
    ({"state": "running"}, "value of state must be one of: present, started"),
    ({"strategy": "simple"}, "value of strategy must be one of: SIMPLE"),
    ({"wait_for": "health"}, "value of wait_for must be one of"),
    ({"on_immutable_change": "recreate"}, "value of on_immutable_change must be one of"),
    ({"replicas": "two"}, "replicas"),
    ({"replicas": 2.5}, "replicas"),
    ({"replicas": -1}, "replicas: must be 0 or more"),
    ({"replicas": 0}, "replicas: a new deployment needs at least 1"),
    ({"timeout": 59}, "timeout: must be at least 60 minutes"),
    ({"timeout": "1h"}, "timeout"),
    ({"timeout": -60}, "timeout: must be at least 60 minutes"),
    ({"market": ""}, "lacks: market"),
    ({"market": "nvidia-4080"}, "market: none is called 'nvidia-4080'. The nearest: nvidia-4090"),
    ({"market": MARKET + "x"}, "market: none is called"),
    ({"markets": [MARKET]}, "parameters are mutually exclusive: market|markets"),
    ({**without("market"), "markets": []}, "markets: must name at least one market"),
    ({**without("market"), "markets": ["nvidia-4080"]}, "markets: none is called 'nvidia-4080'. The nearest: nvidia"),
    ({"on_failure": "undo"}, "value of on_failure must be one of: keep, roll_back"),
    ({"on_failure": "roll_back"}, "on_failure: roll_back is only for state: started and restarted, not for present"),
    ({"on_failure": "roll_back", "state": "restarted", "wait": False}, "on_failure: roll_back needs wait: true"),
    ({"claim_timeout": -1}, "claim_timeout: must be 1 second or more, not -1"),
    ({"market": MARKET[::-1]}, "market: none has the address " + MARKET[::-1]),
    ({"max_usd_per_hour": -1}, "max_usd_per_hour: must be an amount of US dollars, 0 or more, not -1"),
    ({"max_usd_per_hour": "cheap"}, "max_usd_per_hour"),
    ({"max_usd_per_hour": 0.1}, "max_usd_per_hour: "),
    ({"wait_timeout": 0}, "wait_timeout: must be 1 or more"),
    ({"api_timeout": 0}, "api_timeout: must be 1 or more"),
    ({"api_retries": -1}, "api_retries: must be 0 or more"),
    ({"api_key": "nos a b"}, "api_key has white space"),
    ({"api_url": "dashboard"}, "api_url must be an address"),
    ({"api_url": "http://api.nosana.com"}, "plain http would send the key unprotected"),
    ({"ca_path": "/nowhere/ca.pem", "api_url": "https://127.0.0.1:1"}, "ca_path: /nowhere/ca.pem does not exist"),
    ({"colour": "red"}, "Unsupported parameters"),
    # what is missing to create
    (without("market"), "lacks: market"),
    (without("strategy"), "lacks: strategy"),
    (without("replicas"), "lacks: replicas"),
    (without("timeout"), "lacks: timeout"),
    (without("job_definition"), "lacks: job_definition"),
    (without("market", "timeout"), "lacks: timeout, market"),
    (dict(SCHEDULED, schedule=None), "lacks: schedule"),
    ({"state": "restarted"}, "nothing to restart"),
    (dict(without("job_definition"), active_revision=1), "lacks: job_definition"),
    ({"active_revision": 1}, "mutually exclusive: job_definition|active_revision"),
    # what belongs to another strategy
    ({"schedule": "0 0 * * *"}, "schedule: is only for strategy SCHEDULED, not for SIMPLE"),
    ({"rotation_time": 20}, "rotation_time: is only for strategy INFINITE, not for SIMPLE"),
    ({"startup_timeout": 20}, "startup_timeout: is only for strategy INFINITE, not for SIMPLE"),
    (dict(SCHEDULED, state="started", wait_for="jobs"), "a SCHEDULED deployment has no jobs until its time comes"),
    (dict(INFINITE, rotation_time=0), "rotation_time: must be at least 1 minute"),
    (dict(INFINITE, rotation_time=110), "rotation_time: must be more than 10 minutes below the timeout"),
    (dict(INFINITE, startup_timeout=0), "startup_timeout: must be at least 1 minute"),
    (
        dict(INFINITE, startup_timeout=5, **args(expose=[])),
        "startup_timeout: needs a job definition that exposes a port",
    ),
    # schedules
    (dict(SCHEDULED, schedule="0 0 *"), "schedule: "),
    (dict(SCHEDULED, schedule="0 0 0 * * *"), "schedule: "),
    (dict(SCHEDULED, schedule="@daily"), "schedule: "),
    (dict(SCHEDULED, schedule="60 0 * * *"), "schedule: "),
    (dict(SCHEDULED, schedule="0 24 * * *"), "schedule: "),
    (dict(SCHEDULED, schedule="0 0 0 * *"), "schedule: "),
    (dict(SCHEDULED, schedule="0 0 * 13 *"), "schedule: "),
    (dict(SCHEDULED, schedule="5-1 * * * *"), "schedule: "),
    (dict(SCHEDULED, schedule="*/0 * * * *"), "schedule: "),
    (dict(SCHEDULED, schedule="0 0 31 2 *"), "schedule: "),
    (dict(SCHEDULED, schedule="every day at noon"), "schedule: "),
    # hardware and keys
    ({"requirements": {"vram": None}}, "requirements.vram: must be a number, text or a boolean"),
    ({"requirements": {"vram": [24]}}, "requirements.vram: must be a number, text or a boolean"),
    ({"requirements": {"vram": float("nan")}}, "requirements.vram: must be a number, text or a boolean"),
    ({"ssh_public_keys": ["my key"]}, "ssh_public_keys[0]: is no public key"),
    ({"ssh_public_keys": ["~/.ssh/id.pub"]}, "ssh_public_keys[0]: is no public key; give the text of its .pub file"),
    ({"ssh_public_keys": [SSH_KEY, "ssh-rsa AAAA"]}, "ssh_public_keys[1]: is no public key"),
    ({"ssh_public_keys": [SSH_KEY] * 11}, "11 are too many"),
    # job definitions
    ({"job_definition": {}}, "job_definition: "),
    ({"job_definition": "job.json"}, "lookup('ansible.builtin.file', 'job.json') | from_json"),
    ({"job_definition": "no map"}, "job_definition: is text, not a mapping"),
    (top(version="0.2"), "version"),
    (top(type="vm"), "type"),
    (top(ops=[]), "ops: is empty"),
    (top(ops={}), "ops"),
    (top(opz=[]), "opz: unknown key"),
    (operation(id=""), "ops[0].id: must not be empty"),
    (operation(id=None), "ops[0].id"),
    (operation(type="container/start"), "ops[0].type"),
    (operation(argz={}), "ops[0].argz: unknown key"),
    (operation(execution={"depends_on": ["nobody"]}), "ops[0].execution.depends_on[0]: no operation has the id"),
    (top(ops=definition()["ops"] * 2), "ops[1].id"),
    (args(image=""), "ops[0].args.image: must not be empty"),
    (args(image=None), "ops[0].args.image"),
    (args(imagine="nginx"), "ops[0].args.imagine: unknown key"),
    (args(gpu="yes"), "ops[0].args.gpu"),
    (args(env={"PORT": 8080}), "ops[0].args.env.PORT: must be a string"),
    (args(env={"DEBUG": True}), "ops[0].args.env.DEBUG: must be a string"),
    (args(env=["A=1"]), "ops[0].args.env"),
    (args(volumes=[{"name": "", "dest": "/data"}]), "ops[0].args.volumes[0].name: must not be empty"),
    (args(expose=0), "ops[0].args.expose: must be a whole number from 1 to 65535"),
    (args(expose=70000), "ops[0].args.expose: must be a whole number from 1 to 65535"),
    (args(expose={"port": 80}), "a mapping that is not in a list exposes nothing"),
    (args(expose=[{"port": 80, "health_checks": [{"type": "http"}]}]), "health_checks[0]"),
    (args(env={"TOKEN": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}), "holds a mask"),
    (dict(args(env={"TOKEN": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}), validate_job_definition=False), "holds a mask"),
    (args(image="docker.io/********/web:1"), "ops[0].args.image: holds a mask"),
    # options that were copied from a result which Ansible masked
    ({"name": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}, "name: holds a mask, so it was copied from a registered result"),
    ({"name": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "state": "absent"}, "name: holds a mask"),
    ({"name": "web-********"}, "name: holds a mask"),
    ({"name": "<VALUE_HIDDEN_1>"}, "name: holds a mask"),
    ({"id": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}, "id: holds a mask"),
    ({"market": "********"}, "market: holds a mask"),
    (dict(SCHEDULED, schedule="VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"), "schedule: holds a mask"),
    ({"requirements": {"name": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}}, "requirements: holds a mask"),
    ({"ssh_public_keys": ["********"]}, "ssh_public_keys: holds a mask"),
    # waiting
    ({"wait_for": "status"}, "wait_for: is only for state: started and restarted, not for present; leave it out"),
    ({"wait_for": "jobs", "state": "completed"}, "started and restarted, not for completed; leave it out"),
    # what YAML has changed, or JSON does not have
    (args(env={"V": 1.1}), "ops[0].args.env.V: must be a string, not a number; quote it as it was written"),
    (args(env={"V": 750}), "ops[0].args.env.V: must be a string, not an integer; quote it as it was written"),
    (args(env={"V%d" % number: number for number in range(40)}), " ... and 35 more."),
    (args(expose=float("nan")), "ops[0].args.expose: must be a port number, a mapping with port, or a placeholder"),
    (dict(args(expose=float("inf")), validate_job_definition=False), "ops[0].args.expose: must not be .nan or .inf"),
    (top(meta={"a": float("inf")}), ".nan or .inf, which JSON does not have"),
    # what would not travel, or be shown
    (args(env={"A": "x" * 2**20}), "bytes as JSON, and the API takes at most"),
    (dict(args(env={"A": "x" * 2**20}), validate_job_definition=False), "bytes as JSON, and the API takes at most"),
    ({"name": "\u202egpj.exe"}, "name: must not hold line breaks or control characters"),
    ({"name": "\x9b31m"}, "name: must not hold line breaks or control characters"),
    ({"market": "\x1b[31mnvidia"}, "market: must be a market's address, slug"),
    ({"market": "nvidia\n4090"}, "market: must be a market's address, slug"),
    ({"market": "../credits"}, "market: none is called"),
    ({"schedule": "\x1b[2J", "strategy": "SCHEDULED"}, "schedule: "),
    ({"id": "../../markets/x"}, "is no deployment's id"),
    ({"id": "\x1b[31m" + "7" * 43}, "is no deployment's id"),
    ({"api_key": "nos_a\n"}, "api_key has white space, a line break"),
    ({"api_key": "nos_\u00e9"}, "api_key has white space, a line break or another character that no key has"),
    ({"api_key": "nos_a\x00b"}, "api_key has white space, a line break"),
    ({"api_key": '"nos_a"'}, "another character that no key has: copy it again, without quotes"),
    ({"api_key": "'nos_a'"}, "another character that no key has: copy it again, without quotes"),
    ({"api_key": ""}, "api_key is missing"),
    ({"api_url": "https://api.nosana.com/api/deployments/"}, "the address of the API itself, such as"),
    ({"api_url": "https://user:hunter2hunter2@api.nosana.com"}, "api_url must hold no user, password"),
    ({"api_url": "https://api.nosana.com/?key=hunter2hunter2"}, "api_url must hold no user, password, query"),
    ({"api_url": "https://[::1"}, "api_url must be an address"),
    ({"api_url": "file:///etc/passwd"}, "api_url must be an address"),
    ({"api_url": "http://0x7f.1/api"}, "plain http would send the key unprotected"),
    ({"api_url": "http://169.254.169.254/api"}, "plain http would send the key unprotected"),
    ({"api_url": "http://127.0.0.1.example.com/api"}, "plain http would send the key unprotected"),
    ({"api_url": "https://" + "a" * 300 + "/api", "api_retries": 0}, "Check api_url"),
    ({"ca_path": "/dev/null", "api_url": "https://127.0.0.1:1"}, "ca_path: /dev/null"),
    (top(meta=nested(200)), "is nested more than 100 levels deep"),
    (dict(top(meta=nested(450)), validate_job_definition=False), "is nested more than 100 levels deep"),
    ({"on_immutable_change": "replace", "id": "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"}, "without the id"),
]

BAD_FILTERS = [
    ({"id": "short"}, "id: 'short' is no deployment's id"),
    ({"name": ""}, "name: must not be empty"),
    ({"search": ""}, "search: must not be empty"),
    ({"status": ["running"]}, "value of status must be one or more of"),
    ({"strategy": ["DAILY"]}, "value of strategy must be one or more of"),
    ({"created_after": "yesterday"}, "created_after: 'yesterday' is no time; write it like 2026-08-21"),
    ({"created_before": "21.8.2026"}, "created_before: "),
    ({"max_results": 0}, "max_results: must be 1 or more"),
    ({"include": ["logs"]}, "value of include must be one or more of"),
]


@pytest.fixture
def server(lasting_simulator, request):
    """One simulator for the whole table; each case finds it empty."""
    if _SERVER not in request.config.stash:
        request.config.stash[_SERVER] = lasting_simulator()
    started = request.config.stash[_SERVER]
    started.reset()
    return started


_SERVER = pytest.StashKey()


def refused(run_module, module, options, server, message):
    given = dict({"api_url": server.api_url, "api_key": "nos_bad_inputs"}, **options)
    result = run_module(module, {key: value for key, value in given.items() if value is not None})
    assert result["failed"] is True and result.get("changed", False) is False
    assert message in result["msg"]
    assert len(result["msg"].splitlines()) == 1 and "Traceback" not in result["msg"]
    assert "\x1b" not in result["msg"]
    assert [one for one in server.requests() if one["mutating"]] == []


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_options(run_module, server, change, message):
    refused(run_module, nosana_deployment, dict(GOOD, **change), server, message)


@pytest.mark.parametrize(("change", "message"), BAD_FILTERS)
def test_bad_filters(run_module, server, change, message):
    refused(run_module, nosana_deployment_info, change, server, message)


def test_the_longest_definition_travels_with_the_longest_of_all_else(run_module, server):
    """What the checks let pass, the API takes in one request."""
    size = len(json.dumps(definition(env={"A": ""})))
    long = definition(env={"A": "x" * (MOST_BYTES - size)})
    key = "ssh-rsa %s " % base64.b64encode(b"\0\0\0\x07ssh-rsa" + bytes(530)).decode()
    more = {"name": "\U0001f600" * 255, "ssh_public_keys": [key + "\u00e9" * 50] * 10, "job_definition": long}
    given = {**GOOD, "api_url": server.api_url, "api_key": "nos_bad_inputs", **more}
    assert run_module(nosana_deployment, given)["actions"] == ["create"]


@pytest.mark.parametrize("name", ["postgres", "postgres-1"])
def test_a_name_that_is_also_a_secret_stays_usable(run_module, server, name):
    """Masked in the result, it would name a second deployment, or none."""
    postgres = definition(image="docker.io/library/postgres:18", env={"POSTGRES_PASSWORD": "postgres"})
    postgres["ops"][0]["id"] = "postgres"
    given = dict(GOOD, api_url=server.api_url, api_key="nos_bad_inputs", name=name, job_definition=postgres)
    made = run_module(nosana_deployment, given, diff=True)
    assert made["actions"] == ["create"] and made["deployment"]["name"] == name
    [operation] = made["diff"]["after"]["job_definition"]["ops"]
    assert operation["id"] == "postgres" and operation["args"]["image"] == "docker.io/library/postgres:18"
    assert operation["args"]["env"] == {"POSTGRES_PASSWORD": "<VALUE_HIDDEN_1>"}
    again = run_module(nosana_deployment, dict(given, name=made["deployment"]["name"]))
    assert again["changed"] is False


def test_stars_in_a_command_are_text(run_module, server):
    stars = definition(cmd=["sh", "-c", "echo '********'"])
    given = dict(GOOD, api_url=server.api_url, api_key="nos_bad_inputs", job_definition=stars)
    assert run_module(nosana_deployment, given)["actions"] == ["create"]


def test_the_options_that_these_are_bad_variations_of_are_good(run_module, server):
    given = dict(GOOD, api_url=server.api_url, api_key="nos_bad_inputs")
    assert run_module(nosana_deployment, given)["actions"] == ["create"]
