# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP client against a server that answers as told: repeats, errors, paging, the two forms of routes."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    InvalidOptions,
    NosanaError,
    NotFound,
    Refused,
    UnknownOutcome,
    Unreachable,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import VERSION, Connection
from ansible_collections.nosana.cloud.plugins.module_utils._api.routes import OPERATIONS
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Deadline

from .fake_api import FastClock, fake_api

ID = "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
KEY = "nos_secret"
UNKNOWN_ROUTE = (404, {"message": "Route POST:/api/x not found", "error": "Not Found", "statusCode": 404})


def client_for(url, seconds=None, **settings):
    clock = FastClock()
    return Client(Connection(url, KEY, **settings), clock, Deadline(clock, seconds))


def lines_of(error):
    return str(error.value).splitlines()


def test_a_request_carries_the_key_the_version_and_no_content_type_without_a_body():
    with fake_api((200, {"status": "STARTING"})) as api:
        assert client_for(api.url + "/").call("start", id=ID) == {"status": "STARTING"}
    method, path, headers, body = api.seen[0]
    assert (method, path, body) == ("POST", "/api/deployments/%s/start" % ID, b"")
    assert headers["Authorization"] == "Bearer " + KEY
    assert headers["User-Agent"] == "nosana.cloud/" + VERSION
    assert "Content-Type" not in headers


def test_one_connection_serves_all_requests(monkeypatch):
    connections = set()
    with fake_api((200, {})) as api:
        handler = api.RequestHandlerClass
        monkeypatch.setattr(handler, "log_request", lambda self, *rest: connections.add(self.client_address))
        client = client_for(api.url)
        for _i in range(5):
            client.call("get_deployment", id=ID)
    assert len(api.seen) == 5 and len(connections) == 1


def test_the_version_is_that_of_galaxy_yml():
    galaxy = pathlib.Path(__file__).parents[2] / "galaxy.yml"
    assert re.search(r"^version: ['\"]?([^'\"\s]+)", galaxy.read_text(), re.MULTILINE).group(1) == VERSION


# --- the two forms of routes


def test_the_older_form_is_used_only_when_the_route_is_unknown_and_then_remembered():
    with fake_api(UNKNOWN_ROUTE, (200, {"status": "STOPPING"})) as api:
        client = client_for(api.url)
        client.call("stop", id=ID)
        client.call("stop", id=ID)
    assert [seen[0] for seen in api.seen] == ["POST", "GET", "GET"]


def test_a_new_revision_is_bare_in_the_newer_form_and_wrapped_in_the_older():
    with fake_api(UNKNOWN_ROUTE, (200, {})) as api:
        client_for(api.url).call("create_revision", body={"ops": []}, id=ID)
    assert api.seen[0][3] == b'{"ops": []}'
    assert api.seen[1][1].endswith("/revisions")
    assert api.seen[1][3] == b'{"job_definition": {"ops": []}}'


@pytest.mark.parametrize(
    "answer", [(404, {"error": "Deployment not found."}), (404, "<html>nothing here</html>"), (500, {"error": "x"})]
)
def test_no_other_failure_falls_back_to_the_guides_get(answer):
    with fake_api(answer) as api:
        with pytest.raises(NosanaError):
            client_for(api.url).call("start", id=ID)
    assert [seen[0] for seen in api.seen] == ["POST"]


def test_a_route_that_no_form_has_is_told():
    with fake_api(UNKNOWN_ROUTE) as api:
        with pytest.raises(Refused, match="does not know this operation"):
            client_for(api.url).call("stop", id=ID)


# --- what is repeated

PASSING = [(429, {}), (502, {}), (503, "busy"), (504, {}), (500, {"error": "Internal Server Error"}), "drop", "cut"]


@pytest.mark.parametrize("failure", PASSING + [(200, "no json")])
@pytest.mark.parametrize("name", ["get_deployment", "update_timeout", "stop_job"])
def test_what_may_be_repeated_is(name, failure):
    with fake_api(failure, failure, (200, {"ok": 1})) as api:
        assert client_for(api.url).call(name, id=ID, job=ID) == {"ok": 1}
    assert len(api.seen) == 3


@pytest.mark.parametrize("failure", PASSING[1:] + [(200, "no json")])
@pytest.mark.parametrize("name", sorted(name for name, one in OPERATIONS.items() if one.repeat == "unsent"))
def test_what_may_have_been_done_is_not_sent_again(name, failure):
    with fake_api(failure) as api:
        with pytest.raises(UnknownOutcome, match="Whether it was done is not known"):
            client_for(api.url).call(name, body={} if name == "create" else None, id=ID, job=ID)
    assert len(api.seen) == 1


