# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts snippets, for the last lines of a test run."""

from __future__ import annotations

import collections

#: How a test hands on what it found, also from another process.
PROPERTY = "snippets"


def told(outcomes):
    """What became of the snippets of a page, as pairs of a word and, for those that were not run, the place and why."""
    return [
        (outcome, "%s: %s" % (snippet.where, snippet.reason) if snippet.mark == "not run" else "")
        for snippet, outcome in outcomes.items()
    ]


def lines(found):
    """The lines for the terminal: how many snippets there are, what became of them, and each that was not run. Takes
    what told() gave for each page."""
    if not found:
        return []
    pairs = [pair for page in found for pair in page]
    counted = collections.Counter(outcome for outcome, _why in pairs)
    words = ", ".join("%d %s" % (number, outcome) for outcome, number in counted.most_common())
    return ["not run: %s" % why for _outcome, why in sorted(pairs) if why] + [
        "snippets: %d on %d %s, %s" % (len(pairs), len(found), "pages" if found[1:] else "page", words)
    ]
