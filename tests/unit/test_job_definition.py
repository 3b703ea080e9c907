# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job definitions: the verdicts are those of validateJobDefinition of npm @nosana/kit 2.1.8."""

from __future__ import annotations

import copy
import datetime
import json
import pathlib
import random
import re

import pytest
import yaml
from definition_cases import ACCEPTED, HTTP, PLACEHOLDER, REFUSED, checked, definition, operation, run, without
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare, validate
from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import endpoints_of
from ansible_collections.nosana.cloud.plugins.module_utils._definition.from_text import (
    definition_text_problem,
    is_file_name,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import place_text


@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED)
def test_what_the_vendor_accepts(value):
    assert validate.errors(value) == []


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_what_the_vendor_refuses(value):
    messages = validate.errors(value)
    assert messages
    assert all(message.isprintable() for message in messages)


MESSAGES = [
    (None, ["must be a mapping, not null; leave it out if it is to be empty"]),
    ("{}", ["must be a mapping, not a string; make it one first, with | from_json or | from_yaml"]),
    ({"type": "container", "ops": []}, ['version: is missing; write version: "0.1"']),
    (dict(definition(), version=0.1), ['version: must be "0.1", not a number; quote it']),
    (
        run(env={"PORT": 8080}),
        [
            "ops[0].args.env.PORT: must be a string, not an integer; quote it as it was written"
            " (in a template, end it with | string)"
        ],
    ),
    (
        run(env={"A": None}),
        [
            'ops[0].args.env.A: must be a string, not null; leave it out, or write "" if it is to be empty'
            ' (in a template, end it with | default("", true))'
        ],
    ),
    (run(env=["A=b"]), ["ops[0].args.env: must be a mapping, not a list; write NAME: value pairs, without dashes"]),
    (definition(operation(argz={})), ["ops[0].argz: unknown key (did you mean args?)"]),
    (run(command="x"), ["ops[0].args.command: unknown key (did you mean cmd?)"]),
    (run(Env={}), ["ops[0].args.Env: unknown key (did you mean env?)"]),
    (run(qqq=1), ["ops[0].args.qqq: unknown key"]),
    (
        definition(operation(args={"env": {"A": 1.5}, "imgae": "x"})),
        [
            "ops[0].args.imgae: unknown key (did you mean image?)",
            "ops[0].args.env.A: must be a string, not a number; quote it as it was written"
            " (in a template, end it with | string)",
        ],
    ),
    (
        {"ops": [], "verison": "0.1", "Type": "container", "comand": "x"},
        [
            "verison: unknown key (did you mean version?)",
            "Type: unknown key (did you mean type?)",
            "comand: unknown key",
        ],
    ),
    (
        {"steps": [], "operations": [], "version": "0.1", "type": "container"},
        ["steps: unknown key (did you mean ops?)", "operations: unknown key (did you mean ops?)"],
    ),
    (run(imgae="x"), ["ops[0].args.imgae: unknown key (did you mean image?)"]),
    (definition(operation(image="x")), ["ops[0].image: unknown key here (it belongs in args)"]),
    (definition(operation(args={})), ['ops[0].args.image: is missing; write image: "docker.io/library/nginx:stable"']),
    (
        definition({"id": "v", "type": "container/create-volume", "args": {}}),
        ['ops[0].args.name: is missing; write name: "..."'],
    ),
    (definition(operation("a b")), ['ops[0].id: must be a name without spaces, not the string "a b"']),
    (definition(operation("a"), operation("a")), ['ops[1].id: "a" is already the id of ops[0]; ids must be unique']),
    (run(expose=[80, {"port": 80}]), ["ops[0].args.expose[1]: port 80 is already exposed by expose[0]"]),
    (
        run(expose=[{"port": 80, "health_checks": [without(HTTP, "continuous")]}]),
        ["ops[0].args.expose[0].health_checks[0].continuous: is missing; write continuous: false"],
    ),
    (run(volumes=5), ["ops[0].args.volumes: must be a list, not an integer; put it in a list: [...]"]),
    (
        run(restart_policy="allways"),
        [
            'ops[0].args.restart_policy: must be "no" or "always" or "unless-stopped" or "on-failure",'
            ' not the string "allways"'
            " (did you mean always?)"
        ],
    ),
    (
        definition(operation(execution={"stop_if_dependent_stops": True})),
        ["ops[0].execution.stop_if_dependent_stops: needs depends_on beside it, with the ids it depends on"],
    ),
]


