# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages, filters, keys, the order of checks, what each release offers, and the other areas of the API."""

from __future__ import annotations

import base64

import pytest
from simulator_api import BATCH, CREATE, MARKET


def ids(answer) -> list[str]:
    """The ids in a listing."""
    return [entry["id"] for entry in answer.body["deployments"]]


# -- pages and filters -----------------------------------------------------------------------------------------------


def test_all_pages_together_are_everything(august):
    august.seed(*({"name": f"d{number}"} for number in range(45)))
    for order in ("desc", "asc"):
        seen: list[str] = []
        cursor, pages = None, 0
        while cursor is not None or not pages:
            further = f"&cursor={cursor}" if cursor else ""
            answer = august("GET", f"/deployments?limit=20&sort_order={order}{further}")
            seen += [entry["name"] for entry in answer.body["deployments"]]
            cursor, pages = answer.body["pagination"]["cursor_next"], pages + 1
            assert answer.body["pagination"]["total_items"] == 45
        expected = [f"d{number}" for number in range(45)]
        assert seen == (expected if order == "asc" else expected[::-1]) and pages == 3


def test_going_back_loses_an_item(august):
    august.seed(*({"name": f"d{number}"} for number in range(40)))
    first = august("GET", "/deployments?limit=10")
    second = august("GET", f"/deployments?limit=10&cursor={first.body['pagination']['cursor_next']}")
    assert first.body["pagination"]["cursor_prev"] is None
    third = august("GET", f"/deployments?limit=10&cursor={second.body['pagination']['cursor_next']}")
    back = august("GET", f"/deployments?limit=10&cursor={third.body['pagination']['cursor_prev']}")
    assert len(set(ids(back)) & set(ids(second))) == 9


def test_what_is_made_meanwhile_moves_nothing(august):
    august.seed(*({"name": f"d{number}"} for number in range(15)))
    first = august("GET", "/deployments")
    august.advance(1)
    august.create(name="newer")
    second = august("GET", f"/deployments?cursor={first.body['pagination']['cursor_next']}")
    assert len(set(ids(first)) | set(ids(second))) == 15


@pytest.mark.parametrize("query, names", [
    ("status=", "abcd"), ("search=", "abcd"), ("strategy=", "abcd"), ("name=", ""), ("vault=", ""),
    ("status=ARCHIVED", "d"), ("status=stopped", ""), ("status=STOPPED,%20ARCHIVED", "bd"), ("strategy=INFINITE", "c"),
    ("name=B", ""), ("name=b", "b"), ("created_after=2026-01-02T00:00:00.000Z", "bcd"),
    ("created_before=2026-01-02T00:00:00.000Z", "ab"), ("created_after=2026-01-02T00:00:00.001Z", "cd"),
    ("created_after=2026-01-02T01:00:00%2B01:00&created_before=2026-01-03T00:00:00Z", "bc"), ("nonsense=1", "abcd"),
])
def test_filters(august, query, names):
    august.seed({"name": "a", "created_at": "2026-01-01T00:00:00.000Z"},
                {"name": "b", "created_at": "2026-01-02T00:00:00.000Z", "status": "STOPPED"},
                {"name": "c", "created_at": "2026-01-03T00:00:00.000Z", "strategy": "INFINITE"},
                {"name": "d", "created_at": "2026-01-04T00:00:00.000Z", "status": "ARCHIVED"})
    answer = august("GET", f"/deployments?{query}&sort_order=asc")
    assert "".join(entry["name"] for entry in answer.body["deployments"]) == names


def test_search_is_for_a_part_of_name_or_id(august):
    one, two = august.seed({"name": "Some web server"}, {"name": "other"})
    assert ids(august("GET", "/deployments?search=WEB%20s")) == [one]
    assert ids(august("GET", f"/deployments?search={two[5:40].lower()}")) == [two]
    assert ids(august("GET", f"/deployments?id={two}")) == [two]
    assert ids(august("GET", f"/deployments?id={one},%20{two},{MARKET}&sort_order=asc")) == [one, two]
    assert ids(august("GET", "/deployments?id=&sort_order=asc")) == [one, two]


