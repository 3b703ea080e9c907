# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job definitions, endpoints and cron expressions: what passes and what does not."""

from __future__ import annotations

import pytest
import simulator_api
from nosana_simulator import cron
from nosana_simulator.clock import iso, unix
from nosana_simulator.definition import problems
from nosana_simulator.endpoints import endpoints_of


def definition(args: dict | None = None, op: dict | None = None, **top) -> dict:
    """A definition with one operation."""
    run = {"type": "container/run", "id": "x", "args": {"image": "i", **(args or {})}, **(op or {})}
    return {"version": "0.1", "type": "container", "ops": [run], **top}


CHECK = {"type": "http", "path": "/", "method": "GET", "expected_status": 200, "continuous": False}


@pytest.mark.parametrize("good", [
    simulator_api.DEFINITION, simulator_api.BATCH, definition(), {**definition(), "ops": []},
    definition({"image": ""}), definition({"cmd": "echo"}), definition({"cmd": ["echo", "x"]}),
    definition({"expose": 0}), definition({"expose": 99999}), definition({"expose": [80, {"port": 90}]}),
    definition({"expose": {"port": 80}}), definition({"expose": "%%globals.port%%"}), definition({"env": {"A": "1"}}),
    definition({"expose": [{"port": 80, "type": "web", "health_checks": [CHECK]}]}), definition({"gpu": True}),
    definition({"expose": [{"port": 80, "health_checks": [
        {"type": "websocket", "expected_response": "x", "continuous": True}]}]}),
    definition({"resources": [{"type": "Ollama", "model": "m"}, {"type": "HF", "repo": "r", "target": "/t"},
                              {"type": "S3", "url": "u", "target": "/t"}]}),
    definition({"volumes": [{"name": "v", "dest": "/d"}], "authentication": {"docker": {"username": "u",
                                                                                        "password": "p"}}}),
    definition(op={"execution": {"group": "g", "depends_on": ["nobody"]}, "results": {"r": "regex"}}),
    definition({"restart_policy": {"policy": "on-failure", "restart_tries": 3}}),
    definition({"resources": [{"__spread__": "%%ops.a.results.b%%"}, "__remove-if-empty__"]}),
    definition({"resources": [{"type": "S3", "target": "/t", "buckets": [{"url": "u"}]}]}),
    definition(logistics={"send": {"type": "api", "args": {"endpoint": "e"}},
                          "receive": {"type": "api-listen", "args": {}}}),
    definition(meta={"system_requirements": {"required_cuda": ["12.8", 1]}, "list": [1, "x"]}),
    definition(op={"id": ""}), definition(op={"id": "gpt-oss:20b"}), definition(meta={"anything": 1}),
    definition(**{"global": {"variables": {"A": "b"}}}), definition(deployment_id="x"),
    {"version": "0.1", "type": "container", "ops": [{"type": "container/create-volume", "id": "v",
                                                    "args": {"name": "n"}}]},
])
def test_accepted(good):
    assert problems(good) == []


@pytest.mark.parametrize("bad, told", [
    ([], "$input.ops: (Ops & UniqueById)"), ("x", "$input: JobDefinitionWithRule"),
    (None, "$input: JobDefinitionWithRule"),
    (definition(version=0.1), '$input.version: "0.1"'), (definition(type="wasm"), '$input.type: "container"'),
    (definition(x=1), "$input.x: undefined"), (definition(meta=None), "$input.meta: (Meta | undefined)"),
    (definition({"x": 1}), "$input.ops[0].args.x: undefined"),
    (definition({"env": {"A": 1}}), "$input.ops[0].args.env.A: string"),
    (definition({"env": {"A-B": None}}), '$input.ops[0].args.env["A-B"]: string'),
    (definition({"gpu": "yes"}), "$input.ops[0].args.gpu: (boolean | undefined)"),
    (definition({"image": None}), "$input.ops[0].args.image: string"),
    (definition(op={"id": "a b"}), "$input.ops[0].id: string & TagBase<__type>"),
    (definition(op={"type": "container/other"}), None), (definition({"cmd": 1}), None),
    ({**definition(), "ops": definition()["ops"] * 2}, "$input.ops: Array<> & UniqueById"),
    ({**definition(), "ops": {}}, "$input.ops: (Ops & UniqueById)"), (definition({"expose": True}), None),
    (definition({"expose": [{"port": 80, "health_checks": [{**CHECK, "continuous": None}]}]}), None),
    (definition({"expose": [{"port": 80, "health_checks": [
        {name: value for name, value in CHECK.items() if name != "continuous"}]}]}), None),
    (definition(meta={"deep": {"x": None}}), "$input.meta.deep.x: (Array<string | number> | number | string)"),
    (definition(meta={"yes": True}), None), (definition(meta={"deep": {"deeper": {}}}), None),
    (definition({"resources": [{"type": "FTP", "target": "/t"}]}), '$input.ops[0].args.resources[0].type: "S3"'),
    (definition({"resources": [{"type": "HF", "repo": "r"}]}), "$input.ops[0].args.resources[0].target: string"),
    (definition({"resources": [{"type": "S3", "target": "/t", "bucket": "b", "files": []}]}), None),
    (definition({"expose": "8000-8010"}), "$input.ops[0].args.expose: string & TagBase<__type>"),
    (definition({"expose": [80, {"port": 80}]}), "$input.ops[0].args.expose: Array<> & TagBase<__type>"),
    (definition({"expose": [{"port": 80, "type": "other"}]}), None),
    (definition({"private": "x"}), '$input.ops[0].args["private"]: (boolean | undefined)'),
    (definition({"volumes": [{"dest": "/d"}]}), "$input.ops[0].args.volumes[0].name: string"),
    (definition({"restart_policy": "sometimes"}), None),
    (definition(op={"args": {}}), "$input.ops[0].args: (ContainerRun | ContainerCreateVolume)"),
    (definition(op={"args": {"name": 1}}), "$input.ops[0].args.name: string"),
    (definition(op={"results": {"r": {"regex": "x", "logType": ["stdout", "stdout"]}}}),
     "$input.ops[0].results.r.logType: Array<> & UniqueLogTypeTag"),
    (definition(op={"execution": {"stop_if_dependent_stops": True}}), None),
    (definition(logistics={}), "$input.logistics.send: Logistic"),
    (definition(**{"global": {"variables": {"A": 1}}}), "$input.global.variables.A: string"),
])
def test_refused(bad, told):
    found = problems(bad)
    assert found and (told is None or told in found), found


