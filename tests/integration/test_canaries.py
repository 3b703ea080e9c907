# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that would be seen if they came through: in no output, log, cache or result, whatever happens.

Each canary begins and ends with a mark, and has in between what makes masking hard. What makes it a secret is only
where it stands, except for those in KNOWN_SHAPES.
"""

from __future__ import annotations

import json
import re
import syslog
import urllib.parse

import pytest
from ansible.module_utils import basic

from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment

from .inprocess import MARKET, Runner
from .playbooks import HERE, SPEED, run

#: What begins and ends each canary.
MARK = re.compile(r"cn(?:ry|RY)[0-9]+q", re.IGNORECASE)
API_KEY = "nos_cnry900q_key_cnry900q"
VERBOSE = "-vvvvv"

#: How ansible-core itself can write results to the screen, each tried on one release of the server.
OUTPUTS = {
    "default": ("2026-08", {}),
    "yaml and arguments": (
        "current",
        {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "true"},
    ),
    "minimal": ("guide", {"ANSIBLE_STDOUT_CALLBACK": "minimal"}),
    "oneline": ("current", {"ANSIBLE_STDOUT_CALLBACK": "oneline"}),
}


class Nest:
    """Hands out canaries; ``all`` are those so far."""

    def __init__(self, start):
        self.all = []
        self._start = start

    def __call__(self, middle="secret", before="", after=""):
        mark = "cnry%dq" % (self._start + len(self.all))
        self.all.append(mark)
        return before + mark + middle + mark + after


def definition(nest):
    """A job definition with a secret in each place that the collection knows of, and ordinary values beside them."""
    url = "postgres://user:%s@db.example:5432/x"
    env = {
        "HF_TOKEN": nest(),
        "DB_PASSWORD": nest(" \"quoted\" and 'quoted' "),
        "MYSQL_PWD": nest("\\back\\slash"),
        "AWS_SECRET_ACCESS_KEY": nest("+/="),
        "AWS_ACCESS_KEY_ID": nest(),
        "OPENAI_KEY": nest("é\u4e2d\U0001f600"),
        "REDIS_AUTH": nest("{ braces } %s"),
        "GITHUB_PAT": nest("two\nlines"),
        "SESSION_COOKIE": nest("; path=/"),
        "SIGNING_KEY": nest("'s"),
        "DATABASE_URL": url % nest("p@ss:w"),
        "GIT_REMOTE": "https://%s@github.com/a/b" % nest("tokentoken"),
        "SETTINGS": json.dumps({"user": "bob", "password": nest('"in JSON"'), "list": [{"apiKey": nest()}]}),
        "DSN": "Server=db;Password=%s;Timeout=3" % nest(),
        "MNEMONIC": nest(" abandon ability "),
        "SLACK_WEBHOOK_URL": "https://hooks.example/%s" % nest("/"),
        "RPC": "https://rpc.example/?api-key=%s&x=1" % nest(),
        "HEADER": "Authorization: Bearer " + nest(),
        "MODE": "readable-value",
        "MAX_TOKENS": "4096",
    }
    shapes = {
        "A": nest("x" * 20, "hf_"),
        "B": nest("x" * 30, "ghp_"),
        "C": nest("x" * 30, "glpat-"),
        "D": nest("x" * 30, "sk-"),
        "E": nest("x" * 30, "github_pat_"),
        "F": nest("abcdefgh.abcdefgh.abc", "eyJ"),
        "G": nest("\nAAAA\n", "-----BEGIN RSA PRIVATE KEY-----\n", "\n-----END RSA PRIVATE KEY-----"),
    }
    check = {
        "type": "http",
        "path": "/health?token=%s&ready=1" % nest("query"),
        "method": "GET",
        "expected_status": 200,
        "continuous": False,
        "headers": {"Authorization": "Bearer " + nest(), "X-Api-Key": nest(), "Accept": "text/plain"},
    }
    web = {
        "image": "docker.io/library/nginx:1.29",
        "cmd": ["serve", "--token", nest(), "--password=" + nest(), "-H", "Authorization: Basic " + nest("=")],
        "entrypoint": ["curl", "https://bob:%s@x.example" % nest()],
        "env": env,
        "expose": [{"port": 80, "health_checks": [check]}],
        "authentication": {
            "docker": {"username": "bob", "password": nest(), "server": "registry.example", "email": "bob@x.example"}
        },
        "resources": [
            {
                "type": "S3",
                "url": "https://bucket.example",
                "target": "/data",
                "IAM": {"REGION": "eu-west-1", "ACCESS_KEY_ID": nest(), "SECRET_ACCESS_KEY": nest()},
            },
            {"type": "HF", "repo": "org/model", "target": "/model", "accessToken": nest()},
        ],
    }
    tool = {
        "image": "docker.io/library/busybox:1.37",
        "cmd": "export API_TOKEN=%s && login https://bob:%s@x.example" % (nest(), nest()),
        "env": shapes,
    }
    return {
        "version": "0.1",
        "type": "container",
        "meta": {"trigger": "test", "credentials": {"username": "bob", "password": nest(), "other": [nest()]}},
        "global": {"env": {"SHARED_SECRET": nest()}, "variables": {"admin_password": nest()}},
        "ops": [
            {"id": "web", "type": "container/run", "args": web},
            {"id": "tool", "type": "container/run", "args": tool},
        ],
    }


def broken(nest):
    """Definitions are judged with a message for each place; these values are of a wrong type, or in a wrong place."""
    found = definition(nest)
    args = found["ops"][0]["args"]
    args["env"]["DB_PASSWORD"] = [nest()]
    args["env"]["HF_TOKEN"] = {"value": nest()}
    args["authentication"]["docker"]["password"] = {"value": nest()}
    args["apiKey"] = nest()
    args["enviroment"] = {"TOKEN": nest()}
    found["password"] = nest()
    found["ops"][1]["id"] = "id with spaces https://bob:%s@x.example" % nest()
    return found


class Variables:
    """What the playbook gets by its file of variables; ``marks`` are the marks of all canaries in it."""

    def __init__(self, server):
        nests = [Nest(100), Nest(200), Nest(300), Nest(400)]
        first, second, wrong, more = nests
        self.values = {
            "control_url": server.control_url,
            "first": definition(first),
            "second": definition(second),
            "broken": broken(wrong),
            "wrong_key": "nos_%s\n" % more(),
            "secret_url": "https://user:%s@[::1" % more(),
            "option_secret": more(),
        }
        env = self.values["second"]["ops"][0]["args"]["env"]
        self.values["printed"] = ["login " + env["HF_TOKEN"], "again %s!" % env["AWS_SECRET_ACCESS_KEY"]]
        self.marks = [mark for nest in nests for mark in nest.all]


def leaks(text):
    """The marks in a text, however it writes special characters; each with what is around it."""
    found = {}
    for version in (text, urllib.parse.unquote(text)):
        for mark in MARK.finditer(version):
            found.setdefault(mark[0], version[max(0, mark.start() - 150) : mark.end() + 30])
    return found


def shown(result):
    """What Ansible shows of a module's result, as one text."""
    # From ansible-core 2.22 on, a module tells the controller apart which values are secret, and that masks them.
    told = result.pop("_ansible_new_secrets", None)
    if told is not None:
        result = masked(result)
    return json.dumps(result, ensure_ascii=False)