@pytest.mark.parametrize("query", ["limit=", "limit=10&limit=10", "sort_order=", "created_after=", "status=A&status=B",
                                   "created_after=2026-13-01T00:00:00Z"])
def test_queries_that_are_refused(august, query):
    answer = august("GET", f"/deployments?{query}")
    assert answer.status == 400 and answer.body["code"] == "FST_ERR_VALIDATION"


def test_filters_of_jobs_tasks_and_events(august):
    august.behave(claim_after=None)
    made = august.create(replicas=3, autostart=True)
    path = f"/deployments/{made['id']}"
    august.advance(0.5)
    assert len(august("GET", f"{path}/tasks?task=LIST").body["tasks"]) == 1
    assert august("GET", f"{path}/tasks?task=STOP").body["tasks"] == []
    assert august("GET", f"{path}/tasks?due_after=2099-01-01T00:00:00Z").body["tasks"] == []
    august.advance(3)
    jobs = august("GET", f"{path}/jobs").body["jobs"]
    august("PATCH", f"/_control/jobs/{jobs[0]['job']}", {"state": "RUNNING"})
    assert len(august("GET", f"{path}/jobs?state=QUEUED").body["jobs"]) == 2
    assert len(august("GET", f"{path}/jobs?state=QUEUED,RUNNING").body["jobs"]) == 3
    assert len(august("GET", f"{path}/jobs?job={jobs[1]['job']}").body["jobs"]) == 1
    assert august("GET", f"{path}/jobs?job=").body["jobs"] == []
    assert august("GET", f"{path}/jobs?revision=1").body["message"] == "querystring/revision must be number"
    assert len(august("GET", f"{path}/events?type=JOB_LIST_CONFIRMED&category=Deployment").body["events"]) == 3
    assert august("GET", f"{path}/events?type=NOTHING").body["events"] == []
    assert august("GET", f"{path}/jobs?state=").body["pagination"]["total_items"] == 3


# -- keys and the order of checks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "nos_", "other_key", ""])
def test_keys_that_are_no_good(current, key):
    answer = current("GET", "/deployments", key=key)
    assert (answer.status, answer.body) == (401, "Unauthorized")
    assert answer.headers["content-type"].startswith("application/json")


def test_scopes(current):
    current("PUT", "/_control/keys", {"nos_reader": ["deployments:read"]})
    assert current("GET", "/deployments", key="nos_reader").status == 200
    answer = current("POST", "/deployments/create", CREATE, key="nos_reader")
    assert (answer.status, answer.body) == (403, {
        "message": "Insufficient scope. This endpoint requires: deployments:write.", "code": "INSUFFICIENT_SCOPE"})
    assert "deployments:write" in answer.headers["www-authenticate"]
    assert current("GET", "/credits/balance", key="nos_reader").status == 403
    assert current("GET", "/credits/balance", key="nos_other").status == 200
    answer = current("POST", "/auth/validate-api-key", key="nos_reader")
    assert answer.body == {"valid": True, "scopes": ["deployments:read"]}


def test_older_servers_know_no_scopes(august):
    august("PUT", "/_control/keys", {"nos_reader": ["deployments:read"]})
    assert august("POST", "/deployments/create", CREATE, key="nos_reader").status == 200
    assert august("POST", "/auth/validate-api-key").status == 404


def test_the_order_of_checks(august):
    path = f"/deployments/{august.seed({'status': 'ARCHIVED'})[0]}"
    unknown, patch = f"/deployments/{MARKET}", "/update-replica-count"
    steps = [
        (404, ("PUT", path + patch, None), {"key": None}),
        (404, ("GET", path + "/", None), {"key": None}),
        (401, ("GET", "/deployments/", None), {"key": None}),
        (400, ("GET", "/deployments/", None), {}),
        (401, ("PATCH", path + patch, None), {"key": None, "raw": "{bad"}),
        (413, ("PATCH", unknown + patch, None), {"raw": " " * (1024 * 1024 + 1)}),
        (415, ("PATCH", unknown + patch, None), {"raw": "a=b", "headers": {"Content-Type": "text/html"}}),
        (500, ("PATCH", unknown + patch, None), {"raw": "{bad"}),
        (400, ("PATCH", unknown + patch, {}), {}),
        (404, ("PATCH", unknown + patch, {"replicas": 1}), {}),
        (500, ("PATCH", path + patch, {"replicas": 1}), {}),
    ]
    for status, request, extra in steps:
        assert august(*request, **extra).status == status, (request, extra)


