# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The selection of combinations for "make test": every pair of values, far fewer combinations, always the same."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from integration.pairwise import pairs_of, pairwise

COMBINATIONS = st.lists(
    st.fixed_dictionaries({name: st.integers(0, 3) for name in ("release", "fault", "times", "chain")}),
    min_size=1,
    max_size=80,
)


@given(COMBINATIONS)
def test_every_pair_that_occurs_is_chosen(combinations):
    chosen = pairwise(combinations)
    assert len(set(chosen)) == len(chosen) and set(chosen) <= set(range(len(combinations)))
    pairs = [pairs_of(one) for one in combinations]
    assert set().union(*(pairs[index] for index in chosen)) == set().union(*pairs)
    assert pairwise(combinations) == chosen


def test_it_chooses_few():
    """Ten by nine values need 90 combinations; the two values of each of two more parameters come along."""
    names = ("case", "fault", "times", "chain")
    values = itertools.product(range(10), range(9), range(2), range(2))
    chosen = pairwise([dict(zip(names, each, strict=True)) for each in values])
    assert 90 <= len(chosen) <= 100


def test_of_one_parameter_every_value_is_chosen():
    assert pairwise([{"way": way} for way in "abc"]) == [0, 1, 2]
