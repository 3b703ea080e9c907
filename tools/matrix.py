# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the tests on the platforms (a Python, an ansible-core) of requirements/matrix.txt, one after the other.

A Python that this machine does not have is said aloud, and no failure. Arguments choose platforms by a part of their
name ("2.16", "3.13"). Environments, copies and logs are in .build/matrix.
"""

from __future__ import annotations

import dataclasses
import glob
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from copy_tree import CLONE

REQUIREMENTS = CLONE / "requirements"
BUILD = CLONE / ".build" / "matrix"
INSTALLED_FROM = (
    "requirements/matrix.in",
    "requirements/dev.txt",
    "requirements.txt",
    "roles/simulator/files/requirements.txt",
)
UV = pathlib.Path(sys.executable).parent / "uv"
PROBE = """\
import sys, venv, ensurepip
print(sys.executable, "%d.%d" % sys.version_info[:2], sys.prefix == sys.base_prefix)
"""
# A selection, for what the versions of ansible-core do differently: all operations by variables and loops (guide),
# check mode and diff, secrets in results (info) and everywhere (canaries), what users read when something fails,
# options of a wrong type, and the inventory, whose texts must be data on each of them.
INTEGRATION = (
    "guide-current or check_mode-current or info-current or test_trouble or test_bad_inputs or test_canaries"
    " or test_inventory or test_each_case"
)


@dataclasses.dataclass(frozen=True)
class Cell:
    """A platform; ``python`` is a version ("3.11"), ``pins`` are requirements with exact versions.

    ``sanity`` is "sanity", "sanity-without-NAME" (all but one test), or "" where it is not run.
    """

    python: str
    pins: tuple[str, ...]
    sanity: str

    @property
    def core(self) -> str:
        """The version of ansible-core."""
        return next(pin.split("==")[1] for pin in self.pins if pin.startswith("ansible-core=="))

    @property
    def name(self) -> str:
        return "python%s-core%s" % (self.python, self.core)

    @property
    def folder(self) -> pathlib.Path:
        return BUILD / self.name

    @property
    def bin(self) -> pathlib.Path:
        return self.folder / "venv" / "bin"


@dataclasses.dataclass(frozen=True)
class Result:
    """What one part (unit, integration, sanity) of a platform came to."""

    text: str
    good: bool


def main() -> int:
    """Returns 0 when nothing failed on any platform whose Python was found."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else what runs in a platform would run on
    cells = [cell for cell in read_table() if not sys.argv[1:] or any(word in cell.name for word in sys.argv[1:])]
    if not cells:
        sys.exit("matrix: no platform in %s is named so" % (REQUIREMENTS / "matrix.txt").relative_to(CLONE))
    pythons = {version: find_python(version) for version in dict.fromkeys(cell.python for cell in cells)}
    lines, good = [], True
    for cell in cells:
        python = pythons[cell.python]
        label = "matrix: ansible-core %-9s Python %s: " % (cell.core, cell.python)
        if python is None:
            lines.append(label + "Python not found, not run")
            continue
        results = run_cell(cell, python)
        good = good and all(result.good for result in results)
        lines.append(label + ", ".join(result.text for result in results))
    print("\n".join(lines))
    ran = sum(pythons[cell.python] is not None for cell in cells)
    print("matrix: %d of %d platforms run, %s" % (ran, len(cells), "nothing failed" if good else "FAILED"))
    return 0 if good else 1


def read_table() -> list[Cell]:
    """The platforms of requirements/matrix.txt."""
    cells = []
    for line in (REQUIREMENTS / "matrix.txt").read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if words:
            pins = tuple(word for word in words[1:] if "==" in word)
            cells.append(Cell(words[0], pins, "".join(word for word in words if word.startswith("sanity"))))
    return cells


def find_python(version: str) -> str | None:
    """Path of an interpreter of that version that can make environments, on PATH or among pyenv's; None without one."""
    # On PATH there may be a pyenv shim, which runs only for the versions that pyenv was told to use.
    pyenv = os.environ.get("PYENV_ROOT") or os.path.join(os.environ.get("USER_HOME", ""), ".pyenv")
    folders = os.environ["PATH"].split(os.pathsep) + sorted(glob.glob(os.path.join(pyenv, "versions", "*", "bin")))
    for folder in folders:
        candidate = os.path.join(folder, "python" + version)
        if os.access(candidate, os.X_OK):
            told = subprocess.run([candidate, "-c", PROBE], capture_output=True, text=True, check=False).stdout.split()
            if told[1:] == [version, "True"]:
                return told[0]
    return None


