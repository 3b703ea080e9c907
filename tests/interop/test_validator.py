# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""errors() accepts and refuses what the vendor's validator accepts and refuses: many definitions, the same verdicts.

CASES=20000 in the environment makes more of them, SEED=7 others. A run takes a sample of the small edits; EDITS=all,
as in "make reliability", takes all of some 67,000.
"""

from __future__ import annotations

import json
import os
import pathlib
import random

import definition_cases
import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._definition.validate import errors, problems

from .definitions import Maker
from .edits import edits
from .mutants import CHANGES, mutant

CASES = int(os.environ.get("CASES", "4000"))
#: Every so many of the small edits are compared: a prime, so that each kind of edit is among them.
SAMPLE = 1 if os.environ.get("EDITS") == "all" else 7
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


def compare(definitions, verdicts, about, record_property):
    """Fails where errors() and the vendor differ, with the shortest definitions; prints how many are judged alike."""
    assert len(verdicts) == len(definitions)
    pairs = list(zip(definitions, verdicts, strict=True))
    differ = [
        (json.dumps(definition), accepted) for definition, accepted in pairs if accepted != (not errors(definition))
    ]
    counts = (len(pairs) - len(differ), len(pairs), about, sum(verdicts), len(pairs) - sum(verdicts))
    figure = "validator: %d of %d %s judged alike (%d accepted, %d refused)" % counts
    record_property("figure", figure)
    shortest = sorted(differ, key=lambda case: len(case[0]))[:SHOWN]
    lines = ["the vendor %s %s" % ("accepts" if accepted else "refuses", text) for text, accepted in shortest]
    assert not differ, "\n".join([figure, *lines])


def test_the_same_verdict_on_generated_definitions(vendor_accepts, record_property):
    made = list(cases())
    assert len(made) == CASES
    verdicts = vendor_accepts([definition for definition, _names in made])
    about = "generated definitions (SEED=%d)" % SEED
    compare([definition for definition, _names in made], verdicts, about, record_property)
    # Else the comparison says little: what was left right is right, each kind of change spoils some, and many pass.
    judged = list(zip((names for _definition, names in made), verdicts, strict=True))
    assert all(theirs for names, theirs in judged if not names)
    assert {name for names, theirs in judged if not theirs for name in names} == set(CHANGES)
    assert sum(theirs for names, theirs in judged if names) > CASES / 10


def test_the_same_verdict_on_every_small_edit(vendor_accepts, record_property):
    edited = list(edits(definition_cases.ACCEPTED.values()))[::SAMPLE]
    verdicts = vendor_accepts(edited)
    compare(edited, verdicts, "small edits of right definitions", record_property)
    assert sum(verdicts) > len(edited) / 20


@pytest.mark.parametrize("table, verdict", [(definition_cases.ACCEPTED, True), (definition_cases.REFUSED, False)])
def test_the_tables_of_the_unit_tests_are_true(table, verdict, vendor_accepts):
    verdicts = vendor_accepts(table.values())
    assert [name for name, theirs in zip(table, verdicts, strict=True) if theirs != verdict] == []


def test_what_people_publish_passes(vendor_accepts):
    published = [json.loads(path.read_text(encoding="utf-8")) for path in PUBLISHED]
    assert len(published) >= 6
    assert vendor_accepts(published) == [True] * len(published)
    assert [errors(definition) + problems(definition) for definition in published] == [[]] * len(published)
