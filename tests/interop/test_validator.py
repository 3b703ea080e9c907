# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""errors() accepts and refuses what the vendor's validator accepts and refuses: many definitions, the same verdicts.

CASES=20000 in the environment makes more of them, SEED=7 others.
"""

from __future__ import annotations

import collections
import json
import os
import pathlib
import random

import definition_cases
import pytest

from ansible_collections.nosana.cloud.plugins.module_utils.job_definition import errors, problems

from .definitions import Maker
from .mutants import CHANGES, mutant

CASES = int(os.environ.get("CASES", "10000"))
SEED = int(os.environ.get("SEED", "1"))
#: One in so many is left as it is: right.
RIGHT = 4
SHOWN = 5
PUBLISHED = sorted((pathlib.Path(__file__).parent / "published").glob("*.json"))


def cases():
    """Definitions with the names of the changes that made them wrong, if any."""
    chance = random.Random(SEED)
    right = [Maker(chance).definition() for _number in range(CASES)]
    for number, definition in enumerate(right):
        yield (definition, []) if number % RIGHT == 0 else mutant(definition, chance.choice(right), chance)


def told(disagreements):
    """The shortest definitions that the two disagree on, with both verdicts."""
    shortest = sorted(disagreements, key=lambda case: len(json.dumps(case[0])))[:SHOWN]
    lines = [
        "accepted by the vendor: %s; errors(): %s; %s" % (theirs, ours, json.dumps(value))
        for value, theirs, ours in shortest
    ]
    return "%d of %d differ (SEED=%d), the shortest:\n%s" % (len(disagreements), CASES, SEED, "\n".join(lines))


def test_the_same_verdict_on_generated_definitions(vendor_accepts, figure):
    made = list(cases())
    verdicts = vendor_accepts([definition for definition, _names in made])
    assert len(verdicts) == len(made) == CASES
    ours = [errors(definition) for definition, _names in made]
    disagreements = [
        (definition, theirs, mine)
        for (definition, _names), theirs, mine in zip(made, verdicts, ours, strict=True)
        if theirs != (not mine)
    ]
    accepted = sum(verdicts)
    figure(
        "validator: %d of %d definitions judged alike (SEED=%d; %d accepted, %d refused)"
        % (CASES - len(disagreements), CASES, SEED, accepted, CASES - accepted)
    )
    assert not disagreements, told(disagreements)
    # what was left right is right, and each kind of change made something that is refused, and something that is not
    assert all(theirs for (_definition, names), theirs in zip(made, verdicts, strict=True) if not names)
    seen = collections.Counter(
        (name, theirs) for (_, names), theirs in zip(made, verdicts, strict=True) for name in names
    )
    assert all(seen[name, verdict] for name in CHANGES for verdict in (True, False)), seen


@pytest.mark.parametrize("table, verdict", [(definition_cases.ACCEPTED, True), (definition_cases.REFUSED, False)])
def test_the_tables_of_the_unit_tests_are_true(table, verdict, vendor_accepts):
    verdicts = vendor_accepts(table.values())
    assert [name for name, theirs in zip(table, verdicts, strict=True) if theirs != verdict] == []


def test_what_people_publish_passes(vendor_accepts):
    published = [json.loads(path.read_text(encoding="utf-8")) for path in PUBLISHED]
    assert len(published) >= 6
    assert vendor_accepts(published) == [True] * len(published)
    assert [errors(definition) + problems(definition) for definition in published] == [[]] * len(published)
