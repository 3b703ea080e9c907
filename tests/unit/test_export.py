# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments as variables: each text is a template that Ansible turns into the text again."""

from __future__ import annotations

import re

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.nosana.cloud.plugins.filter.deployments_as_variables import deployments_as_variables
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import mask

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19

    def trust_as_template(text):
        return text


def definition(**env):
    return {"version": "0.1", "type": "container", "ops": [{"id": "w", "type": "container/run", "args": {"env": env}}]}


def deployment(name="web", **more):
    return {"id": "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ", "name": name, "strategy": "SIMPLE", **more}


def exported(definition, name="web"):
    found = deployments_as_variables([deployment(name, job_definition=mask(definition))])
    return found["deployments"][0]["job_definition"]["ops"][0]["args"]["env"], found["secrets"]


def rendered(value, variables):
    """What Ansible makes of a value in a playbook's variables."""
    if isinstance(value, dict):
        return {key: rendered(one, variables) for key, one in value.items()}
    return Templar(loader=DataLoader(), variables=variables).template(trust_as_template(value))


SECRETS = ["Secret-1", "{'two': \"2\"}\n"]
MASKS = ["<VALUE_HIDDEN_1>", "<VALUE_HIDDEN_2>"]
PIECES = st.sampled_from(
    ["{", "}", "{{", "}}", "{%", "%}", "{#", "#}", "[", "]", "'", '"', "\\", "\\n", "\n", "\r", "\r\n", " ", "a"]
    + ["True", "é", "%s", "~", "|", "$1", *MASKS, *MASKS]
)


@given(st.lists(PIECES, max_size=8).map("".join))
@example("a%s\n" % MASKS[1])
def test_a_text_becomes_itself_again(text):
    masked = definition(A=MASKS[0], B=MASKS[1], C=text)
    [item] = deployments_as_variables([deployment(job_definition=masked)])["deployments"]
    env = item["job_definition"]["ops"][0]["args"]["env"]
    variables = {"exported_web_a": SECRETS[0], "exported_web_b": SECRETS[1]}
    expected = text.replace(MASKS[0], SECRETS[0]).replace(MASKS[1], SECRETS[1])
    assert rendered(env, variables) == {"A": SECRETS[0], "B": SECRETS[1], "C": expected}


@pytest.mark.parametrize(
    "secret", ["plain-text", "it's", '{"a": {"b": [1]}}', "[1, 2]", "True-ish", "12345", "line\nbreak\n", "\\back\\n"]
)
def test_a_secret_is_what_its_variable_holds(secret):
    env, [one] = exported(definition(API_TOKEN=secret))
    assert re.fullmatch(r"\{\{ \(?exported_web_api_token .*\| string \}\}", env["API_TOKEN"], re.DOTALL)
    assert one == {"variable": "exported_web_api_token", "deployment": "web", "place": "ops[0].args.env.API_TOKEN"}
    assert rendered(env, {one["variable"]: secret.strip()}) == {"API_TOKEN": secret}


def test_variables_have_names_of_their_own():
    two = [deployment("my web!", job_definition=mask(definition(API_TOKEN="secret-one", A="TOKEN=secret-two")))] * 2
    found = [one["variable"] for one in deployments_as_variables(two)["secrets"]]
    assert found == [
        "exported_my_web_api_token",
        "exported_my_web_a",
        "exported_my_web_api_token_2",
        "exported_my_web_a_2",
    ]


def test_what_the_server_adds_is_not_exported():
    stored = dict(definition(A="b"), deployment_id="x", meta={"trigger": "deployment-manager"})
    [item] = deployments_as_variables([deployment(job_definition=stored)])["deployments"]
    assert item["job_definition"] == definition(A="b")


def test_a_definition_that_a_task_would_refuse_is_not_judged_again():
    odd = {"version": "9", "type": "container", "ops": []}
    [item] = deployments_as_variables([deployment(job_definition=odd)])["deployments"]
    assert item["validate_job_definition"] is False and item["job_definition"] == odd


def test_what_a_task_can_not_give_is_left_out_and_told():
    one = deployment(timeout=30, replicas=0, schedule=None, market="m", requirements={"name": None})
    found = deployments_as_variables([one], {"m": "nvidia-4090"})
    assert found["deployments"] == [{"name": "web", "replicas": 0, "market": "nvidia-4090", "strategy": "SIMPLE"}]
    assert [text.split(":")[1].strip() for text in found["left_out"]] == ["timeout", "requirements.name"]


@pytest.mark.parametrize(("name", "keys"), [("web", ["name"]), ("", ["id"]), (None, ["id"]), ("a\nb", ["id"])])
def test_how_a_deployment_is_selected(name, keys):
    [item] = deployments_as_variables([deployment(name)])["deployments"]
    assert sorted(set(item) & {"id", "name"}) == keys


def test_a_shared_name_takes_the_id():
    items = deployments_as_variables([deployment("web"), deployment("web"), deployment("other")])["deployments"]
    assert [sorted(set(item) & {"id", "name"}) for item in items] == [["id"], ["id"], ["name"]]