def test_null_and_fields_of_a_wrong_type_are_refused(current):
    for fields in ({"confidential": None}, {"autostart": None}, {"vault": MARKET, "new_vault": True},
                   {"vault": MARKET, "new_vault": False}, {"requirements": None}, {"requirements": {}},
                   {"requirements": {"x" * 257: 1}}, {"requirements": {"": 1}}, {"idempotency_key": 1},
                   {"startup_timeout": "1"}, {"replicas": True}, {"vault": None}, {"vault": "x"},
                   {"vault": "x" * 45}, {"new_vault": None},
                   {"strategy": "SCHEDULED", "schedule": None}, {"strategy": "SCHEDULED", "schedule": 5},
                   {"strategy": "INFINITE", "rotation_time": None}, {"strategy": "INFINITE", "rotation_time": "5"}):
        answer = current("POST", "/deployments/create", {**CREATE, **fields})
        assert (answer.status, answer.body) == (400, {"error": "Bad Request"}), fields
    assert current.create(vault="0" * 43)["vault"] != "0" * 43


def test_fields_of_other_strategies_may_hold_anything(august):
    for fields in ({"schedule": None}, {"schedule": 5}, {"rotation_time": None}, {"rotation_time": "x"},
                   {"strategy": "INFINITE", "schedule": None},
                   {"strategy": "SCHEDULED", "schedule": "0 0 * * *", "rotation_time": "x"}):
        made = august.create(**fields)
        assert made.get("schedule") == (fields.get("schedule") if made["strategy"] == "SCHEDULED" else None)


def test_impossible_rotation_times_below_zero_pass(august):
    assert august.create(strategy="INFINITE", rotation_time=-5)["rotation_time"] == -5
    answer = august("POST", "/deployments/create", {**CREATE, "strategy": "INFINITE", "rotation_time": 50})
    assert answer.body == {"error": "Rotation time must be at least 10 minutes less than timeout."}


# -- exactly once ----------------------------------------------------------------------------------------------------


def test_idempotency_keys(current):
    made = current.create(idempotency_key="k")
    assert "idempotency_key" not in made
    answer = current("POST", "/deployments/create", {**CREATE, "idempotency_key": "k"})
    assert (answer.status, answer.body) == (409, {"error": "A deployment with this idempotency key already exists"})
    assert ids(current("GET", "/deployments?idempotency_key=k")) == [made["id"]]
    assert ids(current("GET", "/deployments?idempotency_key=other")) == []
    current("PATCH", f"/deployments/{made['id']}/update-name", {"name": "renamed"})
    current("PATCH", f"/_control/deployments/{made['id']}", {"status": "STOPPED"})
    assert current("POST", "/deployments/create", {**CREATE, "idempotency_key": "k"}).status == 409
    assert current("DELETE", f"/deployments/{made['id']}").status == 204
    assert current.create(idempotency_key="k")["id"] != made["id"]


def test_archiving_does_not_free_a_key(current):
    made = current.create(idempotency_key="k")
    current("PATCH", f"/_control/deployments/{made['id']}", {"status": "STOPPED"})
    assert current("POST", f"/deployments/{made['id']}/archive").status == 200
    assert current("POST", "/deployments/create", {**CREATE, "idempotency_key": "k"}).status == 409


def test_older_servers_ignore_keys_and_their_filter(august):
    august.create(idempotency_key="k")
    august.create(idempotency_key="k")
    assert len(ids(august("GET", "/deployments?idempotency_key=other"))) == 2


# -- what each release offers ----------------------------------------------------------------------------------------


