# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates, graphics cards, what keys may do, and copies of deployments."""

from __future__ import annotations

import pytest
from simulator_api import CREATE, DEFINITION, MARKET

H100 = "Crop49jpc7prcgAcS82WbWyGHwbN5GgDym3uFbxxCTZg"
CARD = "NVIDIA H100 80GB HBM3"


# -- templates -------------------------------------------------------------------------------------------------------


def test_each_template_can_be_deployed(current):
    entries = current("GET", "/templates/").body
    assert len(entries) >= 5 and len({(entry["id"], entry["variant"]) for entry in entries}) == len(entries)
    for entry in entries:
        made = current.create(job_definition=entry["jobDefinition"], name=entry["name"], autostart=True)
        assert made["status"] == "STARTING"
    assert {type(entry["category"]) for entry in entries} == {str, list}
    assert {entry["variant"] is None for entry in entries} == {True, False}
    assert current("GET", "/templates").body == entries


def test_templates_and_their_variants(current):
    flat, grouped = current("GET", "/templates/").body, current("GET", "/templates/grouped").body
    assert [entry["id"] for entry in grouped] == list(dict.fromkeys(entry["id"] for entry in flat))
    for entry in grouped:
        assert ("variants" in entry) != ("jobDefinition" in entry)
        assert current("GET", f"/templates/{entry['id']}").body == entry
        for variant in entry.get("variants", []):
            seen = current("GET", f"/templates/{entry['id']}/{variant['id']}").body
            assert seen in flat and seen["jobDefinition"] == variant["jobDefinition"]
    for path in ("/templates/nothing", "/templates/nothing/3b", "/templates/llama/nothing", "/templates/nginx/nothing"):
        answer = current("GET", path)
        assert answer.status == 404 and answer.body["error"].endswith("not found"), path


# -- graphics cards --------------------------------------------------------------------------------------------------


def wanted(api, **requirements) -> dict:
    """What is free that meets these."""
    answer = api("POST", "/reservations/available", {"requirements": requirements}, key=None)
    assert answer.status == 200
    return answer.body


def test_cards_and_how_many_are_free(current):
    cards = {card["name"]: card for card in current("GET", "/reservations/gpus").body["gpus"]}
    assert (cards[CARD]["vramGb"], cards[CARD]["available"], cards[CARD]["markets"]) == (80, 1, [H100])
    assert cards["NVIDIA GeForce RTX 4090"]["available"] == 9 + 3
    assert cards["NVIDIA A100-PCIE-40GB"]["available"] == 0 and cards["NVIDIA GeForce RTX 4070"]["vramGb"] is None
    made = current.create(market=H100, autostart=True)
    current.advance(5)
    cards = {card["name"]: card for card in current("GET", "/reservations/gpus").body["gpus"]}
    assert cards[CARD]["available"] == 0
    assert wanted(current, name=CARD) == {"total": 0, "price": None, "markets": []}
    current("POST", f"/deployments/{made['id']}/stop")
    current.advance(5)
    assert wanted(current, name=CARD)["total"] == 1


def test_what_is_free_and_what_it_costs(current):
    price = {"minUsdPerHour": 1.65, "maxUsdPerHour": 1.65}
    assert wanted(current, name=CARD) == {"total": 1, "price": price, "markets": [H100]}
    prices = wanted(current, name="NVIDIA GeForce RTX 3060")["price"]
    assert prices == {"minUsdPerHour": 0.0352, "maxUsdPerHour": 0.0528}
    assert wanted(current, ram_gb=10000) == {"total": 0, "price": None, "markets": []}
    some = wanted(current, ram_gb=64)["total"]
    assert wanted(current)["total"] > some > wanted(current, ram_gb=64, name=CARD)["total"]
    current("PUT", "/_control/markets", [{"address": MARKET, "nodes": ["a host"], "gpu_types": ["x"]}])
    assert wanted(current, name="x") == {"total": 1, "price": None, "markets": [MARKET]}


@pytest.mark.parametrize("body", [None, [], {}, {"requirements": None}, {"requirements": [1]},
                                  {"requirements": {"name": None}}, {"requirements": {"name": ["x"]}}])
def test_requirements_that_are_none(current, body):
    assert current("POST", "/reservations/available", body).status == 400


@pytest.mark.parametrize("requirements, text", [
    ({"vram": 8}, "Unknown requirement: vram"), ({"ram_gb": "8"}, "Requirement ram_gb must be of type integer"),
    ({"ram_gb": 8.5}, "Requirement ram_gb must be of type integer"),
    ({"name": 4090}, "Requirement name must be of type text"),
    ({"data_center": 1}, "Requirement data_center must be of type boolean"),
    ({"cuda_driver_version": True}, "Requirement cuda_driver_version must be of type float")])