def run_cell(cell: Cell, python: str) -> list[Result]:
    """Runs all parts on one platform, also after one that failed."""
    if not is_made(cell) and not make_environment(cell, python):
        return [Result("environment FAILED", False)]
    pytest = [str(cell.bin / "python"), "-m", "pytest"]
    spread = ["-n", "4", "--dist", "worksteal"]
    results = [
        run_part(cell, "unit", [*pytest, "tests/unit", "-n", "2"]),
        run_part(cell, "integration", [*pytest, "tests/integration", *spread, "-k", INTEGRATION]),
    ]
    if cell.sanity:
        left_out = cell.sanity.partition("-without-")[2]
        options = ["--skip-test", left_out] if left_out else []
        results.append(run_part(cell, cell.sanity, [str(cell.bin / "python"), "tools/sanity.py", *options]))
    return results


def run_part(cell: Cell, part: str, command: list[str]) -> Result:
    """Runs a test runner; prints what it says only when it fails."""
    log = cell.folder / (part + ".log")
    started = time.monotonic()
    done = run(cell, log, *command)
    output = log.read_text(encoding="utf-8", errors="replace")
    passed = re.findall(r"\b(\d+) passed\b", output)[-1:] or ["0"]
    skipped = re.findall(r"\b([1-9]\d*) skipped\b", output)[-1:]
    good = done and passed != ["0"] and not skipped
    if not good:
        print("\n".join(output.splitlines()[-100:]))
    text = "%s %s passed" % (part, passed[0]) + ("" if good else " and FAILED")
    seconds = time.monotonic() - started
    print("matrix: %s: %s in %.0f s (%s)" % (cell.name, text, seconds, log.relative_to(CLONE)), flush=True)
    return Result(text, good)


def run(cell: Cell, log: pathlib.Path, *command: object) -> bool:
    """Runs a command in a platform's environment; all that it says goes into the file log. True when it succeeds."""
    path = os.pathsep.join([str(cell.bin), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "SANITY_BUILD": str(cell.folder / "sanity")}
    with open(log, "w", encoding="utf-8") as output:
        parts = [str(part) for part in command]
        done = subprocess.run(
            parts, cwd=CLONE, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    return done.returncode == 0


def wanted(cell: Cell) -> str:
    """What a platform's environment must have been made from; scripts in it hold its path."""
    digest = hashlib.sha256()
    for file in INSTALLED_FROM:
        digest.update((CLONE / file).read_bytes())
    return "%s\n%s\n%s\n" % (cell.folder, " ".join(cell.pins), digest.hexdigest())


def is_made(cell: Cell) -> bool:
    stamp = cell.folder / "made-from"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted(cell)


def make_environment(cell: Cell, python: str) -> bool:
    """Makes a platform's environment; says what failed, and returns False, when that can't be done."""
    print("matrix: %s: installing, with %s" % (cell.name, python), flush=True)
    shutil.rmtree(cell.folder, ignore_errors=True)
    cell.folder.mkdir(parents=True)
    log = cell.folder / "install.log"
    constraints = cell.folder / "constraints.txt"
    constraints.write_text("\n".join(locked_versions(cell)) + "\n", encoding="utf-8")
    what = ["--constraint", constraints, "--requirement", REQUIREMENTS / "matrix.in", *cell.pins]
    inside = cell.bin / "python"
    # As in setup.py: uv is quick, but knows nothing of pip's settings.
    made = run(cell, log, python, "-m", "venv", cell.folder / "venv") and (
        run(cell, log, UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", inside, *what)
        or run(cell, log, inside, "-m", "pip", "install", "--quiet", *what)
    )
    if made:
        (cell.folder / "made-from").write_text(wanted(cell), encoding="utf-8")
    else:
        print(log.read_text(encoding="utf-8"))
    return made


def locked_versions(cell: Cell) -> list[str]:
    """The versions in dev.txt, without hashes, of all but what the platform pins itself."""
    own = {pin.split("==")[0] for pin in cell.pins}
    lines = (REQUIREMENTS / "dev.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.rstrip(" \\") for line in lines if re.match(r"[a-z0-9]\S*==", line)]
    return [line for line in pinned if line.split("==")[0] not in own]


if __name__ == "__main__":
    sys.exit(main())