def test_the_seed_document_s_forms(guide):
    made = guide.create()
    path = f"/deployments/{made['id']}"
    assert guide("GET", "/deployments").body == [made]
    assert guide("GET", "/deployments?name=other").body == [made]
    answer = guide("POST", f"{path}/revisions", {"job_definition": BATCH})
    assert answer.body["active_revision"] == 2 and answer.body["endpoints"] == []
    assert guide("PATCH", f"{path}/update-replicas", {"replicas": 3}).body["replicas"] == 3
    assert guide("PATCH", f"{path}/update-timeout", {"timeout": 90}).body["timeout"] == 90
    assert guide("GET", f"{path}/start").body["status"] == "STARTING"
    guide.advance(1)
    assert guide("GET", f"{path}/stop").body["status"] == "STOPPING"
    guide.advance(5)
    assert guide("GET", f"{path}/archive").body["status"] == "ARCHIVED"
    for method, route in (("POST", "/start"), ("POST", "/create-revision"), ("PATCH", "/update-replica-count"),
                          ("PATCH", "/update-active-revision"), ("PATCH", "/update-name"), ("GET", "/stream")):
        assert guide(method, path + route).body["message"].startswith("Route ")
    assert [len(guide("GET", f"{path}/revisions").body["revisions"]), guide("GET", "/deployments", key=None).status] \
        == [2, 401]


def test_newer_routes_and_fields_are_unknown_to_older_servers(august):
    made = august.create(requirements={"ram_gb": 8}, startup_timeout=5)
    assert "requirements" not in made and "online" not in made["endpoints"][0]
    for method, route in (("PATCH", "/update-market"), ("PATCH", "/update-requirements"), ("GET", "/ssh-keys"),
                          ("POST", "/ssh-keys"), ("DELETE", "/ssh-keys"),
                          ("PATCH", "/update-startup-timeout"), ("PATCH", "/update-ssh-keys"), ("POST", "/duplicate")):
        answer = august(method, f"/deployments/{made['id']}{route}", {} if method != "GET" else None)
        assert answer.body["message"].startswith("Route "), route
    assert august("GET", "/deployments", prefix="").status == 404
    assert august("GET", "/openapi.json").status == 404


def test_the_gateway_answers_without_the_prefix(current):
    made = current.create()
    assert ids(current("GET", "/deployments", prefix="")) == [made["id"]]
    assert current("GET", "/openapi.json", prefix="", key=None).status == 200
    assert current("GET", "/docs", prefix="", key=None).headers["content-type"].startswith("text/html")
    assert current("GET", "/swagger/json", key=None).status == 200


def test_the_openapi_document_is_true_for_the_release(august):
    seen = {}
    for release in ("guide", "2026-08", "current"):
        document = august.reset(release)("GET", "/swagger/json", key=None).body
        fields = document["paths"]["/api/deployments/create"]["post"]["requestBody"]["content"]["application/json"]
        filters = [entry["name"] for entry in document["paths"]["/api/deployments"]["get"]["parameters"]]
        seen[release] = (set(document["paths"]), set(fields["schema"]["properties"]), set(filters))
    path = "/api/deployments/{deployment}"
    assert f"{path}/update-market" in seen["current"][0] and f"{path}/update-market" not in seen["2026-08"][0]
    assert f"{path}/update-replicas" in seen["guide"][0] and f"{path}/update-replicas" not in seen["2026-08"][0]
    assert "idempotency_key" in seen["current"][1] & seen["current"][2]
    assert "idempotency_key" not in seen["2026-08"][1] | seen["2026-08"][2]
    assert "name" in seen["2026-08"][2] and "name" not in seen["guide"][2]
    assert seen["guide"][1] == seen["2026-08"][1]


def test_newer_changes(current):
    other = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"
    made = current.create(autostart=True, requirements={"ram_gb": 8})
    path = f"/deployments/{made['id']}"
    assert made["requirements"] == {"ram_gb": 8}
    current.advance(5)
    assert current("PATCH", f"{path}/update-market", {"market": other}).body["market"] == other
    current.advance(5)
    jobs = current("GET", f"{path}/jobs").body["jobs"]
    assert [(job["state"], job["market"]) for job in jobs] == [("RUNNING", other), ("STOPPED", MARKET)]
    assert current.get(made["id"])["status"] == "RUNNING"
    answer = current("PATCH", f"{path}/update-requirements", {"requirements": None, "market": MARKET})
    assert answer.body["requirements"] is None and answer.body["market"] == MARKET
    assert (current.get(made["id"])["requirements"], current.get(made["id"])["market"]) == (None, MARKET)
    answer = current("PATCH", f"{path}/update-startup-timeout", {"startup_timeout": 5})
    assert answer.status == 400 and "INFINITE" in answer.body["error"]
    infinite = current.create(strategy="INFINITE", startup_timeout=5)
    answer = current("PATCH", f"/deployments/{infinite['id']}/update-startup-timeout", {"startup_timeout": 7})
    assert answer.body["startup_timeout"] == 7
    assert current.get(infinite["id"])["startup_timeout"] == 7