def masked(value):
    """The value with each text in it masked as the controller does."""
    from ansible.module_utils.secrets import mask_secrets  # older ones have no such module

    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return mask_secrets(value) if isinstance(value, str) else value


#: What writes most; the others write the same results in fewer words.
FULLEST = "yaml and arguments"


@pytest.mark.parametrize(
    "output", [pytest.param(one, marks=[] if one == FULLEST else [pytest.mark.thorough]) for one in OUTPUTS]
)
def test_no_canary_is_seen(simulator, tmp_path, output):
    release, settings = OUTPUTS[output]
    server = simulator(release=release, speed=SPEED)
    variables = Variables(server)
    assert len(set(variables.marks)) > 120
    vault = tmp_path / "variables.json"
    vault.write_text(json.dumps(variables.values), encoding="utf-8")
    written = tmp_path / "written"
    written.mkdir()
    done = run(
        HERE / "canaries.yml",
        VERBOSE,
        "--diff",
        "-e",
        "@%s" % vault,
        NOSANA_API_URL=server.api_url,
        NOSANA_API_KEY=API_KEY,
        NOSANA_SIMULATOR_SPEED=str(SPEED),
        ANSIBLE_LOG_PATH=str(written / "ansible.log"),
        ANSIBLE_CACHE_PLUGIN="jsonfile",
        ANSIBLE_CACHE_PLUGIN_CONNECTION=str(written / "facts"),
        ANSIBLE_CALLBACKS_ENABLED="ansible.builtin.junit,ansible.builtin.tree",
        JUNIT_OUTPUT_DIR=str(written / "junit"),
        ANSIBLE_CALLBACK_TREE_DIR=str(written / "tree"),
        **settings,
    )
    assert leaks(done.stdout + done.stderr) == {}
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    files = [file for file in written.rglob("*") if file.is_file()]
    assert {"ansible.log", "junit", "tree", "facts"} <= {file.relative_to(written).parts[0] for file in files}
    for file in files:
        assert leaks(file.read_text(encoding="utf-8")) == {}, file
    assert any("cached_listing" in file.read_text(encoding="utf-8") for file in (written / "facts").iterdir())
    told = json.dumps(server.requests()) + server.printed()
    assert leaks(told) == {} and "/revision" in told
    everything = [done.stdout, done.stderr, told, *(file.read_text(encoding="utf-8") for file in files)]
    # what authorises to ask hosts: the account's, so that it is the same for any deployment
    [one] = server.control("POST", "/deployments", {"name": "one more"})["ids"]
    signature = Runner(server).request("GET", "/deployments/%s/header" % one)["header"].partition(":")[2]
    assert "/header" in told and not any(signature in text for text in everything)