def test_unknown_requirements_and_values_of_a_wrong_type(current, requirements, text):
    path = f"/deployments/{current.create()['id']}/update-requirements"
    for method, route, body in (("POST", "/deployments/create", {**CREATE, "requirements": requirements}),
                                ("PATCH", path, {"requirements": requirements, "market": MARKET}),
                                ("POST", "/reservations/available", {"requirements": requirements}),
                                ("POST", "/reservations/requirements", {"requirements": requirements})):
        answer = current(method, route, body)
        assert (answer.status, answer.body) == (422, {"error": text}), route
    assert len(current("GET", "/deployments").body["deployments"]) == 1


def test_the_keys_that_requirements_may_have(current):
    answer = current("GET", "/reservations/requirements", key=None)
    keys = {entry["key"]: entry for entry in answer.body["metrics"]}
    assert answer.status == 200 and {"name", "ram_gb", "country", "cuda_driver_version"} < set(keys)
    told = {name: (entry["type"], entry["match"]) for name, entry in keys.items()}
    assert (told["name"], told["ram_gb"]) == (("text", "exact"), ("integer", "minimum"))
    assert (told["country"], told["cuda_driver_version"]) == (("text", "exact"), ("float", "minimum"))
    assert (keys["ram_gb"]["min"], keys["ram_gb"]["max"]) == (32, 320) and "min" not in keys["name"]
    assert {"value": CARD, "nodes": 1} in keys["name"]["values"]
    assert answer.body["nodes"] == sum(entry["nodes"] for entry in keys["country"]["values"])
    # What is told can be asked for.
    for name, entry in keys.items():
        for value in entry["values"]:
            assert wanted(current, **{name: value["value"]})["total"] >= value["nodes"]


def test_some_of_the_keys_and_those_of_some_hosts(current):
    path = "/reservations/requirements"
    assert [entry["key"] for entry in current("GET", f"{path}?metrics=country,name").body["metrics"]] == [
        "name", "country"]
    few = current("POST", path, {"metrics": ["name"], "requirements": {"name": CARD}}).body
    assert (few["nodes"], few["metrics"][0]["values"]) == (1, [{"value": CARD, "nodes": 1}])
    assert current("POST", path).body == current("GET", path).body
    for wrong in ([], {"metrics": "name"}, {"metrics": [1]}, {"requirements": [1]}):
        assert current("POST", path, wrong).status == 400, wrong
    assert current("GET", f"{path}?metrics=vram").status == 422
    assert not any(entry["mutating"] for entry in current.requests())


# -- what keys may do ------------------------------------------------------------------------------------------------

SCOPES = {
    "deployments:read": [("GET", ""), ("GET", "/revisions"), ("GET", "/jobs"), ("GET", "/events"), ("GET", "/tasks"),
                         ("GET", "/header"), ("GET", "/ssh-keys"), ("GET", f"/jobs/{MARKET}"), ("GET", "/stream")],
    "deployments:write": [("POST", "/start"), ("POST", "/stop"), ("POST", "/archive"), ("DELETE", ""),
                          ("POST", "/duplicate"), ("POST", "/create-revision"), ("PATCH", "/update-active-revision"),
                          ("PATCH", "/update-replica-count"), ("PATCH", "/update-timeout"),
                          ("PATCH", "/update-schedule"), ("PATCH", "/update-name"), ("PATCH", "/update-market"),
                          ("PATCH", "/update-requirements"), ("PATCH", "/update-startup-timeout"),
                          ("PATCH", "/update-ssh-keys"), ("POST", "/ssh-keys"), ("DELETE", "/ssh-keys")],
}
ELSEWHERE = {
    "deployments:read": [("GET", "/deployments"), ("GET", "/deployments/vaults")],
    "deployments:write": [("POST", "/deployments/create")],
    "jobs:read": [("GET", f"/jobs/{MARKET}")],
    "jobs:write": [("POST", f"/jobs/{MARKET}/extend"), ("POST", f"/jobs/{MARKET}/stop")],
    "credits:read": [("GET", "/credits/balance")],
}
FREE = [("GET", "/markets/"), ("GET", f"/markets/{MARKET}/"), ("GET", f"/markets/{MARKET}/required-resources"),
        ("GET", "/templates/"), ("GET", "/templates/grouped"), ("GET", "/templates/nginx"),
        ("GET", "/templates/llama/3b"), ("GET", "/reservations/gpus"), ("POST", "/auth/validate-api-key")]


def needs() -> dict[tuple[str, str], str]:
    """Every request that needs a scope, and which; ``{id}`` stands for a deployment."""
    found = {(method, "/deployments/{id}" + path): scope for scope, asked in SCOPES.items() for method, path in asked}
    return found | {asked: scope for scope, every in ELSEWHERE.items() for asked in every}


