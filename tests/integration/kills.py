# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a task in a process of its own that is killed (SIGKILL) at one of its requests."""

from __future__ import annotations

import os
import signal

import urllib3.connection

from .apart import Apart

#: When a run is killed: before the request is sent; once it was sent, whether or not the server got to see it all;
#: when its answer has begun to come, so that the server has done its work.
BEFORE, SENT, ANSWERED = MOMENTS = ("before", "sent", "answered")


def run_killed(runner, number, moment, task):
    """Runs the task, killed at the moment of its request of that number (from 1); returns what it came to, None when
    it was killed. A run that makes fewer requests ends by itself."""

    def work():
        _arm(number, moment)
        return runner.run(**task)

    return Apart(work).result()


def _arm(number, moment):
    """Lets this process kill itself at its request of that number."""
    connection = urllib3.connection.HTTPConnection
    send, receive = connection.request, connection.getresponse
    sent = 0

    def kill_at(this):
        if this == moment and sent >= number:  # more than that where several threads send
            os.kill(os.getpid(), signal.SIGKILL)

    def request(self, *args, **more):
        nonlocal sent
        sent += 1
        kill_at(BEFORE)
        send(self, *args, **more)
        kill_at(SENT)

    def getresponse(self, *args, **more):
        answer = receive(self, *args, **more)
        kill_at(ANSWERED)
        return answer

    connection.request, connection.getresponse = request, getresponse
