# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates and free GPUs, in whichever form the API tells of them."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    BadAnswer,
    InvalidOptions,
    NosanaError,
    Refused,
    Unreachable,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import nearest
from ansible_collections.nosana.cloud.plugins.module_utils._offers import gpus, templates
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets

from .fake_client import BASE, ROUTE_UNKNOWN, FakeClient, refused

DEFINITION = {"version": "0.1", "type": "container", "ops": []}
VARIANTS = [{"id": "8b"}, {"id": "1b"}, {"id": None}, {}, 5]
TEMPLATES = [
    dict(id="ollama", name="Ollama", description="Chat", category="LLM|API", variants=VARIANTS),
    {"id": "ollama-8b", "name": "Ollama 8B", "category": ["LLM"], "jobDefinition": DEFINITION, "variants": None},
    {"id": "jupyter", "name": "Notebook", "category": None, "jobDefinition": '{"ops": []}'},
    {"id": "odd", "name": None, "description": 5, "category": [None, " Tools "], "jobDefinition": "{"},
    "no template",
]
NOT_FOUND = refused(404, b'{"error": "Template not found"}')


def ids(**filters):
    return [one["id"] for one in templates.find(FakeClient(list_templates=TEMPLATES), filters)]


def test_templates_have_their_definition_and_categories_in_one_form():
    found = templates.find(FakeClient(list_templates={"templates": TEMPLATES}), {})
    assert [one["job_definition"] for one in found] == [None, DEFINITION, {"ops": []}, None]
    assert [one["category"] for one in found] == [["LLM", "API"], ["LLM"], [], ["Tools"]]
    assert [one["variants"] for one in found] == [[{"id": "8b"}, {"id": "1b"}], [], [], []]
    assert all("jobDefinition" not in one for one in found)
    assert found[0]["name"] == "Ollama"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["ollama", "ollama-8b", "jupyter", "odd"]),
        ({"category": "llm"}, ["ollama", "ollama-8b"]),
        ({"category": "API"}, ["ollama"]),
        ({"category": "LL"}, []),
        ({"search": "OLLAMA"}, ["ollama", "ollama-8b"]),
        ({"search": "chat"}, ["ollama"]),
        ({"search": "note"}, ["jupyter"]),
        ({"search": "8b", "category": "LLM"}, ["ollama-8b"]),
    ],
)
def test_filters_of_templates(filters, found):
    assert ids(**filters) == found


def test_one_template_and_its_variant_are_read_by_themselves():
    client = FakeClient(get_template=TEMPLATES[0], get_template_variant={"template": TEMPLATES[1]})
    assert [one["id"] for one in templates.find(client, {"id": "ollama"})] == ["ollama"]
    [variant] = templates.find(client, {"id": "ollama", "variant": "8b"})
    assert variant["job_definition"] == DEFINITION
    assert [(name, idents) for name, idents, _body, _headers in client.seen] == [
        ("get_template", {"template": "ollama"}),
        ("get_template_variant", {"template": "ollama", "variant": "8b"}),
    ]


NO_VARIANT = refused(404, b'{"message": "No such variant"}')


@pytest.mark.parametrize(
    ("filters", "template", "text"),
    [
        ({"id": "olama"}, NOT_FOUND, "id: no template is called 'olama'. The nearest: ollama, ollama-8b. nosana_templ"),
        ({"id": "zzzz"}, NOT_FOUND, "id: no template is called 'zzzz'. nosana_template_info without id lists all."),
        (
            {"id": "ollama", "variant": "x"},
            TEMPLATES[0],
            "the template ollama has no variant 'x'. Its variants: 8b, 1b.",
        ),
        (
            {"id": "jupyter", "variant": "x"},
            TEMPLATES[2],
            "jupyter has no variant 'x'. It has none: leave variant out.",
        ),
        ({"id": "nope", "variant": "x"}, NOT_FOUND, "id: no template is called 'nope'"),
    ],
)
@pytest.mark.parametrize("problem", [NOT_FOUND, NO_VARIANT])
def test_an_unknown_template_fails_with_those_that_there_are(filters, template, text, problem):
    client = FakeClient(list_templates=TEMPLATES, get_template=template, get_template_variant=problem)
    with pytest.raises(InvalidOptions) as failure:
        templates.find(client, filters)
    assert text in str(failure.value)


