# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``plan(desired, snapshot)``: what has to be done so that the deployment is as desired. Pure: no I/O.

Check mode shows a plan, the real run carries it out (apply/): that is why both always agree. What depends on a
server's habits, and can't be known before, is a step without an action.
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.candidates import placed
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import COMPLETED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.change import change
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.complete import completion
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.create import creation
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.remove import removal
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.replace import is_replacement, replacement


def plan(desired, snapshot):
    """The plan that makes a deployment as desired. Raises InvalidOptions for what can't be done, naming the way out."""
    if desired.ends:
        return removal(desired, snapshot)
    desired = placed(desired, snapshot.deployment)
    if snapshot.deployment is None:
        return creation(desired, snapshot.archived)
    if is_replacement(desired, snapshot):
        return replacement(desired, snapshot)
    if desired.state == COMPLETED:
        return completion(desired, snapshot)
    return change(desired, snapshot)
