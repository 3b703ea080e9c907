# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What some real servers do and others don't: what a test may switch on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# What hosts do when they are asked for the log of a job that runs.
HOSTS = ("answering", "pulling", "starting", "chatty", "away")
ANSWERING, PULLING, STARTING, CHATTY, AWAY = HOSTS

# How SSH keys are changed, and the operations that are missing then: the whole set, single keys, or either way.
SSH_FORMS: dict[str, tuple[str, ...]] = {
    "both": (), "set": ("add_ssh_keys", "remove_ssh_keys"), "edit": ("update_ssh_keys",)}


@dataclass
class Quirks:
    """The server's own ways. Seconds; None is the simulator's own choice."""

    sees_changes_after: float | None = None  # until its listeners hear of a change
    list_takes: float = 0.0  # how long a LIST is in work
    stuck: list[str] = field(default_factory=list)  # STARTING, STOPPING: statuses that never end
    online_after: float | None = None  # from a job's RUNNING to its endpoints
    online_is_told: bool = True  # streams tell of endpoints that go on- or offline
    endpoints_at: str | None = None  # where new endpoints lead to; None: to hosts that don't exist
    offline_status: int = 503  # what such an endpoint answers while it is offline
    missing_as_message: bool = False  # a 404 in the form of the gateway
    hosts: str = ANSWERING
    ssh_keys: str = "both"  # which of SSH_FORMS
    added_meta: dict[str, Any] = field(default_factory=dict)  # what it adds to the meta of stored definitions
    answers: list[dict[str, Any]] = field(default_factory=list)  # fields that it sets or leaves out

    @property
    def hidden(self) -> tuple[str, ...]:
        """The operations that this server has not, although its release has."""
        return SSH_FORMS[self.ssh_keys]

    def set(self, given: dict[str, Any]) -> None:
        """Change what is given."""
        for name, value in given.items():
            setattr(self, name, value)

    def changed(self, operation: str, content: Any) -> Any:
        """An answer, with the fields that ``answers`` changes in it or in each entry of its list."""
        for change in self.answers:
            if change["operation"] == operation:
                content = _each(content, change.get("set") or {}, change.get("without") or [])
        return content


def _each(content: Any, fields: dict[str, Any], without: list[str]) -> Any:
    if isinstance(content, list):
        return [_each(entry, fields, without) for entry in content]
    if not isinstance(content, dict):
        return content
    if "pagination" in content:
        return {name: _each(value, fields, without) if isinstance(value, list) else value
                for name, value in content.items()}
    return {name: value for name, value in {**content, **fields}.items() if name not in without}