def test_the_canaries_are_on_the_server_so_that_there_was_something_to_hide(simulator, run_module):
    server = simulator(speed=SPEED)
    variables = Variables(server)
    options = {"name": "canaries", "market": MARKET, "strategy": "SIMPLE", "replicas": 1, "timeout": 60}
    options.update(job_definition=variables.values["first"], api_url=server.api_url, api_key=API_KEY)
    result = run_module(nosana_deployment, options, diff=True)
    assert result["actions"] == ["create"] and leaks(shown(result)) == {}
    stored = leaks(json.dumps(server.control("GET", "/state"), ensure_ascii=False))
    assert len(stored) > 35


def test_the_search_for_canaries_finds_them():
    nest = Nest(1)
    hidden = [nest(' "q" '), nest("\\"), urllib.parse.quote(nest("/")), nest().upper()]
    assert len(leaks(json.dumps(hidden))) == 4


@pytest.mark.parametrize("given", ["options", "environment"])
def test_the_system_log_has_none(simulator, run_module, monkeypatch, given):
    server = simulator(speed=SPEED)
    values = Variables(server).values
    logged = []
    monkeypatch.setattr(basic, "has_journal", False, raising=False)
    monkeypatch.setattr(syslog, "syslog", lambda *parts: logged.append(str(parts[-1])))
    options = {"name": "canaries", "market": MARKET, "strategy": "SIMPLE", "replicas": 1, "timeout": 60}
    connection = {"api_url": server.api_url, "api_key": API_KEY}
    secret = {"api_url": values["secret_url"], "api_key": values["wrong_key"]}
    for changes in ({}, secret, {"strategy": "DAILY"}, {"password": values["option_secret"]}, {"replicas": None}):
        asked = dict(options, job_definition=values["second"])
        asked.update(changes)
        if given == "environment":
            for name in connection:
                monkeypatch.setenv("NOSANA_" + name.upper(), str(asked.pop(name, connection[name])))
        else:
            asked = dict(connection, **asked)
        result = run_module(
            nosana_deployment, {key: value for key, value in asked.items() if value is not None}, diff=True
        )
        assert leaks(shown(result)) == {}, changes
    assert len(logged) >= 2 and any("canaries" in line for line in logged)
    assert leaks("\n".join(logged)) == {}
