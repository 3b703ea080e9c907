# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logs of jobs that run: whom to ask and how, what hosts must not do, and what is kept of what they send."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import sys
import threading
import time
import tracemalloc

import pytest
import requests
import trustme

from ansible_collections.nosana.cloud.plugins.module_utils._api import hosts
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import live
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import logs as job_logs
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import Masker

from .fake_api import FakeApi
from .fake_client import FakeClient, refused
from .small_api import ID, JOB, NODE

LIMITS = hosts.Limits(first=0.4, quiet=0.1, total=0.8)
HEADER = "DEPLOYMENT_HEADER:the-signature-of-the-api:1785000000000"
GIVEN = {"header": HEADER}


def frame(message, name="web", kind="container", **more):
    return json.dumps({"path": "flog", "data": json.dumps({"opId": name, "type": kind, "message": message, **more})})


def lines(*frames, tail=100, definition=None):
    """The lines of the one operation that the frames are of."""
    log = live.LiveLog()
    for one in frames:
        log.note(one)
    (found,) = log.logs(Masker(definition).mask, tail)
    return found["lines"]


# --- whom to ask ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://dashboard.k8s.prd.nos.ci/api", "wss://%s.node.k8s.prd.nos.ci/flog"),
        ("https://dashboard.k8s.dev.nos.ci/api", "wss://%s.node.k8s.dev.nos.ci/flog"),
        ("https://api.nosana.com", "wss://%s.node.k8s.prd.nos.ci/flog"),
        ("http://127.0.0.1:8080/api", "ws://127.0.0.1:8080/_hosts/%s/flog"),
        ("https://localhost:8443/api", "wss://localhost:8443/_hosts/%s/flog"),
        ("http://[::1]:8080/api", "ws://[::1]:8080/_hosts/%s/flog"),
    ],
)
def test_where_a_host_is(base, url):
    assert hosts.address_of(base, NODE) == url % NODE


@pytest.mark.parametrize("node", ["evil.example/", "a/../b", "", None, 5, NODE + "@evil.example", "x" * 200])
def test_what_is_no_node_is_not_asked(node):
    with pytest.raises(hosts.Unread, match="the address of its host can't be right"):
        hosts.address_of("https://api.nosana.com", node)


def test_without_tls_only_this_machine_is_asked(monkeypatch):
    monkeypatch.setattr(hosts, "_follow", lambda *_arguments: pytest.fail("it was asked"))
    with pytest.raises(hosts.Unread, match="without TLS"):
        hosts.read_log("ws://node.example/flog", HEADER, JOB, True, LIMITS, print)


@pytest.mark.parametrize(
    ("answer", "header"),
    [
        ({"header": "a:b:1"}, "a:b:1"),
        ({"header": "DEPLOYMENT_HEADER:s"}, "DEPLOYMENT_HEADER:s"),
        ({"header": "bare"}, "DEPLOYMENT_HEADER:bare"),
    ],
)
def test_the_header(answer, header):
    assert hosts.header_of(FakeClient(get_header=answer), ID) == header


@pytest.mark.parametrize("answer", [None, {}, {"header": None}, {"header": ""}, {"header": "a:\nb"}, [], "x:y"])
def test_no_header(answer):
    with pytest.raises(hosts.Unread, match="the API gives no header"):
        hosts.header_of(FakeClient(get_header=answer), ID)


# --- hosts that do what they must not ------------------------------------------------------------------------------


