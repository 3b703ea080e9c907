# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator's modules import: no circle, nothing of the plugins, and only what it says it needs."""

from __future__ import annotations

import ast
import graphlib
import sys

from simulator_api import PACKAGE

FOLDER = PACKAGE / "nosana_simulator"


def imports() -> dict[str, list[ast.Import | ast.ImportFrom]]:
    """The imports of each module, those for annotations and those inside functions included."""
    return {path.stem: [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                        if isinstance(node, (ast.Import, ast.ImportFrom))] for path in FOLDER.glob("*.py")}


def test_no_circle():
    graph: dict[str, set[str]] = {}
    for module, found in imports().items():
        own = [node for node in found if isinstance(node, ast.ImportFrom) and node.level == 1]
        graph[module] = {name for node in own
                         for name in ([node.module] if node.module else [alias.name for alias in node.names])}
    assert len(graph) > 30 and set().union(*graph.values()) < set(graph)
    graphlib.TopologicalSorter(graph).prepare()  # raises when there is one


def test_nothing_but_the_standard_library_and_uvicorn():
    used = set()
    for found in imports().values():
        for node in found:
            if isinstance(node, ast.Import):
                used |= {alias.name.partition(".")[0] for alias in node.names}
            elif not node.level:
                used.add(str(node.module).partition(".")[0])
    assert used - set(sys.stdlib_module_names) == {"uvicorn"}
