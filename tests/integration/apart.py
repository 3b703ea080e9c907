# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work done in a process of its own: what it returns, or that it was killed."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
import warnings


class Apart:
    """Begins ``work()`` in a process of its own, which shares nothing with this one but its open files."""

    def __init__(self, work):
        self._reads, writes = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of threads; the child uses none
            self._child = os.fork()
        if self._child == 0:
            _work(work, writes)
        os.close(writes)

    def result(self):
        """Waits for the end and returns what the work did; None when the process was killed (SIGKILL).

        Raises AssertionError, with the traceback, when the work raised anything.
        """
        with open(self._reads, "rb") as pipe:
            content = pipe.read()
        _child, status = os.waitpid(self._child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return None
        problem, returned = pickle.loads(content)
        assert problem is None, problem
        return returned


def _work(work, writes):
    """What the child does. It never returns."""
    try:
        try:
            told = None, work()
        except BaseException:
            told = traceback.format_exc(), None
        with open(writes, "wb") as pipe:
            pickle.dump(told, pipe)
    finally:
        os._exit(0)
