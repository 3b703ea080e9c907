# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small server with those parts of a controller's API that awx.awx uses here. It keeps what it is sent, refuses what
a controller refuses, and notes each request."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

TOKEN = "token-of-a-test"
KINDS = {
    "organizations",
    "execution_environments",
    "credential_types",
    "credentials",
    "projects",
    "inventories",
    "inventory_sources",
    "job_templates",
}
ANSWERS = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "integer": int, "float": float}
FIELD_KEYS = {"id", "label", "help_text", "type", "secret", "multiline", "choices", "default", "format"}


class Refused(Exception):
    """An answer with status 400; its argument is the content."""


class Controller:
    """What a controller remembers."""

    def __init__(self) -> None:
        self.things: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS | {"project_updates"}}
        self.credentials_of: dict[int, list[int]] = {}
        self.surveys: dict[int, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.add("organizations", {"name": "Default"})

    def changes(self) -> list[tuple[str, str]]:
        """The requests that change something, as (method, path), the oldest first; they are forgotten."""
        seen, self.requests = self.requests, []
        return [one for one in seen if one[0] != "GET"]

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """The thing of this name."""
        [found] = [one for one in self.things[kind] if one["name"] == name]
        return found

    def add(self, kind: str, sent: dict[str, Any]) -> dict[str, Any]:
        """A new thing, as the API shows it."""
        _check(self, kind, sent)
        number = 1 + sum(len(things) for things in self.things.values())
        url = "/api/v2/%s/%d/" % (kind, number)
        made = {**sent, "id": number, "type": kind[:-1], "url": url, "related": {}, "summary_fields": {}}
        if kind == "job_templates":
            made["related"] = {"survey_spec": url + "survey_spec/", "credentials": url + "credentials/"}
        if kind == "projects":
            # A new project is read at once, and the modules wait for that.
            update = self.add("project_updates", {"name": sent["name"], "status": "successful"})
            made.update(scm_revision="", summary_fields={"current_update": {"id": update["id"]}})
        self.things[kind].append(made)
        return made

    def shown(self, kind: str, thing: dict[str, Any]) -> dict[str, Any]:
        """A thing as the API shows it: no secret is ever shown."""
        if kind != "credentials":
            return thing
        secret = {field["id"] for field in _fields(self, thing) if field.get("secret")}
        inputs = {key: "$encrypted$" if key in secret else value for key, value in thing["inputs"].items()}
        return {**thing, "inputs": inputs}

    def answer(self, method: str, path: str, query: dict[str, str], sent: Any) -> tuple[int, Any]:
        """The answer to a request: status and content."""
        parts = path.removeprefix("/api/v2/").strip("/").split("/")
        kind = parts[0]
        if not path.startswith("/api/v2/") or kind not in self.things:
            return 404, {"detail": "Not found."}
        if len(parts) == 1:
            if method == "POST":
                return 201, self.shown(kind, self.add(kind, sent))
            return 200, self._page([self.shown(kind, one) for one in self.things[kind] if _matches(one, query)])
        thing = next((one for one in self.things[kind] if one["id"] == int(parts[1])), None)
        if thing is None:
            return 404, {"detail": "Not found."}
        if len(parts) == 3:
            return getattr(self, "_" + parts[2])(method, thing["id"], sent)
        if method == "PATCH":
            if kind == "credential_types" and self.things["credentials"] and sent.get("inputs") != thing["inputs"]:
                raise Refused({"inputs": "Modifications are not allowed for credential types that are in use"})
            _check(self, kind, {**thing, **sent})
            kept = thing.get("inputs", {})
            thing.update(sent)
            if kind == "credentials":
                given = thing["inputs"].items()
                thing["inputs"] = {key: kept[key] if value == "$encrypted$" else value for key, value in given}
        return 200, self.shown(kind, thing)

    def _page(self, results: list[Any]) -> dict[str, Any]:
        return {"count": len(results), "next": None, "previous": None, "results": results}

    def _credentials(self, method: str, template: int, sent: Any) -> tuple[int, Any]:
        known = self.credentials_of.setdefault(template, [])
        if method == "POST":
            known.append(sent["id"])
            return 204, None
        its_own = [one for one in self.things["credentials"] if one["id"] in known]
        return 200, self._page([self.shown("credentials", one) for one in its_own])

    def _survey_spec(self, method: str, template: int, sent: Any) -> tuple[int, Any]:
        if method == "POST":
            self.surveys[template] = kept_survey(sent)
            return 200, {}
        return 200, self.surveys.get(template, {})


def _matches(thing: dict[str, Any], query: dict[str, str]) -> bool:
    return all(str(thing.get(key)) == value for key, value in query.items())


def _fields(controller: Controller, credential: dict[str, Any]) -> list[dict[str, Any]]:
    types = controller.things["credential_types"]
    return next(one["inputs"]["fields"] for one in types if one["id"] == credential["credential_type"])


# --- what a controller refuses -------------------------------------------------------------------------------------


def _check(controller: Controller, kind: str, sent: dict[str, Any]) -> None:
    if kind == "credential_types":
        _check_credential_type(sent)
    elif kind == "credentials":
        known = {field["id"] for field in _fields(controller, sent)}
        if not sent["inputs"].keys() <= known or not all(isinstance(value, str) for value in sent["inputs"].values()):
            raise Refused({"inputs": "unknown or no text: %s" % sorted(sent["inputs"])})
    elif kind == "job_templates" and not isinstance(sent["project"], int):
        raise Refused({"project": "an id is needed"})


def _check_credential_type(sent: dict[str, Any]) -> None:
    ids = {field["id"] for field in sent["inputs"]["fields"]}
    for field in sent["inputs"]["fields"]:
        if not {"id", "label"} <= field.keys() <= FIELD_KEYS or field.get("type") not in ("string", "boolean"):
            raise Refused({"inputs": "a wrong field: %s" % field})
    if sent["kind"] not in ("cloud", "net") or sent["injectors"].keys() - {"env", "file", "extra_vars"}:
        raise Refused({"injectors": "a wrong kind"})
    for name, template in sent["injectors"]["env"].items():
        used = re.findall(r"{{ *(\w+) *}}", template)
        if name.startswith("ANSIBLE_") or not template.isascii() or not used or set(used) - ids:
            raise Refused({"injectors": "%s: %s" % (name, template)})


def kept_survey(sent: dict[str, Any]) -> dict[str, Any]:
    """The survey as a controller keeps it: blank lines of choices are dropped."""
    if not isinstance(sent.get("name"), str) or not isinstance(sent.get("description"), str) or not sent.get("spec"):
        raise Refused({"error": "name, description or spec is missing"})
    variables = [question["variable"] for question in sent["spec"]]
    if len(variables) != len(set(variables)):
        raise Refused({"error": "a variable occurs twice"})
    return {**sent, "spec": [_question(question) for question in sent["spec"]]}


def _question(sent: dict[str, Any]) -> dict[str, Any]:
    if not sent["question_name"] or not isinstance(sent["required"], bool) or sent["type"] not in ANSWERS:
        raise Refused({"error": "a wrong question: %s" % sent})
    default = sent.get("default", "")
    if default != "" and not isinstance(default, ANSWERS[sent["type"]]):
        raise Refused({"error": "a wrong default: %s" % sent})
    if any(not isinstance(sent[key], int) for key in ("min", "max") if sent.get(key) is not None):
        raise Refused({"error": "a wrong limit: %s" % sent})
    if sent["type"] != "multiplechoice":
        return sent
    choices = [choice for choice in sent["choices"].splitlines() if choice.strip()]
    if default != "" and default not in choices:
        raise Refused({"error": "Default choice must be answered from the choices listed."})
    return {**sent, "choices": "\n".join(choices)}


# --- the server ----------------------------------------------------------------------------------------------------


def _handler(controller: Controller) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            address = urllib.parse.urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length) or "null")
            controller.requests.append((self.command, address.path))
            if self.headers.get("Authorization") != "Bearer " + TOKEN:
                status, content = 401, {"detail": "Authentication credentials were not provided."}
            else:
                try:
                    query = dict(urllib.parse.parse_qsl(address.query))
                    status, content = controller.answer(self.command, address.path, query, sent)
                except Refused as refused:
                    status, content = 400, refused.args[0]
            data = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    return Handler


@contextlib.contextmanager
def served(controller: Controller) -> Iterator[str]:
    """The address of a server for this controller, as long as the context lasts."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(controller))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield "http://127.0.0.1:%d" % server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
