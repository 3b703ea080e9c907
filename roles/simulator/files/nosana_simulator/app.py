# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side: one ASGI application for the API, put beside the control interface."""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import parse_qsl, unquote

from . import control, host_logs, openapi, operations, stream
from .endpoints import SERVED
from .errors import ApiError, internal
from .faults import BEFORE, Fault
from .operations import Operation
from .requests import Answer, Request, StreamAnswer
from .schemas import check_key
from .simulator import Simulator

PREFIX = "/api"
LARGEST_BODY = 1024 * 1024
JSON = "application/json; charset=utf-8"


def create_app(simulator: Simulator) -> Callable[..., Awaitable[None]]:
    """The whole application: the control interface below /_control, the API everywhere else."""
    api = Api(simulator)
    simulator.describe = openapi.document

    async def application(scope, receive, send) -> None:
        if scope["type"] == "websocket":
            await _connect(simulator, scope, receive, send)
        elif scope.get("path", "").startswith(control.PREFIX):
            await _steer(simulator, scope, receive, send)
        elif scope.get("path", "").startswith(SERVED):
            await _serve_endpoint(simulator, scope, send)
        else:
            await api(scope, receive, send)
    return application


async def _steer(simulator: Simulator, scope, receive, send) -> None:
    try:
        content = await _read(receive, math.inf)
    except Disconnected:
        return
    status, value = control.answer(simulator, scope["method"], scope["path"], content)
    body = b"" if value is None else json.dumps(value).encode()
    headers = {"content-type": JSON, "content-length": str(len(body))}
    await send({"type": "http.response.start", "status": status, "headers": _raw({} if value is None else headers)})
    await send({"type": "http.response.body", "body": body})


