# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The terminal of a reader: bash, whose variables and folder are those that earlier commands have left."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from .. import forked
from ..playbooks import environment

#: What bash sets itself.
OWN = ("PWD", "OLDPWD", "SHLVL", "_")
#: After each command: its number and status, on a line of their own.
END = "\x1e"
#: What is not found (127) or can't be started (126) does not count as a command that fails as the page says.
STEP = """%(command)s
status=$?; printf '\\n%(end)s%(number)d %%d\\n' "$status"; [ "$status" %(test)s 0 ] && [ "$status" -lt 126 ] || exit 9
"""
#: Before the first command: what earlier ones have set and not exported.
RECALL = """set -o pipefail
before=" $(compgen -v | tr '\\n' ' ') "
. "$SHELL_LEFT/unexported"
"""
#: After the last one: what is set now, exported or not, and the folder.
REMEMBER = """for name in $(compgen -v); do
  case "$before status name kind before " in *" $name "*) continue ;; esac
  kind=$(declare -p "$name")
  case "$kind" in "declare -- "*) printf '%s\\n' "$kind" ;; esac
done > "$SHELL_LEFT/unexported"
env -0 > "$SHELL_LEFT/variables"
pwd > "$SHELL_LEFT/folder"
"""


@dataclasses.dataclass(frozen=True)
class Ran:
    """A command that has ended, with what it printed."""

    command: str
    status: int
    output: str


class Failed(AssertionError):
    """A command of a snippet did not do what the page says."""


class Shell:
    """``run(text)`` runs commands as if they were typed."""

    def __init__(self, folder, **variables):
        self._begin = str(folder)
        self._variables = variables
        self.renew()

    def renew(self):
        """Opens a new terminal: what was exported is forgotten."""
        base = environment(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true")
        base = forked.with_tools(base) if forked.IS_WANTED else base
        # Tools of the environment that the tests run in are found where a reader would have installed them.
        first, _separator, rest = base["PATH"].partition(":")
        path = [first, str(pathlib.Path(sys.executable).parent), rest]
        self._environment = dict(base, PATH=":".join(path), **self._variables)
        self._folder, self._unexported = self._begin, ""

    def run(self, text):
        """Runs the commands one after the other: a list of Ran. Raises Failed at the first that does not end well, or
        that ends well although its comment says that it fails."""
        commands = commands_in(text)
        with tempfile.TemporaryDirectory(prefix="shell-", dir=os.environ["PYTEST_DEBUG_TEMPROOT"]) as left:
            steps = [step(number, command) for number, command in enumerate(commands)]
            script = pathlib.Path(left, "script")
            script.write_text(RECALL + "".join(steps) + REMEMBER, encoding="utf-8")
            (pathlib.Path(left) / "unexported").write_text(self._unexported, encoding="utf-8")
            output, errors = pathlib.Path(left, "output"), pathlib.Path(left, "errors")
            with output.open("wb") as out, errors.open("wb") as err:
                status = subprocess.run(
                    ["bash", "--noprofile", "--norc", script],
                    env=dict(self._environment, SHELL_LEFT=left),
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    check=False,
                ).returncode
            printed = output.read_text(encoding="utf-8", errors="replace")
            if status != 0:
                said = errors.read_text(encoding="utf-8", errors="replace")
                raise Failed("status %d of:\n%s\n%s\n%s" % (status, text, printed[-6000:], said[-4000:]))
            self._remember(pathlib.Path(left))
        return results(commands, printed)

    def _remember(self, left):
        pairs = (pair.partition("=") for pair in (left / "variables").read_text(encoding="utf-8").split("\0") if pair)
        kept = {name: value for name, _sign, value in pairs if name not in (*OWN, "SHELL_LEFT")}
        self._environment = kept
        self._folder = (left / "folder").read_text(encoding="utf-8").rstrip("\n")
        self._unexported = (left / "unexported").read_text(encoding="utf-8")


def step(number, command):
    test = "-ne" if comment_of(command).startswith("fails") else "-eq"
    return STEP % {"command": command, "end": END, "number": number, "test": test}


def comment_of(command):
    """What the comment behind a command says."""
    found = re.search(r"\s#\s+(.*)$", command)
    return found[1] if found else ""


def commands_in(text):
    """The commands of a text, each with its comment; one may go over several lines."""
    commands, lines = [], []
    for line in text.splitlines():
        if not lines and (not line.strip() or line.lstrip().startswith("#")):
            continue
        lines.append(line)
        if is_complete("\n".join(lines)):
            commands.append("\n".join(lines))
            lines = []
    if lines:
        raise Failed("no end of the command:\n" + "\n".join(lines))
    return commands


def is_complete(command):
    """Whether bash needs no further line."""
    if command.endswith("\\"):
        return False
    done = subprocess.run(
        ["bash", "-n"],
        input=command + "\n",
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0 and not done.stderr


def results(commands, printed):
    """What each command printed. One whose comment names a result (``# changed=0``) must have printed it."""
    ended = re.split(r"\n%s(\d+) (\d+)\n" % END, printed)
    found = []
    for number, command in enumerate(commands):
        output, _number, status = ended[3 * number : 3 * number + 3]
        for told in re.findall(r"\b(?:ok|changed|failed)=\d+", comment_of(command)):
            if " %s " % told not in output:
                raise Failed("%s, and it printed:\n%s" % (command, output[-6000:]))
        found.append(Ran(command, int(status), output))
    return found