def test_the_guides_gets_that_change_things_are_not_repeated_like_reads():
    with fake_api(UNKNOWN_ROUTE, "drop") as api:
        with pytest.raises(UnknownOutcome):
            client_for(api.url).call("start", id=ID)
    assert [seen[0] for seen in api.seen] == ["POST", "GET"]


def test_a_request_that_was_turned_away_is_sent_again_whatever_it_is():
    with fake_api((429, {}, {"Retry-After": "7"}), (200, {"id": ID})) as api:
        client = client_for(api.url)
        assert client.call("create", body={}) == {"id": ID}
    assert len(client.clock.slept) == 1 and client.clock.slept[0] >= 7


def test_retry_after_may_be_a_date():
    headers = {"Retry-After": "Fri, 21 Aug 2026 10:00:09 GMT"}
    with fake_api((503, {}, headers), (200, {})) as api:
        # the server's Date header is of today, so the date has passed
        client = client_for(api.url)
        client.call("get_deployment", id=ID)
    assert 0 < client.clock.slept[0] < 1


def test_no_repeat_goes_past_the_tasks_deadline():
    with fake_api((429, {"error": "slow down"}, {"Retry-After": "60"})) as api:
        with pytest.raises(Unreachable, match="asks to wait 60 s"):
            client_for(api.url, seconds=30).call("get_deployment", id=ID)
    assert len(api.seen) == 1


def test_repeats_end():
    with fake_api((503, {"error": "down"})) as api:
        client = client_for(api.url, retries=2)
        with pytest.raises(Unreachable, match=r"503: down\), tried 3 times"):
            client.call("get_deployment", id=ID)
    assert len(api.seen) == 3 and client.clock.slept == sorted(client.clock.slept)


def test_a_server_that_is_not_there():
    client = client_for("http://127.0.0.1:1/api", retries=1)
    with pytest.raises(Unreachable) as error:
        client.call("create", body={})
    assert "could not connect to http://127.0.0.1:1/api (connection refused), tried 2 times" in str(error.value)
    assert "api_url" in str(error.value) and len(lines_of(error)) == 1


def test_an_answer_that_does_not_come():
    with fake_api("hang") as api:
        with pytest.raises(UnknownOutcome, match="no answer within 1 s"):
            client_for(api.url, timeout=1).call("create", body={})


# --- what the API says

SHAPES = [
    ('"Unauthorized"', "Unauthorized"),
    ("Unauthorized, missing or invalid headers", "Unauthorized, missing or invalid headers"),
    ({"error": "Bad Request"}, "Bad Request"),
    (
        {"statusCode": 400, "error": "Bad Request", "message": "body/timeout must be >= 60"},
        "body/timeout must be >= 60",
    ),
    ("<html><title>502 Bad\x1b[31m Gateway</title></html>", "an HTML page (502 Bad [31m Gateway)"),
    ({"error": {"no": "text"}}, "no reason given"),
    ([1], "no reason given"),
    ("", "no reason given"),
    ("x" * 1000, "x" * 397 + "..."),
    ("two\nlines", "two lines"),
]


@pytest.mark.parametrize(("body", "message"), SHAPES)
def test_the_message_in_each_of_its_shapes(body, message):
    with fake_api((400, body)) as api:
        with pytest.raises(Refused) as error:
            client_for(api.url).call("get_deployment", id=ID)
    assert error.value.message == message
    assert error.value.as_dict() == {
        "status": 400,
        "method": "GET",
        "path": "/deployments/" + ID,
        "message": message,
    }
    assert len(lines_of(error)) == 1


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "Check api_key"), (403, "may not do this"), (302, "Redirects are not followed"), (404, "check api_url")],
)
def test_a_refusal_says_what_to_do(status, remedy):
    with fake_api((status, "no", {"Location": "http://elsewhere.example/"})) as api:
        with pytest.raises(Refused, match=remedy):
            client_for(api.url).call("get_deployment", id=ID)
    assert len(api.seen) == 1


def test_a_missing_scope_is_told():
    answer = {"message": "Insufficient scope. This endpoint requires: deployments:write.", "code": "INSUFFICIENT_SCOPE"}
    with fake_api((403, answer)) as api:
        with pytest.raises(Refused, match="requires: deployments:write. The key lacks a permission"):
            client_for(api.url).call("start", id=ID)


def test_what_does_not_exist_is_told_apart():
    with fake_api((404, {"error": "Deployment not found."})) as api:
        with pytest.raises(NotFound):
            client_for(api.url).call("get_deployment", id=ID)


@pytest.mark.parametrize("message", [answers.INCORRECT_STATE, answers.ARCHIVED_STATE])
def test_a_refused_change_of_state_is_an_answer_not_a_fault(message):
    with fake_api((500, {"error": message})) as api:
        for name in ("stop", "update_timeout"):
            with pytest.raises(Refused):
                client_for(api.url).call(name, id=ID)
    assert len(api.seen) == 2