def test_a_key_may_do_what_its_scopes_say(current):
    made = current.create()
    every = {"deployments:read", "deployments:write", "jobs:read", "jobs:write", "credits:read"}
    assert set(needs().values()) == every
    for (method, path), scope in needs().items():
        current("PUT", "/_control/keys", {"nos_little": sorted(every - {scope})})
        answer = current(method, path.replace("{id}", made["id"]), key="nos_little")
        assert answer.status == 403, (method, path)
        assert answer.body == {"message": f"Insufficient scope. This endpoint requires: {scope}.",
                               "code": "INSUFFICIENT_SCOPE"}
        assert scope in answer.headers["www-authenticate"]
        current("PUT", "/_control/keys", {"nos_little": [scope]})
        if not path.endswith("/stream"):
            assert current(method, path.replace("{id}", made["id"]), key="nos_little").status != 403, (method, path)
    current("PUT", "/_control/keys", {"nos_little": []})
    for method, path in FREE:
        assert current(method, path, key="nos_little").status == 200, path


def test_the_list_of_scopes_names_every_operation(current):
    document = current("GET", "/openapi.json", key=None).body
    paths = {(method.upper(), path.removeprefix("/api")) for path, entry in document["paths"].items()
             for method in entry if "security" in entry[method]}
    listed = {(method, "/".join("*" if part.startswith("{") else part for part in path.split("/")))
              for method, path in paths}
    known = {(method, path.replace(MARKET, "*").replace("{id}", "*").replace("nginx", "*").replace("llama/3b", "*/*"))
             for method, path in [*needs(), *FREE]}
    assert known == listed


def test_a_key_is_told_what_it_may_do(current):
    answer = current("POST", "/auth/validate-api-key")
    assert answer.body["valid"] is True and "deployments:write" in answer.body["scopes"]
    current("PUT", "/_control/keys", {"nos_little": ["jobs:read"]})
    assert current("POST", "/auth/validate-api-key", key="nos_little").body["scopes"] == ["jobs:read"]
    answer = current("POST", "/auth/validate-api-key", key="wrong")
    assert (answer.status, answer.body) == (401, "Unauthorized")


def test_older_servers_know_no_scopes(august):
    august("PUT", "/_control/keys", {"nos_little": []})
    assert august("GET", "/deployments", key="nos_little").status == 200


@pytest.mark.parametrize("release", ["guide", "2026-08"])
def test_older_servers_do_not_have_these_routes(august, release):
    made = august.reset(release).create()
    newer = [*FREE[3:], ("POST", "/reservations/available"), ("GET", "/reservations/requirements"),
             ("POST", "/reservations/requirements"), ("POST", f"/deployments/{made['id']}/duplicate")]
    for method, path in newer:
        answer = august(method, path)
        assert (answer.status, answer.body["message"]) == (404, f"Route {method}:/api{path} not found")
    for _method, path in FREE[:3]:
        assert august("GET", path).status == 200


# -- copies ----------------------------------------------------------------------------------------------------------


def test_a_copy_has_all_of_the_original_but_its_history(current):
    made = current.create(strategy="INFINITE", timeout=120, rotation_time=15, replicas=2, confidential=True,
                          startup_timeout=9, requirements={"ram_gb": 8}, ssh_public_keys=["ssh-ed25519 AAAA me"],
                          idempotency_key="k")
    current("POST", f"/deployments/{made['id']}/create-revision", DEFINITION)
    current("POST", f"/deployments/{made['id']}/start")
    current.advance(5)
    copy = current("POST", f"/deployments/{made['id']}/duplicate", {"market": H100, "autostart": True}).body
    same = ("strategy", "timeout", "rotation_time", "replicas", "confidential", "startup_timeout",
            "requirements")
    assert {name: copy[name] for name in same} == {name: made[name] for name in same}
    assert (copy["market"], copy["status"], copy["active_revision"]) == (H100, "STARTING", 1)
    assert copy["name"] == "a (copy)"
    path = f"/deployments/{copy['id']}"
    stored = current("GET", f"{path}/revisions").body["revisions"]
    assert [entry["job_definition"]["deployment_id"] for entry in stored] == [copy["id"]]
    assert current("GET", f"{path}/ssh-keys").body == {"public_keys": ["ssh-ed25519 AAAA me"]}
    assert current("GET", f"{path}/jobs").body["jobs"] == []


def test_a_copy_of_a_scheduled_one_and_wrong_copies(current):
    made = current.create(strategy="SCHEDULED", schedule="5 4 * * *")
    path = f"/deployments/{made['id']}/duplicate"
    assert current("POST", path, {}).body["schedule"] == "5 4 * * *"
    for wrong in ({"name": 1}, {"market": None}, {"autostart": "yes"}, []):
        assert current("POST", path, wrong).status == 400, wrong
    assert current("POST", f"/deployments/{MARKET}/duplicate").status == 404