@contextlib.contextmanager
def server(serve):
    """A listening socket on this machine, for one connection that ``serve`` gets; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            with contextlib.suppress(OSError), listener.accept()[0] as connection:
                serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield "ws://127.0.0.1:%d/flog" % listener.getsockname()[1]


def problem_of(url, verify=requests.certs.where(), limits=LIMITS):
    began = time.monotonic()
    with pytest.raises(hosts.Unread) as raised:
        hosts.read_log(url, HEADER, JOB, verify, limits, lambda _data: None)
    assert time.monotonic() - began < limits.total + 3
    assert "signature-of" not in str(raised.value)
    return str(raised.value)


def test_a_host_that_drips():
    def drip(connection):
        for byte in b"HTTP/1.1 101 Switching Protocols\r\n" * 20:
            connection.send(bytes([byte]))
            time.sleep(0.1)

    with server(drip) as url:
        assert "was not complete within" in problem_of(url)


def test_a_host_that_says_nothing():
    with server(lambda connection: connection.recv(65536)) as url:
        assert "does not answer as expected" in problem_of(url)
    with server(lambda _connection: time.sleep(2)) as url:
        assert "sent nothing within" in problem_of(url)


def test_a_host_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "its host can't be reached" in problem_of("ws://127.0.0.1:%d/flog" % port)
    assert "its host can't be reached" in problem_of("wss://127.0.0.1:%d/flog" % port)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, "gone"), "refuses the connection (404)"),
        ((302, "", {"Location": "ws://127.0.0.1:9/flog"}), "does not answer as expected"),
        ((200, "hello"), "refuses the connection (200)"),
        ("drop", "does not answer as expected"),
    ],
)
def test_a_host_that_answers_otherwise(answer, said):
    api = FakeApi(answer)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    try:
        assert said in problem_of("ws://127.0.0.1:%d/flog" % api.server_port)
        # nor is there TLS, and its authorities are not asked for in vain
        assert "no secure connection" in problem_of("wss://127.0.0.1:%d/flog" % api.server_port, verify=False)
        assert len(api.seen) == 1
    finally:
        api.shutdown()
        api.server_close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """``(authority, its file)``: one that nobody trusts by default."""
    made, file = trustme.CA(), tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    return made, str(file)


@pytest.mark.parametrize(
    ("name", "trusted", "said"),
    [
        ("127.0.0.1", True, "refuses the connection (404)"),  # so there was TLS
        ("127.0.0.1", False, "no secure connection"),
        ("node.example", True, "no secure connection"),
    ],
)
def test_whom_tls_trusts(authority, monkeypatch, name, trusted, said):
    """What the environment names for the library or for OpenSSL changes nothing."""
    monkeypatch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", authority[1])
    monkeypatch.setenv("SSL_CERT_FILE", authority[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert(name).configure_cert(context)

    def serve(connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65536)
            secured.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with server(serve) as url:
        verify = authority[1] if trusted else requests.certs.where()
        assert said in problem_of(url.replace("ws:", "wss:"), verify, hosts.Limits(5.0, 1.0, 9.0))


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"])
def test_what_goes_to_this_machine_goes_through_no_proxy(monkeypatch, variable):
    came = []
    with server(came.append) as proxy, server(lambda connection: connection.recv(65536)) as url:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "other.example")
        monkeypatch.setenv(variable, proxy.replace("ws:", "http:").replace("127.0.0.1", "me:pass-word@127.0.0.1"))
        for scheme in ("ws:", "wss:"):
            assert "pass-word" not in problem_of(url.replace("ws:", scheme))
    assert came == []


def test_a_password_of_a_proxy_is_not_told(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://me:pass-word@127.0.0.1:9")
    said = problem_of("wss://%s.node.k8s.prd.nos.ci/flog" % NODE)
    assert said.startswith("its host can't be reached") and "pass-word" not in said


def test_without_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "websocket", None)
    assert "websocket-client is needed" in problem_of("ws://127.0.0.1:9/flog")


# --- what is kept --------------------------------------------------------------------------------------------------


def test_lines_in_pieces():
    assert lines(frame("one\ntw"), frame("o\n"), frame("three\n")) == ["one", "two", "three"]
    assert lines(frame("one"), frame("two")) == ["one", "two"]


def test_each_operation_has_its_own():
    log = live.LiveLog()
    for one in (frame("a\n", "first"), frame("b\n", "second"), frame("c\n", "first")):
        log.note(one)
    expected = [{"operation": "first", "lines": ["a", "c"]}, {"operation": "second", "lines": ["b"]}]
    assert log.logs(str, 100) == expected


@pytest.mark.parametrize(
    "pieces",
    [
        ["start\n", *("\r%3d%%|##  |" % percent for percent in range(100)), "\r100%|####|\n", "end\n"],
        ["start\n", *("%3d%%|##  |\r" % percent for percent in range(100)), "100%|####|\r\n", "end\n"],
        ["start\n", *("\x1b[2K\x1b[1G%3d%%\r" % percent for percent in range(100)), "100%|####|\n", "end\n"],
    ],
)
def test_a_progress_bar_is_what_it_became(pieces):
    assert lines(*map(frame, pieces)) == ["start", "100%|####|", "end"]


def test_a_progress_bar_without_any_line_break():
    assert lines(*(frame("\r%d%%" % percent) for percent in range(100))) == ["99%"]
    assert lines(*(frame("%d%%\r" % percent) for percent in range(100))) == ["99%"]


def test_control_codes_do_not_come_through():
    assert lines(frame("\x1b]0;title\x07\x1b[31mred\x1b[0m\x00\x9b1m\u202e!\n")) == ["red!"]


def test_what_the_host_says_comes_first():
    error = frame({"event": "image-pull", "message": "no such image"}, kind="error")
    found = lines(frame("Operation Started", kind="info"), frame("hello\n"), error)
    assert found == ["host: image-pull no such image", "hello"]


def test_what_the_host_does_where_nothing_is_written():
    pull = frame({"status": "Downloading", "id": "5f7", "progress": "[=> ] 1MB", "progressDetail": {}}, kind="info")
    assert lines(frame("Operation Started", kind="info"), pull) == ["host: Downloading 5f7 [=> ] 1MB"]


def test_the_last_lines_and_how_many_were_left_out():
    found = lines(*(frame("line %d\n" % number) for number in range(1000)), tail=3)
    assert found == ["(997 earlier lines left out)", "line 997", "line 998", "line 999"]
    assert len(lines(*(frame("line %d\n" % number) for number in range(9000)), tail=8000)) == 8001


def test_ten_megabytes_are_bounded():
    text = "".join("%09d\n" % number for number in range(1600))
    one, log = frame(text), live.LiveLog()
    tracemalloc.start()
    for _piece in range(660):  # 10.5 MB
        log.note(one)
    (found,) = log.logs(str, 100)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found["lines"][0] == "(1055900 earlier lines left out)" and found["lines"][-1] == "000001599"
    assert len(found["lines"]) == 101 and peak < 20_000_000


@pytest.mark.parametrize("size", [3_000_000, 12_000_000])
def test_a_line_without_end(size):
    (found,) = lines(frame("x" * size))
    assert found.startswith("xxx") and len(found) < 3000 and "characters left out" in found


SECRET = {"ops": [{"id": "web", "args": {"env": {"API_TOKEN": "hush-hush-hush"}}}]}


def test_a_secret_of_the_definition_is_masked():
    assert lines(frame("token=hush-hush-hush\n"), definition=SECRET) == ["token=<VALUE_HIDDEN_1>"]
    assert lines(frame("tok hush-"), frame("hush-hush\n"), definition=SECRET) == ["tok <VALUE_HIDDEN_1>"]
    assert lines(frame("hush-\x1b[1mhush-hush\n"), definition=SECRET) == ["<VALUE_HIDDEN_1>"]
    error = frame({"message": "hush-hush-hush is wrong"}, kind="error")
    assert lines(error, definition=SECRET) == ["host: <VALUE_HIDDEN_1> is wrong"]
    assert live.LiveLog().logs(str, 1) == []


@pytest.mark.parametrize("kept", [1, 13])
def test_a_secret_that_is_cut_in_two_does_not_come_through(kept):
    """What was written before is left out, so that a part of the secret stands at the beginning of what is kept."""
    begin, rest = "hush-hush-hush"[:-kept], "hush-hush-hush"[-kept:] + "x" * (job_logs.MAX_READ - kept - 4) + "\n"
    in_pieces = lines(frame(begin), frame(rest), frame("end"), definition=SECRET)
    at_once = lines(frame(begin + rest + "end"), definition=SECRET)
    for found in (in_pieces, at_once):
        assert found[-2].startswith("xxx") and found[-1] == "end" and not set(str(found[-2][:100])) - {"x"}


@pytest.mark.parametrize(
    "data",
    [
        b"", "", "garbage", "[]", "null", "5", '{"path": "flog"}', '{"path": "flog", "data": 5}', b"\xff\xfe",
        '{"path": "other", "data": "{}"}', '{"path": "flog", "data": "not json"}', '{"path": "flog", "data": "[]"}',
        "[" * 100_000, json.dumps({"path": "flog", "data": "[" * 100_000}), frame(None), frame(5), frame([]),
        frame({"x": 1}), frame(""), frame("x", name=None), frame("x", name=["y"]), frame("x", name={}),
        json.dumps({"path": "flog", "data": json.dumps({"opId": "web", "message": "no type"})}),
    ],
)  # fmt: skip
def test_other_frames_are_left_out(data):
    log = live.LiveLog()
    log.note(data)
    log.note(frame("x", kind=["unhashable"]))
    log.note(frame("fine\n"))
    assert [one["lines"][-1] for one in log.logs(str, 100)] == ["fine"]


def test_names_without_end():
    log = live.LiveLog()
    for number in range(5000):
        log.note(frame("x", name="\n%d" % number + "y" * 500))
    found = log.logs(str, 100)
    assert len(found) == live.MOST_OPERATIONS and max(len(one["operation"]) for one in found) <= 100


# --- one job -------------------------------------------------------------------------------------------------------


def read(client, monkeypatch, sends=(), problem=None, **job):
    """What read() makes of a host that sends these frames, and then has this problem."""

    def read_log(url, header, address, verify, limits, note):
        assert (url, address) == ("wss://%s.node.k8s.prd.nos.ci/flog" % NODE, JOB)
        for one in sends:
            note(one)
        if problem:
            raise hosts.Unread(problem)

    client.verify = True
    monkeypatch.setattr(hosts, "read_log", read_log)
    given = {"job": JOB, "deployment": ID, "node": NODE, **job}
    return live.read(client, given, {"jobDefinition": SECRET, "node": NODE}, 100)


def test_a_log(monkeypatch):
    found, problem = read(FakeClient(get_header=GIVEN), monkeypatch, [frame("hush-hush-hush\n")])
    assert (found, problem) == ([{"operation": "web", "lines": ["<VALUE_HIDDEN_1>"]}], None)


def test_a_host_that_sends_the_header_back(monkeypatch):
    sends = [frame("%s\nthe-signature-of-the-api\n" % HEADER)]
    found, problem = read(FakeClient(get_header=GIVEN), monkeypatch, sends, "it said " + HEADER)
    assert "signature-of" not in str(found) + problem and len(found[0]["lines"]) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refused(404, b'{"message": "Route GET:/api/x not found", "statusCode": 404}'), "does not know"),
        (refused(403, b'{"message": "Insufficient scope: deployments:read"}'), "lacks a permission"),
        ({}, "the API gives no header"),
    ],
)
def test_a_header_that_is_not_given_is_no_failure(answer, said, monkeypatch):
    found, problem = read(FakeClient(get_header=answer), monkeypatch)
    assert found == [] and said in problem


def test_a_job_of_nobody_knows_which_deployment(monkeypatch):
    found, problem = read(FakeClient(), monkeypatch, deployment=None)
    assert found == [] and "the deployment of the job, which is not known" in problem


def test_lines_for_a_message(monkeypatch):
    client = FakeClient(get_header=GIVEN, get_job={"jobDefinition": SECRET, "node": NODE})
    client.verify = True

    def read_log(_url, _header, _job, _verify, limits, note):
        assert limits == live.HASTY
        for text in ("a\n", "first\n", "\n", "hush-hush-hush\n", "x" * 500 + "\n", "\n"):
            note(frame(text))

    monkeypatch.setattr(hosts, "read_log", read_log)
    found = live.last_lines_of(client, ID, {"job": JOB}, 3)
    assert found[:2] == ["first", "<VALUE_HIDDEN_1>"] and len(found[2]) == 200
