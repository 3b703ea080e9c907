# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what the module runs, in this process and over real HTTP: many cases in little time.

From options to result it is the module's own code (converge), with a clock as fast as the simulator's.
"""

from __future__ import annotations

import dataclasses
import json
import urllib.request

import runs

from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import Connection
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.converge import converge
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import desired_of
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Clock, Deadline

#: Simulated seconds a second; more, and the machine's own pauses begin to count.
SPEED = 20
#: For tests that wait through much and whose outcome does not depend on the machine's pauses.
FAST = 40
#: Seconds (real ones) that news may take to come through, on however busy a machine; a stream that broke has none.
LONGEST_DELIVERY = 10
MARKET = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"
OTHER_MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"


def definition(image="nginx:1", **args):
    """A job definition of one service that exposes a port."""
    args = {"image": image, "expose": 80, **args}
    return {"version": "0.1", "type": "container", "ops": [{"id": "web", "type": "container/run", "args": args}]}


CREATE = {
    "market": MARKET,
    "strategy": "SIMPLE",
    "replicas": 2,
    "timeout": 60,
    "job_definition": definition(),
}


@dataclasses.dataclass(frozen=True)
class Done:
    """What a run came to: an Outcome's fields, or the message and result of its failure."""

    changed: bool
    actions: list
    before: dict = None
    after: dict = None
    deployment: dict = None
    jobs: list = None
    warnings: list = ()
    failure: str = None
    replaced_id: str = None
    cost: dict = None
    progress: list = ()
    reason: str = None
    rolled_back_to: int = None


class LeapingClock(Clock):
    """The clock of a client that does not wait: it puts the simulator's time forward. For one client at a time."""

    def __init__(self, server):
        super().__init__()
        self._server = server
        self._leapt = 0.0
        self._is_told = False  # whether the last leap brought news, which may still be on its way
        #: What else happens each time the client has waited.
        self.meanwhile = lambda: None

    def now(self):
        return self._leapt

    def sleep(self, seconds):
        self._leap(seconds)
        self.meanwhile()

    def wait_for(self, event, seconds):
        """Puts time forward to the next news, or as far as the client waits if there is none."""
        if event.is_set() or seconds <= 0:
            return
        if not self._is_told:
            self._leap(seconds, until_news=True)
        if self._is_told:
            event.wait(LONGEST_DELIVERY)
        self.meanwhile()

    def _leap(self, seconds, **more):
        leap = self._server.control("POST", "/advance", {"seconds": seconds, **more})
        self._leapt += leap["passed"]
        self._is_told = leap["news"]


class Runner:
    """Runs tasks against a simulator. ``run(name=..., state=...)`` takes the options of nosana_deployment."""

    def __init__(self, server, speed=SPEED, retries=5, timeout=30, leaps=False):
        self.server = server
        self.clock = LeapingClock(server) if leaps else Clock(speed)
        self.connection = Connection(server.api_url, "nos_inprocess", timeout=timeout, retries=retries)

    def run(self, check=False, wait=True, wait_for=None, wait_timeout=600, **options):
        options.setdefault("state", "present")
        with runs.run("state: %s" % options["state"], check) as claimed:
            done = self._run(check, wait, wait_for, wait_timeout, options)
            claimed["changed"] = done.changed
        return done

    def _run(self, check, wait, wait_for, wait_timeout, options):
        client = Client(self.connection, self.clock, Deadline(self.clock, wait_timeout))
        try:
            outcome = converge(client, desired_of(options), check, wait, wait_for, for_diff=True)
        except NosanaError as problem:
            result = problem.result
            return Done(
                result.get("changed", False),
                list(result.get("actions", [])),
                deployment=result.get("deployment"),
                jobs=result.get("jobs"),
                failure=str(problem),
                replaced_id=result.get("replaced_id"),
                cost=result.get("cost"),
                progress=result.get("progress") or [],
                reason=problem.reason,
                rolled_back_to=result.get("rolled_back_to"),
            )
        return Done(
            outcome.changed,
            list(outcome.actions),
            outcome.before,
            outcome.after,
            outcome.deployment,
            outcome.jobs,
            outcome.warnings,
            replaced_id=outcome.replaced_id,
            cost=outcome.cost,
            progress=outcome.progress or [],
        )

    def give_up_after(self, seconds):
        """Lets no request take longer (real seconds)."""
        self.connection = dataclasses.replace(self.connection, timeout=seconds)

    def seed(self, **fields):
        """Puts a deployment on the server; returns its id."""
        return self.server.control("POST", "/deployments", fields)["ids"][0]

    def deployments(self, name=None):
        """The server's own view of all deployments (of a name), with revisions, jobs, tasks and events."""
        found = self.server.control("GET", "/state")["deployments"]
        return [one for one in found if name is None or one["name"] == name]

    def request(self, method, path, body=None):
        """One request to the API as another client sends it, past the collection: its JSON answer, None for no body."""
        request = urllib.request.Request(self.server.api_url + path, method=method)
        request.add_header("Authorization", "Bearer " + self.connection.api_key)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def mutations(self):
        """The requests so far that could change something."""
        return [one for one in self.server.requests() if one["mutating"]]


class Sleepless:
    """The clock of a Runner whose task must not wait."""

    def now(self):
        return 0.0

    def sleep(self, seconds):
        raise AssertionError("it waits, for %s s" % seconds)


def live(deployment):
    """The live jobs in the server's own view of a deployment."""
    return [job for job in deployment["jobs"] if job["state"] in ("QUEUED", "RUNNING")]


def running_images(deployment):
    """The images of the live jobs, in the server's own view: what really runs, whatever the revisions' numbers say."""
    images = {}
    for revision in deployment["revisions"]:  # of several of one number the server runs the one stored first
        images.setdefault(revision["revision"], revision["job_definition"]["ops"][0]["args"]["image"])
    return [images[job["revision"]] for job in live(deployment)]
