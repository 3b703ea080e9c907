# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Refuses to prune by a part of a list, which only the controller knows of; all else is the module's."""

from __future__ import annotations

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction

#: Variables that say how many slices a controller cut a job into.
_SLICES = ("awx_job_slice_count", "tower_job_slice_count", "job_slice_count")


class ActionModule(NormalAction):
    """Runs the module, unless it is to prune in a run that sees only some of the hosts."""

    def run(self, tmp=None, task_vars=None):
        part = part_of(task_vars or {})
        if part and boolean(self._task.args.get("prune") or False, strict=False):
            return {
                "failed": True,
                "changed": False,
                "msg": "prune: is refused together with %s: the list may be only a part of what is to remain. Run it "
                "without, or leave prune out. Nothing was changed." % part,
                "reason": "bad_option",
                "error": None,
                "deployments": [],
                "pruned": [],
                "summary": {},
            }
        return super().run(tmp, task_vars)


def part_of(task_vars):
    """What limits the run to a part of the hosts, in words; None for a whole one."""
    if task_vars.get("ansible_limit"):
        return "--limit (%s)" % task_vars["ansible_limit"]
    for name in _SLICES:
        if str(task_vars.get(name, "")).isdigit() and int(task_vars[name]) > 1:
            return "a slice of a job (%s: %s)" % (name, task_vars[name])
    return None
