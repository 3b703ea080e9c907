# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the tables of docs/development/reliability.md from what "make reliability" wrote into .build/reliability."""

from __future__ import annotations

import json
import pathlib
import re

CLONE = pathlib.Path(__file__).resolve().parents[1]
OUTCOMES = CLONE / ".build" / "reliability"
PAGE = CLONE / "docs" / "development" / "reliability.md"


def outcomes(name, *key):
    """The outcomes of a table; of several of one key, the last."""
    file = OUTCOMES / (name + ".jsonl")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    found = [json.loads(line) for line in lines]
    return list({tuple(one[part] for part in key): one for one in found}.values())


def faults():
    """For each operation and fault: how many cases there were, and how many ended as asked at once."""
    found = outcomes("faults", "case", "operation", "after", "fault", "release", "times")
    kinds = sorted({one["fault"] for one in found}, key=lambda kind: (kind.isdigit(), kind))
    rows = [["the request that meets it", *("`%s`" % kind for kind in kinds)]]
    for operation in sorted({one["operation"] for one in found}):
        cells = []
        for kind in kinds:
            here = [one for one in found if (one["operation"], one["fault"]) == (operation, kind)]
            at_once = sum(one["outcome"] == "as asked" for one in here)
            cells.append("%d of %d" % (at_once, len(here)) if here else "")
        rows.append(["`%s`" % operation, *cells])
    return rows


def kills():
    """For each change and release: requests, kills, and how often the state that says whether it runs was needed."""
    rows = [
        [
            "the change",
            "release",
            "requests",
            "kills",
            "as asked by the same task again",
            "by the state that says whether it runs",
        ]
    ]
    for one in sorted(outcomes("kills", "change", "release"), key=lambda one: (one["change"], one["release"])):
        alone = one["killed"] - one["asked"]
        numbers = (one["requests"], one["killed"], alone, one["asked"] or "-")
        rows.append([one["change"], "`%s`" % one["release"], *map(str, numbers)])
    return rows


def concurrent_runs():
    rows = [["release", "controllers at once", "groups", "two deployments for a moment", "left in the end"]]
    found = outcomes("concurrent_runs", "release", "count", "number")
    for release, count in sorted({(one["release"], one["count"]) for one in found}):
        here = [one for one in found if (one["release"], one["count"]) == (release, count)]
        twice = sum(one["made"] > 1 for one in here)
        rows.append(["`%s`" % release, str(count), str(len(here)), str(twice), "one, always"])
    return rows


def randomized_runs():
    found = outcomes("random", "seed")
    rows = [["runs", "tasks", "met a fault", "of these failed", "killed", "run again"]]
    tasks = sum(one["well"] + one["fault"] + one["kill"] for one in found)
    sums = [sum(one[name] for one in found) for name in ("fault", "failed", "killed", "again")]
    return [*rows, [str(number) for number in (len(found), tasks, *sums)]]


def table(rows):
    rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "".join("| %s |\n" % " | ".join(row) for row in rows)


def main():
    text = PAGE.read_text(encoding="utf-8")
    for make in (faults, kills, concurrent_runs, randomized_runs):
        place = re.compile(r"(<!-- %s -->\n).*?(<!-- end -->)" % make.__name__, re.DOTALL)
        text = place.sub(lambda found, make=make: found[1] + "\n" + table(make()) + "\n" + found[2], text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
