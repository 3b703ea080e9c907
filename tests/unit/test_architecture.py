# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/development/architecture.md says of packages and imports is so, and what it names is there."""

from __future__ import annotations

import ast
import functools
import graphlib
import pathlib
import re
import sys

import pytest

CLONE = pathlib.Path(__file__).resolve().parents[2]
PAGE = CLONE / "docs" / "development" / "architecture.md"
UTILS = CLONE / "plugins" / "module_utils"
SIMULATOR = CLONE / "roles" / "simulator" / "files" / "nosana_simulator"
PREFIX = "ansible_collections.nosana.cloud.plugins.module_utils."
#: What has no place in packages that are pure: it reads, writes, waits, or asks for the time.
WITH_EFFECTS = {"asyncio", "http", "logging", "os", "pathlib", "random", "requests", "shutil", "socket", "ssl"}
WITH_EFFECTS |= {"subprocess", "tempfile", "threading", "time", "urllib3", "ansible"}


def section(heading):
    return PAGE.read_text(encoding="utf-8").split("## %s\n" % heading)[1].split("\n## ")[0]


def allowed():
    """What each package may import, by the page's table."""
    rows = re.findall(r"^\| `(\w+)(?:/|\.py)` \|.*\| ([^|]+) \|$", section("Packages"), re.MULTILINE)
    packages = {name for name, _what in rows}
    parsed = {name: set(re.findall(r"`(\w+)`", what)) for name, what in rows}
    return {name: parsed[name] if "all of the above" not in dict(rows)[name] else packages for name in packages}


def modules(folder):
    """The modules in a folder, by their dotted names."""
    return {".".join(path.relative_to(folder).with_suffix("").parts): path for path in sorted(folder.rglob("*.py"))}


@functools.cache
def imports(path):
    """The full names of all that a file imports, wherever in it; names of a module's content as ``module.name``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {"%s%s.%s" % ("." * node.level, node.module or "", alias.name) for alias in node.names}
    return frozenset(found)


def own_imports(path, names, prefix):
    """Those of the modules ``names`` that a file imports; ``prefix`` is how their package is called there."""
    inside = [name.removeprefix(prefix) for name in imports(path) if name.startswith(prefix)]
    parents = {parent for name in inside for parent in (name, name.rpartition(".")[0])}
    return parents & set(names)


def order(folder, prefix):
    """The modules of a folder, each after those that it imports. Raises CycleError where that can't be."""
    found = modules(folder)
    return list(graphlib.TopologicalSorter({n: own_imports(p, found, prefix) for n, p in found.items()}).static_order())


def test_the_page_has_all_packages():
    parts = {name.partition(".")[0] for name in modules(UTILS)}
    assert set(allowed()) == parts


@pytest.mark.parametrize("name", modules(UTILS))
def test_a_package_imports_only_what_it_may(name):
    package = name.partition(".")[0]
    others = {one.partition(".")[0] for one in own_imports(modules(UTILS)[name], modules(UTILS), PREFIX)} - {package}
    assert others <= allowed()[package]


def test_no_module_imports_itself_by_others():
    assert len(order(UTILS, PREFIX)) > 50


def test_no_module_of_the_simulator_imports_itself_by_others():
    assert len(order(SIMULATOR, ".")) > 30


def test_the_simulator_imports_nothing_of_the_plugins():
    assert [path for path in SIMULATOR.rglob("*.py") if "ansible" in str(imports(path))] == []


@pytest.mark.parametrize("name", [name for name in modules(UTILS) if name.startswith(("_model.", "_definition."))])
def test_models_and_definitions_are_pure(name):
    parts = {one.partition(".")[0] for one in imports(modules(UTILS)[name])} - {"ansible_collections"}
    if name == "_model.clock":  # the one place that knows the time, so that tests can replace it
        parts -= {"time", "threading"}
    assert parts <= set(sys.stdlib_module_names)
    assert not parts & WITH_EFFECTS


@pytest.mark.parametrize("name", [name for name in modules(UTILS) if name.startswith("_deployment.plan.")])
def test_plans_are_pure(name):
    found = imports(modules(UTILS)[name])
    assert not {one.partition(".")[0] for one in found} & WITH_EFFECTS
    own = own_imports(modules(UTILS)[name], modules(UTILS), PREFIX)
    assert {one for one in own if one.startswith("_api.")} <= {"_api.errors"}


# --- what the page names ------------------------------------------------------------------------------------------


def walk():
    """The steps of the walk, as (file, function) from the plugins folder."""
    found = re.findall(r"^\d+\. `([\w/.]+)`, `([\w.]+)`: ", section("The walk"), re.MULTILINE)
    assert len(found) >= 12
    return found


@functools.cache
def functions(path):
    """The functions and methods of a file, methods as ``Class.method``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    methods = {"%s.%s" % (one.name, node.name) for one in classes for node in one.body if hasattr(node, "name")}
    return methods | {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("name", "function"), walk(), ids=lambda part: part)
def test_each_function_of_the_walk_is_there(name, function):
    assert function in functions(CLONE / "plugins" / name)


def test_each_file_that_the_page_names_is_there():
    text = re.sub(r"^```.*?^```", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([\w./]+/[\w.]+\.(?:py|md|yml))`", text))
    assert len(named) > 20
    places = (CLONE, CLONE / "plugins", UTILS, UTILS / "_deployment")
    assert [name for name in named if not any((place / name).is_file() for place in places)] == []
