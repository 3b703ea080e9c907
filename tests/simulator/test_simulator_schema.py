# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests made up from the OpenAPI document of each release: the answers must be what the document says.

``CASES`` is the number of requests of each operation, right and wrong ones each (12, always the same, when not set).
"""

from __future__ import annotations

import os
from urllib.parse import parse_qsl, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from nosana_simulator.model import STATUSES, STRATEGIES
from nosana_simulator.openapi import document
from nosana_simulator.releases import RELEASES
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from simulator_api import BATCH, CREATE, DEFINITION, MARKET, Api
from simulator_fit import fits, only_unlike

CASES = int(os.environ.get("CASES", "6"))
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance, response_headers_conformance]
# All that a 500 may say. Anything else is a fault of the simulator.
NAMED_500 = {
    "Deployment is in the incorrect state.": "a state that does not allow it",
    "Cannot modify an archived deployment.": "archived; also asked for its tasks",
    "Internal Server Error": "a body that is no JSON, a wrong cursor",
    "Failed to get deployment jobs": "a wrong cursor", "Failed to get deployment events": "a wrong cursor",
    "Failed to get scheduled tasks": "a wrong cursor", "Failed to get deployment revisions": "a wrong cursor",
}
# What a 400 may say to a request whose shape is right.
NAMED_400 = ("Rotation time must be at least 10 minutes less than timeout.",
             "Deployment is using an incorrect strategy.",
             "The specified revision does not exist.", "Insufficient credits.", "public_keys[",
             "At most 10 SSH public keys are allowed.",
             "A startup timeout needs the INFINITE strategy and an exposed port.")
UNKNOWN = MARKET[::-1]
OPERATIONS = {(name, operation.ok().label): operation.ok() for name, release in RELEASES.items()
              for operation in schemathesis.openapi.from_dict(document(release)).get_all_operations()
              if not operation.ok().label.endswith("/stream")}  # which never ends


class World:
    """A server with a deployment in each status, with jobs in each state, and what paths can be filled with."""

    def __init__(self, port: int, release: str) -> None:
        self.api = Api(port).reset(release)
        self.api("PUT", "/_control/credits", {"assigned": 5})
        jobs = [{"state": state} for state in ("QUEUED", "RUNNING", "COMPLETED", "STOPPED")]
        self.deployments = self.api.seed(*(
            {"name": status, "status": status, "strategy": STRATEGIES[number % 4], "jobs": jobs, "timeout": 120,
             "job_definition": (DEFINITION, BATCH)[number % 2]} for number, status in enumerate(STATUSES)))
        self.jobs = [job["job"] for one in self.deployments
                     for job in self.api("GET", f"/deployments/{one}/jobs").body["jobs"]]

    def fill(self, path: str) -> dict[str, st.SearchStrategy]:
        """Values for the parameters of a path, most of them good ones."""
        known = {"deployment": [*self.deployments, UNKNOWN], "job": [*self.jobs, UNKNOWN],
                 "address": [*self.jobs, UNKNOWN], "variant": ["3b", "8b", "none"],
                 "id": [MARKET, "nvidia-h100", "none"] if "markets" in path else ["nginx", "llama", "none"]}
        return {name: st.sampled_from(values) for name, values in known.items() if "{" + name + "}" in path}


def verdict(case, response, right: bool) -> None:
    """Compare an answer with what the document and the tables above let it be."""
    case.validate_response(response, checks=CHECKS)
    status = response.status_code
    body = response.json() if response.content and "json" in response.headers["content-type"][0] else {}
    text = body.get("error", "") if isinstance(body, dict) else ""
    if status >= 500:
        assert status == 500 and text in NAMED_500, (status, body)
    if right and status == 400:
        assert text.startswith(NAMED_400) or only_unlike(case), (case.body, body)
    if not right:
        assert status in (400, 401, 404, 422, 500), (status, case.query, case.body)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("release, label", list(OPERATIONS))
def test_answers_are_as_the_document_says(server, release, label, mode):
    operation = OPERATIONS[release, label]
    world = World(server, release)
    values = world.fill(label)

    @settings(max_examples=CASES, deadline=None, derandomize="CASES" not in os.environ, database=None,
              phases=[Phase.generate],  # a small request is no easier to read, and takes minutes to find
              suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), filled=st.fixed_dictionaries(values),
           kept=st.booleans(), key=st.sampled_from(["nos_test"] * 9 + [None]))
    def ask(case, filled, kept, key):
        if filled and (mode is GenerationMode.POSITIVE or kept):
            case.path_parameters.update(filled)
        response = case.call(base_url=f"http://127.0.0.1:{server}",
                             headers={"Authorization": f"Bearer {key}"} if key else {"Authorization": ""})
        query = parse_qsl(urlsplit(response.request.url).query, keep_blank_values=True)
        verdict(case, response, fits(document(RELEASES[release]), case, query))
        world.api.advance(1)
    ask()


# -- the edges, which made-up requests seldom meet -------------------------------------------------------------------


def edges(schema: dict) -> list[tuple[object, bool]]:
    """Values just inside and just outside of what the schema of a field lets pass, and whether it does."""
    found: list[tuple[object, bool]] = []
    if "minimum" in schema:
        found += [(schema["minimum"], True), (schema["minimum"] - 0.001, False)]
    if "minLength" in schema:
        least = schema["minLength"]
        found += [("x" * least, True), ("x" * (least - 1), False)]
    if "minProperties" in schema:
        found += [({"ram_gb": 8}, True), ({}, False), ({"": 8}, False), ({"x" * 257: 8}, False)]
    if "maxItems" in schema:
        found += [(["k"] * schema["maxItems"], True), (["k"] * (schema["maxItems"] + 1), False)]
    if "anyOf" in schema:
        found.append((["k"], False))  # these are all of something, or null
    strangers = {"number": ["1", True, None], "string": [1, None], "boolean": ["true", None], "array": ["k", None],
                 "object": ["k", None]}
    return found + [(value, False) for value in strangers.get(schema.get("type", ""), [])]


def changes() -> list[tuple[str, str]]:
    """The operations whose body has fields of its own (and is no job definition), by release and label."""
    return [key for key in OPERATIONS if set(fields(*key)) - {"job_definition"}]


def fields(release: str, label: str) -> dict[str, dict]:
    """The fields of an operation's body."""
    body = described(release, label).get("requestBody", {"content": {"application/json": {"schema": {}}}})
    return body["content"]["application/json"]["schema"].get("properties", {})


def described(release: str, label: str) -> dict:
    """What the document says of an operation."""
    method, path = label.split(" ")
    return document(RELEASES[release])["paths"][path][method.lower()]


GOOD = {"schedule": "0 0 * * *", "requirements": {"ram_gb": 8}, "market": MARKET, "public_keys": [],
        "active_revision": 1}


@pytest.mark.parametrize("release, label", changes())
def test_bodies_at_the_edge_of_what_the_document_says(server, release, label):
    schema = described(release, label)["requestBody"]["content"]["application/json"]["schema"]
    world = World(server, release)
    path = (label.split(" ")[1].removeprefix("/api").replace("{deployment}", world.deployments[0])
            .replace("{address}", world.jobs[0]))
    least = {name: GOOD.get(name, field.get("minimum", "x")) for name, field in schema["properties"].items()
             if name in schema["required"]}
    base = CREATE if label.endswith("/create") else least
    met = 0
    for name, field in schema["properties"].items():
        for value, right in edges(field):
            answer = world.api(label.split(" ")[0], path, {**base, name: value})
            text = answer.body["error"] if answer.status == 400 else ""
            refused = answer.status == 400 and not text.startswith(NAMED_400)
            assert refused is not right, (name, value, answer)
            met += 1
    assert met