async def _connect(simulator: Simulator, scope, receive, send) -> None:
    simulator.last_request = time.monotonic()
    if scope["path"].startswith(host_logs.PREFIX):
        await host_logs.serve(simulator, scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close"})  # before it is accepted: a 403


async def _serve_endpoint(simulator: Simulator, scope, send) -> None:
    """What the containers behind an endpoint answer, or the gateway in front of them."""
    engine, label = simulator.sync(), scope["path"].removeprefix(SERVED).partition("/")[0]
    online = engine.chain.is_online(simulator.base_url + SERVED + label)
    body = b"it works" if online else b"no tunnel"
    headers = {"content-type": "text/plain", "content-length": str(len(body))}
    await send({"type": "http.response.start", "status": 200 if online else engine.quirks.offline_status,
                "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Api:
    """The API as an ASGI application: check in the server's order, do the work, write the answer."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        simulator = self.simulator
        simulator.last_request = time.monotonic()
        simulator.sync()
        method, path = scope["method"], scope["path"]
        route = self._route(scope)
        entry = self._log(scope, route)
        fault = simulator.faults.take(route[0].name if route else None, method, path)
        if fault is not None and fault.kind in BEFORE:
            if fault.kind == "status":
                await self._send(scope, send, entry, Answer(fault.body, fault.status, headers=fault.headers))
                return
            if fault.kind == "drop_before":
                await _drop(scope)
                return
            await asyncio.sleep(fault.seconds)
            if _closed(scope):
                return
            simulator.sync()
        try:
            answer = await self._answer(scope, receive, route, entry)
        except Disconnected:
            return
        except ApiError as refusal:
            answer = Answer(self._refusal(refusal), refusal.status, headers=refusal.headers)
        entry["accepted"] = isinstance(answer, StreamAnswer) or answer.status < 400
        if isinstance(answer, Answer) and answer.idempotency_key:
            # In progress until it is answered, which latency and faults can make late.
            simulator.in_flight.add(answer.idempotency_key)
        try:
            if simulator.latency:
                await asyncio.sleep(simulator.latency)
            if isinstance(answer, StreamAnswer):
                await self._stream(scope, receive, send, entry, answer, fault)
            else:
                await self._finish(scope, send, entry, answer, fault)
        finally:
            if isinstance(answer, Answer) and answer.idempotency_key:
                simulator.in_flight.discard(answer.idempotency_key)

    # -- finding and checking ----------------------------------------------------------------------------------------

    def _route(self, scope) -> tuple[Operation, dict[str, str]] | None:
        release, path = self.simulator.release, _url(scope)
        if path == PREFIX or path.startswith(PREFIX + "/"):
            path = path[len(PREFIX):]
        elif not release.gateway:
            return None
        # Split before it is decoded: an encoded slash is part of a name.
        found = operations.find(release, scope["method"], [unquote(part) for part in path.split("/")])
        return None if found is not None and found[0].name in self.simulator.engine.quirks.hidden else found

    def _log(self, scope, route) -> dict:
        simulator, path = self.simulator, scope["path"]
        simulator.asked += 1
        entry = {
            "n": simulator.asked, "time": control.now(simulator), "method": scope["method"], "path": path,
            "query": scope["query_string"].decode("latin-1"), "operation": route[0].name if route else None,
            "mutating": operations.may_change(scope["method"], path), "accepted": False, "status": None,
            "deployment": route[1].get("deployment") if route else None,
            "client": _headers(scope).get("user-agent", ""), "received": time.time(),
        }
        simulator.requests.append(entry)
        return entry

    async def _answer(self, scope, receive, route, entry) -> Answer | StreamAnswer:
        simulator = self.simulator
        if scope["method"] == "OPTIONS":
            return _preflight(_headers(scope))
        url = _url(scope)
        if not _decodable(url):
            raise ApiError(400, {"error": "Bad Request", "code": "FST_ERR_BAD_URL",
                                 "message": f"'{url}' is not a valid url component", "statusCode": 400})
        if route is None:
            if scope["query_string"]:
                url += "?" + scope["query_string"].decode("latin-1")
            raise ApiError(404, {"message": f"Route {scope['method']}:{url} not found", "error": "Not Found",
                                 "statusCode": 404})
        operation, params = route
        headers = _headers(scope)
        key = self._authorize(operation, headers)
        body = await _body(scope, receive, headers)
        for name in operations.ADDRESSES:
            if name in params:
                check_key(f"params/{name}", params[name])
        if operation.body is not None:
            body = operation.body(simulator.release)(body)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        # Work takes no time: from here on nothing is awaited, so requests can't get between each other.
        simulator.sync()
        answer = operation.handler(Request(simulator, params, query, headers, key, body))
        if isinstance(answer, StreamAnswer):
            return answer
        if answer.deployment:
            entry["deployment"] = answer.deployment
        answer.content = simulator.engine.quirks.changed(operation.name, answer.content)
        return answer

    def _refusal(self, refusal: ApiError):
        """Its body; a gateway has a form of its own for what does not exist."""
        body = refusal.body
        if self.simulator.engine.quirks.missing_as_message and refusal.status == 404 and list(body) == ["error"]:
            return {"message": body["error"], "code": "NOT_FOUND"}
        return body

    def _authorize(self, operation: Operation, headers: dict[str, str]) -> str:
        simulator, release = self.simulator, self.simulator.release
        if operation.public:
            return ""
        key = simulator.accepts(headers.get("authorization"))
        if key is None:
            if release.unauthorized_as_json:
                raise ApiError(401, release.unauthorized)
            raise ApiError(401, release.unauthorized, {"content-type": "text/plain; charset=utf-8"})
        scopes = simulator.scopes.get(key)
        if release.scopes and scopes is not None and operation.scope is not None and operation.scope not in scopes:
            raise ApiError(403, {"message": f"Insufficient scope. This endpoint requires: {operation.scope}.",
                                 "code": "INSUFFICIENT_SCOPE"},
                           {"www-authenticate": f'Bearer error="insufficient_scope", scope="{operation.scope}"'})
        return key

    # -- answering ---------------------------------------------------------------------------------------------------

    async def _finish(self, scope, send, entry, answer: Answer, fault: Fault | None) -> None:
        kind = fault.kind if fault is not None else None
        if kind == "drop_after":
            await _drop(scope)
            return
        if kind == "hang":
            await asyncio.sleep(fault.seconds)
            if _closed(scope):
                return
        if kind == "garbage":
            answer = Answer("<html>upstream says hello", content_type="text/html")
        await self._send(scope, send, entry, answer, cut=kind == "cut")

    async def _send(self, scope, send, entry, answer: Answer, cut: bool = False) -> None:
        content = _content(answer)
        headers = {"date": self._date(), "content-type": answer.content_type, "content-length": str(len(content)),
                   **{name.lower(): str(value) for name, value in answer.headers.items()}}
        if answer.status == 204:
            headers.pop("content-type"), headers.pop("content-length")
        entry["status"] = answer.status
        if scope["method"] == "HEAD":
            content = b""
        await send({"type": "http.response.start", "status": answer.status, "headers": _raw(headers)})
        if cut:
            await send({"type": "http.response.body", "body": content[:len(content) // 2], "more_body": True})
            await _drop(scope)
            return
        await send({"type": "http.response.body", "body": content})

    async def _stream(self, scope, receive, send, entry, answer: StreamAnswer, fault: Fault | None) -> None:
        headers = {"date": self._date(), "content-type": "text/event-stream", "x-accel-buffering": "no",
                   "cache-control": "no-cache, no-transform"}
        entry["status"] = 200
        await send({"type": "http.response.start", "status": 200, "headers": _raw(headers)})
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            async with aclosing(stream.chunks(self.simulator, answer.deployment, gone.done)) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    if fault is not None and fault.kind not in BEFORE:  # cut off after its first frames
                        await _drop(scope)
                        return
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()

    def _date(self) -> str:
        moment = datetime.fromtimestamp(self.simulator.engine.now, timezone.utc)
        return format_datetime(moment, usegmt=True)


def _content(answer: Answer) -> bytes:
    if answer.status == 204 or answer.content is None:
        return b""
    plain = not answer.content_type.startswith("application/json") or \
        answer.headers.get("content-type", JSON).startswith("text/")
    if plain and isinstance(answer.content, str):
        return answer.content.encode()
    try:
        return json.dumps(answer.content, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a character, which JSON can only write escaped
        return json.dumps(answer.content, separators=(",", ":")).encode()


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _headers(scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _url(scope) -> str:
    """The path as it was sent."""
    return (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")


def _decodable(url: str) -> bool:
    if re.search("%(?![0-9A-Fa-f]{2})", url):
        return False
    try:
        unquote(url, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _preflight(headers: dict[str, str]) -> Answer:
    """What a browser asks before it asks something else; anything else with that method is refused."""
    if "origin" not in headers or "access-control-request-method" not in headers:
        return Answer("Invalid Preflight Request", 400, "text/plain")
    return Answer(None, 204, headers={"access-control-allow-origin": headers["origin"],
                                      "access-control-allow-methods": "GET,HEAD,POST", "vary": "Origin"})


async def _read(receive, most: float = LARGEST_BODY) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large()
        if not message.get("more_body"):
            return b"".join(parts)


def _too_large() -> ApiError:
    return ApiError(413, {"statusCode": 413, "code": "FST_ERR_CTP_BODY_TOO_LARGE", "error": "Payload Too Large",
                          "message": "Request body is too large"})


async def _body(scope, receive, headers: dict[str, str]):
    """The JSON value of the body, or its text when it is announced as text; None when there is none."""
    if scope["method"] in ("GET", "HEAD"):
        return None
    kind = headers.get("content-type")
    length = headers.get("content-length", "0" if "transfer-encoding" not in headers else "")
    if length.isdigit() and int(length) > LARGEST_BODY:
        raise _too_large()
    content = await _read(receive)
    if kind is None and not content:
        return None
    media = (kind or "").partition(";")[0].strip().lower()
    if media == "text/plain":
        return content.decode(errors="replace")
    if media != "application/json":
        raise ApiError(415, {"statusCode": 415, "code": "FST_ERR_CTP_INVALID_MEDIA_TYPE",
                             "error": "Unsupported Media Type", "message": f"Unsupported Media Type: {kind}"})
    try:
        # As text: of bytes, the library would take other encodings, and a byte order mark, too.
        return json.loads(content.decode(errors="replace"), parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise internal() from problem


def _refuse(word: str):
    raise ValueError(f"{word} is no JSON")


# -- connections -------------------------------------------------------------------------------------------------------


def _transport(scope):
    """The connection of a request, where the server lends it (see ``server.Protocol``)."""
    return (scope.get("state") or {}).get("transport")


def _closed(scope) -> bool:
    transport = _transport(scope)
    return transport is not None and transport.is_closing()


async def _drop(scope) -> None:
    """Close the connection once what was written is out, and let the server notice."""
    transport = _transport(scope)
    if transport is None:
        raise RuntimeError("this server can't drop connections")
    transport.close()
    while not (scope.get("state") or {})["gone"].is_set():
        await asyncio.sleep(0.001)


async def _until_gone(receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
