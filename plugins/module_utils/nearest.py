# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody may have meant by a name that nobody has. Pure."""

from __future__ import annotations

import difflib

from ansible_collections.nosana.cloud.plugins.module_utils import answers

#: Names that a message proposes.
PROPOSED = 3


def nearest(wanted, names):
    """The names most like the one that was given, then those that it is a part of, as text; empty without any."""
    wanted, lower = wanted.lower(), {name.lower(): name for name in sorted(names) if name}
    near = difflib.get_close_matches(wanted, lower, n=PROPOSED, cutoff=0.4)
    near += [name for name in lower if wanted in name and name not in near][: PROPOSED - len(near)]
    return ", ".join(answers.printable(lower[one], 60) for one in near)