@pytest.mark.parametrize(("value", "messages"), MESSAGES)
def test_messages_name_place_and_remedy(value, messages):
    assert validate.errors(value) == messages


def test_numbers_written_as_text_are_explained():
    [message] = validate.errors(run(expose="8080"))
    assert 'not the string "8080"; write it without quotes (in a template, end it with | int' in message
    [message] = validate.errors(run(expose="8000-8010"))
    assert "ranges are not supported, list each port" in message
    [message] = validate.errors(run(gpu="yes"))
    assert "write true or false without quotes (in a template, end it with | bool" in message


@pytest.mark.parametrize("written", ["1.10", "12:30", "0755", "1_000", "0x1F", "1.0e+3", "off"])
def test_what_yaml_has_changed_is_not_shown_as_if_it_were_what_was_written(written):
    [read] = yaml.safe_load("[%s]" % written)
    assert str(read) != written
    for value in (run(env={"V": read}), run(volumes=read), run(restart_policy=read)):
        [message] = validate.errors(value)
        assert str(read) not in message
    assert "quote it as it was written" in validate.errors(run(env={"V": read}))[0]


def test_the_page_shows_what_yaml_reads():
    page = (pathlib.Path(__file__).parents[2] / "docs" / "job-definitions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", page.split("## Values that need quotes")[1], re.MULTILINE)
    shown = {written: json.loads(read) for written, read in rows if "[" not in written}
    assert len(shown) > 5
    assert {written: compare.plain(yaml.safe_load("[%s]" % written)[0]) for written in shown} == shown


def test_a_word_that_yaml_takes_for_a_boolean_is_to_be_quoted():
    [message] = validate.errors(run(restart_policy=False))
    assert message.endswith('"on-failure", not a boolean; quote it')


NOT_JSON = [float("nan"), float("inf"), -float("inf")]


@pytest.mark.parametrize("value", NOT_JSON)
@pytest.mark.parametrize(
    ("place", "whole"),
    [
        ("ops[0].args.expose", lambda value: run(expose=value)),
        ("ops[0].args.env.A", lambda value: run(env={"A": value})),
        ("meta.a", lambda value: definition(meta={"a": value})),
        ("ssh.a", lambda value: definition(ssh={"a": value})),
        ("ops[0].args.expose[0].health_checks[0].body", lambda value: checked(body={"a": value})),
    ],
)
def test_numbers_that_json_does_not_have(value, place, whole):
    for judge in (validate.problems, validate.unsendable):
        [message] = judge(whole(value))
        assert message.startswith(place) and ".nan or .inf" in message


@pytest.mark.parametrize("value", [definition(), run(env={"A": 5}), dict(definition(), ops=[]), definition(x=1)])
def test_what_is_left_to_the_api(value):
    assert validate.unsendable(value) == []


@pytest.mark.parametrize("levels", [99, 101, 400, 5000])
def test_what_is_nested_too_deeply(levels):
    nested = "x"
    for level in range(levels - 1):
        nested = [nested] if level % 2 else {"a": nested}
    whole = definition(ssh=nested)
    for judge in (validate.problems, validate.unsendable):
        assert judge(whole) == ([] if levels < 100 else ["is nested more than 100 levels deep"])
    assert validate.errors(whole) == (["ssh: unknown key"] if levels < 100 else ["is nested more than 100 levels deep"])


