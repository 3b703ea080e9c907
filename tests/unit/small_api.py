# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server with one deployment, just good enough for a task of each kind, any answer of which can be replaced."""

from __future__ import annotations

import contextlib
import copy
import http.server
import io
import json
import re
import threading

import requests

ID = "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
MADE = "4vJ9sYVm4rXyTqHh2LpWbN8uQfKzDgR7cMxEa3tB5nPw"
JOB = "6yVJ4KbJd2nEoXq8RzvYtW1cP3sLmA5fGhUeTjNkQx7B"
MARKET = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"
OTHER_MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
NODE = "5tEU5xzXjbYHYpoMyyxoNs9JqvSwEk4hKpZbmSVhXqFN"
NAME = "small"
TIME = "2026-08-21T10:00:00.000Z"
#: More requests than any task that ends needs.
TOO_MANY = 2000


def definition(image="nginx:1"):
    args = {"image": image, "expose": 80}
    return {"version": "0.1", "type": "container", "ops": [{"id": "web", "type": "container/run", "args": args}]}


def deployment(**fields):
    given = {
        "id": ID,
        "name": NAME,
        "vault": NODE,
        "owner": NODE,
        "market": MARKET,
        "status": "RUNNING",
        "strategy": "SIMPLE",
        "replicas": 1,
        "timeout": 60,
        "confidential": False,
        "active_revision": 1,
        "active_jobs": 1,
        "endpoints": [{"opId": "web", "port": 80, "url": "https://web.example", "online": True}],
        "requirements": None,
        "created_at": TIME,
        "updated_at": TIME,
    }
    return dict(given, **fields)


def job(**fields):
    given = {
        "job": JOB,
        "tx": "tx",
        "deployment": ID,
        "market": MARKET,
        "node": NODE,
        "revision": 1,
        "state": "RUNNING",
    }
    return dict(given, time_start=1787306400, created_at=TIME, updated_at=TIME) | fields


def job_result(exit_code=0):
    operation = {"operationId": "web", "status": "success", "exitCode": exit_code, "startTime": 1, "endTime": 2}
    operation["logs"] = [{"type": "stdout", "log": "done\n"}]
    return {"status": "success", "startTime": 1, "endTime": 2, "opStates": [operation]}


def address(number):
    """A job's address, another one for each number."""
    return JOB[:-4] + "".join("123456789"[number // 9**place % 9] for place in range(4))


def revisions(definitions):
    shared = {"deployment": ID, "ipfs_definition_hash": "Qm", "created_at": TIME}
    return [dict(shared, revision=number, job_definition=one) for number, one in enumerate(definitions, 1)]


def ended_job(**fields):
    """What the server tells of one job that has ended."""
    given = {"confidential": False, "revision": 1, "market": MARKET, "node": NODE, "state": 2, "jobStatus": None}
    return dict(given, jobDefinition=definition(), jobResult=job_result(), timeStart=1, timeEnd=2, listedAt=1) | fields


def listing(field, items):
    pagination = {"cursor_next": None, "cursor_prev": None, "total_items": len(items)}
    return {field: items, "pagination": pagination}


#: The document of a server that can do everything.
DOCUMENT = {
    "paths": {
        "/deployments/create": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"properties": {"idempotency_key": {}}}}}}
            }
        },
        **{
            "/deployments/{id}/" + name: {"patch": {}}
            for name in ("update-name", "update-market", "update-active-revision", "update-ssh-keys")
        },
    }
}

