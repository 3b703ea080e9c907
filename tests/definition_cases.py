# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job definitions that validateJobDefinition of npm @nosana/kit 2.1.8 accepts, and that it refuses.

The unit tests hold the collection to these tables; tests/interop holds the tables to the validator itself.
"""

from __future__ import annotations

PLACEHOLDER = "%%ops.first.results.port%%"
HTTP = {"type": "http", "path": "/", "method": "GET", "expected_status": 200, "continuous": False}
IAM = {"REGION": "eu-west-1", "ACCESS_KEY_ID": "id", "SECRET_ACCESS_KEY": "key"}
LOGISTIC = {"type": "api", "args": {"endpoint": "https://example.com"}}


def definition(*ops, **more):
    """A definition with these operations, or with one simple one."""
    return {"version": "0.1", "type": "container", "ops": list(ops) or [operation()], **more}


def operation(name="web", **more):
    """An operation that runs nginx; ``more`` are keys beside args."""
    return {"id": name, "type": "container/run", "args": {"image": "nginx"}, **more}


def run(**args):
    """A definition with one operation that has these args beside its image."""
    return definition(operation(args={"image": "nginx", **args}))


def checked(**check):
    """A definition with an http health check that has these keys."""
    return run(expose=[{"port": 80, "health_checks": [dict(HTTP, **check)]}])


def without(mapping, key):
    """The mapping without a key."""
    return {name: value for name, value in mapping.items() if name != key}


ACCEPTED = {
    "simple": definition(),
    "no ops": {"version": "0.1", "type": "container", "ops": []},
    "all keys": definition(deployment_id="x", meta={"trigger": "cli"}, **{"global": {}}),
    "global": definition(
        **{
            "global": {
                "image": "a",
                "gpu": True,
                "entrypoint": ["a"],
                "env": {},
                "work_dir": "/",
                "variables": {"a": "b"},
            }
        }
    ),
    "logistics": definition(logistics={"send": LOGISTIC, "receive": {"type": "api-listen", "args": {}}}),
    "meta of all kinds": definition(
        meta={"a": "x", "b": 1.5, "c": ["x", 1], "d": {"e": 1, "f": "x", "g": [1, "x"]}, "h": []}
    ),
    "system resources": definition(meta={"system_resources": {"required_vram": 6, "cuda": "12"}}),
    "two operations": definition(operation("a"), operation("b")),
    "empty id": definition(operation("")),
    "id with a tab": definition(operation("a\tb")),
    "empty image": run(image=""),
    "volume": definition({"id": "v", "type": "container/create-volume", "args": {"name": "data"}}),
    "volume with the args of run": definition({"id": "v", "type": "container/create-volume", "args": {"image": "a"}}),
    "run with the args of volume": definition({"id": "v", "type": "container/run", "args": {"name": "data"}}),
    "cmd as text": run(cmd="echo hello"),
    "cmd as list": run(cmd=["echo", "__remove-if-empty__"]),
    "cmd empty": run(cmd=[]),
    "entrypoint": run(entrypoint=["/bin/sh", "-c"]),
    "aliases": run(aliases="a"),
    "aliases as list": run(aliases=["a", "a"]),
    "env": run(env={"A": "", "__proto__": "x", "constructor": "y"}),
    "volumes": run(volumes=[{"name": "data", "dest": "/data"}]),
    "flags": run(gpu=True, private=False, work_dir="/srv"),
    "expose number": run(expose=8080),
    "expose 0": run(expose=0),
    "expose -1.5": run(expose=-1.5),
    "expose placeholder": run(expose=PLACEHOLDER),
    "expose placeholder of globals": run(expose="%%globals.port%%"),
    "expose odd placeholder": run(expose="%%ops💡%%"),
    "expose placeholder over two lines": run(expose="%%ops.a\nb%%"),
    "expose mapping": run(expose={"port": 80}),
    "expose spread": run(expose={"__spread__": PLACEHOLDER}),
    "expose list": run(
        expose=[80, {"port": 90, "type": "web"}, PLACEHOLDER, {"__spread__": PLACEHOLDER, "chunked": True}]
    ),
    "expose empty list": run(expose=[]),
    "expose placeholder twice": run(expose=[PLACEHOLDER, PLACEHOLDER]),
    "expose types": run(
        expose=[{"port": n, "type": kind} for n, kind in enumerate(["api", "webapi", "websocket", "none"])]
    ),
    "http check": checked(),
    "http check with all": checked(headers={"A": "b"}, body={"a": [None]}, method="PUT", continuous=True),
    "http check with null body": checked(body=None),
    "websocket check": run(
        expose=[{"port": 80, "health_checks": [{"type": "websocket", "expected_response": "", "continuous": True}]}]
    ),
    "no health checks": run(expose=[{"port": 80, "health_checks": []}]),
    "restart always": run(restart_policy="always"),
    "restart unless-stopped": run(restart_policy="unless-stopped"),
    "restart on failure": run(restart_policy={"policy": "on-failure", "restart_tries": 3}),
    "S3": run(resources=[{"type": "S3", "target": "/a", "url": "u", "allowWrite": True, "files": ["a"], "IAM": IAM}]),
    "S3 with only a target": run(resources=[{"type": "S3", "target": "/a"}]),
    "S3 bucket": run(resources=[{"type": "S3", "target": "/a", "bucket": "b", "IAM": IAM}]),
    "S3 buckets": run(resources=[{"type": "S3", "target": "/a", "buckets": [{"url": "u"}, {"url": "v", "files": []}]}]),
    "HF": run(
        resources=[{"type": "HF", "target": "/a", "repo": "a/b", "revision": "main", "files": [], "accessToken": "x"}]
    ),
    "Ollama": run(resources=[{"type": "Ollama", "model": "m"}, {"type": "Ollama", "model": "m", "target": "/a"}]),
    "resources spread": run(resources=[{"__spread__": PLACEHOLDER}, "__remove-if-empty__"]),
    "authentication": run(authentication={"docker": {"username": "u", "password": "p", "email": "e", "server": "s"}}),
    "no authentication": run(authentication={}),
    "results": definition(operation(results={"a": "regex", "b": {"regex": "x", "logType": ["stdout", "nodeerr"]}})),
    "execution": definition(operation(execution={"group": "g"})),
    "depends on nobody": definition(operation(execution={"depends_on": ["x"], "stop_if_dependent_stops": True})),
    "depends on nothing": definition(operation(execution={"depends_on": []})),
}

REFUSED = {
    "null": None,
    "text": "x",
    "list": [],
    "empty": {},
    "no version": without(definition(), "version"),
    "version as number": dict(definition(), version=0.1),
    "other version": dict(definition(), version="0.2"),
    "no type": without(definition(), "type"),
    "other type": dict(definition(), type="docker"),
    "no ops key": without(definition(), "ops"),
    "ops null": dict(definition(), ops=None),
    "ops as mapping": dict(definition(), ops={"a": operation()}),
    "unknown key": definition(x=1),
    "key of a newer server": definition(ssh={"enabled": True}),
    "wrapped": {"job_definition": definition()},
    "deployment_id null": definition(deployment_id=None),
    "meta null": definition(meta=None),
    "meta list": definition(meta=[]),
    "meta boolean": definition(meta={"a": True}),
    "meta null value": definition(meta={"a": None}),
    "meta too deep": definition(meta={"a": {"b": {"c": 1}}}),
    "meta list of lists": definition(meta={"a": [[1]]}),
    "meta trigger number": definition(meta={"trigger": 1}),
    "system resources list": definition(meta={"system_resources": {"a": [1]}}),
    "global unknown": definition(**{"global": {"cmd": "x"}}),
    "global gpu text": definition(**{"global": {"gpu": "true"}}),
    "logistics half": definition(logistics={"send": LOGISTIC}),
    "logistics type": definition(logistics={"send": LOGISTIC, "receive": {"type": "mail", "args": {}}}),
    "operation null": dict(definition(), ops=[None]),
    "operation text": dict(definition(), ops=["x"]),
    "operation without id": definition(without(operation(), "id")),
    "operation without type": definition(without(operation(), "type")),
    "operation without args": definition(without(operation(), "args")),
    "operation of other type": definition(operation(type="container/stop")),
    "operation unknown key": definition(operation(title="x")),
    "id number": definition(operation(5)),
    "id with space": definition(operation("a b")),
    "id twice": definition(operation("a"), operation("b"), operation("a")),
    "args empty": definition(operation(args={})),
    "args list": definition(operation(args=[])),
    "args of both": definition(operation(args={"image": "a", "name": "b"})),
    "args unknown": run(command="x"),
    "image null": run(image=None),
    "image number": run(image=5),
    "volume name number": definition({"id": "v", "type": "container/create-volume", "args": {"name": 5}}),
    "cmd number": run(cmd=5),
    "cmd null": run(cmd=None),
    "cmd with number": run(cmd=["sleep", 5]),
    "env number": run(env={"PORT": 8080}),
    "env boolean": run(env={"DEBUG": True}),
    "env null": run(env={"A": None}),
    "env list": run(env=["A=b"]),
    "env null itself": run(env=None),
    "gpu text": run(gpu="true"),
    "gpu number": run(gpu=1),
    "private null": run(private=None),
    "work_dir list": run(work_dir=["/"]),
    "volumes mapping": run(volumes={"name": "a", "dest": "b"}),
    "volumes without dest": run(volumes=[{"name": "a"}]),
    "expose text": run(expose="8080"),
    "expose range": run(expose="8000-8010"),
    "expose range in list": run(expose=["8000-8010"]),
    "expose boolean": run(expose=True),
    "expose null": run(expose=None),
    "expose null in list": run(expose=[None]),
    "expose list in list": run(expose=[[80]]),
    "expose twice": run(expose=[80, 80]),
    "expose twice as float": run(expose=[80, 80.0]),
    "expose twice as mapping": run(expose=[80, {"port": 80, "type": "web"}]),
    "expose port text": run(expose=[{"port": "80"}]),
    "expose no port": run(expose=[{"type": "web"}]),
    "expose type": run(expose=[{"port": 80, "type": "http"}]),
    "expose spread of text": run(expose={"__spread__": "x"}),
    "expose spread with port": run(expose=[{"__spread__": PLACEHOLDER, "port": 80}]),
    "expose short placeholder": run(expose="%%ops.%%"),
    "expose placeholder and newline": run(expose=PLACEHOLDER + "\n"),
    "expose host placeholder": run(expose="%%host.port%%"),
    "http check without continuous": run(expose=[{"port": 80, "health_checks": [without(HTTP, "continuous")]}]),
    "http check method": checked(method="HEAD"),
    "http check status text": checked(expected_status="200"),
    "http check header number": checked(headers={"A": 1}),
    "http check unknown key": checked(interval=5),
    "check type": checked(type="tcp"),
    "check null": run(expose=[{"port": 80, "health_checks": [None]}]),
    "websocket check with path": run(
        expose=[
            {
                "port": 1,
                "health_checks": [{"type": "websocket", "expected_response": "", "continuous": True, "path": "/"}],
            }
        ]
    ),
    "restart boolean": run(restart_policy=False),
    "restart policy": run(restart_policy={"policy": "always"}),
    "restart tries text": run(restart_policy={"policy": "on-failure", "restart_tries": "3"}),
    "resources mapping": run(resources={"type": "S3", "target": "/a"}),
    "resource type": run(resources=[{"type": "GCS", "target": "/a"}]),
    "resource text": run(resources=["S3"]),
    "S3 without target": run(resources=[{"type": "S3"}]),
    "S3 bucket with files": run(resources=[{"type": "S3", "target": "/a", "bucket": "b", "files": []}]),
    "S3 bucket and buckets": run(resources=[{"type": "S3", "target": "/a", "bucket": "b", "buckets": []}]),
    "S3 buckets of text": run(resources=[{"type": "S3", "target": "/a", "buckets": ["b"]}]),
    "S3 half IAM": run(resources=[{"type": "S3", "target": "/a", "IAM": without(IAM, "REGION")}]),
    "HF without repo": run(resources=[{"type": "HF", "target": "/a"}]),
    "HF with bucket": run(resources=[{"type": "HF", "target": "/a", "repo": "r", "bucket": "b"}]),
    "Ollama without model": run(resources=[{"type": "Ollama", "target": "/a"}]),
    "authentication unknown": run(authentication={"quay": {}}),
    "authentication token": run(authentication={"docker": {"token": "x"}}),
    "authentication null": run(authentication={"docker": {"password": None}}),
    "result number": definition(operation(results={"a": 5})),
    "result without logType": definition(operation(results={"a": {"regex": "x"}})),
    "result without types": definition(operation(results={"a": {"regex": "x", "logType": []}})),
    "result types twice": definition(operation(results={"a": {"regex": "x", "logType": ["stdout", "stdout"]}})),
    "result type": definition(operation(results={"a": {"regex": "x", "logType": ["all"]}})),
    "depends_on text": definition(operation(execution={"depends_on": "a"})),
    "depends_on number": definition(operation(execution={"depends_on": [1]})),
    "stop without depends_on": definition(operation(execution={"stop_if_dependent_stops": True})),
    "stop text": definition(operation(execution={"depends_on": [], "stop_if_dependent_stops": "x"})),
    "execution of a newer server": definition(operation(execution={"timeout": 5})),
    "execution null": definition(operation(execution=None)),
}
