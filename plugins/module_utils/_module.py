# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module's main() shares: options, secrets, the client, and exceptions turned into one clear line."""

from __future__ import annotations

import os
import traceback

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.common.validation import check_type_dict

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import ApiError, InvalidOptions, NosanaError
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import REQUESTS_IMPORT_ERROR, Connection
from ansible_collections.nosana.cloud.plugins.module_utils._model import secrets
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Clock, Deadline

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # ansible-core before 2.22
    register_secrets = None

DEFAULT_API_URL = "https://dashboard.k8s.prd.nos.ci/api"


def connection_spec():
    """The connection options, each with its environment fallback."""

    def option(name, **spec):
        return dict(spec, fallback=(env_fallback, ["NOSANA_" + name]))

    return {
        "api_key": option("API_KEY", type="str", no_log=True),
        "api_url": option("API_URL", type="str", default=DEFAULT_API_URL),
        "validate_certs": option("VALIDATE_CERTS", type="bool", default=True),
        "ca_path": option("CA_PATH", type="path"),
        "api_timeout": option("API_TIMEOUT", type="int", default=30),
        "api_retries": option("API_RETRIES", type="int", default=5),
    }


class NosanaModule(AnsibleModule):
    """An AnsibleModule that hides what is secret inside its options, such as the env of a job definition.

    The base class logs all options to syslog while it is being made, so it is too late afterwards.
    """

    def _load_params(self):
        super()._load_params()
        found = secrets.secret_values([self.params, list(_from_environment(self.argument_spec))])
        for name, value in self.params.items():
            if isinstance(value, str) and self.argument_spec.get(name, {}).get("type") == "dict":
                found += _secrets_in_text(value)
        found = [spelling for secret in found for spelling in secrets.spellings(secret)]
        if register_secrets is not None:
            register_secrets(found)
        else:
            self.no_log_values.update(found)


def _from_environment(argument_spec):
    """What the environment gives for options: a task's parameters do not have it yet."""
    for option in argument_spec.values():
        _fallback, names = option.get("fallback", (None, ()))
        yield from (os.environ.get(name) for name in names)


def _secrets_in_text(text):
    """The secrets of a map that is given as text. Of text that is no map nobody can tell: then it is one as a whole."""
    try:
        return secrets.secret_values(check_type_dict(text))
    except (TypeError, ValueError, SyntaxError, RecursionError):
        return [text]


def run_module(work, argument_spec, **more):
    """Runs a module: ``work(module, client)`` returns the result; ``more`` goes to AnsibleModule."""
    module = NosanaModule(argument_spec=dict(connection_spec(), **argument_spec), supports_check_mode=True, **more)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    if not module.params["validate_certs"]:
        module.warn("validate_certs is false: whoever sits between this host and the API can read the key")
    try:
        result = work(module, client_of(module.params))
    except NosanaError as problem:
        if isinstance(problem, ApiError):
            problem.result.setdefault("error", problem.as_dict())
        module.fail_json(**dict({"changed": False}, **problem.result), msg=str(problem))
    except KeyboardInterrupt:
        module.fail_json(msg="interrupted before anything was changed", changed=False)
    except Exception as problem:  # a bug: told in one line, the traceback only where ansible shows tracebacks
        text = "this is a bug in nosana.cloud (%s: %s); please report it" % (type(problem).__name__, problem)
        module.fail_json(msg=text, exception=traceback.format_exc(), **getattr(problem, "result", {}))
    module.exit_json(**result)


def client_of(params):
    """The client for a module's options; its deadline is the task's wait_timeout, where the module has one."""
    for option, least in (("api_timeout", 1), ("api_retries", 0), ("wait_timeout", 1)):
        if params.get(option, least) < least:
            raise InvalidOptions("%s: must be %d or more, not %d" % (option, least, params[option]))
    connection = Connection(
        api_url=answers.checked_url(str(params["api_url"])),
        api_key=str(params["api_key"] or ""),
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
        timeout=params["api_timeout"],
        retries=params["api_retries"],
    )
    clock = Clock(_simulator_speed(connection.api_url))
    return Client(connection, clock, Deadline(clock, params.get("wait_timeout")))


def _simulator_speed(url):
    """How much faster than real time a simulator on this machine runs: NOSANA_SIMULATOR_SPEED, else 1.

    Waits then are as much shorter. For any other server it does not count: they would come too soon.
    """
    value = os.environ.get("NOSANA_SIMULATOR_SPEED")
    if not value or not answers.is_loopback(url):
        return 1.0
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 1000:
        raise InvalidOptions("NOSANA_SIMULATOR_SPEED: must be a number from 0.1 to 1000, not %r" % value)
    return speed
