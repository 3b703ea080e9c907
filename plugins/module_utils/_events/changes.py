# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has changed between two looks at an account, as events. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import mask

HOUR = 3600.0  # seconds


def changes(known, deployments):
    """``(events, what is known now)``: an event for each of the deployments whose status is another one than known.

    ``known`` are deployments as last seen, by their ids. The events are in the order in which the server says that the
    changes were made. Where the server gives no status, the one that is known holds. One that is there twice, as may be
    on two pages, counts as it is there last.
    """
    now, events = dict(known), []
    for one in sorted({one["id"]: one for one in deployments}.values(), key=_moment):
        was = known.get(one["id"], {}).get("status")
        now[one["id"]] = one if one.get("status") is not None else dict(one, status=was)
        if one.get("status") not in (None, was):
            events.append(event(one, was))
    return events, now


def event(deployment, was):
    """The event of a deployment that has a new status."""
    return _event(deployment, deployment["status"], was, deployment.get("updated_at") or "")


def event_of_deleted(deployment):
    """The event of a deployment that was deleted, made of it as last seen."""
    return _event(deployment, None, deployment.get("status"), "deleted")


def with_times(events, past, now):
    """``(the events, the past from now on)``: to each event is added how often its deployment got that status within
    the last hour, this time included.

    ``past`` are the times of earlier events, by id and status. ``now`` and they are seconds of one clock.
    """
    past = {key: [time for time in times if now - time < HOUR] for key, times in past.items()}
    counted = []
    for one in events:
        key = one["nosana"]["id"], one["nosana"]["status"]
        past[key] = [*past.get(key, ()), now]
        counted.append({"nosana": dict(one["nosana"], times_within_hour=len(past[key]))})
    return counted, {key: times for key, times in past.items() if times}


def _event(deployment, status, was, moment):
    return {
        "nosana": {
            "id": deployment["id"],
            "name": deployment.get("name"),
            "status": status,
            "was": was,
            "change_id": "%s/%s/%s" % (deployment["id"], status or "", moment),
            "deployment": mask(d.complete(deployment)),
        }
    }


def _moment(deployment):
    """When a deployment was last changed; of those that changed at the same moment, or don't say, the id decides."""
    return d.seconds_of(deployment.get("updated_at")) or 0.0, deployment["id"]