def test_what_contains_itself_is_nested_too_deeply():
    whole = definition()
    whole["meta"] = whole
    assert validate.errors(whole) == validate.problems(whole) == ["is nested more than 100 levels deep"]


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (8080, "an integer; quote it as it was written (in a template, end it with | string)"),
        (0.5, "a number; quote it as it was written (in a template, end it with | string)"),
        (True, "a boolean; quote it as it was written (in a template, end it with | string | lower)"),
        (False, "a boolean; quote it as it was written (in a template, end it with | string | lower)"),
        (None, 'null; leave it out, or write "" if it is to be empty (in a template, end it with | default("", true))'),
    ],
)
def test_what_a_template_made_of_text_is_explained(value, remedy):
    tagged = {int: TaggedInt, float: TaggedFloat}.get(type(value), lambda untagged: untagged)
    for given_value in (value, tagged(value)):
        given_env = TaggedDict({TaggedStr("PORT"): given_value})
        assert validate.errors(run(env=given_env)) == ["ops[0].args.env.PORT: must be a string, not " + remedy]


def test_messages_are_in_reading_order_and_complete():
    value = {"ops": [operation(1), {"id": "b", "args": {"env": {"A": 1, "B": 2}, "image": 3}}], "x": 1, "type": "y"}
    assert [message.partition(": ")[0] for message in validate.errors(value)] == [
        "version",
        "ops[0].id",
        "ops[1].type",
        "ops[1].args.env.A",
        "ops[1].args.env.B",
        "ops[1].args.image",
        "x",
        "type",
    ]


def test_messages_hold_no_control_characters():
    value = definition(operation("a\nb \x1b[31m"), **{"x\ny": 1})
    assert validate.errors(value) == [
        'ops[0].id: must be a name without spaces, not the string "a\\nb \\x1b[31m"',
        '["x\\ny"]: unknown key',
    ]


@pytest.mark.parametrize(
    "value",
    [
        run(env={"DB_PASSWORD": 13371337}),
        run(authentication={"docker": {"password": 13371337}}),
        run(cmd=["--password", 13371337]),
        run(cmd=["--password", "13371337", 13371337]),
        run(env={"DB_PASSWORD": "13371337"}, gpu="13371337"),
        run(env="DB_PASSWORD=13371337"),
        run(env=["DB_PASSWORD=13371337"]),
        run(env={"DB_PASSWORD=13371337": None}),
        run(image="nginx --password 13371337"),
        run(resources=[{"type": "HF", "target": "/a", "repo": "a", "accessToken": 13371337}]),
        checked(headers={"Authorization": 13371337}),
        run(env={"A_TOKEN": "13371337"}, expose=13371337),
        definition(operation(args={"image": "a", "env": {"A_TOKEN": "1337"}}, execution={"depends_on": ["1337"]})),
        definition(operation("1337", args={"image": "a", "env": {"A_TOKEN": "1337"}}), operation("1337")),
    ],
)
def test_messages_hold_no_secrets(value):
    messages = validate.errors(value) + validate.problems(value)
    assert messages
    assert not any("1337" in message for message in messages)


