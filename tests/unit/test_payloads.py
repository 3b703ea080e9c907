# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules carry along, and what an unchanged task compiles.

Ansible packs each file that a module can reach by its import statements, wherever these are, and Python compiles what
it imports of it anew for each task (twice, in fact: it keeps no compiled form of what is in a zip file).
"""

from __future__ import annotations

import ast
import functools
import os
import subprocess
import sys
import zipfile

import pytest

from .test_architecture import CLONE, PREFIX, UTILS, imports, modules

MODULES = {path.stem: path for path in sorted((CLONE / "plugins" / "modules").glob("nosana_*.py"))}
FILES = modules(UTILS)
#: What every module is made of.
SHARED = {"_module", "_api", "_model", "_definition.from_text"}
#: What modules that wait for jobs have of these.
OF_JOBS = {"_jobs.live", "_jobs.logs", "_jobs.result", "_jobs.runs"}
#: What else a module may carry, by the beginnings of the files' dotted names, and how many files in all at most.
CARRIED = {
    "nosana_credit_info": ({"_offers.cost"}, 15),
    "nosana_deployment": ({"_definition", "_deployment", "_offers", *OF_JOBS}, 68),
    "nosana_deployment_info": ({"_deployment.listing", "_offers.cost", "_offers.markets", "_offers.spent"}, 25),
    "nosana_gpu_info": ({"_offers.cost", "_offers.gpus", "_offers.markets"}, 19),
    "nosana_deployments": ({"_definition", "_deployment", "_offers", *OF_JOBS}, 77),
    "nosana_job": ({"_jobs.change", "_jobs.find", "_jobs.live", "_jobs.logs", "_jobs.result"}, 26),
    "nosana_job_fetch": ({"_jobs.fetch", "_jobs.find", "_jobs.live", "_jobs.logs", "_jobs.result"}, 26),
    "nosana_job_info": ({"_jobs.find", "_jobs.live", "_jobs.logs", "_jobs.result"}, 24),
    "nosana_market_info": ({"_offers.cost", "_offers.markets"}, 19),
    "nosana_template_info": ({"_offers.templates"}, 15),
}
#: What a task that changes nothing, and waits for nothing, has no use for.
ONLY_FOR_CHANGES = ("_jobs.", "_offers.gpus", "_model.cron", "_definition.validate")
ONLY_FOR_CHANGES += tuple("_deployment.plan." + one for one in ("complete", "create", "remove", "replace"))
ONLY_FOR_CHANGES += tuple("_deployment.apply." + one for one in ("create", "no_jobs", "replicas", "revision", "status"))


def named(names):
    """The files of the collection among names that are imported: those of things in a file stand for it."""
    inside = {name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)}
    return {file for name in inside for file in (name, name.rpartition(".")[0]) if file in FILES}


@functools.cache
def at_once(path):
    """The full names of what a file imports when it is imported itself, not in a function of it."""
    statements = list(ast.parse(path.read_text(encoding="utf-8")).body)
    found = set()
    while statements:
        node = statements.pop()
        if isinstance(node, ast.Try):
            statements += [*node.body, *(one for handler in node.handlers for one in handler.body), *node.orelse]
        elif isinstance(node, ast.ImportFrom):
            found |= {"%s.%s" % (node.module, alias.name) for alias in node.names}
    return frozenset(found)


def reached(path, imported):
    """The files of the collection that a file reaches, by ``imported(path)`` of each on the way."""
    found, rest = set(), [path]
    while rest:
        new = named(imported(rest.pop())) - found
        found |= new
        rest += [FILES[name] for name in new]
    return found


def test_each_module_has_its_budget():
    assert set(MODULES) <= set(CARRIED)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_carries_only_what_it_may_need(module):
    beginnings, most = CARRIED[module]
    found = reached(MODULES[module], imports)
    beginnings = tuple(SHARED | beginnings)
    assert {name for name in found if not any((name + ".").startswith(one + ".") for one in beginnings)} == set()
    assert 12 < len(found) <= most


def test_an_unchanged_task_compiles_nothing_that_is_for_changes():
    found = reached(MODULES["nosana_deployment"], at_once)
    assert {name for name in found if name.startswith(ONLY_FOR_CHANGES)} == set()
    assert 25 < len(found) <= 37


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_imports_first_makes_python_compile_the_rest_once(module):
    inside = [
        node.module
        for node in ast.parse(MODULES[module].read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and node.module.startswith(PREFIX)
    ]
    assert inside[0] == PREFIX + "_module"


def test_a_file_of_a_module_is_compiled_once(tmp_path):
    """In a process of its own: compiling is counted there, and this one has imported the file already."""
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("small.py", "answer = 42\n")
    script = (
        "import sys, zipimport\n"
        "compiled, real = [], zipimport._compile_source\n"
        "zipimport._compile_source = lambda path, source: compiled.append(path) or real(path, source)\n"
        "import %s_module\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import small\n"
        "print(len(compiled), small.answer)" % PREFIX
    )
    where = {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", script, packed], env=where, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["1", "42"]
