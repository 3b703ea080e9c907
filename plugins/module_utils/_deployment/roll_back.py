# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Goes back to the previous revision when a new one does not work (``on_failure: roll_back``).

Going back is a task of its own, with ``active_revision`` and all of the time again. It never goes back itself.
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import Interrupted, NosanaError, RolledBack
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import STARTED, Desired
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    CREATE,
    CREATE_REVISION,
    REVISIONS,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def after(failure, before, watch, go_back):
    """What to raise in place of a failure (a NosanaError with its result), once the previous revision is back.

    ``before`` is the deployment as it was (None: there was none), ``watch`` the Watch of it, or None.
    ``go_back(desired)`` does it: it returns an Outcome or raises.
    """
    if isinstance(failure, Interrupted) or watch is None or not watch.deployment or watch.status == d.ARCHIVED:
        return failure
    actions = failure.result["actions"]
    nothing = _nothing_to_go_back_to(before, actions)
    if nothing:
        failure.add("on_failure: roll_back has nothing to go back to, since %s." % nothing)
        return failure
    bad, number = watch.deployment.get("active_revision"), before["active_revision"]
    progress = ["going back to revision %s" % number]
    try:
        outcome = go_back(Desired(STARTED, id=watch.id, active_revision=number))
    except NosanaError as second:
        return _both_failed(failure, number, second, progress)
    except KeyboardInterrupt:
        return _both_failed(failure, number, Interrupted("interrupted"), progress)
    problem = RolledBack(_told(failure, outcome.deployment, bad, number))
    problem.result = _together(failure.result, outcome.result(), progress)
    problem.result.update(rolled_back_to=number, error=None)
    return problem


def _nothing_to_go_back_to(before, actions):
    """Why there is no revision to go back to, None where there is one."""
    if CREATE in actions or before is None:
        return "this task created the deployment"
    if not set(REVISIONS) & set(actions):
        return "this task changed no revision: active_revision goes back to an earlier one"
    if not isinstance(before.get("active_revision"), int):
        return "its server did not say which revision was active before"
    return None


def _told(failure, deployment, bad, number):
    who, actions = d.describe(deployment), failure.result["actions"]
    again = "makes a new revision of the same job definition" if CREATE_REVISION in actions else "activates it again"
    kept = [field.name for field in d.FIELDS if field.update in actions]
    stays = " What else this task changed stays: %s." % ", ".join(kept) if kept else ""
    return "%s: revision %s was rolled back, and revision %s runs again. What failed: %s.%s The same task %s: %s." % (
        who,
        bad,
        number,
        failure.cause.removeprefix(who + ": ").rstrip("."),
        stays,
        again,
        "correct it first",
    )


def _both_failed(failure, number, second, progress):
    """The first failure, with what came of going back."""
    failure.say("%s. Going back to revision %s failed, too: %s" % (failure.cause.rstrip("."), number, second))
    failure.result = _together(failure.result, second.result, progress)
    failure.result["rolled_back_to"] = None
    return failure


def _together(first, second, between):
    """The result of a task and of its way back, ``between`` being lines of progress."""
    seen = {key: second[key] for key in ("deployment", "jobs", "cost") if second.get(key)}
    lists = {"actions": [], "progress": between}
    joined = {key: [*(first.get(key) or ()), *more, *(second.get(key) or ())] for key, more in lists.items()}
    return {**first, **seen, **joined, "changed": True}
