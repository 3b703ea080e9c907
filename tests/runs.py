# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds each run of a module in a test to the promise of ``changed``, by what the simulator has seen meanwhile.

Whoever runs one (a test in its own process or another, a playbook's callback) writes it into the file that FILE names.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import time

#: The variable of the environment with the path of the test's file; without it nothing is written.
FILE = "TEST_RUNS_FILE"
#: How the User-Agent of the collection begins; other clients of a test are nobody's run.
CLIENT = "nosana.cloud/"


@contextlib.contextmanager
def run(what, check):
    """A run for as long as the context lasts. It takes the result, from which ``changed`` is read."""
    begun, result = time.time(), {}
    yield result
    note(what, begun, time.time(), bool(result["changed"]), check)


def note(what, begun, ended, changed, check, **more):
    """Writes a run down: one line, at once, so that several processes may do so together. Times are Unix seconds."""
    if FILE not in os.environ:
        return
    line = json.dumps({"what": what, "begun": begun, "ended": ended, "changed": changed, "check": check, **more}) + "\n"
    handle = os.open(os.environ[FILE], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def noted(file):
    """The runs in a file."""
    path = pathlib.Path(file)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def broken_promises(runs, requests):
    """What the runs claimed that the requests (of a simulator's log) disprove, as text.

    Runs that overlap can't be told apart: they are judged together, by whether any of them changed something.
    """
    requests = [one for one in requests if one["mutating"] and one["client"].startswith(CLIENT)]
    problems = []
    for group in overlapping(runs):
        begun, ended = min(one["begun"] for one in group), max(one["ended"] for one in group)
        sent = [one for one in requests if begun <= one["received"] <= ended]
        accepted = [one for one in sent if one["accepted"]]
        names = " and ".join(one["what"] for one in group)
        if accepted and not any(one["changed"] for one in group):
            problems.append("%s: changed is false, and the server accepted %s" % (names, told(accepted)))
        if sent and all(one["check"] for one in group):
            problems.append("%s: in check mode, and yet sent %s" % (names, told(sent)))
    return problems


def overlapping(runs):
    """The runs in groups: each overlaps with another of its group, and with none of another group."""
    groups = []
    for one in sorted(runs, key=lambda one: one["begun"]):
        if groups and one["begun"] < max(other["ended"] for other in groups[-1]):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def told(requests):
    return ", ".join("%(method)s %(path)s (%(status)s)" % one for one in requests)
