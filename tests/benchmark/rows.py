# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured. A row has several ways to do one thing, which are run in turn, as often as asked for."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable

import peers
from peers import LATENCY, Took, fill, measured, names

URI, LOOP, FLEET, KIT = "loop of `uri`", "loop of `nosana_deployment`", "`nosana_deployments`", "script on the SDK"
#: Tasks of each kind in one playbook of the row "one".
TASKS = 5


@dataclasses.dataclass(frozen=True)
class Target:
    """``way`` is to take at most so much of what ``of`` (a way of this row, or of another as "row: way") takes."""

    way: str
    of: str
    most: float


@dataclasses.dataclass(frozen=True)
class Row:
    """``measure(server, times)`` returns ``{way: [Took, ...]}``; ``shows`` is what of it the table has."""

    name: str
    what: str
    measure: Callable
    targets: tuple = ()
    shows: str = "seconds"
    most_requests: int | None = None
    most_mb: int | None = None


def in_turn(prepare, ways):
    """Measures the ways in turn; ``prepare(server)`` comes before each run. Those that can't be run are left out."""

    def measure(server, times):
        able = {way: work for way, work in ways.items() if is_there(way)}
        took = {way: [] for way in able}
        for _time in range(times):
            for way, work in able.items():
                prepare(server)
                took[way].append(measured(server, lambda work=work: work(server)))
        return took

    return measure


def is_there(way):
    """Whether what a way of doing things needs is installed."""
    return {KIT: peers.KIT.is_file(), FLEET: peers.FLEET.is_file()}.get(way, True)


def created(count, *ways):
    """So many that are created, started and waited for, in an empty account."""
    works = {URI: peers.uri_loop, FLEET: peers.fleet, KIT: peers.kit}
    chosen = {way: lambda server, work=works[way]: work(server, names(count)) for way in ways}
    return in_turn(lambda server: fill(server, 0), chosen)


def unchanged(managed, account, *ways, definition=True):
    """So many of those in an account that run already."""
    works = {
        LOOP: lambda server: peers.module_loop(server, names(managed)),
        FLEET: lambda server: peers.fleet(server, names(managed), definition=definition),
    }
    return in_turn(lambda server: fill(server, account), {way: works[way] for way in ways})


def one_task(server, times):
    """Tasks that change nothing beside one of uri, in turn within one playbook; without latency, as what counts here is
    what a task takes besides its requests."""
    fill(server, 1, latency=0)
    took = {"`uri`": [], "`present`": [], "`started`": []}
    requests = {"`uri`": 1, "`present`": 2, "`started`": 3}
    found = peers.single_tasks(server, TASKS * times)
    for way in took:
        took[way] = [Took(seconds, requests[way]) for seconds in found[way.strip("`")]]
    return took


def included(server, times):
    """A thousand deployments with their definitions and jobs, by the info module alone."""
    fill(server, 1000)
    way = "`nosana_deployment_info`"

    def one():
        return peers.module_alone(server, "nosana_deployment_info", include=["job_definition", "jobs"])

    took = [measured(server, one) for _time in range(times)]
    after_another = [Took(one.requests * LATENCY, one.requests) for one in took]
    return {way: took, "the latency of its requests, one after another": after_another}


def of_ten_thousand(server, times):
    """What an account with 10,000 deployments takes of memory: each process alone, once."""
    fill(server, 10_000)
    items = [{"name": name} for name in names(100)]
    options = {"deployments": items, "defaults": {"state": "present"}, "concurrency": peers.CONCURRENCY}
    works = {
        "`nosana_deployment_info`": lambda: peers.module_alone(server, "nosana_deployment_info"),
        "the inventory": lambda: peers.inventory_alone(server),
        FLEET: lambda: peers.module_alone(server, "nosana_deployments", **options),
    }
    return {way: [measured(server, work)] for way, work in works.items() if is_there(way)}


ROWS = (
    Row(
        "create30",
        "30 created, started, and waited for",
        created(30, URI, FLEET, KIT),
        (Target(FLEET, URI, 0.08), Target(FLEET, KIT, 1.0)),
    ),
    Row(
        "create100",
        "100 created, started, and waited for",
        created(100, FLEET, KIT),
        (Target(FLEET, KIT, 0.6),),
    ),
    Row("unchanged30", "30 unchanged", unchanged(30, 30, LOOP, FLEET), (Target(FLEET, LOOP, 0.1),)),
    Row(
        "one",
        "one unchanged task, without latency",
        one_task,
        (Target("`present`", "`uri`", 1.25), Target("`started`", "`uri`", 1.25)),
    ),
    Row("managed100", "100 unchanged of 1,000", unchanged(100, 1000, FLEET, definition=False), most_requests=20),
    Row(
        "managed1000",
        "1,000 unchanged of 1,000",
        unchanged(1000, 1000, FLEET, definition=False),
        (Target(FLEET, "managed100: " + FLEET, 12),),
    ),
    Row(
        "include",
        "1,000 listed with definitions and jobs",
        included,
        (Target("`nosana_deployment_info`", "the latency of its requests, one after another", 0.25),),
    ),
    Row("account10000", "10,000 in the account", of_ten_thousand, shows="peak", most_mb=200),
)


def median(took, part):
    return statistics.median(getattr(one, part) for one in took)
