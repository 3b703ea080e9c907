# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of a job that runs: what its host sends, kept within bounds, as the lines that tasks return."""

from __future__ import annotations

import collections
import json
import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api import hosts
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import logs as job_logs
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import Masker
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable

#: How long to read for a task that asks for logs, and for a failure that quotes the last lines.
PATIENT = hosts.Limits(first=10.0, quiet=2.0, total=30.0)
HASTY = hosts.Limits(first=1.5, quiet=0.5, total=2.5)
#: Operations of one job that are kept; a definition has a few.
MOST_OPERATIONS = 100
#: Lines from which a message takes the last that are not empty, and characters of each in it.
QUOTED, QUOTE = 20, 200
#: Keys of a message that is no text: of an error, and of the progress of an image's pull.
_TEXTS = ("event", "status", "id", "progress", "message", "reason", "error")


class LiveLog:
    """Collects what a host sends of a job, of each operation the newest part."""

    def __init__(self):
        self._operations = {}
        self._lock = threading.Lock()  # a thread that took too long may still be reading

    def note(self, data):
        """Takes one frame. What is not of the expected form is left out."""
        entry = _entry(data)
        if entry is None:
            return
        name, kind, text = entry
        with self._lock:
            if name in self._operations or len(self._operations) < MOST_OPERATIONS:
                self._operations.setdefault(name, _Operation()).add(kind, text)

    def logs(self, mask, tail):
        """The logs as a task returns them: at most ``tail`` lines of what each operation wrote, its host's first."""
        with self._lock:
            found = list(self._operations.items())
            return [{"operation": _name(name, mask), "lines": one.lines(mask, tail)} for name, one in found]


class _Operation:
    """What one operation wrote, what its host complained of, and what the host did last."""

    def __init__(self):
        self._pieces = collections.deque()
        self._size = 0
        self._left_out = 0  # line breaks of what was not kept
        self._is_cut = False
        self._complaints = collections.deque(maxlen=job_logs.MAX_COMPLAINTS)
        self._does = ""

    def add(self, kind, text):
        if kind == "error":
            self._complaints.append(text)
        elif kind == "info":
            self._does = text
        else:
            self._pieces.append(text)
            self._size += len(text)
            while self._size > job_logs.MAX_READ and len(self._pieces) > 1:
                gone = self._pieces.popleft()
                self._size -= len(gone)
                self._left_out += gone.count("\n")
                self._is_cut = True

    def lines(self, mask, tail):
        written, more = job_logs.joined(self._pieces), 0
        if self._is_cut:
            written, more = job_logs.from_whole_line(written)
        lines = job_logs.lines_of(written, mask, tail, self._left_out + more)
        host = job_logs.lines_of("\n".join(self._complaints), mask, job_logs.MAX_COMPLAINTS)
        if not lines and not host:
            host = job_logs.lines_of(self._does, mask, 1)
        return ["host: " + line for line in host] + lines


def read(client, job, answer, tail, limits=None):
    """``(logs, problem)`` of a job that runs, from its host. ``answer`` is the API's on the job.

    ``problem`` says why there are none, or why they may not be whole; None where all is well. ``limits`` are PATIENT
    by default.
    """
    log, header = LiveLog(), ""
    try:
        node = d.node_of(answer) or d.node_of(job)
        if not job.get("deployment"):
            raise hosts.Unread("it can't be read without the deployment of the job, which is not known")
        url = hosts.address_of(client.base, node)
        header = hosts.header_of(client, job["deployment"])
        hosts.read_log(url, header, job["job"], client.verify, limits or PATIENT, log.note)
        problem = None
    except (hosts.Unread, NosanaError) as failure:
        problem = str(failure)
    # numbered as in the result, whose only secrets are those of the definition; a host could send the header back
    masker = Masker(answer.get("jobDefinition"), {"authorization": [header, *header.split(":")[1:2]]})
    return log.logs(masker.mask, tail), problem and masker.mask(problem)


def last_lines_of(client, deployment_id, job, count):
    """At most ``count`` lines that a job of a deployment wrote last, short enough for a message. Raises NosanaError.

    They are of the operation that comes last in the list, of those that wrote anything.
    """
    answer = client.call("get_job", id=deployment_id, job=job["job"])
    logs, _problem = read(client, dict(job, deployment=deployment_id), answer, QUOTED, HASTY)
    telling = [lines for lines in ([line for line in one["lines"] if line.strip()] for one in logs) if lines]
    return [printable(line.strip(), QUOTE) for line in telling[-1][-count:]] if telling else []


def _entry(data):
    """``(operation, kind, text)`` of a frame, None where it is of another form."""
    try:
        frame = json.loads(data)
        entry = json.loads(frame["data"]) if frame["path"] in ("flog", "/flog") else None
        name, kind, message = entry["opId"], entry["type"], entry["message"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    text = message if isinstance(message, str) else _text(message)
    return (name, kind, text) if isinstance(name, str) and isinstance(kind, str) and text else None


def _text(message):
    """A message that is no text, as one line."""
    found = [message.get(key) for key in _TEXTS] if isinstance(message, dict) else []
    return " ".join(one for one in found if isinstance(one, str))


def _name(name, mask):
    return printable(mask(name), 100) or "without a name"