# --- what nosana_deployment refuses beyond that, and lets pass ---------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        definition(ssh={"enabled": True, "x": None}),
        definition(operation(execution={"timeout": 5})),
        definition(operation("a"), operation("b", execution={"depends_on": ["a"], "timeout": None})),
        definition(operation(execution={"depends_on": ["%%ops.a.results.b%%"]})),
        run(expose=[{"__spread__": PLACEHOLDER}, PLACEHOLDER, 1, 65535, 8080.0]),
        run(expose={"__spread__": PLACEHOLDER}),
        definition(meta={"trigger": "x"}, deployment_id="y"),
    ],
)
def test_problems_lets_pass(value):
    assert validate.problems(value) == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (dict(definition(), ops=[]), "ops: is empty; a job needs at least one operation"),
        (run(image=""), "ops[0].args.image: must not be empty"),
        (run(image="  "), "ops[0].args.image: must not be empty"),
        (run(image="nginx -g x"), "ops[0].args.image: must not hold white space; arguments go into cmd"),
        (definition(operation("")), "ops[0].id: must not be empty"),
        (definition(operation("a\tb")), "ops[0].id: must not hold white space"),
        (definition(operation("a b")), 'ops[0].id: must be a name without spaces, not the string "a b"'),
        (definition(operation("a"), operation("a")), 'ops[1].id: "a" is already the id of ops[0]; ids must be unique'),
        (
            definition({"id": "v", "type": "container/run", "args": {"name": "x"}}),
            "ops[0].args.image: is missing; container/run needs the image to run",
        ),
        (
            definition(operation(type="container/create-volume")),
            "ops[0].args: container/create-volume takes only name; to run an image, make the type container/run",
        ),
        (
            definition({"id": "v", "type": "container/create-volume", "args": {"name": ""}}),
            "ops[0].args.name: must not be empty",
        ),
        (run(volumes=[{"name": " ", "dest": "/a"}]), "ops[0].args.volumes[0].name: must not be empty"),
        (run(volumes=[{"name": "a", "dest": ""}]), "ops[0].args.volumes[0].dest: must not be empty"),
        (run(expose=0), "ops[0].args.expose: must be a whole number from 1 to 65535, not 0"),
        (run(expose=-80), "ops[0].args.expose: must be a whole number from 1 to 65535, not -80"),
        (run(expose=[80, 65536]), "ops[0].args.expose[1]: must be a whole number from 1 to 65535, not 65536"),
        (run(expose=[{"port": 80.5}]), "ops[0].args.expose[0].port: must be a whole number from 1 to 65535, not 80.5"),
        (
            run(expose={"port": 80}),
            "ops[0].args.expose: a mapping that is not in a list exposes nothing; put it in one: [{...}]",
        ),
        (
            definition(operation(execution={"depends_on": ["nobody"]})),
            'ops[0].execution.depends_on[0]: no operation has the id "nobody"',
        ),
        (
            definition(operation(execution={"depends_on": ["web"]})),
            "ops[0].execution.depends_on[0]: an operation can't depend on itself",
        ),
        (
            definition(*(dict(operation(execution={"depends_on": [b]}), id=a) for a, b in ("ab", "bc", "ca"))),
            'ops: none of these ever begins: "a" waits for "b" waits for "c" waits for "a" (execution.depends_on)',
        ),
        (
            run(env={"TOKEN": "<VALUE_HIDDEN_1>"}),
            "ops[0].args.env.TOKEN: holds a mask, so it was copied from a result; write the secret itself",
        ),
    ],
)
def test_problems_refuses(value, message):
    assert validate.problems(value) == [message]


def test_of_several_circles_it_is_always_the_same_that_is_told():
    def waiting(name, others):
        return dict(operation(execution={"depends_on": others}), id=name)

    pairs = [("a%d" % number, "b%d" % number) for number in range(30)]
    ops = [waiting(a, [b]) for a, b in pairs] + [waiting(b, [a]) for a, b in pairs]
    [message] = validate.problems(definition(waiting("all", [a for a, _b in pairs] * 2), *ops))
    assert message.startswith('ops: none of these ever begins: "a0" waits for "b0" waits for "a0" ')


def of_size(size):
    """A definition that has so many bytes as JSON."""
    return run(env={"A": "x" * (size - len(json.dumps(run(env={"A": ""}))))})


def test_problems_refuses_what_is_too_long_for_a_request():
    assert validate.problems(of_size(validate.MOST_BYTES)) == []
    [message] = validate.problems(of_size(validate.MOST_BYTES + 1))
    assert message.startswith("has 1032193 bytes as JSON, and the API takes at most 1032192; ")
    assert validate.errors(of_size(validate.MOST_BYTES + 1)) == []


def test_problems_has_all_that_errors_has():
    for value in REFUSED.values():
        newer = [
            message
            for message in validate.errors(value)
            if message.partition(": ")[0] in ("ssh", "ops[0].execution.timeout")
        ]
        assert set(validate.errors(value)) - set(validate.problems(value)) == set(newer)


