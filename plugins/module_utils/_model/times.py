# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times in answers, in whichever form, to Unix seconds; and these as the API writes times. Pure."""

from __future__ import annotations

import datetime

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: A number of that size can't be seconds: such a time is in milliseconds.
_MILLISECONDS = 1e11
#: No time of any year that can be written is later, in milliseconds either.
_LATEST = 1e15


def moment_of(time):
    """The Unix seconds of a time: from seconds, milliseconds or ISO 8601.

    None for 0 (which stands for "not yet"), and for what is no time.
    """
    if isinstance(time, str):
        time = d.seconds_of(time)
    if isinstance(time, bool) or not isinstance(time, (int, float)) or not 0 < time < _LATEST:
        return None
    return time / 1000 if time > _MILLISECONDS else time


def text_of(seconds):
    """Unix seconds as the API writes times (ISO 8601, UTC), None for None and for a time outside of all years."""
    if seconds is None:
        return None
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
