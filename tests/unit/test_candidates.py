# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of several markets a deployment is to be in."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.candidates import affordable, in_order, placed
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import Desired

PRICES = {"a": 1.0, "b": 2.0, "c": None, "d": 0.5}


def desired(limit=None, replicas=None, markets="abcd"):
    fields = {} if replicas is None else {"replicas": replicas}
    prices = {} if limit is None else PRICES
    return Desired("started", name="it", fields=fields, max_usd_per_hour=limit, markets=tuple(markets), prices=prices)


def in_market(market, status="STOPPED", replicas=1):
    return {"market": market, "status": status, "replicas": replicas}


@pytest.mark.parametrize(
    ("limit", "replicas", "found"),
    [(None, 1, "abcd"), (2, 1, "abd"), (2, 2, "ad"), (0.5, 1, "d"), (0.4, 1, "")],
)
def test_a_limit_leaves_what_it_affords_with_all_replicas(limit, replicas, found):
    assert "".join(affordable(desired(limit, replicas), None)) == found
    assert "".join(affordable(desired(limit), in_market("a", replicas=replicas))) == found


@pytest.mark.parametrize(
    ("limit", "deployment", "order"),
    [
        (None, None, "abcd"),
        (None, in_market("c"), "cabd"),
        (None, in_market("x"), "abcd"),
        (1, None, "ad"),
        (1, in_market("d"), "da"),
        (1, in_market("b"), "ad"),  # too expensive to start there
        (1, in_market("b", "RUNNING"), "bad"),  # what runs is left where it is
        (0.1, None, "a"),  # none is affordable: the cost guard judges
        (0.1, in_market("b"), "b"),
    ],
)
def test_the_order_begins_with_its_own_market(limit, deployment, order):
    assert "".join(in_order(desired(limit, 1), deployment)) == order
    assert placed(desired(limit, 1), deployment).fields["market"] == order[0]