NO_REQUIREMENTS = ("body/requirements must {}, body/requirements must be null, body/requirements must match a schema "
                   "in anyOf")


@pytest.mark.parametrize("body, message", [
    ([], "body must be object"), ({}, "body must have required property 'requirements'"),
    ({"market": MARKET}, "body must have required property 'requirements'"),
    ({"requirements": None}, "body must have required property 'market'"),
    ({"requirements": {}, "market": MARKET}, NO_REQUIREMENTS.format("NOT have fewer than 1 properties")),
    ({"requirements": "x", "market": MARKET}, NO_REQUIREMENTS.format("be object")),
    ({"requirements": {"ram_gb": None}, "market": MARKET}, NO_REQUIREMENTS.format("be object")),
    ({"requirements": {"x" * 257: 1}, "market": MARKET}, NO_REQUIREMENTS.format("be object")),
    ({"requirements": None, "market": None}, "body/market must be string"),
    ({"requirements": None, "market": "nowhere"}, "body/market must NOT have fewer than 43 characters"),
    ({"requirements": None, "market": f" {MARKET}"}, "body/market must NOT have more than 44 characters"),
])
def test_new_requirements_and_markets_that_are_refused(current, body, message):
    made = current.create(requirements={"ram_gb": 8})
    answer = current("PATCH", f"/deployments/{made['id']}/update-requirements", body)
    assert (answer.status, answer.body["code"], answer.body["message"]) == (400, "FST_ERR_VALIDATION", message)
    if "body/market" in message or "'market'" in message:
        answer = current("PATCH", f"/deployments/{made['id']}/update-market", body)
        assert (answer.status, answer.body["message"]) == (400, message)
    assert current.get(made["id"]) == made


@pytest.mark.parametrize("market", ["0" * 43, MARKET[:-1] + " ", MARKET[:-1] + "\n"])
def test_a_market_that_is_no_key_is_refused_by_its_shape(current, market):
    answer = current("PATCH", f"/deployments/{current.create()['id']}/update-market", {"market": market})
    assert answer.status == 400 and answer.body["message"].startswith("body/market must match pattern")


def ssh_key(number: int, comment: str = "", kind: str = "ssh-ed25519") -> str:
    """A key as OpenSSH writes it."""
    name = kind.encode()
    material = len(name).to_bytes(4, "big") + name + (32).to_bytes(4, "big") + bytes([number]) * 32
    return f"{kind} {base64.b64encode(material).decode()} {comment}".strip()


def test_ssh_keys_one_by_one(current):
    made = current.create(autostart=True, ssh_public_keys=[ssh_key(1, "me@one")])
    path = f"/deployments/{made['id']}/ssh-keys"
    current.advance(5)
    stored = current.get(made["id"])["updated_at"]
    job, = current("GET", f"/deployments/{made['id']}/jobs").body["jobs"]
    for method, keys in (("POST", [ssh_key(1, "other")]), ("DELETE", [ssh_key(2), "no key"]), ("POST", [])):
        answer = current(method, path, {"public_keys": keys})
        assert answer.body == {"public_keys": [ssh_key(1, "me@one")], "updated_at": stored, "jobs": []}
    answer = current("POST", path, {"public_keys": [f" {ssh_key(2)} ", ssh_key(1), ssh_key(2, "again")]})
    assert answer.body["public_keys"] == [ssh_key(1, "me@one"), ssh_key(2)] and answer.body["updated_at"] > stored
    assert answer.body["jobs"] == [{"job": job["job"], "node": job["node"], "status": "authorized"}]
    answer = current("DELETE", path, {"public_keys": [ssh_key(1, "whoever"), ssh_key(9)]})
    assert answer.body["public_keys"] == [ssh_key(2)] == current("GET", path).body["public_keys"]
    assert [report["status"] for report in answer.body["jobs"]] == ["revoked"]
    events = current("GET", f"/deployments/{made['id']}/events?type=SSH_KEYS_UPDATED&sort_order=asc").body["events"]
    assert [event["message"] for event in events] == [
        "SSH keys added (1 new, 2 total); authorized on 1/1 running job(s).",
        "SSH keys revoked (1 removed, 1 remaining); revoked on 1/1 running job(s)."]


