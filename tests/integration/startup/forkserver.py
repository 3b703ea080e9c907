# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Python programs in processes forked from one that has imported their libraries already.

To start Python and to import takes a playbook a second of processor time, and a module half a second: more than all
that they do then. A program is started here as ``python FILE`` would start it, with an environment, a working
directory, and standard streams of its own.

``python forkserver.py DESCRIPTOR [MODULE ...]`` imports the modules, and takes requests from the listening socket of
that number until its standard input ends. A request is a message with three file descriptors (standard input, output,
error) and a length, and then so many bytes: marshalled arguments, environment and working directory. The answer is the
exit status.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import importlib
import marshal
import os
import runpy
import select
import signal
import socket
import struct
import sys

LENGTH = struct.Struct("!I")
STATUS = struct.Struct("!i")


def serve(listener, modules):
    """Forks a process for each request. Returns the arguments of its program in each of them, and None in the end."""
    for module in modules:
        with contextlib.suppress(ImportError):  # the program itself says what it lacks
            importlib.import_module(module)
    keep_temporary_files()
    gc.freeze()  # what was imported is no garbage: looking through it would take each program longer than all else
    running = {}
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: report_ended(running))
    while True:
        readable, _none, _none = select.select([listener, 0], [], [])
        if 0 in readable:
            return None
        connection, _address = listener.accept()
        request = receive(connection)
        if request is None:
            connection.close()
            continue
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        child = os.fork()
        if child:
            running[child] = connection
            for descriptor in request[0]:
                os.close(descriptor)
        else:
            for open_socket in (listener, connection, *running.values()):
                open_socket.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        if not child:
            return take_over(*request)


def keep_temporary_files():
    """Ansible makes its folder for temporary files when it is imported, and deletes it when a process ends: here when
    this one ends, as all its programs share the folder, with the modules that Ansible has packed there."""
    path = sys.modules.get("ansible.utils.path")
    if path is None:
        return
    atexit.unregister(path.cleanup_tmp_file)
    server, folder = os.getpid(), sys.modules["ansible.constants"].DEFAULT_LOCAL_TMP
    atexit.register(lambda: os.getpid() == server and path.cleanup_tmp_file(folder))


def receive(connection):
    """The streams' descriptors and what was marshalled, or None where nobody asks any more."""
    size = array.array("i").itemsize
    content, extra, _flags, _address = connection.recvmsg(LENGTH.size, socket.CMSG_SPACE(3 * size))
    if len(content) < LENGTH.size:
        return None
    descriptors = array.array("i")
    descriptors.frombytes(extra[0][2][: 3 * size])
    (left,) = LENGTH.unpack(content)
    parts = []
    while left:
        part = connection.recv(left)
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return list(descriptors), marshal.loads(b"".join(parts))


def report_ended(running):
    """Answers for each process that has ended: its exit status, or the negative number of the signal that ended it."""
    with contextlib.suppress(ChildProcessError):
        while True:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            connection = running.pop(child, None)
            if connection is not None:
                with contextlib.suppress(OSError):
                    connection.sendall(STATUS.pack(os.waitstatus_to_exitcode(status)))
                connection.close()


def take_over(descriptors, request):
    """Makes this process that of the program; returns its file and arguments."""
    arguments, environment, folder = request
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    # What Ansible takes for the Python of its modules: it asks a server like this one, too.
    sys.executable = environment.get("FORKED_PYTHON", sys.executable)
    return arguments


if __name__ == "__main__":
    started = serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
    if started is not None:
        sys.argv = started
        sys.path[0] = os.path.dirname(started[0])
        runpy.run_path(started[0], run_name="__main__")
