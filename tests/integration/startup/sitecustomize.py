# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps compiled what modules import from the zip file that Ansible sends: two thirds of a task's time otherwise.

Python imports this file at its start in each process of a playbook of the tests (PYTHONPATH, see playbooks.py). The
code is the same: it is found by what its source is, and by the Python that compiled it.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import sys
import zipimport

FOLDER = os.environ["COMPILED"]

_compile = zipimport._compile_source
_known = {}  # zipimport asks twice for each


def _compiled(pathname, source):
    name = hashlib.sha256(source + sys.version.encode()).hexdigest()
    if name not in _known:
        _known[name] = _read(os.path.join(FOLDER, name), pathname, source)
    return _known[name]


def _read(file, pathname, source):
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError), open(file, "rb") as stream:
        return marshal.load(stream)
    code = _compile(pathname, source)
    _keep(file, code)
    return code


def _keep(file, code):
    """Writes it in one step, as other processes may read it at the same moment."""
    os.makedirs(FOLDER, exist_ok=True)
    own = "%s.%d" % (file, os.getpid())
    with open(own, "wb") as stream:
        marshal.dump(code, stream)
    os.replace(own, file)


zipimport._compile_source = _compiled
