# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: what networks and servers do to clients now and then."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

KINDS = ("drop_before", "drop_after", "hang", "hang_before", "status", "garbage", "cut")
BEFORE = ("drop_before", "hang_before", "status")  # nothing is done


@dataclass
class Fault:
    """One kind of fault for the requests that match. ``times`` and ``after`` count matching requests."""

    kind: str
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    times: int = 1
    after: int = 0
    seconds: float = 60.0
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None

    def matches(self, operation: str | None, method: str, path: str) -> bool:
        """Whether a request is meant; what is not given matches everything."""
        return ((self.operation is None or self.operation == operation)
                and (self.method is None or self.method.upper() == method)
                and (self.path is None or re.search(self.path, path) is not None))


class Faults:
    """The faults that wait for their requests."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def replace(self, faults: list[Fault]) -> None:
        """Forget the old ones."""
        self._waiting = list(faults)

    def take(self, operation: str | None, method: str, path: str) -> Fault | None:
        """The first fault that is meant for this request, used up once."""
        for fault in self._waiting:
            if not fault.matches(operation, method, path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times < 1:
                self._waiting.remove(fault)
            return fault
        return None
