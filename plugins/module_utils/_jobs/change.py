# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stops one job, or gives it more time: what that takes (pure), and doing it.

The server may be slow to show what it has accepted, and an answer may be lost. So each change has a key that keeps a
repeat from being done twice, and is seen through: the job is read until it shows.
"""

from __future__ import annotations

import dataclasses
import math
import uuid

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.again import looks, send_once
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    BadAnswer,
    Gone,
    Interrupted,
    InvalidOptions,
    NosanaError,
    NoSuch,
    Refused,
    UnknownOutcome,
)
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import find as jobs
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import result as job_result
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: A change that the job itself shows to be done, though its answer was lost.
CONFIRMED = {}
RUNNING, STOPPED = "running", "stopped"
STATES = (RUNNING, STOPPED)
STOP, EXTEND = "stop", "extend"

#: A lack of time that counts as none, so that the same task again is no change: seconds, and a part of what is asked.
SLACK, SLACK_PART = 60.0, 0.1
#: Strategies whose deployments keep their jobs running by themselves.
_KEEPING = (d.INFINITE, d.SIMPLE_EXTEND)


@dataclasses.dataclass(frozen=True)
class Wish:
    """What a task asks for. ``min_remaining`` is in seconds, None when it asks for no time."""

    address: str
    state: str = RUNNING
    min_remaining: int | None = None

    def check(self):
        """Raises InvalidOptions for what can't be asked for."""
        jobs.check_address(self.address, "job")
        if self.min_remaining is not None and self.min_remaining < 1:
            raise InvalidOptions("min_remaining_seconds: must be 1 or more, not %d" % self.min_remaining)
        if self.min_remaining is not None and self.state == STOPPED:
            raise InvalidOptions("min_remaining_seconds: a job that is to be stopped needs no time; leave it out")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be done: an action or None, by how many seconds to extend, and the two sides of the diff."""

    action: str | None
    seconds: int
    before: dict
    after: dict


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of it. ``job`` is the job as tasks return it (in check mode as it would be)."""

    actions: list
    job: dict
    before: dict
    after: dict
    warnings: list


# --- pure ----------------------------------------------------------------------------------------------------------


def plan(wish, answer, now):
    """The Plan for the API's answer on a job; ``now``, the server's time in Unix seconds.

    Raises InvalidOptions when a job that has ended is to run, NosanaError when the answer does not tell enough.
    """
    state = job_result.state_text(answer.get("state"))
    if state not in jobs.STATES:
        raise BadAnswer("job %s: the API calls its state %s, which is none that is known" % (wish.address, state))
    before = {"job": wish.address, "state": state, "timeout": answer.get("timeout")}
    if wish.state == STOPPED:
        action = STOP if state in d.LIVE_JOB_STATES else None
        return Plan(action, 0, before, dict(before, state="STOPPED") if action else before)
    if state not in d.LIVE_JOB_STATES:
        raise InvalidOptions(_ended(wish.address, answer))
    missing = _missing(wish, answer, now)
    if not missing:
        return Plan(None, 0, before, before)
    return Plan(EXTEND, missing, before, dict(before, timeout=answer["timeout"] + missing))


def remaining(answer, now):
    """Seconds until a job's timeout (below 0 when that is over): all of it while no host has taken the job.

    None for a job that has ended, and where the API does not tell.
    """
    state = job_result.state_text(answer.get("state"))
    timeout, start = answer.get("timeout"), answer.get("timeStart")
    if state not in d.LIVE_JOB_STATES or not _is_number(timeout):
        return None
    return timeout if state == "QUEUED" or not _is_number(start) or not start else start + timeout - now


def _missing(wish, answer, now):
    """Whole seconds that a job has too few of, 0 when it has enough."""
    if wish.min_remaining is None:
        return 0
    left = remaining(answer, now)
    if left is None:
        raise BadAnswer("job %s: the API does not tell its timeout, so that its time can't be judged" % wish.address)
    missing = wish.min_remaining - left
    return math.ceil(missing) if missing >= min(SLACK, SLACK_PART * wish.min_remaining) else 0


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _ended(address, answer):
    text = "job: %s has ended (%s), and no job runs twice." % (address, job_result.state_text(answer.get("state")))
    deployment_id = jobs.deployment_of(answer)
    if deployment_id:
        text += " nosana_deployment with {id: %s, state: started} lists a new one." % deployment_id
    return text


def _shown(address, answer, now):
    """The job as tasks return it."""
    left = remaining(answer, now)
    job = jobs.from_chain(address, answer, jobs.deployment_of(answer))
    return dict(job, remaining_seconds=None if left is None else max(0, int(left)))


def _foreseen(planned, answer):
    """The API's answer as it would be once a plan was carried out."""
    if planned.action == STOP:
        return dict(answer, state="STOPPED", timeEnd=None)
    return dict(answer, timeout=planned.after["timeout"])


# --- reading and changing ------------------------------------------------------------------------------------------