@pytest.mark.parametrize("newer", [definition(ssh={"enabled": True}), definition(op={"execution": {"timeout": 5}})])
def test_newer_servers_know_more_keys(newer):
    assert problems(newer) and problems(newer, newer=True) == []


def test_a_refused_revision_says_why(august):
    made = august.create()
    answer = august("POST", f"/deployments/{made['id']}/create-revision", definition({"env": {"A": 1}}, x=1))
    assert answer.body["message"] == "$input.ops[0].args.env.A: string, $input.x: undefined"
    assert (answer.status, answer.body["code"]) == (400, "FST_ERR_VALIDATION")


PORT = "%%globals.variables.PORT%%"  # only hosts know what it stands for


@pytest.mark.parametrize("expose, ports", [
    (80, [80]), ([80, {"port": 90}], [80, 90]), ({"port": 80}, []), (0, []), ("", []), (None, []), ([], []),
    ([0, 80], [0, 80]), ([{"port": 0}], [0]), (PORT, [PORT]), ({"port": PORT}, []), ([80, {"port": PORT}], [80, PORT]),
    (["%%ops.a.results.b%%"], ["%%ops.a.results.b%%"])])
def test_endpoints(expose, ports):
    made = endpoints_of(definition({} if expose is None else {"expose": expose, "private": True}), "d", "v")
    assert [end["port"] for end in made] == ports
    assert len({end["url"] for end in made}) == min(1, len(ports))


@pytest.mark.parametrize("expression, after, moment", [
    ("* * * * *", "2026-08-01T10:00:00.000Z", "2026-08-01T10:01:00.000Z"),
    ("0 0 * * *", "2026-08-01T10:00:00.000Z", "2026-08-02T00:00:00.000Z"),
    ("*/15 8-10 * * *", "2026-08-01T10:50:00.000Z", "2026-08-02T08:00:00.000Z"),
    ("5,35 * * * *", "2026-08-01T10:05:00.000Z", "2026-08-01T10:35:00.000Z"),
    ("0 12 * * MON", "2026-08-01T10:00:00.000Z", "2026-08-03T12:00:00.000Z"),
    ("0 12 * * 7", "2026-08-01T10:00:00.000Z", "2026-08-02T12:00:00.000Z"),
    ("0 0 29 2 *", "2026-08-01T10:00:00.000Z", "2028-02-29T00:00:00.000Z"),
    ("0 0 13 * 5", "2026-08-10T00:00:00.000Z", "2026-08-13T00:00:00.000Z"),
    ("0 0 1 jan *", "2026-08-10T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
])
def test_cron(expression, after, moment):
    assert iso(cron.next_time(expression, unix(after))) == moment


@pytest.mark.parametrize("expression", ["99 0 * * *", "0 0 31 2 *", "5-1 * * * *", "* * * *", "a * * * *",
                                        "*/0 * * * *", "0 24 * * *"])
def test_cron_that_never_comes(expression):
    with pytest.raises(cron.CronError):
        cron.next_time(expression, 0)
