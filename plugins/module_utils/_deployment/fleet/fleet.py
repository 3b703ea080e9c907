# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The path of many deployments: one listing, a plan for each, one judgement of all, and then each on its own.

Check mode ends before the first change. What one deployment takes (converge.py) is done for each as for one alone; what
is shared are connections, permits, looks at the account, and how a failing server is met.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError
from ansible_collections.nosana.cloud.plugins.module_utils._api.gate import Gate
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import Desired
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet import together
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.account import read_account
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.item import Item, own_client
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.looks import SharedLooks
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.workers import Workers
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets

CONTINUE, STOP = "continue", "stop"
ON_ERROR = (CONTINUE, STOP)


@dataclasses.dataclass(frozen=True)
class Prune:
    """Which deployments that no item names are pruned, and what becomes of them."""

    prefix: str
    state: str


class Fleet:
    """``items`` and ``pruned`` (both of Item) hold what became of each; ``warnings`` what a user should know.

    ``limit`` is what all of them may cost, in US dollars an hour.
    """

    def __init__(self, client, items, concurrency, prune=None, on_error=CONTINUE, limit=None, for_diff=False):
        self.items = items
        self.pruned = []
        self.warnings = []
        self.interrupted = False
        self._client = client
        self._concurrency = concurrency
        self._prune = prune
        self._on_error = on_error
        self._limit = limit
        self._for_diff = for_diff
        self._workers = Workers(client.clock, concurrency)
        self._gate = Gate(client.clock, self._workers.stop, client.retries)
        self._markets = None

    def run(self, check):
        """Converges all. Raises NosanaError where the whole task is refused, with nothing changed."""
        together.refuse_duplicates(self.items)
        self._prepare()
        if check:
            for item in self.items + self.pruned:
                if item.is_ready:
                    item.predict()
            return
        try:
            self._carry_out(self.items)
            if self._all_succeeded():
                self._carry_out(self.pruned)
        except KeyboardInterrupt:
            self._interrupt()

    # --- before anything changes ---

    def _prepare(self):
        reader = self._client.twin(self._client.clock, self._client.deadline, self._gate)
        names = {item.desired.name for item in self.items if item.desired.name}
        ids = {item.desired.id for item in self.items if item.desired.id}
        account = read_account(reader, names, ids, self._prune and self._prune.prefix)
        self._markets = _listed_markets(reader) if self.items else Markets(reader)
        self._prepare_each(self.items, account)
        together.refuse_wrong_items(self.items)
        together.refuse_duplicates(self.items)
        self.warnings += together.refuse_total(self.items, self._limit, self._concurrency)
        self._limit_moves()
        self.warnings += together.shortage(reader, self.items, self._concurrency)
        if self._prune:
            self.pruned = self._candidates(account)
            self._prepare_each(self.pruned, account)
            together.refuse_wrong_items(self.pruned)
        self._share_looks(account)

    def _limit_moves(self):
        """Lets no move to another market bring all items above the limit."""
        if self._limit is None:
            return
        total = together.Total(self.items, self._limit, self._concurrency)
        for item in self.items:
            if item.is_ready:
                item.convergence.limit_moves(functools.partial(total.allow, item))

    def _prepare_each(self, items, account):
        for item in items:
            client = own_client(self._client, self._workers, self._gate, None, item.options)
            self._workers.begin(item.prepare, client, self._markets, account, self._for_diff)
        self._workers.finish()

    def _candidates(self, account):
        """The deployments of the prefix that no item leads to, as items that end them."""
        kept = {item.desired.id for item in self.items} | {item.desired.name for item in self.items}
        for item in self.items:
            if item.is_ready and item.convergence.before.deployment:
                kept.add(item.convergence.before.deployment["id"])
        found = [one for one in account.live(self._prune.prefix) if one["id"] not in kept and one["name"] not in kept]
        options = {"wait_timeout": max(item.options["wait_timeout"] for item in self.items)}
        return [
            Item("prune %s" % one["name"], options, Desired(self._prune.state, one["id"]), self._prune.prefix)
            for one in found
        ]

    def _share_looks(self, account):
        """Lets the items look at the account together, where a listing is less than a request of each."""
        working = [item for item in self.items + self.pruned if item.is_ready and not item.is_done]
        if len(working) > account.pages:
            shared = SharedLooks(account.pages)
            for item in working:
                item.convergence.client.shared = shared

    # --- changes ---

    def _carry_out(self, items):
        for item in items:
            if item.is_ready and item.is_done:
                item.predict()
        rest = [item for item in items if item.is_ready and item.outcome is None]
        # Runs last: the next waits until another has ended. Those that are under way have the first places.
        for item in sorted(rest, key=lambda item: (item.is_run, not item.runs_already)):
            self._workers.begin(self._work, item, limited=item.is_run)
        self._workers.finish()

    def _work(self, item):
        """Returns whether what was begun goes on."""
        if self._on_error == STOP and any(one.problem for one in self.items):
            return False
        item.begun = True
        item.carry_out()
        return item.goes_on

    def _all_succeeded(self):
        return all(item.outcome is not None for item in self.items)

    def _interrupt(self):
        """Ctrl-C reaches the main thread alone: tells the others, and waits for their last requests."""
        self.interrupted = True
        self._workers.stop.set()
        with contextlib.suppress(KeyboardInterrupt):  # who is in a hurry does not wait for them
            self._workers.finish(self._client.timeout + 2)
        for item in self.items + self.pruned:
            if item.begun and item.outcome is None and item.problem is None:
                item.abandon()


def _listed_markets(client):
    """All markets, with one request; each is asked for by itself where they can't be listed."""
    markets = Markets(client)
    with contextlib.suppress(NosanaError):
        markets.all()
    return markets
