# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How requests travel, over real sockets: TLS, redirects, proxies, what the surroundings set, and bounds."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
import time

import pytest
import trustme

from ansible_collections.nosana.cloud.plugins.module_utils._api import exchange
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    InvalidOptions,
    NosanaError,
    Refused,
    UnknownOutcome,
    Unreachable,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import Connection
from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment_info

from .fake_api import FastClock, fake_api

ID = "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
KEY = "nos_transported_key"
#: A name that nothing but a proxy of these tests knows.
HOST = "api.nosana.test"


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch):
    """Without proxies or files that the machine's own environment names."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """``(authority, its file)``: one that nobody trusts by default."""
    made = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    return made, str(file)


@contextlib.contextmanager
def tls_api(authority, *answers, names=("127.0.0.1", HOST)):
    """A FakeApi that speaks https."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert(*names).configure_cert(context)
    with fake_api(*answers) as api:
        api.handle_error = lambda *about: None  # handshakes that fail are what some tests are about
        api.socket = context.wrap_socket(api.socket, server_side=True, do_handshake_on_connect=False)
        yield api


@contextlib.contextmanager
def raw_server(serve):
    """A server that calls ``serve(connection, bytes of the request's first part)``; yields ``(port, requests)``."""
    seen, closing = [], threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection):
        with connection, contextlib.suppress(OSError):
            seen.append(connection.recv(65536))
            serve(connection, seen[-1], closing)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        closing.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def https(port, host="127.0.0.1"):
    return "https://%s:%d/api" % (host, port)


def client_for(url, **settings):
    return Client(Connection(url, KEY, **settings), FastClock())


def read(url, **settings):
    return client_for(url, retries=0, **settings).call("get_deployment", id=ID)


# --- certificates


def test_an_authority_of_ones_own(authority):
    with tls_api(authority, (200, {"id": ID})) as api:
        assert read(https(api.server_port), ca_path=authority[1]) == {"id": ID}
    assert api.seen[0][2]["Authorization"] == "Bearer " + KEY


def test_a_certificate_that_nobody_trusts(authority):
    with tls_api(authority, (200, {})) as api:
        with pytest.raises(Unreachable, match="certificate is not trusted .*ca_path"):
            client_for(https(api.server_port), retries=3).call("create", body={})
    assert api.seen == []


def test_a_certificate_for_another_name(authority):
    with tls_api(authority, (200, {}), names=["other.example"]) as api:
        with pytest.raises(Unreachable, match="certificate is not trusted"):
            read(https(api.server_port), ca_path=authority[1])
    assert api.seen == []


def test_without_a_check_of_certificates_a_task_warns(authority, run_module):
    listing = {"deployments": [], "pagination": {"cursor_next": None}}
    with tls_api(authority, (200, listing)) as api:
        args = {"api_url": https(api.server_port), "api_key": KEY, "validate_certs": False}
        result = run_module(nosana_deployment_info, args)
    assert result["deployments"] == [] and "can read the key" in str(result["warnings"])


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_surroundings_choose_no_authority(authority, monkeypatch, variable):
    with tls_api(authority, (200, {})) as api:
        monkeypatch.setenv(variable, authority[1])
        with pytest.raises(Unreachable, match="certificate is not trusted"):
            read(https(api.server_port))
        monkeypatch.setenv(variable, "/nowhere/ca.pem")
        assert read(https(api.server_port), ca_path=authority[1]) == {}