# --- definitions that are text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("job.json", "{{ lookup('ansible.builtin.file', 'job.json') | from_json }}"),
        (" ../jobs/my job.yml\n", "{{ lookup('ansible.builtin.file', '../jobs/my job.yml') | from_yaml }}"),
        ("job.yaml", "{{ lookup('ansible.builtin.file', 'job.yaml') | from_yaml }}"),
        ("job.json.j2", "{{ lookup('ansible.builtin.template', 'job.json.j2') | from_yaml }}"),
    ],
)
def test_the_name_of_a_file_is_answered_with_how_to_load_it(text, remedy):
    message = definition_text_problem(text)
    assert message.startswith("job_definition: is the name of a file, not a mapping. Load the file: ")
    assert message.endswith('"%s"' % remedy)
    assert is_file_name(text)


@pytest.mark.parametrize("text", ["", "hunter22", "TOKEN hunter22 job.conf", "{hunter22: job.json", "'hunter22'.json"])
def test_of_other_text_nothing_is_shown(text):
    message = definition_text_problem(text)
    assert message.startswith("job_definition: is text, not a mapping. ") and "hunter22" not in message
    assert not is_file_name(text)


# --- plain, normalise, same, endpoints ---------------------------------------------------------------------------


class TaggedStr(str):
    """Text as ansible-core hands it over from 2.19 on: a subclass."""


class TaggedInt(int):
    """A whole number of that kind."""


class TaggedFloat(float):
    """A number of that kind."""


class TaggedDict(dict):
    """A mapping of that kind."""


class TaggedList(list):
    """A list of that kind."""


def _types(value):
    yield type(value)
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    for item in items:
        yield from _types(item)


def test_plain_removes_subclasses():
    tagged = TaggedDict({TaggedStr("a"): TaggedList([TaggedStr("b"), TaggedInt(1), TaggedFloat(1.5), True, None])})
    assert compare.plain(tagged) == {"a": ["b", 1, 1.5, True, None]}
    assert set(_types(compare.plain(tagged))) <= {dict, list, str, int, float, bool, type(None)}


def test_plain_makes_json_of_other_types():
    value = {1: (1, "a"), None: datetime.date(2026, 8, 1), 1.5: datetime.datetime(2026, 8, 1, 12)}
    assert compare.plain({1: "x"}) == {"1": "x"}
    assert compare.plain({True: {2}, None: 1}) == {"true": [2], "null": 1}
    assert compare.plain(value)["null"] == "2026-08-01"
    assert compare.plain(value)["1.5"] == "2026-08-01T12:00:00"
    assert compare.plain((1, ("a",))) == [1, ["a"]]


def test_normalise_leaves_out_what_the_server_adds():
    given_by_user = definition(meta={"trigger": "cli"})
    stored = dict(given_by_user, deployment_id="8tRh", meta={"trigger": "deployment-manager"})
    assert compare.normalise(stored) == compare.normalise(given_by_user) == definition()
    assert compare.normalise(definition(meta={"trigger": "x", "a": 1})) == definition(meta={"a": 1})
    assert stored["deployment_id"] == "8tRh"  # what is handed in stays as it is
    assert compare.same(stored, definition())


def test_what_a_server_adds_to_meta_is_no_difference():
    wanted = definition(meta={"a": {"b": [{"c": 1}]}, "trigger": "cli"})
    stored = definition(meta={"a": {"b": [{"c": 1, "new": {}}], "new": 1}, "new": [], "trigger": "x"})
    less, more = stored, wanted  # the other way round it is one
    assert compare.same(wanted, stored) and not compare.same(less, more)
    assert compare.differences(less, more) == ["meta.a.b[0].new", "meta.a.new", "meta.new"]
    assert compare.same(definition(), stored) and not compare.same(stored, definition())
    assert not compare.same(definition(meta={"a": 1}), definition())
    assert not compare.same(definition(meta={"a": [1]}), definition(meta={"a": [1, 2]}))


