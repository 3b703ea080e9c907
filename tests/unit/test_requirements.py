# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requirements and the server's list of their keys; timeouts that look like seconds; lists of mistakes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nosana.cloud.plugins.module_utils._model import requirements, text

METRICS = [
    {"key": "name", "type": "text", "match": "exact", "values": [{"value": "RTX 4090", "nodes": 3}]},
    {"key": "ram_gb", "type": "integer", "match": "minimum", "min": 8, "max": 512},
    {"key": "vram", "type": "float", "match": "minimum"},
    {"key": "country", "type": "text", "match": "exact"},
    {"key": "has_ssd", "type": "boolean", "match": "exact"},
    {"key": "extra", "type": "json", "match": "exact"},
    {"key": "later", "type": "a type of a newer server"},
]


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"name": "RTX 4090", "ram_gb": 24, "vram": 23.5, "has_ssd": False},
        {"ram_gb": 24.0, "vram": 24},
        {"extra": {"a": [1]}, "later": "x"},
    ],
)
def test_right_requirements(right):
    assert requirements.problems(right, METRICS) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"vramm": 24}, 'requirements: the server knows no key "vramm". The nearest: vram, ram_gb'),
        ({"gpu": 1}, 'requirements: the server knows no key "gpu". It knows: country, extra, has_ssd, later, name'),
        ({"ram_gb": "24"}, 'requirements.ram_gb: must be a whole number, not "24"'),
        ({"ram_gb": 24.5}, "requirements.ram_gb: must be a whole number, not 24.5"),
        ({"ram_gb": True}, "requirements.ram_gb: must be a whole number, not true"),
        ({"ram_gb": float("inf")}, "requirements.ram_gb: must be a whole number, not inf"),
        ({"vram": "24"}, 'requirements.vram: must be a number, not "24"'),
        ({"name": 4090}, "requirements.name: must be text, not 4090"),
        ({"has_ssd": "yes"}, 'requirements.has_ssd: must be true or false, not "yes"'),
    ],
)
def test_wrong_requirements(wrong, message):
    [found] = requirements.problems(wrong, METRICS)
    assert found.startswith(message)


@pytest.mark.parametrize("metrics", [[], [None, 5, {}, {"key": None}, {"key": 5}]])
def test_without_a_list_of_keys_nothing_is_judged(metrics):
    assert requirements.problems({"vramm": [24]}, metrics) == []


@given(st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.floats() | st.text(), max_size=3))
def test_any_requirements_are_judged_on_one_line(given_ones):
    assert all(one.isprintable() for one in requirements.problems(given_ones, METRICS))


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [
        (60, None),
        (1440, None),
        (1441, "1441 minutes are 24 hours"),
        (1500, "1500 minutes are 25 hours"),
        (1530, "1530 minutes are 25.5 hours"),
        (3600, "3600 minutes are 60 hours"),
        (86400, "86400 minutes are 1440 hours"),
        (999999999, "999999999 minutes are 16666666.7 hours"),
    ],
)
def test_a_timeout_of_more_than_a_day_is_told_in_hours(minutes, hours):
    assert text.long_timeout(minutes) == hours


@pytest.mark.parametrize(
    ("count", "end"), [(1, "m0"), (2, "(1) m0 (2) m1"), (5, "(5) m4"), (6, "(5) m4 ... and 1 more."), (40, "35 more.")]
)
def test_of_many_mistakes_five_are_told(count, end):
    assert text.joined_problems(["m%d" % number for number in range(count)]).endswith(end)
