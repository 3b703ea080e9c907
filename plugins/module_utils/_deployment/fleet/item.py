# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""One of many deployments: what is asked for, how far it came, and what a task returns of it."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import ApiError, Gone, Interrupted, NosanaError
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.converge import Convergence, is_reached
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import COMPLETED, desired_of
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Deadline

#: Seconds after which a plan is made anew before it is carried out: an item may have to wait for its turn.
PLAN_HOLDS = 30.0


class Item:
    """``where`` is its place in the task, ``desired`` what it asks for, ``options`` how to wait.

    In the end it has an ``outcome`` or a ``problem``; neither where it was not begun.
    """

    def __init__(self, where, options, desired=None, prefix=""):
        self.where = where
        self.prefix = prefix  # how the deployment's name has to begin
        self.options = options
        self.desired = desired or desired_of(options)
        self.convergence = self.outcome = self.problem = None
        self.begun = False
        self._prepared_at = 0.0

    @property
    def label(self):
        """The item in a message."""
        return "%s (%s)" % (self.where, self.desired.name or self.desired.id)

    @property
    def is_run(self):
        """Whether it is a batch run that is waited for, of which only so many may be under way at once."""
        return self.desired.state == COMPLETED and self.options.get("wait", True)

    @property
    def runs_already(self):
        """Whether it runs before the task has changed anything."""
        before = self.convergence.before.deployment if self.convergence else None
        return bool(before) and before.get("status") in d.RUNNING_STATUSES

    @property
    def goes_on(self):
        """Whether it is a run that is still under way although the item has failed, such as by ``wait_timeout``."""
        if not self.problem or not self.is_run:
            return False
        seen = self.problem.result.get("deployment") or self.convergence.before.deployment or {}
        return seen.get("status") in d.RUNNING_STATUSES

    @property
    def planned(self):
        return self.convergence.planned if self.convergence else None

    @property
    def is_ready(self):
        """Whether it is known what has to be done."""
        return self.planned is not None and self.problem is None

    @property
    def has_changed(self):
        if self.outcome is not None:
            return self.outcome.changed
        return self.problem is not None and bool(self.problem.result.get("changed"))

    # --- what happens to it ---

    def prepare(self, client, markets, account, for_diff):
        """Reads, plans and judges what has to be done; ``client`` is its own. Reads only."""
        try:
            wait, wait_for = self.options.get("wait", True), self.options.get("wait_for")
            found = Convergence(client, self.desired, markets, wait, wait_for, for_diff, alone=False)
            found.prepare(account)
            self.convergence, self._prepared_at = found, client.clock.now()
        except NosanaError as problem:
            self.problem = problem
        except Exception as problem:
            self.problem = _bug(problem)

    @property
    def is_done(self):
        """Whether the plan is empty, and what was read shows all that would be waited for."""
        return is_reached(self.convergence)

    def predict(self):
        """The outcome as it would be."""
        try:
            self.outcome = self.convergence.predicted()
        except NosanaError as problem:
            self.problem = problem

    def carry_out(self):
        """Makes it as asked for."""
        client = self.convergence.client
        client.deadline.begin()
        try:
            if self.planned.steps and client.clock.now() - self._prepared_at > PLAN_HOLDS:
                before = self.convergence.before.deployment
                self.outcome = self.convergence.prepare_again()
                if self.outcome is not None or self._was_renamed():
                    return
                self._refuse_if_started(before)
            self.outcome = self.convergence.carry_out()
        except NosanaError as problem:
            self.problem = problem
        except KeyboardInterrupt:
            self.problem = Interrupted("interrupted before anything of it was changed")
        except Exception as problem:
            self.problem = _bug(problem)

    def _refuse_if_started(self, before):
        """Raises Gone where somebody has started meanwhile what is to be removed: that was planned for what stood
        still, and can't be undone."""
        now = self.convergence.before.deployment or {}
        stood_still = (before or {}).get("status") in (d.DRAFT, d.STOPPED)
        if self.desired.ends and stood_still and now.get("status") in d.RUNNING_STATUSES:
            raise Gone("somebody else started %s meanwhile, so it was left as it is" % d.describe(now))

    def _was_renamed(self):
        deployment = self.convergence.before.deployment or {}
        return not str(deployment.get("name", self.prefix)).startswith(self.prefix)

    def abandon(self):
        """It was interrupted, and its last request has not ended: nobody knows what becomes of it."""
        self.problem = Interrupted("interrupted while a request was under way. Run the task again.")
        self.problem.result["changed"] = True

    # --- what a task returns of it ---

    def result(self):
        """What became of it."""
        found = self.convergence.before.deployment if self.convergence else None
        if self.outcome is not None:
            more = self.outcome.result()
        elif self.problem is not None:
            more = dict(self.problem.result, failed=True, msg=str(self.problem), reason=self.problem.reason)
            if isinstance(self.problem, ApiError):
                more.setdefault("error", self.problem.as_dict())
        else:
            more = {"msg": "not begun", "deployment": d.complete(found)}
        usual = dict.fromkeys(("msg", "reason", "error"))
        deployment = more.get("deployment") or found or {}
        return {
            "name": deployment.get("name") or self.desired.name,
            "id": deployment.get("id") or self.desired.id,
            "changed": False,
            "failed": False,
            "actions": [],
            "deployment": {},
            **usual,
            **{key: value for key, value in more.items() if value is not None},
        }


def _bug(problem):
    """What an item returns of a bug; the others go on."""
    found = NosanaError("this is a bug in nosana.cloud (%s: %s); please report it" % (type(problem).__name__, problem))
    found.result = getattr(problem, "result", {})
    found.__cause__ = problem
    return found


def own_client(client, workers, gate, shared, options):
    """The client of one item: its deadline is the item's ``wait_timeout``."""
    clock = workers.clock()
    return client.twin(clock, Deadline(clock, options.get("wait_timeout")), gate, shared)
