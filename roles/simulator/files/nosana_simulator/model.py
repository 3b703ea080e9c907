# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated server remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import Timer

STATUSES = ("DRAFT", "STARTING", "RUNNING", "STOPPING", "STOPPED", "INSUFFICIENT_FUNDS", "ERROR", "ARCHIVED")
STRATEGIES = ("SIMPLE", "SIMPLE-EXTEND", "SCHEDULED", "INFINITE")
JOB_STATES = ("QUEUED", "RUNNING", "COMPLETED", "STOPPED")
LIVE = ("QUEUED", "RUNNING")


@dataclass
class Revision:
    """A stored job definition. Numbers need not be unique."""

    revision: int
    job_definition: dict
    hash: str
    created_at: float
    sequence: int


@dataclass
class Job:
    """A job on the chain. Times are Unix seconds, ``timeout`` too."""

    job: str
    tx: str
    deployment: str
    market: str
    revision: int
    definition: dict
    confidential: bool
    timeout: float
    created_at: float
    updated_at: float
    sequence: int
    state: str = "QUEUED"
    node: str | None = None
    time_start: float | None = None
    time_end: float | None = None
    shows_end: bool = True  # the API tells when it ended
    stopping: bool = False
    result: dict | None = None
    usd_per_hour: float = 0.0
    reserved: float = 0.0
    slot: int = 0  # which of the deployment's replicas it is, from 0
    holds_host: bool = False  # it has taken one of a market's counted hosts
    online_at: float | None = None
    claim: Timer | None = None
    end: Timer | None = None

    @property
    def live(self) -> bool:
        """Queued or running."""
        return self.state in LIVE


@dataclass
class Task:
    """Something the worker will do. ``origin`` says which change asked for it."""

    id: str
    task: str  # LIST, EXTEND or STOP
    deployment: str
    due_at: float
    created_at: float
    sequence: int
    origin: str
    limit: int = 0
    job: str = ""
    active_revision: int = 0
    attempts: int = 0
    status: str = "PENDING"
    # of which start and which revision; how many jobs a LIST is to list, from its first attempt on
    run: int = 0
    revision: int = 0
    target: int | None = None
    handed_on: bool = False  # a LIST that took over what another one did not get
    # a parked LIST: since when it has been waiting for hosts, and for which ones
    waiting_since: float | None = None
    terms: tuple | None = None


@dataclass
class Event:
    """An entry of a deployment's history."""

    type: str
    message: str
    created_at: float
    sequence: int
    tx: str = ""
    category: str = "Deployment"


@dataclass
class Deployment:
    """A deployment with everything that hangs on it. ``timeout`` and ``rotation_time`` are minutes."""

    id: str
    name: str
    vault: str
    owner: str
    market: str
    strategy: str
    replicas: float
    timeout: float
    confidential: bool
    created_at: float
    updated_at: float
    sequence: int
    status: str = "DRAFT"
    schedule: str | None = None
    rotation_time: float | None = None
    active_revision: int = 1
    endpoints: list[dict] = field(default_factory=list)
    requirements: dict | None = None
    startup_timeout: float | None = None
    ssh_keys: list[str] = field(default_factory=list)
    idempotency_key: str | None = None
    revisions: list[Revision] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    # the worker's and the listeners' notes
    run: int = 0  # how often it was started
    working: bool = False
    wake: Timer | None = None
    last_taken: float = float("-inf")
    pending_replicas: list[float] = field(default_factory=list)
    rapid_rounds: int = 0  # in a row, for each of which the next LIST was put off
    online: dict[str, bool] = field(default_factory=dict)

    def live_jobs(self) -> list[Job]:
        """The jobs that are queued or running, oldest first."""
        return [job for job in self.jobs if job.live]

    def revision(self, number: int | None = None) -> Revision | None:
        """The revision of that number (default: the active one); of several the one stored first."""
        wanted = self.active_revision if number is None else number
        return next((item for item in self.revisions if item.revision == wanted), None)

    @property
    def simple(self) -> bool:
        """SIMPLE or SIMPLE-EXTEND: runs once and then stops by itself."""
        return self.strategy in ("SIMPLE", "SIMPLE-EXTEND")


@dataclass
class Credits:
    """The account's money, in USD."""

    assigned: float = 1_000_000.0
    reserved: float = 0.0
    settled: float = 0.0

    @property
    def available(self) -> float:
        """What can still be reserved."""
        return self.assigned - self.reserved - self.settled
