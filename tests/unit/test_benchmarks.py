# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of docs/development/benchmarks.md are as "make bench" writes them."""

from __future__ import annotations

import pathlib
import re
import sys

import pytest

CLONE = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(CLONE / "tests" / "benchmark"))
# Found only by the path that is set above.
import bench  # noqa: E402
import rows  # noqa: E402

PAGE = (CLONE / "docs" / "development" / "benchmarks.md").read_text(encoding="utf-8")
#: What each of the columns may hold.
CELLS = {
    "what": "|".join(re.escape(row.what) for row in rows.ROWS),
    "by": r".+",
    "median": r"\d+\.\d\d s|\d+ MB",
    "requests": r"\d+",
    "ratio": r"(\d+\.\d\d of .+)?",
    "at most": r"([\d.]+|\d+ MB|\d+ requests)?",
}
MEASURED = {
    "create30": {rows.URI: {"value": 60.0, "requests": 240, "repeated": 30}, rows.FLEET: dict(value=3, requests=99)},
    "managed100": {rows.FLEET: {"value": 2.0, "requests": 12, "repeated": 0}},
    "managed1000": {rows.FLEET: {"value": 8.0, "requests": 12, "repeated": 0}},
    "account10000": {"the inventory": {"value": 162.4, "requests": 101, "repeated": 0}},
}


def part(name):
    return PAGE.split("<!-- %s -->\n" % name)[1].split("<!-- end -->")[0].strip("\n")


def cells_of(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def check(table):
    header, line, *lines = table.splitlines()
    assert tuple(cells_of(header)) == bench.COLUMNS and set(cells_of(line)) == {"---"}
    for one in lines:
        for column, cell in zip(bench.COLUMNS, cells_of(one), strict=True):
            assert re.fullmatch(CELLS[column], cell), (column, cell)
    return lines


def test_the_page_has_the_table_of_the_command():
    lines = check(part("table"))
    line = re.compile(r"^- `(\w+)`: \d+ measured on \d{4}-\d\d-\d\d, .+; load [\d., ]+ \(", re.MULTILINE)
    measured = line.findall(part("machine"))
    assert {row.what for row in rows.ROWS if row.name in measured} == {cells_of(line)[0] for line in lines}


def test_the_command_writes_such_a_table():
    written = [line for row in (None, *rows.ROWS) if row is None or row.name in MEASURED
               for line in bench.table_lines(row, MEASURED)]
    lines = check("".join(written))
    assert lines[1] == "| 30 created, started, and waited for | `nosana_deployments` | 3.00 s | 99 | " \
        "0.05 of loop of `uri` | 0.08 |"
    assert lines[-1] == "| 10,000 in the account | the inventory | 162 MB | 101 |  | 200 MB |"


def test_what_was_not_measured_stays_on_the_page():
    one = {"one": {"`uri`": dict(value=1.0, requests=1, repeated=0), "`present`": dict(value=1.1, requests=2)}}
    machine = "`one`: 5 measured on 2026-11-01, another; load 1, 1, 1 (1, 5 and 15 minutes)"
    page = bench.page_with(PAGE, one, {"one": machine})
    before, after = PAGE.splitlines(), page.splitlines()
    what = next(row.what for row in rows.ROWS if row.name == "one")
    assert "| %s | `present` | 1.10 s | 2 | 1.10 of `uri` | 1.25 |" % what in after and "- " + machine in after
    others = [[line for line in lines if what not in line and "`one`: " not in line] for lines in (before, after)]
    assert others[0] == others[1]


def test_ratios_are_printed_last():
    assert bench.summary(MEASURED).splitlines() == [
        "create30     `nosana_deployments`           0.05 of loop of `uri` (at most 0.08)",
        "managed1000  `nosana_deployments`           4.00 of managed100: `nosana_deployments` (at most 12)",
        "managed100   `nosana_deployments`           12 requests (at most 20)",
        "account10000 the inventory                  162 MB, 0 requests repeated (at most 200 MB, none)",
    ]


def test_rows_that_are_not_there_are_refused(monkeypatch):
    monkeypatch.setenv("ONLY", "one,two")
    with pytest.raises(SystemExit, match="no row is called two; there are: create30, create100"):
        bench.main()