@pytest.mark.parametrize(
    "content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_without_certificates(tmp_path, content):
    file = tmp_path / "ca.pem"
    file.write_text(content)
    with pytest.raises(InvalidOptions, match="ca_path: .*holds no certificate"):
        client_for("https://127.0.0.1:1", ca_path=str(file))


def test_https_to_a_server_of_plain_http_is_called_that():
    with fake_api((200, {})) as api:
        with pytest.raises(Unreachable, match="does not speak https") as error:
            client_for(https(api.server_port), retries=3).call("get_deployment", id=ID)
    assert "certificate" not in str(error.value) and "api_url" in str(error.value)


def test_a_handshake_that_is_cut_off_may_pass_and_is_no_matter_of_certificates():
    with raw_server(lambda connection, request, closing: None) as (port, seen):
        with pytest.raises(Unreachable, match=r"tried 2 times\. Check api_url") as error:
            client_for(https(port), retries=1).call("get_deployment", id=ID)
    assert len(seen) == 2 and "certificate" not in str(error.value)


def test_a_tls_connection_cut_off_after_a_change_was_sent_leaves_its_end_open(authority):
    with tls_api(authority, "drop") as api:
        with pytest.raises(UnknownOutcome, match="Whether it was done is not known"):
            client_for(https(api.server_port), ca_path=authority[1]).call("create", body={})
    assert len(api.seen) == 1


def test_plain_http_to_a_server_of_https(authority):
    with tls_api(authority, (200, {})) as api:
        with pytest.raises(Unreachable, match="api_url"):
            read("http://127.0.0.1:%d/api" % api.server_port)
    assert api.seen == []


# --- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", ["get_deployment", "start"])
def test_redirects_carry_the_key_nowhere(authority, status, name):
    with fake_api((200, {})) as other:
        for target in (other.url, "http://127.0.0.1:%d/" % other.server_port):
            with tls_api(authority, (status, "moved", {"Location": target})) as api:
                client = client_for(https(api.server_port), ca_path=authority[1], retries=0)
                with pytest.raises(Refused, match="Redirects are not followed.*final address"):
                    client.call(name, id=ID)
    assert other.seen == []


# --- proxies


def tunnel(api_port):
    """How a proxy serves: CONNECT leads to the server at ``api_port``, whatever the name; all else gets an answer."""

    def serve(connection, request, closing):
        if not request.startswith(b"CONNECT "):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            return
        with socket.create_connection(("127.0.0.1", api_port)) as onward:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=copy, args=(onward, connection), daemon=True)
            back.start()
            copy(connection, onward, request_log)
            back.join(10)

    request_log = serve.log = []
    return serve


def copy(source, target, log=None):
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            if log is not None:
                log.append(part)
            target.sendall(part)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def test_a_proxy_for_https_never_sees_the_key(authority, monkeypatch):
    with tls_api(authority, (200, {"id": ID})) as api:
        serve = tunnel(api.server_port)
        with raw_server(serve) as (port, seen):
            monkeypatch.setenv("HTTPS_PROXY", "http://user:proxy-password@127.0.0.1:%d" % port)
            assert read("https://%s/api" % HOST, ca_path=authority[1]) == {"id": ID}
    assert seen[0].startswith(b"CONNECT %s:443 " % HOST.encode()) and b"Proxy-Authorization: Basic" in seen[0]
    assert serve.log and KEY.encode() not in b"".join(seen + serve.log)
    assert api.seen[0][2]["Authorization"] == "Bearer " + KEY and "Proxy-Authorization" not in api.seen[0][2]


def test_hosts_that_the_surroundings_except_go_past_the_proxy(authority, monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more))
    with tls_api(authority, (200, {"id": ID})) as api:
        with raw_server(tunnel(api.server_port)) as (port, seen):
            monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:%d" % port)
            monkeypatch.setenv("NO_PROXY", "other.example,.nosana.test")
            assert read(https(api.server_port, HOST), ca_path=authority[1]) == {"id": ID}
    assert seen == []


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_what_goes_to_this_machine_goes_through_no_proxy(monkeypatch, variable):
    with fake_api((200, {"id": ID})) as api, raw_server(tunnel(0)) as (port, seen):
        monkeypatch.setenv(variable, "http://127.0.0.1:%d" % port)
        assert read(api.url) == {"id": ID}
    assert seen == []


