# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: table
short_description: Write a list of mappings as a table
version_added: 1.0.0
description:
  - Makes lines of text of a list of mappings, such as the deployments of M(nosana.cloud.nosana_deployment_info). Shown
    as a list by M(ansible.builtin.debug), they are a table in every output of Ansible.
  - What is missing or null is V(-), or nothing in CSV. Times are shortened to minutes, except in CSV. Line breaks and
    control characters become spaces.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
options:
  _input:
    description: The rows.
    type: list
    elements: dict
    required: true
  columns:
    description:
      - "A mapping from keys of the rows to the titles of their columns, such as C({name: NAME}). A key inside another,
        or a place in a list, is written after a dot, such as V(cost.usd_per_hour) or V(next_runs.0)."
    type: dict
    required: true
  format:
    description:
      - How to write it.
      - By default, V(table), which has columns of equal width.
    type: str
    choices: [table, markdown, csv]
    default: table
  most:
    description:
      - How many rows to show. A last line says how many more there are.
      - By default, all are shown.
    type: int
  words:
    description:
      - A mapping from values to what to show in their place; for example, from addresses of markets to their slugs.
      - By default, values are shown as they are.
    type: dict
    default: {}
notes:
  - Text counts for every type, such as JSON for a mapping. Empty text counts as left out.
"""

EXAMPLES = r"""
- name: List the deployments
  nosana.cloud.nosana_deployment_info:
  register: found

- name: Show them as a table
  ansible.builtin.debug:
    msg: "{{ found.deployments | nosana.cloud.table({'name': 'NAME', 'status': 'STATUS'}, most=20) }}"
  # NAME       STATUS
  # demo-web   RUNNING
  # demo-batch STOPPED
"""

RETURN = r"""
_value:
  description: The lines of the table, with its titles first.
  type: list
  elements: str
  sample: ["NAME       STATUS", "demo-web   RUNNING", "demo-batch STOPPED"]
"""

import csv
import functools
import io
import re

from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable
from ansible_collections.nosana.cloud.plugins.plugin_utils._options import REQUIRED, option_of

#: Characters of the widest column of a table.
WIDEST = 60
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?(Z|\+00:00)")


def table(rows, columns, format="table", most=None, words=None):
    """See DOCUMENTATION."""
    option = functools.partial(option_of, "table")
    rows, columns = option("_input", rows, "dicts", REQUIRED), option("columns", columns, "dict", REQUIRED)
    format, most = option("format", format, "str", "table", tuple(WRITERS)), option("most", most, "int")
    words = option("words", words, "dict", {})
    shown = rows if most is None else rows[:most]
    cells = [[_cell(_found(row, path), format, words) for path in columns] for row in shown]
    lines = WRITERS[format]([str(title) for title in columns.values()], cells)
    more = len(rows) - len(shown)
    return lines + ["... and %d more" % more] * (more > 0)


def _found(row, path):
    """What is at a path (``cost.usd_per_hour``) in a row; None where it leads nowhere."""
    for key in path.split("."):
        if isinstance(row, list):
            row = dict(enumerate(row)).get(int(key) if key.isdecimal() else None)
        else:
            row = row.get(key) if isinstance(row, dict) else None
    return row


def _cell(value, format, words):
    if isinstance(value, list):
        return ", ".join(_cell(one, format, words) for one in value) or _cell(None, format, words)
    if value is None or value == "":
        return "" if format == "csv" else "-"
    if isinstance(value, float):
        return ("%.4f" % value).rstrip("0").rstrip(".")
    text = printable(words.get(value, value) if isinstance(value, str) else value, 10**6)
    if format == "csv":
        return text
    text = _TIME.sub(r"\1 \2", text)
    return printable(text, WIDEST) if format == "table" else text


def _as_table(titles, cells):
    widths = [max(map(len, column)) for column in zip(titles, *cells)]
    lines = [[text.ljust(width) for text, width in zip(row, widths)] for row in [titles, *cells]]
    return [" ".join(line).rstrip() for line in lines]


def _as_markdown(titles, cells):
    rows = [titles, ["---"] * len(titles), *([one.replace("|", "\\|") for one in row] for row in cells)]
    return ["| %s |" % " | ".join(row) for row in rows]


def _as_csv(titles, cells):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([titles, *cells])
    return written.getvalue().splitlines()


WRITERS = {"table": _as_table, "markdown": _as_markdown, "csv": _as_csv}


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"table": table}
