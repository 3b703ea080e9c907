# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of docs/development/guarantees.md: each guarantee names tests, and the tests that it names are there.

Whether they would fail if the sentence were false, only a reader can judge.
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re

import pytest

TESTS = pathlib.Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "development" / "guarantees.md"
GROUPS = (
    "Which deployment",
    "What is managed",
    "States",
    "One change at a time",
    "Revisions",
    "Rolling back",
    "What can't change in place",
    "Check mode and diff",
    "Waiting",
    "Several markets",
    "Batch work (`state: completed`)",
    "Money",
    "Logs of jobs that run",
    "Many deployments (`nosana_deployments`)",
    "Runbooks",
    "Controllers",
    "Events",
)


def groups():
    """The guarantees, (text, cell with its tests), by the heading of their table."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rows = found.setdefault(line[3:], [])
        elif line.startswith("| ") and line not in ("| guarantee | tests that fail without it |", "| --- | --- |"):
            rows.append(tuple(cell.strip() for cell in line.strip("|").split(" | ")))
    return found


GUARANTEES = [one for rows in groups().values() for one in rows]


@functools.cache
def functions_of(name):
    """The names of the test functions of a file, wherever below tests/ it is. A name of several files is none."""
    [path] = TESTS.rglob(name)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def is_there(test):
    target = re.fullmatch(r"targets/([a-z_]+)", test)
    if target:
        path = TESTS / "integration" / "targets" / target.group(1) / "tasks" / "main.yml"
        return path.is_file() and '"%s"' % target.group(1) in (TESTS / "integration" / "test_targets.py").read_text()
    name, _colons, function = test.partition("::")
    return function in functions_of(name)


def test_the_page_has_its_groups():
    assert tuple(groups()) == GROUPS
    assert all(groups().values())


@pytest.mark.parametrize("guarantee", GUARANTEES, ids=lambda guarantee: guarantee[0])
def test_links_to_tests(guarantee):
    text, tests = guarantee
    names = re.findall(r"`([^`]+)`", tests)
    assert text.endswith(".") and names
    assert ", ".join("`%s`" % name for name in names) == tests
    assert [name for name in names if not is_there(name)] == []


@pytest.mark.parametrize("name", ["test_promises.py", "test_promises_check.py", "test_promises_waiting.py"])
def test_links_from_the_files_that_are_there_for_the_page(name):
    named = set(re.findall(r"%s::(test_\w+)" % name, PAGE.read_text(encoding="utf-8")))
    assert named == {function for function in functions_of(name) if function.startswith("test_")}
