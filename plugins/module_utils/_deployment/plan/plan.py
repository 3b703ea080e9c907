# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``plan(desired, snapshot)``: what has to be done so that the deployment is as desired. Pure: no I/O.

Check mode shows a plan, the real run carries it out (apply/): that is why both always agree. What depends on a
server's habits, and can't be known before, is a step without an action.

A kind of plan is imported where it is chosen: Python compiles each file of a module anew for each task.
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import COMPLETED, REPLACE
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.change import change


def plan(desired, snapshot):
    """The plan that makes a deployment as desired. Raises InvalidOptions for what can't be done, naming the way out."""
    if desired.ends:
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.remove import removal

        return removal(desired, snapshot)
    if desired.markets:
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.candidates import placed

        desired = placed(desired, snapshot.deployment)
    if snapshot.deployment is None:
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.create import creation

        return creation(desired, snapshot.archived)
    if desired.on_immutable_change == REPLACE:
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.replace import (
            is_replacement,
            replacement,
        )

        if is_replacement(desired, snapshot):
            return replacement(desired, snapshot)
    if desired.state == COMPLETED:
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.complete import completion

        return completion(desired, snapshot)
    return change(desired, snapshot)
