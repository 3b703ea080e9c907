# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request as the handlers see it, and their answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import Engine
    from .model import Deployment
    from .simulator import Simulator


@dataclass
class Request:
    """A request that has a route; ``body`` has passed its check."""

    simulator: Simulator
    params: dict[str, str]
    query: list[tuple[str, str]]
    headers: dict[str, str]
    key: str
    body: Any = None

    @property
    def engine(self) -> Engine:
        """The engine, brought up to date when the request came."""
        return self.simulator.engine


@dataclass
class Answer:
    """An answer with a JSON body; ``content`` of None is an empty body, text is sent as ``content_type`` says."""

    content: Any = None
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    deployment: str | None = None
    idempotency_key: str | None = None


class StreamAnswer:
    """An answer that is a stream of server-sent events for a deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
