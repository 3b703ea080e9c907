# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Ansible's tools and modules in processes that are forked from servers (startup/forkserver.py).

FORKED=no in the environment runs each in a Python that is started for it, as a user's shell does.
"""

from __future__ import annotations

import atexit
import contextlib
import marshal
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

from .startup.forkserver import LENGTH, STATUS

STARTUP = pathlib.Path(__file__).parent / "startup"
TOOLS = ("ansible-playbook", "ansible-inventory")
#: What the tools import first, and of the modules' imports all but Ansible's own: those come with each module.
TOOL_IMPORTS = (
    "ansible.cli.inventory",
    "ansible.cli.playbook",
    "ansible.executor.process.worker",
    "ansible.module_utils.connection",
    "ansible.playbook.handler_task_include",
    "multiprocessing.popen_fork",
    "multiprocessing.synchronize",
    "pty",
    "requests",
    "tomllib",
    "xml.dom.minidom",
)
MODULE_IMPORTS = ("requests", "argparse", "ctypes", "dataclasses", "difflib", "inspect", "syslog", "uuid", "zipfile")
#: Servers for tools that are kept at a time, each with settings of its own.
LIMIT = 4

IS_WANTED = os.environ.get("FORKED", "yes") != "no" and hasattr(socket, "send_fds")


class Server:
    """A process that forks others. It ends with this one."""

    def __init__(self, modules, environment, cwd):
        self.folder = tempfile.mkdtemp(prefix="forked-", dir=os.environ["PYTEST_DEBUG_TEMPROOT"])
        # The path of a socket must be short, and that of a clone may be long.
        self._path = os.path.relpath(self.folder + "/socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(self._path)
            listener.listen(64)
            self._process = subprocess.Popen(
                [sys.executable, str(STARTUP / "forkserver.py"), str(listener.fileno()), *modules],
                env=environment,
                cwd=cwd,
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
            )
        atexit.register(self.stop)

    def run(self, arguments, environment, cwd):
        """Runs a program to its end, without any input: the finished process with its output as text."""
        with contextlib.ExitStack() as open_ones:
            output, errors = (open_ones.enter_context(tempfile.TemporaryFile()) for _each in range(2))
            nothing = open_ones.enter_context(open(os.devnull, "rb"))
            connection = open_ones.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            connection.connect(self._path)
            content = marshal.dumps((arguments, environment, str(cwd)))
            streams = [stream.fileno() for stream in (nothing, output, errors)]
            socket.send_fds(connection, [LENGTH.pack(len(content))], streams)
            connection.sendall(content)
            (status,) = STATUS.unpack(connection.recv(STATUS.size))
            printed = []
            for stream in (output, errors):
                stream.seek(0)
                printed.append(stream.read().decode())
        return subprocess.CompletedProcess(arguments, status, *printed)

    def stop(self):
        """Ends it; programs that it has started go on."""
        atexit.unregister(self.stop)
        self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def write_program(path, source):
    """Makes one of startup's files a program that starts quickly."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!%s -IS\n%s" % (sys.executable, (STARTUP / source).read_text(encoding="utf-8")))
    path.chmod(0o700)


_MODULES = []


def modules(environment):
    """The folder of the server for modules, and in it the Python that asks the server."""
    if _MODULES:
        return _MODULES[0].folder
    server = Server(MODULE_IMPORTS, environment, STARTUP)
    write_program(pathlib.Path(server.folder) / "python", "python")
    for tool in TOOLS:
        write_program(pathlib.Path(server.folder) / "bin" / tool, "command")
    _MODULES.append(server)
    return server.folder


_TOOLS = {}


def tools(environment, cwd):
    """The server for tools that start with these settings: Ansible reads them when it is imported."""
    settings = {key: value for key, value in environment.items() if not key.startswith(("NOSANA_", "TEST_", "PYTEST_"))}
    folder = str(cwd) if (pathlib.Path(cwd) / "ansible.cfg").exists() else str(STARTUP)
    key = folder, *sorted(settings.items())
    server = _TOOLS.pop(key, None) or Server(TOOL_IMPORTS, settings, folder)
    _TOOLS[key] = server  # the last one used is the last one in it
    if len(_TOOLS) > LIMIT:
        _TOOLS.pop(next(iter(_TOOLS))).stop()
    return server


def run(arguments, environment, cwd):
    """Runs one of TOOLS with its arguments, as subprocess.run would."""
    return tools(environment, cwd).run(arguments, with_modules(environment), cwd)


def with_modules(environment):
    """The environment for a tool whose modules are forked."""
    folder = modules(environment)
    return dict(environment, FORKED_MODULES=folder, FORKED_PYTHON=folder + "/python")


def with_tools(environment):
    """The environment for a shell that finds TOOLS as commands: what they do is forked, too."""
    server, folder = tools(environment, STARTUP), modules(environment)
    settings = {name: value for name, value in environment.items() if name.startswith("ANSIBLE_")}
    content = marshal.dumps((str(pathlib.Path(sys.executable).parent), settings))
    (pathlib.Path(server.folder) / "settings").write_bytes(content)
    return dict(with_modules(environment), FORKED_TOOLS=server.folder, PATH=folder + "/bin:" + environment["PATH"])