_GETS = [
    ("list_deployments", r"/deployments"),
    ("get_deployment", r"/deployments/[^/]+"),
    ("list_revisions", r"/deployments/[^/]+/revisions"),
    ("list_jobs", r"/deployments/[^/]+/jobs"),
    ("get_job", r"/deployments/[^/]+/jobs/[^/]+"),
    ("list_events", r"/deployments/[^/]+/events"),
    ("list_tasks", r"/deployments/[^/]+/tasks"),
    ("list_ssh_keys", r"/deployments/[^/]+/ssh-keys"),
    ("list_markets", r"/markets/"),
    ("get_market", r"/markets/[^/]+/"),
    ("get_required_resources", r"/markets/[^/]+/required-resources"),
    ("get_credits", r"/credits/balance"),
    ("get_job_by_address", r"/jobs/[^/]+"),
    ("list_templates", r"/templates/"),
    ("get_template", r"/templates/[^/]+"),
    ("list_gpus", r"/reservations/gpus"),
    ("openapi", r"/swagger/json"),
]
READS = (*(name for name, _path in _GETS), "find_hosts")
_NEXT = {"start": "RUNNING", "stop": "STOPPED", "archive": "ARCHIVED"}
_EVENT = {"category": "Event", "deploymentId": ID, "type": "JOB_LIST_CONFIRMED", "message": "listed", "tx": ""}
_TASK = {"task": "EXTEND", "deploymentId": ID, "due_at": "2099-01-01T00:00:00.000Z"}
_MARKET = {"address": MARKET, "slug": "nvidia-4090", "name": "NVIDIA 4090", "type": "PREMIUM", "lowest_vram": 24}
_MARKET.update(usd_reward_per_hour="0.32", network_fee_percentage=10, gpu_types=["4090"])
_TEMPLATE = {"id": "web", "name": "Web", "description": "A page", "category": ["Tools"], "variants": [{"id": "small"}]}
_TEMPLATE["jobDefinition"] = definition()
_GPU = {"name": "NVIDIA 4090", "vramGb": 24, "nodes": 3, "available": 2, "working": 1, "markets": [MARKET]}
_HOSTS = {"total": 1, "nodes": [{"nodeAddress": NODE, "market": MARKET}], "price": {"minUsdPerHour": 0.32}}

#: What the server tells of one deployment, by operation.
_OF_ONE = {
    "get_deployment": lambda world, key: world.deployments[key],
    "list_revisions": lambda world, key: listing("revisions", revisions(world.revisions[key])),
    "list_jobs": lambda world, key: listing("jobs", world.jobs[key]),
    "get_job": lambda world, key: ended_job(),
    "list_events": lambda world, key: listing("events", [dict(_EVENT, created_at=TIME)]),
    "list_tasks": lambda world, key: listing("tasks", [_TASK]),
    "list_ssh_keys": lambda world, key: {"public_keys": ["ssh-ed25519 AAAA"]},
}
_FIXED = {
    "list_markets": [_MARKET],
    "get_market": _MARKET,
    "get_required_resources": {"required_images": [], "required_remote_resources": []},
    "get_credits": {"assignedCredits": 10, "reservedCredits": 1, "settledCredits": 2},
    "list_templates": [_TEMPLATE],
    "get_template": _TEMPLATE,
    "list_gpus": [_GPU],
    "find_hosts": _HOSTS,
    "openapi": DOCUMENT,
}


