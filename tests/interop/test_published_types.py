# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's routes and fields against the vendor's published types; each difference has its reason here."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

from .published_types import TYPES, Published

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "roles" / "simulator" / "files"))
from nosana_simulator.openapi import document  # noqa: E402 - these need the path
from nosana_simulator.releases import RELEASES  # noqa: E402
from nosana_simulator.templates import flat  # noqa: E402

STOP = ("jobDefinition", "job_definition", "jobResult", "required_remote_resources", "nodes", "requirements")

# (method, path) -> why. "-": only the types have it; "+": only the simulator has it.
ROUTES = {
    ("-", "post", "/api/jobs/list"): "a single job outside of deployments: not for this collection",
    ("-", "get", "/api/deployments/jobs/{job}/job-definition"): "for hosts, which sign with a wallet",
    ("-", "post", "/api/deployments/jobs/{job}/results"): "for hosts, which sign with a wallet",
    ("-", "post", "/api/deployments/vaults/create"): "wallet authentication only",
    ("-", "post", "/api/deployments/vaults/{vault}/withdraw"): "wallet authentication only",
    ("+", "patch", "/api/deployments/{deployment}/update-name"): "newer than the types; the router has it",
    ("+", "get", "/api/deployments/{deployment}/stream"): "newer than the types; the router has it",
}
REFUSED = "the server refuses every value, since texts are no numbers to it"
# (part, method, path, field) -> why.
FIELDS = {
    ("query", "get", "/api/deployments/{deployment}/header", "+includeTime"): "not in the types; the server reads it",
    ("query", "get", "/api/deployments/{deployment}/header", "+message"): "not in the types; the server reads it",
    ("query", "get", "/api/deployments/{deployment}/jobs", "-revision"): REFUSED,
    ("query", "get", "/api/deployments/{deployment}/revisions", "-revision"): REFUSED,
    ("answer", "get", "/api/deployments/{deployment}/jobs", "+jobs[].node"): "newer than the types; the server has it",
    ("answer", "get", "/api/jobs/{address}", "+address"): "so that an answer says of which job it is",
    ("answer", "get", "/api/markets/", "-[].max_usd_uptime_reward_per_day"): "optional; for hosts",
    ("answer", "get", "/api/markets/{id}/", "-max_usd_uptime_reward_per_day"): "optional; for hosts",
    ("body", "post", "/api/deployments/create", "+autostart"): "newer than the types; the router takes it",
}
# component -> what is left out of it, and why; each with all that is below it.
LEFT_OUT = {
    "JobDefinition": {},
    "JobResults": {
        "errors": "optional; of the host's own software",
        "opStates[].error.code": "optional",
        "opStates[].diagnostics.reason.reason": "optional",
        "opStates[].diagnostics.state": "optional; there are no containers that could be inspected",
        "secrets": "optional; for the owner's eyes, and not for this collection",
    },
}


def published() -> Published:
    """The vendor's types. Asserts that they are installed."""
    assert TYPES.is_file(), "run 'make interop', which installs them"
    return _published()


@cache
def _published() -> Published:
    return Published(TYPES.read_text(encoding="utf-8"))


def ours(release: str = "2026-08") -> dict:
    """The simulator's document of the release that the types are of."""
    return document(RELEASES[release])


def names(schema: dict, whole: dict, stop: tuple[str, ...] = (), path: str = "") -> set[str]:
    """The paths of all fields inside a JSON schema, as ``Published.names`` writes them."""
    if "$ref" in schema:
        return names(whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]], whole, stop, path)
    found: set[str] = set()
    for part in schema.get("anyOf", []):
        found |= names(part, whole, stop, path)
    if "items" in schema:
        found |= names(schema["items"], whole, stop, path + "[]")
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}".lstrip(".")
        found.add(here)
        if name not in stop:
            found |= names(inner, whole, stop, here)
    return found


def common() -> list[tuple[str, str]]:
    """The operations that both have."""
    return sorted(key for key in described() if ("+", *key) not in ROUTES)


def described() -> dict[tuple[str, str], dict]:
    """The simulator's operations, by method and path."""
    return {(method, path): entry for path, methods in ours()["paths"].items() for method, entry in methods.items()}


def test_routes():
    theirs, mine = set(published().operations()), set(described())
    seen = {("-", *key) for key in theirs - mine} | {("+", *key) for key in mine - theirs}
    assert seen == set(ROUTES)


def parts(key: tuple[str, str]) -> dict[str, tuple[set[str], set[str]]]:
    """The names of what is asked and answered: the types' and the simulator's."""
    types, whole, entry = published(), ours(), described()[key]
    kind = types.operations()[key]
    media = "application/json"
    answers = [status for status in ("200", "204") if status in entry["responses"]]
    answer = entry["responses"][answers[0]].get("content", {}).get(media, {}).get("schema", {})
    body = entry.get("requestBody", {}).get("content", {}).get(media, {}).get("schema", {})
    definition = body.get("$ref", "").endswith("JobDefinition")
    return {
        "query": (types.names(types.at(kind, "parameters", "query")),
                  {given["name"] for given in entry.get("parameters", []) if given["in"] == "query"}),
        "path": (types.names(types.at(kind, "parameters", "path")),
                 {given["name"] for given in entry.get("parameters", []) if given["in"] == "path"}),
        "body": (set(), set()) if definition else (
            types.names(types.at(kind, "requestBody", "content", media), STOP), names(body, whole, STOP)),
        "answer": (types.names(types.at(kind, "responses", answers[0], "content", media), STOP),
                   names(answer, whole, STOP)),
    }


def differences() -> set[tuple[str, str, str, str]]:
    """What the two do not have in common, "+" or "-" before the field."""
    found = set()
    for key in common():
        for part, (theirs, mine) in parts(key).items():
            found |= {(part, *key, "-" + name) for name in theirs - mine}
            found |= {(part, *key, "+" + name) for name in mine - theirs}
    return found


def test_fields():
    assert differences() == set(FIELDS)


@pytest.mark.parametrize("component", LEFT_OUT)
def test_components(component):
    types, whole = published(), ours()
    theirs = types.names(types.at(("ref", ["components"]), "schemas", component))
    mine = names(whole["components"]["schemas"][component], whole)
    assert mine < theirs or mine == theirs
    assert LEFT_OUT[component].keys() <= theirs
    rest = {name for name in theirs - mine if not name.startswith(tuple(LEFT_OUT[component]))}
    assert rest == set()


def test_templates_are_right_job_definitions(vendor_accepts):
    definitions = [entry["jobDefinition"] for entry in flat()]
    wrong = {"version": "0.1", "type": "container", "ops": [{"id": 1}]}
    *verdicts, of_the_wrong_one = vendor_accepts([*definitions, wrong])
    assert len(verdicts) >= 5 and all(verdicts) and not of_the_wrong_one


def test_the_reader_reads_what_there_is():
    theirs = published().operations()
    assert len(theirs) > 25
    assert "deployments[].endpoints[].url" in parts(("get", "/api/deployments"))["answer"][0]
    assert "ops[].args.image" in published().names(("ref", ["components", "schemas", "JobDefinition"]))