@pytest.mark.parametrize(
    ("wanted", "stored", "places"),
    [
        (run(env={"X": "1", "Y": "2"}), run(env={"X": "2", "Y": "2"}), ["ops[0].args.env.X"]),
        (run(env={"X": "1"}), run(), ["ops[0].args.env"]),
        (run(), run(env={"X": "1"}), ["ops[0].args.env"]),
        (run(env={"A=secret": "1"}), run(env={}), ['ops[0].args.env["A=..."]']),
        (run(cmd=["a", "b"]), run(cmd=["a", "c", "d"]), ["ops[0].args.cmd[1]", "ops[0].args.cmd[2]"]),
        (run(cmd=["a", "b"]), run(cmd=[]), ["ops[0].args.cmd[0]", "ops[0].args.cmd[1]"]),
        (run(cmd="a"), run(cmd=["a"]), ["ops[0].args.cmd"]),
        (definition(), definition(new=1), ["new"]),
        (definition(), None, ["the whole definition"]),
        (definition(), definition(deployment_id="x"), []),
    ],
)
def test_differences_are_named_by_their_places(wanted, stored, places):
    assert compare.differences(wanted, stored) == places
    assert compare.same(wanted, stored) == (not places)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (True, 1),
        (False, 0),
        ("1", 1),
        (None, ""),
        (None, False),
        ([], {}),
        ([1, 2], [2, 1]),
        ({"a": None}, {}),
        (1, 1.5),
        ("", {}),
    ],
)
def test_different_values(a, b):
    assert not compare.same(definition(x=a), definition(x=b))
    assert not compare.same(definition(x=[a]), definition(x=[b]))
    assert not compare.same(definition(meta={"a": a}), definition(meta={"a": b}))


@pytest.mark.parametrize(
    ("a", "b"), [(1, 1.0), (-0.0, 0), ((1, 2), [1, 2]), (2**53, 2**53 + 1), ({"a": 1, "b": 2}, {"b": 2, "a": 1})]
)
def test_same_values(a, b):
    assert compare.same(definition(x=a), definition(x=b))


@pytest.mark.parametrize(
    ("value", "ports"),
    [
        (run(), []),
        (run(expose=8080), [8080]),
        (run(expose=0), []),
        (run(expose=PLACEHOLDER), [PLACEHOLDER]),
        (run(expose=[0, 80]), [0, 80]),
        (run(expose=[80, {"port": 90, "type": "web"}]), [80, 90]),
        (run(expose={"port": 80}), []),
        (run(expose=[{"__spread__": PLACEHOLDER}, PLACEHOLDER, 80]), [PLACEHOLDER, 80]),
        (run(expose=[]), []),
        (run(expose=[80], private=True), [80]),
        (definition({"id": "web", "type": "container/create-volume", "args": {"name": "d"}}), []),
        (definition(operation(type="container/create-volume", args={"image": "a", "expose": 80})), []),
    ],
)
def test_endpoints(value, ports):
    assert endpoints_of(value) == [{"opId": "web", "port": port} for port in ports]


def test_endpoints_of_several_operations_are_in_order():
    value = definition(
        operation("a", args={"image": "x", "expose": [2, 1]}), operation("b", args={"image": "x", "expose": 3})
    )
    assert endpoints_of(value) == [{"opId": "a", "port": 2}, {"opId": "a", "port": 1}, {"opId": "b", "port": 3}]


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_endpoints_of_what_is_refused_do_not_fail(value):
    assert isinstance(endpoints_of(value), list)


# --- properties --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(["1", "true", "", PLACEHOLDER]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.sampled_from("ab"), inner, max_size=3)
    ),
    max_leaves=8,
)
DEFINITIONS = st.sampled_from([*ACCEPTED.values()])


def _canonical(value):
    """What tells two JSON values apart, written in another way: nested tuples that begin with the type."""
    if isinstance(value, dict):
        return ("map", tuple((key, _canonical(value[key])) for key in sorted(value)))
    if isinstance(value, list):
        return ("list", tuple(map(_canonical, value)))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ("number", float(value) if abs(value) < 1e300 else str(value))
    return (type(value).__name__, value)


