# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One running simulator: the engine tied to the wall clock, its settings, and what it was asked."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from .clock import WallClock, iso
from .endpoints import SERVED
from .engine import Engine
from .faults import Faults
from .releases import DEFAULT, Release

KEY_PREFIX = "nos_"
LONGEST_LOG = 100_000


class Simulator:
    """Everything that the HTTP side shares. ``step`` and ``latency`` are seconds, ``speed`` simulated per real one."""

    def __init__(self, release: str = DEFAULT, step: float = 1.0, latency: float = 0.0, speed: float = 1.0,
                 api_key: str | None = None, without_hosts: Sequence[str] = (),
                 serves_endpoints: bool = False) -> None:
        self.clock = WallClock(speed)
        # The OpenAPI document, less hidden operations; the application has it.
        self.describe: Callable[[Release, tuple[str, ...]], dict] = lambda release, hidden: {}
        self.base_url = ""  # where it listens, once it does
        self.latency = latency
        self.api_key = api_key
        self.without_hosts = without_hosts  # slugs of markets
        self.serves_endpoints = serves_endpoints  # answers for containers, as long as the control says no other
        self.last_request = time.monotonic()
        self.closing = False
        self.reset(release=release, step=step)

    def reset(self, release: str | None = None, step: float | None = None, latency: float | None = None,
              speed: float | None = None, confidential_default: bool | None = None) -> None:
        """Forget everything; a setting that is None stays as it is."""
        old: Engine | None = getattr(self, "engine", None)
        if latency is not None:
            self.latency = latency
        if speed is not None:
            self.clock.set_speed(speed)
        self.engine = Engine(
            release=release or (old.release.name if old else DEFAULT), now=self.clock.now(),
            step=step if step is not None else (old.step if old else 1.0),
            confidential_default=confidential_default if confidential_default is not None
            else bool(old and old.confidential_default))
        for address, market in self.engine.markets.items():
            if market["slug"] in self.without_hosts:
                self.engine.hosts.set(address, 0)
        if self.serves_endpoints:
            self.engine.quirks.endpoints_at = self.base_url + SERVED
        self.faults = Faults()
        self.requests: deque[dict] = deque(maxlen=LONGEST_LOG)
        self.asked = 0
        self.scopes: dict[str, list[str]] = {}
        self.remembered: dict[str, tuple[float, tuple, dict]] = {}
        self.in_flight: set[str] = set()

    @property
    def release(self) -> Release:
        """The release that is simulated now."""
        return self.engine.release

    def sync(self) -> Engine:
        """Do what became due since the last look, and return the engine."""
        self.engine.scheduler.run_until(self.clock.now())
        return self.engine

    def forget_requests(self) -> None:
        """Empty the log; the next request is number 1 again."""
        self.requests.clear()
        self.asked = 0

    def advance(self, seconds: float, until_news: bool = False) -> tuple[float, bool]:
        """Let simulated time jump, with ``until_news`` only to what a stream tells next.

        Returns the seconds that passed, and whether a stream told anything meanwhile.
        """
        engine = self.sync()
        left, told = seconds, engine.told
        while left > 0 and not (until_news and engine.told > told):
            leap = min(left, engine.scheduler.next_due - engine.now) if until_news else left
            left -= leap
            self.clock.jump(leap)
            self.sync()
        return seconds - left, engine.told > told

    def health(self) -> dict:
        """The settings and the simulated time."""
        return {"release": self.release.name, "step": self.engine.step, "latency": self.latency,
                "without_hosts": list(self.without_hosts), "serves_endpoints": self.serves_endpoints,
                "speed": self.clock.speed, "now": iso(self.engine.now)}

    def accepts(self, authorization: str | None) -> str | None:
        """The API key of an Authorization header, or None when it is no good."""
        scheme, _space, key = (authorization or "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key.startswith(KEY_PREFIX) or len(key) <= len(KEY_PREFIX):
            return None
        return key if self.api_key in (None, key) else None
