# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model as a whole: state, listeners, worker and chain on one virtual clock. No HTTP, no sleeping."""

from __future__ import annotations

from .chain import Chain
from .hosts import Hosts
from .listeners import Listeners
from .releases import DEFAULT, RELEASES
from .worker import Worker
from .world import World


class Engine(World):
    """What the API's operations and the control interface act on."""

    def __init__(self, release: str = DEFAULT, now: float = 1_790_000_000.0, step: float = 1.0,
                 confidential_default: bool = False) -> None:
        super().__init__(RELEASES[release], now, step, confidential_default)
        self.chain = Chain(self)
        self.worker = Worker(self)
        self.hosts = Hosts(self)
        self.listeners = Listeners(self)

    def advance(self, seconds: float) -> None:
        """Let that many simulated seconds pass."""
        self.scheduler.run_until(self.now + seconds)
