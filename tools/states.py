# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes docs/development/states.md: what each state does from each status, as the planner says."""

from __future__ import annotations

import pathlib
import sys

CLONE = pathlib.Path(__file__).resolve().parents[1]
PAGE = CLONE / "docs" / "development" / "states.md"
sys.path.insert(0, str(CLONE / ".ansible" / "collections"))

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions  # noqa: E402
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import STATES, Desired  # noqa: E402
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.plan import plan  # noqa: E402
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.snapshot import Snapshot  # noqa: E402
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.runs import Run  # noqa: E402
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

INTRODUCTION = """\
# What each state does from each status

Made by `tools/states.py` from the planner itself; a test holds it true. A cell lists the `actions` of a task that asks
for the `state` (and changes nothing else) on a SIMPLE deployment of one replica, whose jobs are those that its status
lets one expect. "-" is no change. "refused" fails before anything is changed, and says what to do instead; "fails" does
so after whatever else the task changes.

Between two changes a task waits until the server has nothing due; STARTING and STOPPING are waited out where they are
in the way. An archived or deleted deployment is proven to have no job left that runs. In the end `stopped` waits until
nothing runs, `started` and `restarted` until every replica's job was taken by a host (see `wait_for`), `completed`
until the run has ended; on INSUFFICIENT_FUNDS that wait fails at once, and says so. For `completed`, STOPPED stands for
one that was never run.

"""

#: What a table of statuses alone does not show: the case, and what happens.
ALSO = (
    (
        "live jobs on a STOPPED one (some servers list them after a new revision)",
        "`present` warns and names them; `stopped`: `stop_jobs`; `archived` and `absent`: `stop_jobs` first; "
        "`started`: they are kept if they are what shall run",
    ),
    ("live jobs on one in ERROR", "`started` and `restarted`: `stop`, then `start`"),
    ("an INFINITE or SIMPLE-EXTEND one", "as above"),
    ("a SCHEDULED one", "as above; it is RUNNING without a job until its time comes"),
    (
        "a new revision, or one gone back to",
        "leaves running what ran, and stopped what was stopped; on a running one, it is the restart that "
        "`restarted` asks for",
    ),
    (
        "more or fewer replicas while a listing that failed waits for its next try",
        "`stop`, `update_replicas`, `start`",
    ),
    (
        "`completed`, whose last run of the active revision has succeeded",
        "-; with `rerun: always`: `start`",
    ),
    (
        "`completed`, whose last run of it failed",
        "fails after whatever else was to change, in check mode as well; with `rerun: on_failure` or `always`: `start`",
    ),
    ("`completed` on a SCHEDULED or INFINITE one", "refused: it never ends by itself"),
    (
        "nothing of the name, and all options to create",
        "`present` and `stopped`: `create`; `started` and `completed`: `create`, `start`",
    ),
)


def snapshot(status):
    """A deployment in the status, with the jobs that it has then."""
    live = ({"job": "1", "state": "RUNNING", "revision": 1},) if status in (d.RUNNING, d.STOPPING) else ()
    deployment = {"id": "1", "name": "it", "status": status, "strategy": d.SIMPLE, "replicas": 1, "active_revision": 1}
    return Snapshot(deployment, live_jobs=live, run=Run(live, 1))


def cell(state, status):
    try:
        planned = plan(Desired(state, id="1"), snapshot(status))
    except InvalidOptions:
        return "refused"
    return ", ".join(planned.actions) or ("fails" if planned.failure else "-")


def nothing_there(state):
    try:
        return ", ".join(plan(Desired(state, name="it"), Snapshot()).actions) or "-"
    except InvalidOptions:
        return "refused"


def page():
    """The text of docs/development/states.md."""
    rows = [["status", *("`%s`" % state for state in STATES)], ["---"] * (len(STATES) + 1)]
    rows += [[status, *(cell(state, status) for state in STATES)] for status in d.STATUSES]
    rows.append(["none of the name", *(nothing_there(state) for state in STATES)])
    return INTRODUCTION + table(rows) + "\n" + table([["also", "what happens"], ["---"] * 2, *ALSO])


def table(rows):
    return "".join("| %s |\n" % " | ".join(row) for row in rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