def test_another_refusal_is_told_as_it_is():
    problem = refused(404, b"<html><title>404</title></html>")
    with pytest.raises(Refused, match="No Nosana API seems to be at"):
        templates.find(FakeClient(get_template=problem), {"id": "x"})


@pytest.mark.parametrize("filters", [{}, {"id": "x"}, {"id": "x", "variant": "y"}])
def test_an_older_server_has_no_templates(filters):
    names = ("list_templates", "get_template", "get_template_variant")
    client = FakeClient(**dict.fromkeys(names, ROUTE_UNKNOWN))
    with pytest.raises(InvalidOptions, match="the API at %s does not offer templates: it is older" % BASE):
        templates.find(client, filters)


@pytest.mark.parametrize("answer", [None, {}, "x", {"templates": None}])
def test_an_answer_that_is_no_list_of_templates_fails(answer):
    with pytest.raises(NosanaError, match="not a list of templates"):
        templates.find(FakeClient(list_templates=answer), {})


@pytest.mark.parametrize("answer", [None, [], "x"])
def test_an_answer_that_is_no_template_fails(answer):
    with pytest.raises(NosanaError, match="is no template"):
        templates.find(FakeClient(get_template=answer), {"id": "x"})


# --- GPUs ----------------------------------------------------------------------------------------------------------

CHEAP, DEAR, UNPRICED = ("97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWoda" + end for end in "abc")
MARKETS = [
    {"address": CHEAP, "usd_reward_per_hour": "0.10", "network_fee_percentage": 10},
    {"address": DEAR, "usd_reward_per_hour": 0.4, "network_fee_percentage": 10},
    {"address": UNPRICED, "usd_reward_per_hour": None, "network_fee_percentage": 10},
]
GPUS = {
    "gpus": [
        {"name": "RTX 4090", "vramGb": 24, "available": 31, "markets": [DEAR, CHEAP]},
        {"name": "H100", "vramGb": 80, "available": 2, "markets": [UNPRICED]},
        {"name": "A100", "vramGb": 40, "available": 0, "markets": None},
        "no GPU",
    ]
}


KEYS = {
    "nodes": 50,
    "metrics": [
        {"key": "ram_gb", "type": "float", "match": "minimum", "min": 8, "max": 512, "values": []},
        {"key": "name", "type": "text", "match": "exact", "values": [{"value": "H100", "nodes": 2}]},
        {"key": "ecc", "type": "boolean", "match": "exact"},
        {"key": "country", "type": "text", "match": "exact"},
        {"key": "extra", "type": "json", "match": "exact"},
    ],
}


def hosts(total, *markets, price=None):
    return {"total": total, "price": price, "nodes": [{"nodeAddress": "n", "market": one} for one in markets]}


def free(available, requirements=None):
    client = FakeClient(list_gpus=GPUS, find_hosts=available, list_markets=MARKETS, list_requirements=KEYS)
    return gpus.find(client, Markets(client), requirements), client


def test_gpus_are_listed_by_name_with_what_a_user_pays():
    found, client = free(hosts(33, DEAR, CHEAP))
    assert [(one["name"], one["available"], one["usd_per_hour"]) for one in found["gpus"]] == [
        ("A100", 0, None),
        ("H100", 2, None),
        ("RTX 4090", 31, 0.11),
    ]
    assert (found["available"], found["usd_per_hour"]) == (33, 0.11)
    assert client.calls("find_hosts")[0][2] == {"requirements": {}}


def test_requirements_are_asked_of_the_api_and_a_model_limits_the_list():
    requirements = {"name": "H100", "ram_gb": 64, "country": "NL", "ecc": True}
    found, client = free(hosts(1, UNPRICED), requirements)
    assert [one["name"] for one in found["gpus"]] == ["H100"]
    assert (found["available"], found["usd_per_hour"]) == (1, None)
    assert client.calls("find_hosts")[0][2] == {"requirements": requirements}