def change(client, wish, check=False):
    """Makes a job as asked for, or (``check``) finds out what that would take.

    Raises NosanaError; its ``result`` then holds what was done and the job as last seen.
    """
    wish.check()
    answer = jobs.job_at(client, wish.address)
    if answer is None:
        raise NoSuch("job: none has the address %s; nosana_job_info lists those of a deployment" % wish.address)
    try:
        planned = plan(wish, answer, client.server_time())
    except NosanaError as problem:
        problem.result.update(changed=False, actions=[], job=_shown(wish.address, answer, client.server_time()))
        raise
    warnings = _warnings(client, wish, answer, planned)
    changer = _Changer(client, wish, answer)
    if check:
        answer, actions = _foreseen(planned, answer), [planned.action] if planned.action else []
    else:
        changer.carry_out(planned)
        answer, actions = changer.answer, changer.actions
    return Outcome(actions, _shown(wish.address, answer, client.server_time()), planned.before, planned.after, warnings)


def _warnings(client, wish, answer, planned):
    """Says so when a change does not last, because the job's deployment keeps its jobs running by itself."""
    deployment_id = jobs.deployment_of(answer) if planned.action else None
    if not deployment_id:
        return []
    try:
        deployment = client.call("get_deployment", id=deployment_id)
    except ApiError:  # of another account, or a key that may not read deployments: then nothing is known of it
        return []
    strategy, status = (deployment.get(key) if isinstance(deployment, dict) else None for key in ("strategy", "status"))
    if strategy not in _KEEPING or status not in (d.STARTING, d.RUNNING, d.INSUFFICIENT_FUNDS):
        return []
    text = "job %s belongs to deployment %s (%s, %s), which keeps its jobs running by itself" % (
        wish.address,
        d.describe(deployment),
        strategy,
        status,
    )
    if planned.action == STOP:
        remedy = "nosana_deployment with {id: %s, state: stopped} ends it" % deployment_id
        return ["%s and may list another: %s." % (text, remedy)]
    return ["%s: its own timeout decides in the end (nosana_deployment, timeout)." % text]


class _Changer:
    """Carries out a plan for one job. ``answer`` is the API's answer on it as last seen."""

    def __init__(self, client, wish, answer):
        self.client = client
        self.wish = wish
        self.answer = answer
        self.actions = []

    def carry_out(self, planned):
        try:
            if planned.action == STOP:
                self._stop()
            elif planned.action == EXTEND:
                self._extend(planned.seconds, planned.after["timeout"])
        except (NosanaError, KeyboardInterrupt) as problem:
            raise self._with_result(problem) from None

    def _stop(self):
        answer = self._send("stop_job", None, self._has_ended)
        if self._is_done(answer):
            self.actions.append(STOP)
        self._until(self._has_ended, "to end")

    def _extend(self, seconds, timeout):
        def shows():
            known = self.answer.get("timeout")
            return _is_number(known) and known >= timeout

        answer = self._send("extend_job", {"seconds": seconds}, shows)
        if self._is_done(answer):
            self.actions.append(EXTEND)
        self._until(lambda: shows() or self._has_ended(), "to show %d more seconds" % seconds)
        if self._has_ended():
            raise Gone("%s It ended before it was given more time." % _ended(self.wish.address, self.answer))

    @staticmethod
    def _is_done(answer):
        """Whether the server did something: of a job that has ended in the meantime it says that nothing was sent."""
        return not isinstance(answer, dict) or answer.get("tx", "") is not None

    def _send(self, operation, body, done):
        """Sends a change until it is known to be done; returns the answer, CONFIRMED where the job itself showed it.

        A repeat has the same key, and so is not done twice; a fresh one only when the server no longer knows the key.
        """
        key = str(uuid.uuid4())

        def send():
            headers = {"Idempotency-Key": key}
            return self.client.call(operation, body, headers=headers, job=self.wish.address) or CONFIRMED

        def read_back(problem):
            nonlocal key
            expired = problem.code == answers.KEY_EXPIRED
            if isinstance(problem, Refused) and not expired:
                raise problem
            self._read()
            if expired:
                key = str(uuid.uuid4())
            return CONFIRMED if done() else None

        return send_once(self.client, send, read_back)

    def _read(self):
        answer = jobs.job_at(self.client, self.wish.address)
        # one that no host had taken may be gone altogether once it is stopped
        self.answer = answer if answer is not None else dict(self.answer, state="STOPPED")

    def _has_ended(self):
        return job_result.state_text(self.answer.get("state")) not in d.LIVE_JOB_STATES

    def _until(self, done, what):
        for _look in looks(self.client.patient(), "it " + what, self._timed_out):
            self._read()
            if done():
                return

    def _timed_out(self, sentence):
        state = job_result.state_text(self.answer.get("state"))
        return "job %s: %s; its state is %s. Run the task again to go on." % (self.wish.address, sentence, state)

    def _with_result(self, problem):
        if isinstance(problem, KeyboardInterrupt):
            problem = Interrupted("interrupted. Run the task again: it goes on from what it finds.")
        elif isinstance(problem, UnknownOutcome):
            problem.add("Run the task again: it goes on from what it finds.")
        job = _shown(self.wish.address, self.answer, self.client.server_time())
        changed = bool(self.actions or self.client.accepted) or isinstance(problem, UnknownOutcome)
        problem.result.update(changed=changed, actions=self.actions, job=job)
        return problem
