# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How jobs behave: what a test may decide, for all jobs or for single replicas."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass
class Behaviour:
    """How jobs behave. Seconds; None is the simulator's own choice, in ``claim_after`` too: never is a flag of its own.

    ``exit_code``, ``logs`` and ``nodeerr`` are for every operation, or a map from operations to theirs.
    """

    claim_after: float | None = None
    claim_never: bool = False
    run_for: float | None = None
    exit_code: int | dict[str, int] | None = None
    stop_takes: float | None = None
    list_error: str | None = None
    list_error_times: int | None = None  # None: until it is taken back
    logs: list | dict[str, list] | None = None
    nodeerr: list | dict[str, list] | None = None
    pull_error: str | None = None
    result_after: float | None = 0.0  # None: never
    shows_end: bool = True  # an ended job has a timeEnd
    replicas: list[dict[str, Any]] = field(default_factory=list)
    chain_readable: bool = True

    def of(self, slot: int) -> Behaviour:
        """How the jobs of the replica of that number (from 0) behave."""
        return replace(self, **self.replicas[slot]) if slot < len(self.replicas) else self

    def take_list_error(self) -> str | None:
        """Why the next listing fails, used up once where it is to fail only so often; None: it does not."""
        if self.list_error is None or self.list_error_times is None:
            return self.list_error
        if self.list_error_times < 1:
            return None
        self.list_error_times -= 1
        return self.list_error

    def set(self, given: dict[str, Any]) -> None:
        """Change what is given, in the words of the control interface. Raises ValueError."""
        changed = attributes(given)
        if "replicas" in changed:
            changed["replicas"] = [attributes(settings) for settings in changed["replicas"] or []]
        for name, value in changed.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """What the control interface shows."""
        shown = {name: value for name, value in vars(self).items() if name not in ("chain_readable", "replicas")}
        return {**words(shown), "replicas": [words(settings) for settings in self.replicas]}


def attributes(given: dict[str, Any]) -> dict[str, Any]:
    """The words of the control interface as attributes of a Behaviour. Raises ValueError."""
    found = dict(given)
    if "claim_after" in found:
        claim = found["claim_after"]
        if isinstance(claim, str) and claim != "default":
            raise ValueError('claim_after is seconds, null or "default"')
        found["claim_never"] = claim is None
        found["claim_after"] = claim if isinstance(claim, (int, float)) else None
    return found


def words(attrs: dict[str, Any]) -> dict[str, Any]:
    """Attributes of a Behaviour in the words of the control interface."""
    found = dict(attrs)
    never = found.pop("claim_never", False)
    if "claim_after" in found:
        found["claim_after"] = None if never else "default" if found["claim_after"] is None else found["claim_after"]
    return found


def for_operation(setting: Any, op_id: str) -> Any:
    """What a setting, for every operation or a map from operations to theirs, says for one; None: nothing."""
    return setting.get(op_id) if isinstance(setting, dict) else setting
