# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job definitions made from others: the filters job_definition_with and job_definition_matrix."""

from __future__ import annotations

import copy
import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.nosana.cloud.plugins.filter.job_definition_matrix import job_definition_matrix
from ansible_collections.nosana.cloud.plugins.filter.job_definition_with import job_definition_with


def definition(*ops):
    return {"version": "0.1", "type": "container", "ops": list(ops)}


def container(name="web", **args):
    return {"id": name, "type": "container/run", "args": {"image": "nginx", **args}}


VOLUME = {"id": "data", "type": "container/create-volume", "args": {"name": "data"}}


# --- another image, command or environment -------------------------------------------------------------------------


def test_one_container_is_changed_and_the_input_is_not():
    given = definition(VOLUME, container(env={"A": "1", "B": "2"}, expose=80))
    before = copy.deepcopy(given)
    changed = job_definition_with(given, image="caddy", cmd=["run"], env={"B": None, "C": "3"})
    args = {"image": "caddy", "cmd": ["run"], "env": {"A": "1", "C": "3"}, "expose": 80}
    assert changed == definition(VOLUME, {"id": "web", "type": "container/run", "args": args})
    assert given == before


@pytest.mark.parametrize("empty", [None, "", " "])
def test_what_is_empty_is_left_alone(empty):
    given = definition(container("a"), container("b"))
    assert job_definition_with(given, image=empty, cmd=empty, env=empty, op=empty) == given
    assert job_definition_with(definition(container(cmd="x")), cmd=[])["ops"][0]["args"]["cmd"] == []


def test_json_from_a_survey_will_do():
    changed = job_definition_with(json.dumps(definition(container())), env='{"A": "1"}')
    assert changed["ops"][0]["args"]["env"] == {"A": "1"}


def test_of_several_containers_it_is_the_one_that_exposes_a_port_or_the_one_that_is_named():
    given = definition(container("prepare"), container("web", expose=[{"port": 80}]))
    assert [op["args"]["image"] for op in job_definition_with(given, "x")["ops"]] == ["nginx", "x"]
    assert [op["args"]["image"] for op in job_definition_with(given, "x", op="prepare")["ops"]] == ["x", "nginx"]


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        (definition(container("a"), container("b")), {"image": "x"}, 'op: say which container.*: "a", "b"'),
        (definition(VOLUME), {"image": "x"}, "op: say which container is changed, .* has: none"),
        (definition(container("a")), {"image": "x", "op": "c"}, 'op: no container .* has the id "c". It has: "a"'),
        (definition(container()), {"env": ["A=1"]}, "env must be a mapping"),
        (definition(container()), {"env": "A=hidden"}, "env must be a mapping"),
        ("job.json", {"image": "x"}, "the job definition must be a mapping"),
        ([], {"image": "x"}, "the job definition must be a mapping"),
    ],
)
def test_what_can_not_be_changed_is_told_without_values(given, options, said):
    with pytest.raises(AnsibleFilterError, match=said) as told:
        job_definition_with(given, **options)
    assert "hidden" not in str(told.value)


# --- a job definition for each combination -------------------------------------------------------------------------


def names(matrix, name="train", given=None):
    return [one["name"] for one in job_definition_matrix(given or definition(container()), matrix, name)]


def test_each_combination_has_its_parameters_in_its_environment_and_in_the_place_of_placeholders():
    cmd = ["--rate", "%%matrix.rate%%", "%%globals.job%%"]
    given = definition(VOLUME, container(cmd=cmd, env={"A": "%%matrix.n%%"}))
    found = job_definition_matrix(given, {"rate": [0.1, "1e-3"], "n": [1, True]}, "train")
    assert [one["parameters"] for one in found] == [
        {"rate": "0.1", "n": "1"},
        {"rate": "0.1", "n": "true"},
        {"rate": "1e-3", "n": "1"},
        {"rate": "1e-3", "n": "true"},
    ]
    args = found[1]["deployment"]["job_definition"]["ops"][1]["args"]
    assert args["cmd"] == ["--rate", "0.1", "%%globals.job%%"]
    assert args["env"] == {"A": "true", "rate": "0.1", "n": "true"}
    assert found[1]["name"] == found[1]["folder"] == found[1]["deployment"]["name"] == "train-n=true-rate=0.1"
    assert given["ops"][1]["args"]["cmd"][1] == "%%matrix.rate%%"


def test_names_stay_when_the_matrix_grows_or_its_order_changes():
    few = names({"a": [1], "b": ["x", "y"]})
    assert set(few) < set(names({"b": ["y", "z", "x"], "a": [2, 1]}))


@pytest.mark.parametrize("matrix", [{}, "", None, "{}"])
def test_without_parameters_there_is_one_run(matrix):
    (found,) = job_definition_matrix(definition(container()), matrix, "train")
    assert (found["name"], found["parameters"]) == ("train", {})
    assert found["deployment"]["job_definition"] == definition(container())


def test_one_value_needs_no_list_and_json_will_do():
    assert names('{"a": "x", "b": [1, 2]}') == ["train-a=x-b=1", "train-a=x-b=2"]


def test_folders_are_names_of_files_and_no_two_are_the_same():
    values = ["a/b", "a:b", "../..", "a b", "é" * 200, "é" * 201, "x\ny"]
    found = job_definition_matrix(definition(container()), {"model": values}, "train")
    folders = [one["folder"] for one in found]
    assert len(set(folders)) == len(set(one["name"] for one in found)) == len(values)
    assert all(folder.isascii() and "/" not in folder and len(folder) < 140 for folder in folders)
    assert all(one["name"].isprintable() and len(one["name"]) < 140 for one in found)
    assert found[0]["name"] == "train-model=a/b"


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ({"learning rate": [1]}, "a parameter is named like a variable"),
        ({"API_KEY": ["hidden"]}, 'API_KEY: names, folders and reports show parameters, so a secret can\'t be one'),
        ({"a": []}, "a: has no values"),
        ({"a": [1, "1"]}, "a: has a value twice"),
        ({"a": [None]}, "a: a value is text, a number or a boolean"),
        ({"a": [["hidden"]]}, "a: a value is text"),
        ({"a": list(range(40)), "b": list(range(40))}, "1600 combinations, and more than 1000 are refused"),
        (["a"], "the matrix must be a mapping"),
        ("a=1", "the matrix must be a mapping"),
        ({"rat": [1]}, r"%%matrix.rate%%: the matrix has no such parameter \(the nearest: rat\)"),
    ],
)
def test_what_can_not_be_a_matrix_is_told_without_values(matrix, said):
    with pytest.raises(AnsibleFilterError, match=said) as told:
        job_definition_matrix(definition(container(cmd="%%matrix.rate%%" if "rat" in matrix else "x")), matrix, "train")
    assert "hidden" not in str(told.value)


@pytest.mark.parametrize("name", ["", " ", None])
def test_a_batch_needs_a_name(name):
    with pytest.raises(AnsibleFilterError, match="name: must not be empty"):
        names({}, name)