class World:
    """What the server has. ``replaced`` maps operations to the answers to give instead: any JSON value, or bytes.

    ``seen`` holds the operations asked for, ``changes`` those of them that could change something.
    """

    def __init__(self, status="RUNNING", exists=True, state="RUNNING", **fields):
        self.deployments, self.revisions, self.jobs = {}, {}, {}
        self.numbers = iter(range(1, 10_000))
        self.outcome = state  # what becomes of a job that is listed
        self.lone = {"state": state, "timeout": 3600}  # the job that is asked for by its address
        if exists:
            self.deployments[ID] = deployment(status=status, **fields)
            self.revisions[ID] = [definition()]
            self.jobs[ID] = []
            if status in ("RUNNING", "STARTING") or state == "COMPLETED":
                self._list_jobs(ID)
        self.replaced, self.seen, self.changes = {}, [], []

    def answer(self, method, path, body):
        """``(status, value)``; a value that is None stands for an empty answer."""
        operation = self._operation(method, path)
        self.seen.append(operation)
        if len(self.seen) > TOO_MANY:
            return 400, {"error": "too many requests for one task"}
        reads = method == "GET" or operation in READS
        if not reads:
            self.changes.append(operation)
        key = re.match(r"(?:/deployments/)?([^/]*)", path).group(1)
        status, value = self._read(operation, key) if reads else self._change(operation, key, body)
        return (status, copy.deepcopy(self.replaced[operation])) if operation in self.replaced else (status, value)

    @staticmethod
    def _operation(method, path):
        if method == "GET":
            return next((name for name, known in _GETS if re.fullmatch(known, path)), path)
        if path == "/reservations/available":
            return "find_hosts"
        if path.startswith("/jobs/"):
            return path.rsplit("/", 1)[-1] + "-job"
        return "delete" if method == "DELETE" else path.rsplit("/", 1)[-1]

    def _read(self, operation, key):
        if operation in _OF_ONE and key not in self.deployments:
            return 404, {"error": "Deployment not found."}
        if operation not in READS:
            return 404, {"message": "Route GET:%s not found" % operation, "error": "Not Found", "statusCode": 404}
        return 200, self.value(operation, key)

    def value(self, operation, key=ID):
        """The answer to a read."""
        read = _OF_ONE.get(operation)
        if read:
            return copy.deepcopy(read(self, key))
        if operation == "list_deployments":
            return copy.deepcopy(listing("deployments", list(self.deployments.values())))
        if operation == "get_job_by_address":
            return self._lone_job()
        return copy.deepcopy(_FIXED[operation])

    def _lone_job(self):
        ended = self.lone["state"] == "STOPPED"
        more = {"timeStart": 0, "timeEnd": 2 if ended else 0, "jobResult": None, "deployment": ID}
        return ended_job(**self.lone, **more)

    def _change_job(self, operation, body):
        if operation == "stop-job":
            self.lone["state"] = "STOPPED"
        else:
            self.lone["timeout"] += body["seconds"]
        return 200, {"tx": "tx", "job": JOB}

    def _change(self, operation, key, body):
        if operation in ("stop-job", "extend-job"):
            return self._change_job(operation, body)
        if operation == "create":
            made = {name: value for name, value in body.items() if name not in ("job_definition", "idempotency_key")}
            self.deployments[MADE] = deployment(status="DRAFT", active_jobs=0, **dict(made, id=MADE))
            self.jobs[MADE], self.revisions[MADE] = [], [body["job_definition"]]
            return 201, copy.deepcopy(self.deployments[MADE])
        if key not in self.deployments:
            return 404, {"error": "Deployment not found."}
        one = self.deployments[key]
        if operation == "delete":
            del self.deployments[key]
            return 204, None
        if operation in _NEXT:
            one["status"] = _NEXT[operation]
            self._stop_jobs(key)
            if operation == "start":
                self._list_jobs(key)
            return 200, {"status": one["status"], "updated_at": TIME}
        if operation == "create-revision":
            self.revisions[key].append(body)
            one["active_revision"] = len(self.revisions[key])
            self._stop_jobs(key)
            self._list_jobs(key)
            return 200, {"active_revision": one["active_revision"], "revisions": [], "updated_at": TIME}
        one.update(body or {})
        if operation == "update-replica-count" and one["status"] == "RUNNING":
            self._stop_jobs(key)
            self._list_jobs(key)
        return 200, dict(body or {}, updated_at=TIME)

    def _list_jobs(self, key):
        one = self.deployments[key]
        for _replica in range(one["replicas"]):
            new = job(state=self.outcome, job=address(next(self.numbers)), revision=one["active_revision"])
            self.jobs[key].insert(0, new)
        if self.outcome == "COMPLETED":
            one["status"] = "STOPPED"

    def _stop_jobs(self, key):
        self.jobs[key] = [dict(one, state=one["state"].replace("RUNNING", "STOPPED")) for one in self.jobs[key]]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self):
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0].removeprefix("/api")
        status, value = self.server.world.answer(self.command, path, json.loads(content) if content else None)
        body = value if isinstance(value, bytes) else b"" if status == 204 else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer

    def log_message(self, format, *args):
        """Prints nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    world = None

    @property
    def url(self):
        return "http://127.0.0.1:%d/api" % self.server_port


@contextlib.contextmanager
def small_api():
    """A server whose ``world`` is to be set for each task."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def send_from_memory(get_world):
    """What replaces ``requests.adapters.HTTPAdapter.send`` for many tasks in little time: no sockets."""

    def send(_adapter, request, **_settings):
        path = request.url.partition("/api")[2].partition("?")[0]
        status, value = get_world().answer(request.method, path, json.loads(request.body) if request.body else None)
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url, request
        response.headers["Content-Type"] = "application/json"
        content = value if isinstance(value, bytes) else b"" if status == 204 else json.dumps(value).encode()
        response.raw = io.BytesIO(content)
        return response

    return send
