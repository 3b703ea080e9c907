# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task's options to what is desired; what can't be is refused here, before the first request. Pure."""

from __future__ import annotations

import base64
import dataclasses
import math

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import (
    ENDING_STRATEGIES,
    FIELDS,
    LEAST_TIMEOUT,
    ROTATION_MARGIN,
    SIMPLE,
    is_id,
    no_id,
    rotation_is_late,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.requirements import requirement_problems
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import holds_mask
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import joined_problems

PRESENT = "present"
STARTED = "started"
STOPPED = "stopped"
RESTARTED = "restarted"
COMPLETED = "completed"
ARCHIVED = "archived"
ABSENT = "absent"
STATES = (PRESENT, STARTED, STOPPED, RESTARTED, COMPLETED, ARCHIVED, ABSENT)
#: In the end the deployment runs.
RUNNING_STATES = (STARTED, RESTARTED)
#: These end a deployment: options that configure it are ignored, and not judged.
ENDING_STATES = (ARCHIVED, ABSENT)

#: What becomes of a change that can't be made in place.
FAIL, REPLACE, IGNORE = "fail", "replace", "ignore"
ON_IMMUTABLE_CHANGE = (FAIL, REPLACE, IGNORE)

#: What becomes of a new revision that does not work.
KEEP, ROLL_BACK = "keep", "roll_back"
#: What a revision that may be rolled back is waited for: endpoints where it has any, else jobs that run for a while.
WORKING = "working"
ON_REVISION_FAILURE = (KEEP, ROLL_BACK)

#: Whether a run that has ended is run again (state: completed).
NEVER, ON_FAILURE, ALWAYS = "never", "on_failure", "always"
RERUN = (NEVER, ON_FAILURE, ALWAYS)

#: Seconds that a deployment may stay in one of several markets without any job taken by a host.
CLAIM_TIMEOUT = 300

#: SSH public keys that a deployment has at most.
MOST_SSH_KEYS = 10

#: Characters of the longest address, slug or name of a market.
LONGEST_MARKET = 100
NO_MARKET = "must be a market's address, slug (such as nvidia-4090) or name"

#: Characters of the longest name; the API takes thousands, which no listing can show.
LONGEST_NAME = 255

#: Options that may have been copied from a result; and what to say of one that Ansible masked there.
MASKABLE = ("id", "name", "market", "markets", "schedule", "requirements", "ssh_public_keys")
MASKED = (
    "%s: holds a mask, so it was copied from a registered result in which Ansible hides this text, because a secret of"
    " that task has the same value. Use the variable that it came from, or choose another secret."
)


@dataclasses.dataclass(frozen=True)
class Desired:
    """What a task asks for. ``fields`` holds only the options that were given, by their names."""

    state: str
    id: str | None = None
    name: str | None = None
    fields: dict = dataclasses.field(default_factory=dict)
    job_definition: dict | None = None
    active_revision: int | None = None
    on_immutable_change: str = FAIL
    max_usd_per_hour: float | None = None
    rerun: str = NEVER
    markets: tuple = ()  # several, in order of preference, in place of the field; see candidates.py
    prices: dict = dataclasses.field(default_factory=dict)  # USD an hour of one job in each of them, once they are read
    claim_timeout: int = CLAIM_TIMEOUT
    on_failure: str = KEEP

    @property
    def runs(self):
        """Whether the deployment is to run in the end."""
        return self.state in RUNNING_STATES

    @property
    def ends(self):
        """Whether the deployment is to be archived or deleted."""
        return self.state in ENDING_STATES


def desired_of(options):
    """The desired state that a module's options describe. Raises InvalidOptions with what is wrong."""
    if options["state"] in ENDING_STATES:
        options = {key: options.get(key) for key in ("state", "id", "name")}
    _refuse(_unreadable(options))
    options = compare.plain(options)
    problems = _who(options)
    if options["state"] in ENDING_STATES:
        _refuse(problems)
        return Desired(options["state"], options["id"], options["name"])
    fields = {field.name: options[field.name] for field in FIELDS if options.get(field.name) is not None}
    if isinstance(fields.get("market"), str):
        fields["market"] = fields["market"].strip()
    problems += field_problems(fields) + _market_problems(options)
    definition = options.get("job_definition")
    if definition is not None:
        problems += _definition_problems(definition, options.get("validate_job_definition", True))
    problems += _task_problems(options, fields)
    _refuse(problems)
    return Desired(
        options["state"],
        options.get("id"),
        options.get("name"),
        fields,
        None if definition is None else compare.normalise(definition),
        options.get("active_revision"),
        options.get("on_immutable_change") or FAIL,
        options.get("max_usd_per_hour"),
        options.get("rerun") or NEVER,
        tuple(market.strip() for market in options.get("markets") or ()),
        claim_timeout=_claim_timeout(options),
        on_failure=options.get("on_failure") or KEEP,
    )


def _definition_problems(definition, thoroughly):
    # imported here: Python compiles each file of a module anew for each task, and many have no job definition
    from ansible_collections.nosana.cloud.plugins.module_utils._definition import validate

    judge = validate.problems if thoroughly else validate.unsendable
    return ["job_definition: " + problem for problem in judge(definition)]


def _claim_timeout(options):
    given = options.get("claim_timeout")
    return CLAIM_TIMEOUT if given is None else given


def _market_problems(options):
    """What can't be in the options that choose among several markets."""
    problems, markets = [], options.get("markets")
    if markets is not None and options.get("market") is not None:
        problems.append("markets: excludes market; give one of them")
    if markets is not None and not markets:
        problems.append("markets: must name at least one market; an empty list leaves none")
    for index, market in enumerate(markets or ()):
        if not is_market(market.strip()):
            problems.append("markets[%d]: %s" % (index, NO_MARKET))
    if _claim_timeout(options) < 1:
        problems.append("claim_timeout: must be 1 second or more, not %d" % _claim_timeout(options))
    return problems


def is_market(text):
    """Whether the text may be what a market is called."""
    return 0 < len(text) <= LONGEST_MARKET and text.isprintable()


def _task_problems(options, fields):
    """What can't be in the options that are no fields of a deployment."""
    problems = []
    state, wait_for, limit = options["state"], options.get("wait_for"), options.get("max_usd_per_hour")
    if wait_for is not None and state not in RUNNING_STATES:
        problems.append("wait_for: is only for state: started and restarted, not for %s; leave it out" % state)
    if options.get("on_failure") == ROLL_BACK:
        problems += _roll_back_problems(options)
    if limit is not None and not 0 <= limit < math.inf:
        problems.append("max_usd_per_hour: must be an amount of US dollars, 0 or more, not %s" % limit)
    if state == COMPLETED and fields.get("strategy", SIMPLE) not in ENDING_STRATEGIES:
        problems.append(only_ending(fields["strategy"]))
    if state == COMPLETED and fields.get("replicas") == 0:
        problems.append("replicas: state: completed needs 1 or more, not 0")
    if options.get("on_immutable_change") == REPLACE and options.get("id") is not None:
        problems.append("on_immutable_change: replace needs the name without the id, which the new one would not have")
    return problems


def _roll_back_problems(options):
    if options["state"] in (PRESENT, COMPLETED):
        text = "on_failure: roll_back is only for state: started and restarted, not for %s; leave it out"
        return [text % options["state"]]
    if options["state"] in RUNNING_STATES and options.get("wait") is False:
        return ["on_failure: roll_back needs wait: true, since what the task waits for decides"]
    return []


def _refuse(problems):
    if problems:
        raise InvalidOptions(joined_problems(problems))


def _unreadable(options):
    """What keeps options from being judged any further: depth, and masks (see validate for those in definitions)."""
    deep = [name for name, value in options.items() if compare.is_too_deep(value)]
    if deep:
        return ["%s: %s" % (name, compare.TOO_DEEP) for name in deep]
    return [MASKED % name for name in MASKABLE if holds_mask(options.get(name))]


def _who(options):
    problems = []
    if options.get("id") is None and options.get("name") is None:
        problems.append("one of id and name is needed to say which deployment is meant")
    if options.get("id") is not None and not is_id(options["id"]):
        problems.append("id: " + no_id(options["id"]))
    name = options.get("name")
    if name is not None and not name.strip():
        problems.append("name: must not be empty")
    elif name is not None and not name.isprintable():
        problems.append("name: must not hold line breaks or control characters")
    elif name is not None and len(name) > LONGEST_NAME:
        problems.append("name: is longer than %d characters" % LONGEST_NAME)
    return problems


def field_problems(fields):
    """What can't be in the fields that a task gives (a dict by their names), as messages."""
    problems = []
    timeout, rotation = fields.get("timeout"), fields.get("rotation_time")
    strategy = fields.get("strategy")
    if fields.get("replicas", 0) < 0:
        problems.append("replicas: must be 0 or more, not %d" % fields["replicas"])
    if timeout is not None and timeout < LEAST_TIMEOUT:
        problems.append(
            "timeout: must be at least %d minutes, not %d (the API would take less, and then never run it)"
            % (LEAST_TIMEOUT, timeout)
        )
    if "market" in fields and not is_market(fields["market"]):
        problems.append("market: " + NO_MARKET)
    if "schedule" in fields:
        from ansible_collections.nosana.cloud.plugins.module_utils._model import cron

        problems += ["schedule: " + problem for problem in cron.problems(fields["schedule"])]
    if rotation is not None and rotation < 1:
        problems.append("rotation_time: must be at least 1 minute, not %d" % rotation)
    elif rotation is not None and timeout is not None and rotation_is_late(rotation, timeout):
        problems.append(late_rotation(rotation, timeout))
    if fields.get("startup_timeout", 1) < 1:
        problems.append("startup_timeout: must be at least 1 minute, not %d" % fields["startup_timeout"])
    problems += requirement_problems(fields.get("requirements") or {})
    problems += _ssh_key_problems(fields.get("ssh_public_keys") or [])
    for field in FIELDS:
        if field.strategy and field.name in fields and strategy and strategy != field.strategy:
            problems.append(foreign_option(field, strategy))
    return problems


def _ssh_key_problems(keys):
    problems = []
    if len(keys) > MOST_SSH_KEYS:
        problems.append("ssh_public_keys: %d are too many, a deployment has at most %d" % (len(keys), MOST_SSH_KEYS))
    for index, key in enumerate(keys):
        if not _is_ssh_key(key):
            remedy = "give the text of its .pub file (ssh-ed25519 AAAA... comment)"
            problems.append("ssh_public_keys[%d]: is no public key; %s" % (index, remedy))
    return problems


def _is_ssh_key(key):
    """Whether the text is a public key: its material, in base64, begins with the name of its type."""
    parts = key.split()
    if len(parts) < 2 or len(key.splitlines()) != 1:
        return False
    try:
        material = base64.b64decode(parts[1], validate=True)
    except ValueError:
        return False
    name = parts[0].encode()
    return material[:4] == len(name).to_bytes(4, "big") and material[4:].startswith(name)


def late_rotation(rotation, timeout):
    """The message for a rotation that leaves a job less time than the API wants."""
    return "rotation_time: must be more than %d minutes below the timeout, %d is not (timeout: %d)" % (
        ROTATION_MARGIN,
        rotation,
        timeout,
    )


def foreign_option(field, strategy):
    """The message for an option that another strategy has."""
    return "%s: is only for strategy %s, not for %s" % (field.name, field.strategy, strategy)


def only_ending(strategy):
    """The message for a run of one that never ends by itself."""
    return "state: completed is only for the strategies %s, not for %s, which never ends by itself" % (
        " and ".join(ENDING_STRATEGIES),
        strategy,
    )
