# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a task in a process of its own that is killed (SIGKILL) at one of its requests."""

from __future__ import annotations

import os
import signal
import sys
import traceback
import warnings

import urllib3.connection

#: When a run is killed: before the request is sent; once it was sent, whether or not the server got to see it all;
#: when its answer has begun to come, so that the server has done its work.
BEFORE, SENT, ANSWERED = MOMENTS = ("before", "sent", "answered")


def run_killed(runner, number, moment, task):
    """Runs the task, killed at the moment of its request of that number (from 1); returns whether it came to that.

    A run that makes fewer requests ends by itself, and has to end well.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of threads; the child uses none
        child = os.fork()
    if child == 0:
        _run(runner, number, moment, task)
    _child, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "a run that was not killed failed"
    return False


def _run(runner, number, moment, task):
    """What the child does. It never returns."""
    code = 1
    try:
        _arm(number, moment)
        failure = runner.run(**task).failure
        code = 0 if failure is None else 1
        if failure:
            print(failure, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _arm(number, moment):
    """Lets this process kill itself at its request of that number."""
    connection = urllib3.connection.HTTPConnection
    send, receive = connection.request, connection.getresponse
    sent = 0

    def kill_at(this):
        if this == moment and sent == number:
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
