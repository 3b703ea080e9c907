# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of many combinations of parameters to run, so that each pair of values still occurs together."""

from __future__ import annotations

import heapq
import itertools


def pairs_of(combination):
    """All pairs of (parameter, value) in a combination, a dict. Of a single parameter: each value with itself."""
    values = sorted((name, repr(value)) for name, value in combination.items())
    return set(itertools.combinations(values, 2)) or {(value, value) for value in values}


def pairwise(combinations):
    """The indices of combinations (dicts) in which each pair of values occurs that occurs in any of them.

    Greedy: always the combination with the most pairs that are still missing, and of several such the first. As what a
    combination adds only gets less, one that still adds what it once did is the best there is.
    """
    missing = set().union(*map(pairs_of, combinations))
    candidates = [(-len(pairs_of(one)), index) for index, one in enumerate(combinations)]
    heapq.heapify(candidates)
    chosen = []
    while missing:
        promised, index = heapq.heappop(candidates)
        adds = pairs_of(combinations[index]) & missing
        if len(adds) < -promised:
            heapq.heappush(candidates, (-len(adds), index))
            continue
        chosen.append(index)
        missing -= adds
    return sorted(chosen)
