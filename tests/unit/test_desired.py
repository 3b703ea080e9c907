# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that can't be: refused in clear words before the first request."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import desired_of

from .test_plan import FIELDS, ID, definition

GOOD = dict(FIELDS, state="present", job_definition=definition())
INFINITE = {"strategy": "INFINITE", "timeout": 120}


def bad_definition(**args):
    changed = definition()
    changed["ops"][0]["args"].update(args)
    return changed


def nested(levels):
    value = {}
    for _level in range(levels):
        value = {"a": value}
    return value


BAD = [
    ({"name": None}, "one of id and name is needed"),
    ({"name": ""}, "name: must not be empty"),
    ({"name": "  "}, "name: must not be empty"),
    ({"name": "a\nb"}, "name: must not hold line breaks"),
    ({"name": "\x1b[31mred"}, "name: must not hold line breaks or control characters"),
    ({"name": "x" * 256}, "name: is longer than 255"),
    ({"id": ""}, "id: '' is no deployment's id"),
    ({"id": "nope"}, "id: 'nope' is no deployment's id"),
    ({"id": "0" * 43}, "id: .* is no deployment's id"),
    ({"replicas": -1}, "replicas: must be 0 or more, not -1"),
    ({"timeout": 59}, "timeout: must be at least 60 minutes, not 59"),
    ({"timeout": 0}, "timeout: must be at least 60 minutes, not 0"),
    ({"market": "no\nwhere"}, "market: must be a market's address, slug .* or name"),
    ({"market": ""}, "market: must be a market's address, slug .* or name"),
    ({"markets": ["a"]}, "markets: excludes market"),
    ({"market": None, "markets": []}, "markets: must name at least one market"),
    ({"market": None, "markets": ["a", " "]}, r"markets.1.: must be a market's address, slug .* or name"),
    ({"market": None, "markets": ["no\nwhere"]}, r"markets.0.: must be a market's address, slug .* or name"),
    ({"on_failure": "roll_back"}, "on_failure: roll_back is only for state: started and restarted, not for present"),
    ({"on_failure": "roll_back", "state": "completed"}, "on_failure: roll_back is only for .* not for completed"),
    ({"on_failure": "roll_back", "state": "started", "wait": False}, "on_failure: roll_back needs wait: true"),
    ({"claim_timeout": 0}, "claim_timeout: must be 1 second or more, not 0"),
    ({"max_usd_per_hour": -0.5}, "max_usd_per_hour: must be an amount of US dollars, 0 or more, not -0.5"),
    ({"max_usd_per_hour": float("nan")}, "max_usd_per_hour: must be an amount of US dollars, 0 or more, not nan"),
    ({"schedule": "0 0 * * *"}, "schedule: is only for strategy SCHEDULED, not for SIMPLE"),
    ({"rotation_time": 20}, "rotation_time: is only for strategy INFINITE, not for SIMPLE"),
    (dict(INFINITE, rotation_time=0), "rotation_time: must be at least 1 minute, not 0"),
    (dict(INFINITE, rotation_time=110), "rotation_time: must be more than 10 minutes below the timeout"),
    (dict(INFINITE, rotation_time=200), "rotation_time: must be more than 10 minutes below the timeout"),
    ({"strategy": "SCHEDULED", "schedule": "99 0 * * *"}, "schedule: .*99"),
    ({"strategy": "SCHEDULED", "schedule": "0 0 *"}, "schedule: .*five"),
    ({"strategy": "SCHEDULED", "schedule": "@daily"}, "schedule: "),
    ({"strategy": "SCHEDULED", "schedule": "0 0 31 2 *"}, "schedule: .*never"),
    ({"strategy": "SCHEDULED", "schedule": "5-1 * * * *"}, "schedule: .*5-1"),
    ({"job_definition": {}}, "job_definition: "),
    ({"job_definition": bad_definition(env={"PORT": 8080})}, "ops.0..args.env.PORT: .*quote"),
    ({"job_definition": bad_definition(image="")}, "ops.0..args.image: "),
    ({"job_definition": bad_definition(imagine="x")}, "ops.0..args.imagine: unknown"),
    ({"job_definition": dict(definition(), ops=[])}, "job_definition: ops: "),
    ({"job_definition": bad_definition(expose=float("nan"))}, "ops.0..args.expose: .* not .nan or .inf"),
    (
        {"job_definition": bad_definition(expose=float("inf")), "validate_job_definition": False},
        "ops.0..args.expose: must not be .nan or .inf",
    ),
    ({"job_definition": dict(definition(), meta=nested(5000))}, "job_definition: is nested more than 100 levels deep"),
    (
        {"job_definition": dict(definition(), meta=nested(300)), "validate_job_definition": False},
        "job_definition: is nested more than 100 levels deep",
    ),
    ({"requirements": nested(5000)}, "requirements: is nested more than 100 levels deep"),
    ({"wait_for": "jobs"}, "wait_for: is only for state: started and restarted, not for present; leave it out"),
    ({"wait_for": "status", "state": "stopped"}, "wait_for: is only for state: started and restarted, not for stopped"),
    ({"wait_for": "endpoints", "state": "completed"}, "wait_for: is only for .* not for completed"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_what_can_not_be_is_refused_on_one_line(change, message):
    with pytest.raises(InvalidOptions, match=message) as error:
        desired_of(dict(GOOD, **change))
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("state", ["archived", "absent"])
@pytest.mark.parametrize("change", [change for change, _message in BAD if not {"name", "id"} & set(change)])
def test_ending_states_do_not_judge_what_they_ignore(state, change):
    wanted = desired_of(dict(GOOD, **dict(change, state=state)))
    assert (wanted.fields, wanted.job_definition) == ({}, None)


@pytest.mark.parametrize("wait_for", ["jobs", "status", "endpoints"])
@pytest.mark.parametrize("state", ["started", "restarted", "archived", "absent"])
def test_wait_for_is_for_states_that_wait_and_ignored_by_ending_ones(state, wait_for):
    assert desired_of(dict(GOOD, state=state, wait_for=wait_for)).state == state


MASKS = ["VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "********", "web-********", "a ******** b", "<VALUE_HIDDEN_1>"]
MASKED = [
    lambda mask: {"name": mask},
    lambda mask: {"id": mask},
    lambda mask: {"market": mask},
    lambda mask: {"schedule": mask, "strategy": "SCHEDULED"},
    lambda mask: {"requirements": {"name": mask}},
    lambda mask: {"ssh_public_keys": ["ssh-ed25519 AAAA", mask]},
]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("given", MASKED)
def test_no_option_may_hold_a_mask(given, mask):
    given = given(mask)
    with pytest.raises(InvalidOptions) as error:
        desired_of(dict(GOOD, **given))
    assert str(error.value).startswith(next(iter(given)) + ": holds a mask, so it was copied from a registered result")
    assert error.value.reason == "bad_option" and "(2)" not in str(error.value)


@pytest.mark.parametrize("state", ["archived", "absent", "stopped"])
def test_no_name_may_be_a_mask_in_any_state(state):
    with pytest.raises(InvalidOptions, match="name: holds a mask"):
        desired_of({"state": state, "name": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"})


@pytest.mark.parametrize("judged", [True, False])
def test_stars_in_a_command_are_no_mask_but_as_a_secret_they_are(judged):
    options = dict(GOOD, validate_job_definition=judged)
    right = bad_definition(cmd=["sh", "-c", "echo '********'"])
    assert desired_of(dict(options, job_definition=right)).job_definition == right
    for args in ({"env": {"TOKEN": "********"}}, {"cmd": "run --token ********"}, {"image": "registry/********:1"}):
        with pytest.raises(InvalidOptions, match="ops.0..args.* holds a mask"):
            desired_of(dict(options, job_definition=bad_definition(**args)))


def test_of_many_mistakes_the_first_five_are_told_and_how_many_more():
    env = {"V%d" % number: number for number in range(40)}
    with pytest.raises(InvalidOptions) as error:
        desired_of(dict(GOOD, job_definition=bad_definition(env=env)))
    text = str(error.value)
    assert "(5) job_definition: ops[0].args.env.V4: " in text and text.endswith(" ... and 35 more.")
    assert len(text) < 1000
    with pytest.raises(InvalidOptions) as error:
        desired_of(dict(GOOD, job_definition=bad_definition(env=dict(list(env.items())[:5]))))
    assert "(5) " in str(error.value) and " more" not in str(error.value)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(InvalidOptions, match=r"\(1\) replicas: .* \(2\) timeout: .* \(3\) market: "):
        desired_of(dict(GOOD, replicas=-1, timeout=5, market=" "))


def test_only_what_is_given_is_managed():
    wanted = desired_of({"state": "present", "id": ID, "replicas": 0, "confidential": False, "market": None})
    assert wanted.fields == {"replicas": 0, "confidential": False}


def test_a_market_may_be_surrounded_by_spaces():
    assert desired_of(dict(GOOD, market=" %s " % FIELDS["market"])).fields["market"] == FIELDS["market"]