def _shuffled(value, chance):
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: _shuffled(value[key], chance) for key in keys}
    return [_shuffled(item, chance) for item in value] if isinstance(value, list) else value


def _places(value, place=()):
    yield place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _places(item, place + (key,))


def _put(value, place, item):
    """A copy of the value with another item at a place."""
    if not place:
        return item
    value = copy.deepcopy(value)
    inside = value
    for part in place[:-1]:
        inside = inside[part]
    inside[place[-1]] = item
    return value


@given(JSON)
def test_plain_is_what_json_makes_of_it(value):
    assert compare.plain(value) == json.loads(json.dumps(value))


@given(JSON, JSON)
def test_same_is_equality_of_json(a, b):
    assert compare.same({"x": a}, {"x": b}) == (_canonical(a) == _canonical(b))
    assert compare.same({"x": a}, {"x": copy.deepcopy(a)})


@given(JSON, JSON)
def test_there_are_differences_exactly_when_it_is_not_the_same(a, b):
    for wanted, stored in (({"x": a}, {"x": b}), ({"meta": a}, {"meta": b}), (a, b)):
        assert compare.same(wanted, stored) == (compare.differences(wanted, stored) == [])


@given(DEFINITIONS, st.data())
def test_one_difference_is_enough_to_be_different(value, data):
    place = data.draw(st.sampled_from([place for place in _places(value) if place and place[0] != "meta"]))
    changed = _put(value, place, data.draw(JSON))
    equal = _canonical(compare.normalise(value)) == _canonical(compare.normalise(changed))
    assert compare.same(value, changed) == compare.same(changed, value) == equal
    text = place_text(place)
    assert all(one.startswith(text) for one in compare.differences(value, changed))


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3), st.data())
def test_what_is_added_anywhere_in_meta_is_no_difference(meta, data):
    mappings = [place for place in _places({"meta": meta}) if place and isinstance(_at({"meta": meta}, place), dict)]
    place = data.draw(st.sampled_from(mappings))
    key = data.draw(st.text(max_size=3).filter(lambda key: key not in _at({"meta": meta}, place)))
    stored = _put({"meta": meta}, place + (key,), data.draw(JSON))
    assert compare.same({"meta": meta}, stored)
    if meta.keys() - {"trigger"} and place + (key,) != ("meta", "trigger"):
        assert compare.differences(stored, {"meta": meta}) == [place_text(place + (key,))]


def _at(value, place):
    for part in place:
        value = value[part]
    return value


@given(DEFINITIONS, st.integers(), st.text())
def test_neither_order_nor_what_the_server_adds_is_a_difference(value, seed, identity):
    stored = _shuffled(value, random.Random(seed))
    stored["deployment_id"] = identity
    stored["meta"] = dict(stored.get("meta", {}), trigger="deployment-manager")
    assert compare.same(value, stored)
    assert compare.same(stored, value)
    assert validate.errors(stored) == []


@given(DEFINITIONS, st.data())
def test_any_value_at_any_place_is_judged_in_printable_lines(value, data):
    changed = _put(value, data.draw(st.sampled_from(list(_places(value)))), data.draw(JSON))
    errors, problems = validate.errors(changed), validate.problems(changed)
    assert all(message.isprintable() for message in errors + problems)
    assert set(errors) <= set(problems)
    assert isinstance(endpoints_of(changed), list)


@given(DEFINITIONS, st.text(alphabet="qxzjkv", min_size=8, max_size=12), st.data())
def test_a_secret_is_in_no_message(value, secret, data):
    place = data.draw(st.sampled_from(list(_places(value))))
    wrong = data.draw(st.sampled_from([secret, [secret], {"x": secret}, {"x": {"y": [secret]}}]))
    changed = _put(value, place, wrong)
    if isinstance(changed, dict):
        changed["env"] = {"MY_TOKEN": secret}
        assert not any(secret in message for message in validate.errors(changed) + validate.problems(changed))