# --- lists


def listing(items, cursor):
    return 200, {"deployments": [{"n": n} for n in items], "pagination": {"cursor_next": cursor, "total_items": 5}}


def test_a_list_is_read_to_its_last_page():
    with fake_api(listing([1, 2], "a+/="), listing([3, 4], "b"), listing([5], None)) as api:
        found = client_for(api.url).pages("list_deployments", "deployments", query={"name": "x y"})
    assert [item["n"] for item in found] == [1, 2, 3, 4, 5]
    assert [seen[1] for seen in api.seen] == [
        "/api/deployments?name=x+y&limit=100",
        "/api/deployments?name=x+y&limit=100&cursor=a%2B%2F%3D",
        "/api/deployments?name=x+y&limit=100&cursor=b",
    ]


def test_a_bare_array_is_a_list_too():
    with fake_api((200, [{"n": 1}])) as api:
        assert client_for(api.url).pages("list_deployments", "deployments") == [{"n": 1}]


def test_no_page_more_than_needed():
    with fake_api(listing([1, 2], "a"), listing([3], None)) as api:
        client_for(api.url).pages("list_deployments", "deployments", at_least=2)
        assert len(api.seen) == 1


def test_a_filter_counts_what_it_keeps():
    with fake_api(listing([1, 2], "a"), listing([3], "b"), listing([4], None)) as api:
        found = client_for(api.url).pages("list_deployments", "deployments", at_least=1, keep=lambda one: one["n"] > 2)
    assert found == [{"n": 3}]


def test_a_list_that_does_not_end():
    with fake_api(listing([1], "same")) as api:
        with pytest.raises(NosanaError, match="does not end"):
            client_for(api.url).pages("list_deployments", "deployments")


@pytest.mark.parametrize("answer", [{}, {"deployments": None}, {"deployments": [1]}, "text", 5, None])
def test_what_is_no_list(answer):
    with fake_api((200, answer if answer != "text" else '"text"')) as api:
        with pytest.raises(NosanaError, match="not a list of deployments"):
            client_for(api.url).pages("list_deployments", "deployments")


# --- what a server can do


def test_what_a_server_can_do_is_read_from_its_document():
    paths = {"/api/deployments/{deployment}/update-name": {"patch": {}}, "/deployments/{id}/start/": {"get": {}}}
    with fake_api((200, {"paths": paths})) as api:
        client = client_for(api.url)
        assert client.supports("update_name") and client.supports("start")
        assert not client.supports("switch_revision")
    assert len(api.seen) == 1


def test_the_gateways_document_is_read_where_it_is():
    document = {"paths": {"/deployments/{id}/update-name": {"patch": {}}}, "x": [{"idempotency_key": {}}]}
    with fake_api((404, "<html>"), (200, document)) as api:
        client = client_for(api.url)
        assert client.supports("update_name") and client.documents("idempotency_key")
        assert not client.documents("nothing")
    assert [seen[1] for seen in api.seen] == ["/api/swagger/json", "/api/openapi.json"]


def test_without_a_document_what_not_every_server_has_counts_as_unknown():
    with fake_api(UNKNOWN_ROUTE) as api:
        assert not client_for(api.url).supports("update_name")


# --- address and key


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nosana",
        "ftp://x.example",
        "https://",
        "http://api.nosana.com",
        "https://u:p@x.example",
        "https://x.example?a",
    ]
    + ["https://x.example:99999", "http://[::1", "http://127.0.0.1.example.com/api"],
)
def test_addresses_that_are_refused(url):
    with pytest.raises(InvalidOptions, match="api_url"):
        client_for(url)


@pytest.mark.parametrize(
    "url", ["https://api.nosana.com", "http://localhost:8080/api", "http://[::1]:80/", "http://127.9.9.9"]
)
def test_addresses_that_are_fine(url):
    assert client_for(url).base == url.rstrip("/")


@pytest.mark.parametrize("key", ["", None, "nos_a b", "nos_a\n", "nos_\u00e9", "\tnos_a"])
def test_keys_that_are_refused_and_not_shown(key):
    with pytest.raises(InvalidOptions, match="api_key") as error:
        Client(Connection("https://api.nosana.com", key))
    assert not key or key not in str(error.value)


def test_a_ca_file_that_is_not_there():
    with pytest.raises(InvalidOptions, match="/nowhere"):
        client_for("https://api.nosana.com", ca_path="/nowhere")


def test_the_key_is_in_no_representation():
    assert KEY not in repr(Connection("https://api.nosana.com", KEY))


def test_a_netrc_does_not_replace_the_key(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with fake_api((200, {})) as api:
        client_for(api.url).call("get_deployment", id=ID)
    assert api.seen[0][2]["Authorization"] == "Bearer " + KEY