@pytest.mark.parametrize("keys, text", [
    (["no key"], "public_keys[0] is not a valid OpenSSH public key"),
    ([ssh_key(1), "ssh-ed25519"], "public_keys[1] is not a valid OpenSSH public key"),
    (["ssh-ed25519 AAAA"], "public_keys[0] is not"), (["ssh-ed25519 !!!!"], "public_keys[0] is not"),
    ([f"ssh-rsa {ssh_key(1).split()[1]}"], "public_keys[0] is not"), ([ssh_key(1, "a b")], "public_keys[0] is not"),
    ([ssh_key(1, kind="ssh-dss")], "public_keys[0] is not"), ([ssh_key(1, "x" * 8192)], "public_keys[0] is not"),
    ([ssh_key(1), ssh_key(1)], "public_keys[1] is a duplicate."),
    ([ssh_key(number) for number in range(11)], "At most 10 SSH public keys are allowed."),
    ([ssh_key(number) for number in range(10)], "At most 10 SSH public keys are allowed."),
])
def test_ssh_keys_that_can_not_be_added(current, keys, text):
    made = current.create(ssh_public_keys=[ssh_key(100)])
    answer = current("POST", f"/deployments/{made['id']}/ssh-keys", {"public_keys": keys})
    assert answer.status == 400 and answer.body["error"].startswith(text)
    assert current("GET", f"/deployments/{made['id']}/ssh-keys").body == {"public_keys": [ssh_key(100)]}


def test_bodies_of_ssh_keys_that_are_none(current):
    path = f"/deployments/{current.create()['id']}/ssh-keys"
    for method in ("POST", "DELETE"):
        for wrong in (None, [], {}, {"public_keys": "k"}, {"public_keys": [1]}, {"public_keys": [""]}):
            answer = current(method, path, wrong)
            assert (answer.status, answer.body["code"]) == (400, "FST_ERR_VALIDATION"), (method, wrong)
        assert current(method, f"/deployments/{MARKET}/ssh-keys", {"public_keys": []}).status == 404


def test_ssh_keys(current):
    made = current.create(autostart=True, ssh_public_keys=["ssh-ed25519 AAAA me@one"])
    path = f"/deployments/{made['id']}"
    current.advance(5)
    assert current("GET", f"{path}/ssh-keys").body == {"public_keys": ["ssh-ed25519 AAAA me@one"]}
    answer = current("PATCH", f"{path}/update-ssh-keys", {"public_keys": ["ssh-ed25519 AAAA x", "ssh-ed25519 BBBB y",
                                                                          "ssh-ed25519 BBBB z"]})
    assert answer.body["public_keys"] == ["ssh-ed25519 AAAA x", "ssh-ed25519 BBBB y"]
    assert [job["status"] for job in answer.body["jobs"]] == ["authorized"]
    assert current("PATCH", f"{path}/update-ssh-keys", {"public_keys": ["k"] * 11}).status == 400


def test_duplicate(current):
    made = current.create(strategy="INFINITE", rotation_time=15, replicas=2)
    answer = current("POST", f"/deployments/{made['id']}/duplicate", {"name": "copy"})
    copy = answer.body
    assert copy["id"] != made["id"] and copy["status"] == "DRAFT"
    assert (copy["name"], copy["rotation_time"], copy["replicas"]) == ("copy", 15, 2)
    assert current("POST", f"/deployments/{made['id']}/duplicate").body["name"] == "a (copy)"
    answer = current("POST", f"/deployments/{made['id']}/duplicate", {"name": ""})
    assert (answer.status, answer.body["message"]) == (400, "body/name must NOT have fewer than 1 characters")