@pytest.mark.parametrize(
    ("answer", "price"),
    [
        (hosts(2, DEAR, UNPRICED), 0.44),
        (hosts(1, "somewhere else"), None),
        ({"total": 2, "price": {"minUsdPerHour": 0.4}}, 0.44),
        ({"total": 2, "price": {"minUsdPerHour": "0.1"}, "nodes": None}, 0.11),
        ({"total": 2, "price": {"minUsdPerHour": 0.2}}, None),
        ({"total": 2, "price": None}, None),
        ({"total": 2, "price": None, "markets": [DEAR, CHEAP]}, 0.11),
        ({"total": 0, "price": {"minUsdPerHour": 0.4}, "nodes": []}, None),
    ],
)
def test_the_price_is_that_of_the_cheapest_host(answer, price):
    assert free(answer)[0]["usd_per_hour"] == price


@pytest.mark.parametrize("answer", [None, [], {}, {"total": None}, {"total": "2"}, {"total": True}, {"total": -1}])
def test_an_answer_without_a_number_of_hosts_fails(answer):
    with pytest.raises(NosanaError, match="tells no number of hosts"):
        free(answer)


def test_an_answer_that_is_no_list_of_gpus_fails():
    client = FakeClient(list_gpus={"gpus": None}, list_requirements=KEYS)
    with pytest.raises(NosanaError, match="not a list of GPUs"):
        gpus.find(client, Markets(client), None)


def test_an_older_server_does_not_tell_what_is_free():
    client = FakeClient(list_gpus=ROUTE_UNKNOWN, list_requirements=ROUTE_UNKNOWN)
    with pytest.raises(InvalidOptions, match="the API at %s does not list free GPUs: its release is too old" % BASE):
        gpus.find(client, Markets(client), None)


@pytest.mark.parametrize("value", [None, [64], {}, "", float("nan"), float("inf")])
def test_requirements_of_the_wrong_kind_are_refused_before_any_request(value):
    client = FakeClient()
    with pytest.raises(InvalidOptions, match="requirements.ram_gb: must be a number, text or a boolean"):
        gpus.find(client, Markets(client), {"ram_gb": value})
    assert not client.seen


def test_the_keys_of_requirements_are_listed_by_name():
    found, _client = free(hosts(1, CHEAP))
    assert [one["key"] for one in found["requirement_keys"]] == ["country", "ecc", "extra", "name", "ram_gb"]
    assert found["requirement_keys"][3]["values"] == [{"value": "H100", "nodes": 2}]


def test_a_server_without_the_route_lists_no_keys_and_refuses_none():
    answers = {"list_gpus": GPUS, "find_hosts": hosts(1, CHEAP), "list_markets": MARKETS}
    client = FakeClient(**answers, list_requirements=ROUTE_UNKNOWN)
    found = gpus.find(client, Markets(client), {"vramm": 24})
    assert found["requirement_keys"] is None and found["available"] == 1


@pytest.mark.parametrize(
    "problem", [Unreachable("down", "GET", "/x", 503), refused(404, b'{"error": "Deployment not found."}')]
)
def test_an_outage_is_no_server_without_keys(problem):
    with pytest.raises(ApiError):
        gpus.requirement_keys(FakeClient(list_requirements=problem))


@pytest.mark.parametrize("answer", [None, [], {}, {"metrics": None}, {"metrics": ["name"]}, {"metrics": [{"key": 5}]}])
def test_an_answer_that_lists_no_keys_fails(answer):
    with pytest.raises(BadAnswer, match="not a list of keys; check api_url"):
        gpus.requirement_keys(FakeClient(list_requirements=answer))


def test_a_key_that_the_server_does_not_know_is_refused_before_hosts_are_counted():
    client = FakeClient(list_requirements=KEYS)
    with pytest.raises(InvalidOptions, match="ram_gb") as failure:
        gpus.find(client, Markets(client), {"ram": 64})
    assert failure.value.reason == "bad_option"
    assert [call[0] for call in client.seen] == ["list_requirements"]


def test_what_may_have_been_meant():
    assert nearest("olama", {"ollama", "llama", "", "zzz"}) == "ollama, llama"
    assert nearest("q", {"abc"}) == ""
    assert nearest("b", {"xxbxx", "bxxxx"}) == "bxxxx, xxbxx"
