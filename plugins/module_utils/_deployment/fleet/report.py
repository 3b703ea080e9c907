# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a task returns of many deployments, and what it says when some of them failed. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import Interrupted, NosanaError
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import mask_pair
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import one_line

#: Failed items that a message lists, and the characters of each line.
MOST_LINES, LONGEST_LINE = 10, 350


class SomeFailed(NosanaError):
    """Some of the items failed: one line for each."""

    def __init__(self, lines, reason, result):
        super().__init__("", reason)
        self.args = ("\n".join(lines),)
        self.result = result


def result_of(fleet, with_diff):
    """What the task returns. Raises SomeFailed, with the same in its result, where an item failed."""
    items = [item.result() for item in fleet.items]
    pruned = [item.result() for item in fleet.pruned if item.has_changed or item.problem]
    result = {
        "changed": any(one["changed"] for one in items + pruned),
        "deployments": items,
        "pruned": pruned,
        "summary": _summary(fleet, items, pruned),
    }
    if with_diff:
        result["diff"] = [_diff(item) for item in fleet.items + fleet.pruned if item.outcome and item.has_changed]
    failed = [item for item in fleet.items + fleet.pruned if item.problem]
    if failed or fleet.interrupted:
        reason = failed[0].problem.reason if failed else Interrupted.reason
        result["error"] = failed[0].result()["error"] if failed else None
        raise SomeFailed(_lines(fleet, failed), reason, result)
    return result


def warnings_of(fleet):
    """What a user should know, of all of them and of each, once."""
    each = [warning for item in fleet.items + fleet.pruned if item.outcome for warning in item.outcome.warnings]
    return list(dict.fromkeys([*fleet.warnings, *each]))


def _summary(fleet, items, pruned):
    begun = [one for one, item in zip(items, fleet.items) if item.outcome or item.problem]
    return {
        "total": len(items),
        "changed": sum(one["changed"] for one in items),
        "unchanged": sum(not one["changed"] and not one["failed"] for one in begun),
        "failed": sum(one["failed"] for one in items),
        "not_begun": len(items) - len(begun),
        "pruned": sum(one["changed"] for one in pruned),
    }


def _diff(item):
    before, after = mask_pair(item.outcome.before, item.outcome.after)
    header = item.desired.name or item.desired.id
    return {"before_header": header, "after_header": header, "before": before, "after": after}


def _lines(fleet, failed):
    not_begun = sum(not (item.outcome or item.problem) for item in fleet.items)
    of_pruned = sum(item.problem is not None for item in fleet.pruned)
    what = "%d of %d deployments failed" % (len(failed) - of_pruned, len(fleet.items))
    what += ", %d were not begun" % not_begun if not_begun else ""
    what += ", %d that were to be pruned failed" % of_pruned if of_pruned else ""
    yield ("interrupted: " if fleet.interrupted else "") + what + "."
    for item in failed[:MOST_LINES]:
        yield one_line("%s: %s" % (item.label, item.problem), LONGEST_LINE)
    if len(failed) > MOST_LINES:
        yield "... and %d more." % (len(failed) - MOST_LINES)
