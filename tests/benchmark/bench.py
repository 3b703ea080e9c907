# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures the collection beside others, on a simulator with latency, and writes docs/development/benchmarks.md.

Called by "make bench"; ONLY=create30,one measures these rows only, TIMES=9 each of them so often. What was measured
before is kept in .build/benchmark, and what the page has of other rows stays as it is. Ends with the ratios.
"""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import platform
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
CLONE = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]

# Found only by the path that is set above.
import peers  # noqa: E402
from rows import ROWS, median  # noqa: E402

PAGE = CLONE / "docs" / "development" / "benchmarks.md"
KEPT = CLONE / ".build" / "benchmark" / "measured.json"
#: The columns of the page's table.
COLUMNS = ("what", "by", "median", "requests", "ratio", "at most")
#: Runs of each way, at least; the memory of 10,000 is measured once.
TIMES = 5


def cells(row, way, found, ratios):
    """One line of the table; ``found`` is {"value", "requests", "repeated"} of each way."""
    here, told = found[way], next((one for one in ratios if one["way"] == way and one["row"] == row.name), None)
    value = "%.0f MB" % here["value"] if row.shows == "peak" else "%.2f s" % here["value"]
    ratio = most = ""
    if told:
        ratio, most = "%.2f of %s" % (told["ratio"], told["of"]), "%g" % told["most"]
    if row.most_mb:
        most = "%d MB" % row.most_mb
    if row.most_requests:
        most = "%d requests" % row.most_requests
    return (row.what, way, value, "%d" % here["requests"], ratio, most)


def ratios_of(measured):
    """Each ratio that is asked for and could be measured, in the order of the rows."""
    found = []
    for row in ROWS:
        for target in row.targets:
            other, _colon, way = target.of.rpartition(": ")
            of = measured.get(other or row.name, {}).get(way)
            here = measured.get(row.name, {}).get(target.way)
            if of and here:
                ratio = here["value"] / of["value"]
                told = {"row": row.name, "way": target.way, "of": target.of, "ratio": ratio, "most": target.most}
                found.append(told)
    return found


def table_lines(row, measured):
    """The lines of a row in the page's table, or (``row`` None) the table's head.

    ``measured`` is ``{row: {way: {"value", "requests", "repeated"}}}``.
    """
    lines = [] if row else [COLUMNS, ("---",) * len(COLUMNS)]
    for way in measured[row.name] if row else ():
        of_way = [one for one in ratios_of(measured) if (one["row"], one["way"]) == (row.name, way)]
        for told in of_way or [None]:
            lines.append(cells(row, way, measured[row.name], [told] if told else []))
    return ["| %s |\n" % " | ".join(line) for line in lines]


def summary(measured):
    """The ratios as the command prints them last."""
    lines = [
        "%-12s %-30s %.2f of %s (at most %g)" % (one["row"], one["way"], one["ratio"], one["of"], one["most"])
        for one in ratios_of(measured)
    ]
    for row in ROWS:
        for way, here in measured.get(row.name, {}).items():
            if row.most_mb:
                told = (row.name, way, here["value"], here["repeated"], row.most_mb)
                lines.append("%-12s %-30s %.0f MB, %d requests repeated (at most %d MB, none)" % told)
            if row.most_requests:
                told = (row.name, way, here["requests"], row.most_requests)
                lines.append("%-12s %-30s %d requests (at most %d)" % told)
    return "\n".join(lines)


def machine():
    """The machine and how busy it is, in one line."""
    model = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    load = ", ".join("%.1f" % one for one in os.getloadavg())
    return "%d x %s, Linux %s, Python %s, ansible-core %s; load %s (1, 5 and 15 minutes)" % (
        os.cpu_count(),
        model[1].strip() if model else platform.machine(),
        platform.release().split("-")[0],
        platform.python_version(),
        _version_of("ansible-core"),
        load,
    )


def _version_of(package):
    from importlib import metadata

    return metadata.version(package)


def page_with(text, measured, machines):
    """The text of the page with what was measured; ``machines``: on which, by the row. Other rows stay as they are."""

    def put(name, begins, new):
        """Replaces the lines of each measured row, which begin with ``begins(row)``."""
        nonlocal text
        place = re.search(r"<!-- %s -->\n\n(.*?)\n<!-- end -->" % name, text, re.DOTALL)
        there = place[1].splitlines(keepends=True)
        lines = []
        for row in ROWS:
            lines += new(row) if row.name in measured else [line for line in there if line.startswith(begins(row))]
        text = text[: place.start(1)] + "".join(new(None) + lines) + text[place.end(1) :]

    put("table", lambda row: "| %s | " % row.what, lambda row: table_lines(row, measured))
    put("machine", lambda row: "- `%s`: " % row.name, lambda row: ["- %s\n" % machines[row.name]] if row else [])
    return text


def main():
    chosen = {name for name in os.environ.get("ONLY", "").split(",") if name} or {row.name for row in ROWS}
    unknown = chosen - {row.name for row in ROWS}
    if unknown:
        known = ", ".join(row.name for row in ROWS)
        raise SystemExit("bench: no row is called %s; there are: %s" % (", ".join(sorted(unknown)), known))
    times = int(os.environ.get("TIMES") or TIMES)
    from conftest import SimulatorProcess

    peers.WORK.mkdir(parents=True, exist_ok=True)
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {"rows": {}, "machines": {}}
    server = SimulatorProcess(peers.WORK / "simulator.log", latency=peers.LATENCY, step=0.5)
    try:
        for row in ROWS:
            if row.name in chosen:
                print("bench: %s (%s)" % (row.name, row.what), flush=True)
                took = row.measure(server, times)
                kept["rows"][row.name] = {
                    way: {
                        "value": median(found, row.shows),
                        "requests": max(one.requests for one in found),
                        "repeated": max(one.repeated for one in found),
                    }
                    for way, found in took.items()
                    if found
                }
                day = datetime.date.today().isoformat()
                runs = max(map(len, took.values()))
                kept["machines"][row.name] = "`%s`: %d measured on %s, %s" % (row.name, runs, day, machine())
                KEPT.write_text(json.dumps(kept), encoding="utf-8")
                text = page_with(PAGE.read_text(encoding="utf-8"), kept["rows"], kept["machines"])
                PAGE.write_text(text, encoding="utf-8")
    finally:
        server.stop()
    print(summary(kept["rows"]))


if __name__ == "__main__":
    main()
