# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the event source: checked before the first request."""

from __future__ import annotations

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, NosanaError, Unsupported
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import REQUESTS_IMPORT_ERROR
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import joined_problems
from ansible_collections.nosana.cloud.plugins.module_utils._module import (
    client_of,
    connection_spec,
    item_options,
    missing_key,
    origins_of,
    with_origins,
    without_empty,
)

NAME = "nosana.cloud.deployments"
#: Where options are given, in messages.
SOURCE = "the rulebook"
_KEY = (
    "Set the variable where ansible-rulebook runs, or give api_key in the rulebook, as a variable that comes from "
    "--vars or --env-vars."
)
_MASK = "********"


def spec():
    """The argument spec of the source."""
    return dict(
        connection_spec(),
        status={"type": "list", "elements": "str", "choices": list(d.STATUSES)},
        name_prefix={"type": "str"},
        interval={"type": "int", "default": 10},
    )


class Options:
    """The options that a rulebook gives (a dict). ``client`` is made of them; nothing is sent yet.

    Raises InvalidOptions with one sentence for all that is wrong with them, and Unsupported without requests.
    """

    def __init__(self, given):
        self._origins = origins_of(without_empty(given, spec()), SOURCE)
        self._key = None
        try:
            if REQUESTS_IMPORT_ERROR:
                raise Unsupported(missing_required_lib("requests"))
            params = self._checked(given)
            self.client = client_of(params, missing_key(SOURCE, _KEY))
        except NosanaError as problem:
            problem.say(self.told(str(problem)))
            raise problem from None
        self.statuses = frozenset(params["status"] or ())
        self.name_prefix = params["name_prefix"] or ""
        self.interval = params["interval"]  # seconds
        self.checks_certificates = params["validate_certs"]

    def _checked(self, given):
        params, problems = item_options(given, spec(), owner="this source")
        self._key = params.get("api_key")
        interval = params.get("interval")
        if not problems and interval < 1:
            problems = ["interval: must be 1 or more, not %d" % interval]
        if problems:
            raise InvalidOptions(joined_problems(problems))
        return params

    def told(self, text):
        """A text for the log: who says it, where the options that it names come from, and never the key."""
        proposes = "is no option of" in text  # it names options that are like the wrong one
        text = "%s: %s" % (NAME, text if proposes else with_origins(text, self._origins))
        return text.replace(self._key, _MASK) if self._key else text

    def without_key(self, value):
        """The value (dict, list, str, ...) without the key, which somebody may have put into a name."""
        if isinstance(value, dict):
            return {self.without_key(key): self.without_key(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.without_key(item) for item in value]
        return value.replace(self._key, _MASK) if isinstance(value, str) else value
