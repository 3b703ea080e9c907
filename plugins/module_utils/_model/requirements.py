# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment requires of the hosts that run it. Pure."""

from __future__ import annotations

import math


def requirement_problems(requirements):
    """What can't be in the requirements: each is a number (a minimum), text or a boolean (to be met exactly)."""
    return [
        "requirements.%s: must be a number, text or a boolean, not %r" % (name, value)
        for name, value in requirements.items()
        if not (isinstance(value, (int, str)) and value != "" or isinstance(value, float) and math.isfinite(value))
    ]
