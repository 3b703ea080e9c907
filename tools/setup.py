# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the virtual environment .venv from the lock, and the folder tree that makes the clone a collection.

Needs nothing but the standard library. Does nothing when all is there; several at once wait for each other.
With --check it only says, by its exit code, whether all is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import re
import subprocess
import sys

CLONE = pathlib.Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "made-from"
LOCK = CLONE / "requirements" / "dev.txt"
COLLECTION = CLONE / ".ansible" / "collections" / "ansible_collections" / "nosana" / "cloud"
UP = "../../../.."


def main() -> None:
    """Sets the clone up, or ends with a message that names the command that failed."""
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if is_linked() and is_made() else 1)
    (CLONE / ".build").mkdir(exist_ok=True)
    with open(CLONE / ".build" / "setup.lock", "w", encoding="utf-8") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not is_linked():
            link_collection()
        if not is_made() or not runs():
            make_environment()


def wanted() -> str:
    """What the environment must have been made from; scripts in it hold its path, so a moved clone makes a new one."""
    return "%s\n%s\n" % (VENV, hashlib.sha256(LOCK.read_bytes()).hexdigest())


def is_made() -> bool:
    """Whether the environment was made, to its end, from what the lock says now."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted()


def runs() -> bool:
    """Whether the environment's Python still starts (the one it was made from may be gone)."""
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0


def is_linked() -> bool:
    return COLLECTION.is_symlink() and os.readlink(COLLECTION) == UP


def link_collection() -> None:
    """Ansible finds a collection only below ansible_collections/NAMESPACE/NAME: a symbolic link there is enough."""
    COLLECTION.parent.mkdir(parents=True, exist_ok=True)
    COLLECTION.unlink(missing_ok=True)
    COLLECTION.symlink_to(UP, target_is_directory=True)


def make_environment() -> None:
    """Installs exactly what the lock names, each file checked against its hash."""
    print("setup: installing into .venv with Python %d.%d (takes a minute)" % sys.version_info[:2], flush=True)
    here = STAMP.is_file() and STAMP.read_text(encoding="utf-8").startswith("%s\n" % VENV)
    if not here or not runs():
        run(sys.executable, "-m", "venv", "--clear", VENV)
    STAMP.unlink(missing_ok=True)
    only_uv = CLONE / ".build" / "uv.txt"
    only_uv.write_text(locked("uv"), encoding="utf-8")
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r")
    sync = (PYTHON, "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", PYTHON)
    run(*pip, only_uv)
    if not succeeds(*sync, LOCK):
        # uv knows nothing of pip's settings (a mirror, certificates), and some networks let only those through.
        print("setup: uv could not; pip installs the same, in a minute or two", flush=True)
        run(*pip, LOCK)
    STAMP.write_text(wanted(), encoding="utf-8")
    print("setup: done")


def locked(name: str) -> str:
    """The lines of the lock that pin one package."""
    return re.search(r"^%s==.*(?:\n +--hash=.*)+" % re.escape(name), LOCK.read_text(encoding="utf-8"), re.MULTILINE)[0]


def run(*command: object) -> None:
    if not succeeds(*command):
        sys.exit("setup: %s failed" % " ".join(map(str, command[:5])))


def succeeds(*command: object) -> bool:
    parts = [str(part) for part in command]
    return subprocess.run(parts, cwd=CLONE, stdin=subprocess.DEVNULL, check=False).returncode == 0


if __name__ == "__main__":
    main()