@pytest.mark.parametrize(
    "proxy", ["http://u:proxy-password@127.0.0.1:1", "http://u:proxy-password@[:9", "ftp://u:proxy-password@x"]
)
def test_a_proxy_that_does_not_work_is_told_without_its_password(monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(NosanaError, match="could not connect|can't be called") as error:
        read("https://%s/api" % HOST)
    assert "proxy-password" not in str(error.value)


def test_a_proxy_that_refuses(monkeypatch):
    def refuse(connection, request, closing):
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with raw_server(refuse) as (port, seen):
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:%d" % port)
        with pytest.raises(Unreachable, match="through the proxy.*407"):
            read("https://%s/api" % HOST)
    assert KEY.encode() not in b"".join(seen)


def test_a_netrc_is_for_nobody_here(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with fake_api((200, {})) as api:
        read(api.url)
        assert client_for(api.url).ask("GET", api.url) == 200
    assert api.seen[0][2]["Authorization"] == "Bearer " + KEY and "Authorization" not in api.seen[1][2]


def test_a_health_checks_header_is_carried_nowhere_else():
    with fake_api((200, {})) as other, fake_api((302, "", {"Location": other.url})) as endpoint:
        client = client_for(endpoint.url)
        assert client.ask("GET", endpoint.url, headers={"X-Token": "for-the-endpoint"}) == 302
        assert other.seen == []
        assert client.ask("GET", endpoint.url) == 200


# --- bounds


def drip(first):
    """Sends ``first``, then a byte now and then, for ever."""

    def serve(connection, request, closing):
        connection.sendall(first)
        while not closing.wait(0.1):
            connection.sendall(b"a")

    return serve


@pytest.mark.parametrize(
    "first",
    [b"", b"HTTP/1.1 200 OK\r\nX-Endless: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"]
    + [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9999\r\n"],
    ids=["status", "headers", "body", "chunks"],
)
def test_an_answer_that_drips_ends_at_api_timeout(first):
    with raw_server(drip(first)) as (port, _seen):
        started = time.monotonic()
        with pytest.raises(UnknownOutcome, match=r"no (complete )?answer within 1 s \(api_timeout\)"):
            client_for("http://127.0.0.1:%d/api" % port, timeout=1).call("create", body={})
        # without the bound it would be the 100 kB of the body times a tenth of a second; the rest is a busy machine's
        assert time.monotonic() - started < 60


def test_after_one_that_drips_the_next_request_works():
    turns = iter([drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), None])

    def serve(connection, request, closing):
        slow = next(turns)
        if slow:
            slow(connection, request, closing)
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(serve) as (port, seen):
        client = client_for("http://127.0.0.1:%d/api" % port, timeout=1, retries=1)
        assert client.call("get_deployment", id=ID) == {}
    assert len(seen) == 2


def test_a_name_that_never_resolves_ends_at_api_timeout(monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: never.wait(60))
    with pytest.raises(Unreachable, match="within 1 s"):
        read("https://%s/api" % HOST, timeout=1)
    never.set()


@pytest.mark.parametrize("compress", [False, True])
def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch, compress):
    monkeypatch.setattr(exchange, "MAX_ANSWER", 2**20)
    content = b"[" + b" " * 2**22 + b"]"
    head = b"HTTP/1.1 200 OK\r\n"
    if compress:
        content = gzip.compress(content)
        head += b"Content-Encoding: gzip\r\n"
    answer = head + b"Content-Length: %d\r\n\r\n%s" % (len(content), content)
    with raw_server(lambda connection, request, closing: connection.sendall(answer)) as (port, _seen):
        with pytest.raises(Unreachable, match="longer than 1 MiB"):
            read("http://127.0.0.1:%d/api" % port)


def test_an_answer_that_can_not_be_unpacked():
    with fake_api((200, "no gzip", {"Content-Encoding": "gzip"})) as api:
        with pytest.raises(Unreachable, match="can't be decoded"):
            read(api.url)


def test_a_password_in_an_address_is_shown_in_no_message():
    for url in (
        "https://u:hunter2hunter2@[::1",
        "ftp://u:hunter2hunter2@x.example",
        "https://u:hunter2hunter2@x.example",
    ):
        with pytest.raises(InvalidOptions, match="api_url must") as error:
            client_for(url)
        assert "hunter2" not in str(error.value)
