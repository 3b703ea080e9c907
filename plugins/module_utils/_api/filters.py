# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuses filters of a list that can't be right, before the first request. Pure.

``filters`` is a dict of options by their names; None stands for one that was left out. All raise InvalidOptions.
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def refuse_no_id(filters, option):
    """Refuses what can't be the id of a deployment."""
    if filters.get(option) is not None and not d.is_id(filters[option]):
        raise InvalidOptions(
            "%s: %s. nosana_deployment_info finds the id of a name." % (option, d.no_id(filters[option]))
        )


def refuse_no_results(filters):
    """Refuses a ``max_results`` that leaves nothing to list."""
    if filters.get("max_results") is not None and filters["max_results"] < 1:
        raise InvalidOptions("max_results: must be 1 or more, not %d" % filters["max_results"])
