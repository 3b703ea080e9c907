# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every main() shares: options and where they come from, secrets, the client, and the result of a failure."""

from __future__ import annotations

import functools
import json
import os
import platform
import re
import traceback
import zipimport

# Ansible sends a module as a zip file, and Python compiles each file of one twice in a row: to find it, and to run it.
# Keeping the last result saves a tenth of the processor time of a task. What is imported before this gains nothing, so
# modules import this file first.
if hasattr(zipimport, "_compile_source"):
    zipimport._compile_source = functools.lru_cache(maxsize=1)(zipimport._compile_source)

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict
from ansible.module_utils.errors import AnsibleFallbackNotFound

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    Interrupted,
    InvalidOptions,
    NosanaError,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import REQUESTS_IMPORT_ERROR, Connection
from ansible_collections.nosana.cloud.plugins.module_utils._definition.from_text import (
    definition_text_problem,
    is_file_name,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import secrets
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Clock, Deadline
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import nearest

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # ansible-core before 2.22
    register_secrets = None

DEFAULT_API_URL = "https://dashboard.k8s.prd.nos.ci/api"
#: Options that select what a task works on. An empty one is refused: left out, it would select something else.
SELECTING = ("id", "name", "search", "deployment_id", "job", "prune_name_prefix")


def connection_spec():
    """The connection options, each with its environment fallback."""

    def option(name, **spec):
        return dict(spec, fallback=(filled_variable, ["NOSANA_" + name]))

    return {
        "api_key": option("API_KEY", type="str", no_log=True),
        "api_url": option("API_URL", type="str", default=DEFAULT_API_URL),
        "validate_certs": option("VALIDATE_CERTS", type="bool", default=True),
        "ca_path": option("CA_PATH", type="path"),
        "api_timeout": option("API_TIMEOUT", type="int", default=30),
        "api_retries": option("API_RETRIES", type="int", default=5),
    }


# --- empty values, and where a value comes from --------------------------------------------------------------------


def is_empty(value):
    """Whether a value counts as unset. Controllers give empty text for optional fields that nobody filled in."""
    return value is None or isinstance(value, str) and not value.strip()


def filled_variable(*names):
    """The value of an environment variable, as the fallback of an option; an empty variable counts as unset."""
    value = env_fallback(*names)
    if is_empty(value):
        raise AnsibleFallbackNotFound
    return value


def variable_of(option):
    """The environment variable of a connection option."""
    return "NOSANA_" + option.upper()


def origins_of(given, source):
    """Where each connection option comes from: ``{option: the rest of a sentence about it}``.

    ``given`` are the options that are given (in ``source``, such as "the task"). Unset ones without a default are left
    out.
    """
    origins = {}
    for option, spec in connection_spec().items():
        variable = variable_of(option)
        if option in given:
            origins[option] = "comes from %s" % source
        elif not is_empty(os.environ.get(variable)):
            origins[option] = "comes from the environment variable %s" % variable
        elif "default" in spec:
            origins[option] = "is the default, as neither %s nor %s sets it" % (source, variable)
    return origins


def with_origins(message, origins):
    """The message, and where the connection options that it names come from.

    Whether a key is right depends on the address that it is sent to.
    """
    named = {option for option in origins if re.search(r"\b%s\b" % option, message)}
    if "api_key" in named:
        named.add("api_url")
    told = ["%s %s" % (option, origin) for option, origin in origins.items() if option in named]
    return "%s (On host %s: %s.)" % (message, platform.node(), "; ".join(told)) if told else message


def missing_key(source, remedy):
    """What to say where no key is given."""
    return "api_key is missing: neither %s nor the environment variable NOSANA_API_KEY on host %s gives one. %s" % (
        source,
        platform.node(),
        remedy,
    )


_KEY_FOR_TASKS = (
    "Tasks read variables on the host that they run on: set it there with environment: on the play, or give api_key: "
    "\"{{ lookup('ansible.builtin.env', 'NOSANA_API_KEY') }}\", which is read on the controller."
)


# --- modules -------------------------------------------------------------------------------------------------------


class NosanaModule(AnsibleModule):
    """An AnsibleModule that hides what is secret inside its options, such as the env of a job definition; that takes
    empty text for unset; and whose failures always have the same keys.

    ``failure`` are keys, with their values, that a failure has besides when it does not say otherwise. ``items``: the
    argument spec of the maps that an option holds, by the option.
    """

    def __init__(self, argument_spec, failure=None, items=None, **more):
        self.items = items or {}
        self.failure = dict({"changed": False, "error": None, "reason": InvalidOptions.reason}, **(failure or {}))
        self.origins = {}
        super().__init__(argument_spec, **more)

    def _load_params(self):
        """Reads the options. The base class logs them, checks them and converts their types right afterwards: this is
        the only moment to say what is secret, and what is unset."""
        try:
            super()._load_params()
        except RecursionError:  # ansible-core before 2.19 reads by recursion
            self.params = {}
            self.fail_json("an option is nested more than 100 levels deep, which this ansible-core can't read")
        self.params = without_empty(self.params, self.argument_spec)
        self._read_lists_given_as_text()
        self.origins = origins_of(self.params, "the task")
        texts = self._texts_for_maps()
        found = secrets.secret_values(
            [self.params, [_map_in(text) for text in texts], _from_environment(self.argument_spec)]
        )
        found += [text for text in texts if _map_in(text) is None and not is_file_name(text)]
        found = [secret for secret in found if not secrets.is_dull(secret)]
        found = [spelling for secret in found for spelling in secrets.spellings(secret)]
        if register_secrets is not None:
            register_secrets(found)
        else:
            self.no_log_values.update(found)

    def _read_lists_given_as_text(self):
        """Ansible would cut a list of maps that is given as text at its commas."""
        for option in self.items:
            text = self.params.get(option)
            if isinstance(text, str) and self.argument_spec[option]["type"] == "list":
                self.params[option] = _list_in(text)

    def _texts_for_maps(self):
        """What is given as text where a map belongs."""
        texts = _texts_for_maps(self.params, self.argument_spec)
        for option, spec in self.items.items():
            given = self.params.get(option)
            for item in given if isinstance(given, list) else [given]:
                if isinstance(item, str):
                    texts.append(item)
                elif isinstance(item, dict):
                    texts += _texts_for_maps(item, spec)
        return texts

    def exit_json(self, **result):
        """Ends the task."""
        super().exit_json(**self._masked_options(), **result)

    def _masked_options(self):
        """What a result with ``invocation`` shows of the options: where Ansible hides secrets only when it prints
        them, a result that is registered would hold them. Ansible drops it unless the user asks for it."""
        return {} if register_secrets is None else {"invocation": {"module_args": secrets.mask(self.params)}}

    def fail_json(self, msg, **result):
        """Ends the task as failed, also when Ansible itself finds fault with an option."""
        msg = _definition_problem(self.params, self.argument_spec) or str(msg)
        if not msg.startswith("Unsupported parameters"):  # which lists all options there are
            msg = with_origins(msg, self.origins)
        result = dict(self.failure, **self._masked_options(), **result)
        try:
            super().fail_json(msg, **result)
        except RecursionError:  # ansible-core before 2.19 adds the options by recursion
            self.params = {}
            super().fail_json(msg, **result)


def without_empty(given, spec):
    """The options (of an argument spec) without those that are empty; what selects something stays, to be refused."""
    known = _names(spec)

    def is_unset(name, value):
        return name in known and is_empty(value) and not (value is not None and name in SELECTING)

    return {name: value for name, value in given.items() if not is_unset(name, value)}


def _texts_for_maps(given, spec):
    """The texts of options that take a map, in a list."""
    maps = [name for name, one in spec.items() if one.get("type") == "dict"]
    return [given[name] for name in maps if isinstance(given.get(name), str)]


def _definition_problem(given, spec):
    """What to say of a job definition that is text which Ansible can't convert, None where there is none."""
    text = given.get("job_definition") if "job_definition" in spec else None
    return definition_text_problem(text) if isinstance(text, str) and _map_in(text) is None else None


def item_options(given, spec, owner="an item", **rules):
    """``(options, problems)`` of an item in a list of maps (or of another ``owner``), treated as those of a module are.

    ``rules`` are those of ArgumentSpecValidator, such as ``mutually_exclusive``.
    """
    given = without_empty(given, spec)
    problems = ["%s: must not be empty" % name for name in SELECTING if name in given and is_empty(given[name])]
    problem = _definition_problem(given, spec)
    if problem or problems:
        return {}, [*problems, *([problem] if problem else [])]
    unknown = [name for name in given if name not in _names(spec)]
    problems = ["%s: is no option of %s%s" % (name, owner, _near(str(name), spec)) for name in unknown]
    found = ArgumentSpecValidator(spec, **rules).validate({name: given[name] for name in given if name not in unknown})
    return found.validated_parameters, problems + found.error_messages


def _near(name, spec):
    near = nearest(name, _names(spec))
    return " (the nearest: %s)" % near if near else ""


def _names(spec):
    return set(spec).union(*(one.get("aliases", ()) for one in spec.values()))


def _from_environment(argument_spec):
    """What the environment gives for options: a task's parameters do not have it yet."""
    variables = {name: spec["fallback"][1][0] for name, spec in argument_spec.items() if "fallback" in spec}
    return {name: os.environ[variable] for name, variable in variables.items() if variable in os.environ}


def _map_in(text):
    """The map that a text holds, None where it holds none: nobody can tell what in it is secret then."""
    try:
        return check_type_dict(text)
    except (TypeError, ValueError, SyntaxError, RecursionError):
        return None


def _list_in(text):
    """The list that a text holds as JSON; one of the text itself where it holds none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, list) else [text]


def run_module(work, argument_spec, failure=None, items=None, **more):
    """Runs a module: ``work(module, client)`` returns the result; ``failure`` and ``items`` go to NosanaModule, and
    ``more`` to AnsibleModule."""
    spec = dict(connection_spec(), **argument_spec)
    module = NosanaModule(spec, failure, items, supports_check_mode=True, **more)
    if REQUESTS_IMPORT_ERROR:
        text = missing_required_lib("requests")
        module.fail_json(msg=text, exception=REQUESTS_IMPORT_ERROR, reason=Unsupported.reason)
    if not module.params["validate_certs"]:
        text = "validate_certs is false: anybody between this host and the API can read the key"
        module.warn(with_origins(text, module.origins))
    try:
        _refuse_empty_selection(module.params)
        result = work(module, client_of(module.params, missing_key("the task", _KEY_FOR_TASKS)))
    except NosanaError as problem:
        module.fail_json(**_failed(problem))
    except KeyboardInterrupt:
        module.fail_json(msg="interrupted before anything was changed", reason=Interrupted.reason)
    except Exception as problem:  # a bug: told in one line, the traceback only where ansible shows tracebacks
        text = "this is a bug in nosana.cloud (%s: %s); please report it" % (type(problem).__name__, problem)
        so_far = dict(getattr(problem, "result", {}), reason=NosanaError.reason)
        module.fail_json(msg=text, exception=traceback.format_exc(), **so_far)
    module.exit_json(**result)


def _refuse_empty_selection(params):
    for option in SELECTING:
        if params.get(option) is not None and is_empty(params[option]):
            raise InvalidOptions(
                "%s: must not be empty, since it selects what the task works on. Leave it out, or check the variable "
                "that it comes from." % option
            )


def _failed(problem):
    """The result of a task that fails with a NosanaError."""
    result = {key: value for key, value in problem.result.items() if value is not None}
    if isinstance(problem, ApiError):
        result.setdefault("error", problem.as_dict())
    return dict(result, msg=str(problem), reason=problem.reason)


# --- the client ----------------------------------------------------------------------------------------------------


def client_of(params, no_key):
    """The client for a plugin's options; its deadline is the task's wait_timeout, where the plugin has one.

    ``no_key`` is what to say when there is no key.
    """
    if not params["api_key"]:
        raise InvalidOptions(no_key)
    for option, least in (("api_timeout", 1), ("api_retries", 0), ("wait_timeout", 1)):
        if params.get(option, least) < least:
            raise InvalidOptions("%s: must be %d or more, not %d" % (option, least, params[option]))
    connection = Connection(
        api_url=answers.checked_url(str(params["api_url"])),
        api_key=str(params["api_key"]),
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
