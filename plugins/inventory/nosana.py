# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: nosana
short_description: Deployments on the Nosana compute cloud as hosts
version_added: 1.0.0
author:
  - Nosana Ansible contributors (@nosana-ci)
description:
  - Lists the deployments of a Nosana account as hosts of the inventory, with their fields as variables. It only reads.
  - The name of the inventory file must end in V(nosana.yml) or V(nosana.yaml).
  - ARCHIVED deployments are listed only when O(status) names them. A deployment whose status this version does not know
    is listed unless O(status) is given.
  - A host has the name of its deployment, if that name is unique and safe. Otherwise it has the letters and digits of
    the name, V(-), and the id. A name is safe when it has up to 128 letters, digits, V(.), V(_) and V(-), does not end
    like an id, is not V(localhost), and is not the name of a group or of a host of another source. The variable
    C(nosana_name) always holds the name itself.
  - Every host is in the group C(nosana), and in groups below it by its status, strategy and market, such as
    C(nosana_status_running), C(nosana_strategy_simple_extend) and
    C(nosana_market_97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf). Where the server lists markets, there are groups by
    their slugs, too, such as C(nosana_market_nvidia_4090).
  - Every field of a deployment is a variable that begins with C(nosana_), such as C(nosana_id) and C(nosana_status).
    The prefix keeps them apart from Ansible's own variables. Known fields that a deployment does not have are null,
    such as C(nosana_schedule) of one that is not SCHEDULED.
  - In addition, C(nosana_url) is the URL of the first endpoint (all are in C(nosana_endpoints)), and
    C(nosana_market_slug) is the slug of the market. Both are null where there is none.
  - B(Ansible can't log in to a deployment.) Run tasks for these hosts on the controller, in a play with C(connection)
    set to V(local), or with C(delegate_to). The plugin does not set the connection, since a play for all hosts would
    then change the controller. It sets C(ansible_host) to a name that never resolves, so that a play without
    C(connection) fails instead of logging in to a machine of the same name.
  - Values from the API are never evaluated as templates, with any version of ansible-core.
extends_documentation_fragment:
  - nosana.cloud.connection
  - nosana.cloud.connection.environment
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - The name of this plugin. It is required.
    type: str
    required: true
    choices: [nosana.cloud.nosana]
  status:
    description:
      - The statuses of the deployments to list.
      - By default, deployments of every status but ARCHIVED are listed.
    type: list
    elements: str
    choices: [DRAFT, STARTING, RUNNING, STOPPING, STOPPED, INSUFFICIENT_FUNDS, ERROR, ARCHIVED]
  strategy:
    description:
      - The strategies of the deployments to list.
      - By default, deployments of every strategy are listed.
    type: list
    elements: str
    choices: [SIMPLE, SIMPLE-EXTEND, SCHEDULED, INFINITE]
  name_prefix:
    description:
      - The beginning of the names of the deployments to list. Case matters.
      - By default, deployments with any name are listed.
    type: str
  include:
    description:
      - What else to read of each deployment. Each item takes at least one more request for each deployment. V(jobs) and
        V(cost) share theirs. Eight deployments are read at the same time.
      - V(job_definition) adds the variable C(nosana_job_definition), the active job definition with its secrets masked.
        V(jobs) adds C(nosana_jobs), newest first. V(cost) adds C(nosana_cost) with C(usd_per_hour) and
        C(usd_until_timeout), the cost while it runs; null where the price is not known. It also adds
        C(nosana_usd_so_far), C(nosana_running_since) and C(nosana_next_runs), which
        M(nosana.cloud.nosana_deployment_info) explains.
      - By default, only the list of deployments is read, with one request for 100 of them, and one for all markets.
    type: list
    elements: str
    choices: [job_definition, jobs, cost]
requirements:
  - python >= 3.11, on the controller
  - requests (Python library), on the controller
notes:
  - O(api_key) and O(api_url) can be templates, with lookups and with variables of the command line (C(-e)). Don't write
    the key itself into the file unless it is vaulted; Ansible may show it when it quotes the file in an error.
  - Empty text in an option, and an empty environment variable, count as unset. The plugin reads the
    environment of the controller.
  - An unknown option is an error. Otherwise a misspelt filter would list everything.
  - The cache holds what the API listed, never the key. It is read anew when O(api_url), O(api_key), O(status),
    O(strategy), O(name_prefix) or O(include) changes, and when it can't be used.
  - The default of O(cache_plugin), V(memory), keeps nothing for the next run. Use another one, such as
    V(ansible.builtin.jsonfile) with a folder in O(cache_connection).
  - When the API can't be read, Ansible warns and continues without these hosts. To make it stop, set
    C(any_unparsed_is_failed) in the section C(inventory) of C(ansible.cfg), or
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED).
seealso:
  - module: nosana.cloud.nosana_deployment
  - module: nosana.cloud.nosana_deployment_info
"""

EXAMPLES = r"""
# fmt: code (each of these documents is a file of its own)
---
# nosana.yml: all deployments but ARCHIVED ones. The key is in the environment variable NOSANA_API_KEY.
plugin: nosana.cloud.nosana

---
# staging.nosana.yml: the staging services that run or start. The key is in another variable.
plugin: nosana.cloud.nosana
api_key: "{{ lookup('ansible.builtin.env', 'STAGING_KEY') }}"
status:
  - STARTING
  - RUNNING
name_prefix: staging-

---
# groups.nosana.yml: your own groups and variables, such as gpu_nvidia_4090 and without_an_endpoint.
plugin: nosana.cloud.nosana
strict: true
compose:
  hours: nosana_timeout / 60
groups:
  without_an_endpoint: nosana_url is none
  scheduled: nosana_schedule is not none
keyed_groups:
  - prefix: gpu
    key: nosana_market_slug | default('other', true)
    parent_group: gpus
  - prefix: replicas
    key: nosana_replicas | string

---
# images.nosana.yml: groups by image. This takes one request for each deployment.
plugin: nosana.cloud.nosana
include:
  - job_definition
keyed_groups:
  - prefix: image
    key: nosana_job_definition.ops[0].args.image

---
# cached.nosana.yml: read at most every ten minutes. --flush-cache and "meta: refresh_inventory" read it at once.
plugin: nosana.cloud.nosana
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: .cache/inventory
cache_timeout: 600
"""

import contextlib
import hashlib
import json
import os

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.nosana.cloud.plugins.module_utils import _inventory as hosts
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    InvalidOptions,
    NosanaError,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import REQUESTS_IMPORT_ERROR
from ansible_collections.nosana.cloud.plugins.module_utils._api.readers import Readers
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.listing import find_by_prefix, include
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable
from ansible_collections.nosana.cloud.plugins.module_utils._module import (
    client_of,
    connection_spec,
    is_empty,
    missing_key,
    origins_of,
    variable_of,
    with_origins,
)
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19 evaluates whatever is not marked
    from ansible.utils.unsafe_proxy import wrap_var as as_data
else:
    del trust_as_template  # its presence says that text counts as data until somebody vouches for it

    def as_data(value):
        return value


#: Options that may be templates.
TEMPLATES = ("api_key", "api_url")
CONNECTION = ("api_key", "api_url", "validate_certs", "ca_path", "api_timeout", "api_retries")
#: What the list depends on: another value of one of these, and the cache is no answer.
ASKED = ("api_key", "api_url", "status", "strategy", "name_prefix", "include")
#: Where options are given, in messages.
SOURCE = "the file"
LONGEST_ERROR = 1000


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Ansible makes one for each source, and calls verify_file() and parse()."""

    NAME = "nosana.cloud.nosana"

    def verify_file(self, path):
        """Whether the file is one of this plugin, by its name."""
        return super().verify_file(path) and path.endswith(("nosana.yml", "nosana.yaml"))

    def set_options(self, task_keys=None, var_options=None, direct=None):
        """Called by the base class, with the content of the file as ``direct``. Empty values in the file and in the
        environment count as unset: Ansible would take them for false, or for the present folder."""
        with _without_empty_variables():
            super().set_options(task_keys=task_keys, var_options=var_options, direct=_filled(direct or {}))

    def parse(self, inventory, loader, path, cache=True):
        """Fills the inventory. ``cache`` is False when the user wants it fresh (--flush-cache, refresh_inventory)."""
        super().parse(inventory, loader, path, cache)
        content = self._read_config_data(path)
        given, params = _filled(content), {}
        try:
            self._refuse_unknown(content)
            params = self._params(given)
            self._fill(self._deployments(params, path, cache, origins_of(given, SOURCE)))
        except (NosanaError, AnsibleError) as problem:
            # One line, without what led to it: Ansible would quote the file, and with it maybe the key.
            text = with_origins(str(problem), origins_of(given, SOURCE))
            raise AnsibleParserError(_without_key(text, params.get("api_key"))) from None

    def _refuse_unknown(self, content):
        unknown = sorted(str(option) for option in content if not self.has_option(option))
        if unknown:
            known = "ansible-doc -t inventory %s lists those there are" % self.NAME
            raise InvalidOptions("unknown options: %s; %s" % (", ".join(unknown), known))

    def _params(self, given):
        """The options, templates evaluated. ``given`` is the content of the file; what turns out to be empty is taken
        out of it. Raises InvalidOptions, and AnsibleError for a template that fails."""
        params = {option: self.get_option(option) for option in CONNECTION + ASKED}
        for option in TEMPLATES:
            if option in given:
                params[option] = self._templated(option, params[option])
            if is_empty(params[option]):
                given.pop(option, None)
                params[option] = _from_environment(option)
        return params

    def _templated(self, option, value):
        self.templar.available_variables = self._vars
        try:
            value = self.templar.template(value)
        except AnsibleError as problem:
            raise InvalidOptions("%s: can't be evaluated: %s" % (option, problem)) from None
        return str(value) if value is not None else ""

    def _deployments(self, params, path, cache, origins):
        """What the account has, from the cache where that is wanted and can be, else from the API."""
        if REQUESTS_IMPORT_ERROR:
            raise Unsupported(missing_required_lib("requests"))
        if not params["validate_certs"]:
            text = "validate_certs is false: anybody between this host and the API can read the key"
            self.display.warning(with_origins(text, origins))
        client = client_of(params, missing_key(SOURCE, "Set the variable, or give api_key in the file, as a template."))
        if not self.get_option("cache"):
            return read(client, params, self.display.warning)
        if self.get_option("cache_plugin") in ("memory", "ansible.builtin.memory"):
            self.display.warning("cache: the plugin memory keeps nothing for the next run; name another cache_plugin")
        key, asked = self.get_cache_key(path), fingerprint(params)
        kept = self._kept(key, asked) if cache else None
        if kept is None:
            kept = read(client, params, self.display.warning)
            # As text: there is nothing in it that a cache plugin, or its way of writing things, could take for its own.
            self._cache[key] = {"asked": asked, "deployments": json.dumps(kept)}
        return kept

    def _kept(self, key, asked):
        """The list in the cache, None when there is none, of this question, that can be read."""
        try:
            entry = self._cache[key]
            kept = json.loads(entry["deployments"]) if entry["asked"] == asked else None
        except (AnsibleError, KeyError, TypeError, ValueError):
            return None
        return kept if isinstance(kept, list) and all(isinstance(one, dict) for one in kept) else None

    def _fill(self, listed):
        deployments = hosts.usable(listed)
        nameless = sum(not hosts.has_id(one) for one in listed)
        if nameless:
            self.display.warning("%d deployments are left out, as the API lists no usable id of them" % nameless)
        self.inventory.add_group(hosts.ROOT)
        planned = [self._sanitize_group_name(group) for group in self.get_option("groups") or {}]
        owners = {name: host.get_vars().get("nosana_id") for name, host in self.inventory.hosts.items()}
        names = hosts.host_names(deployments, [*self.inventory.groups, *planned], owners)
        for group in sorted({group for one in deployments for group in hosts.groups_of(one)}):
            self.inventory.add_group(group)
            self.inventory.add_child(hosts.ROOT, group)
        listed.clear()  # there may be thousands: each is kept only until its host has its variables
        deployments.sort(key=lambda one: names[one["id"]], reverse=True)
        while deployments:
            one = deployments.pop()
            self._add(names[one["id"]], one)

    def _add(self, host, deployment):
        self.inventory.add_host(host)
        for group in hosts.groups_of(deployment) or [hosts.ROOT]:
            self.inventory.add_child(group, host)
        variables = dict(as_data(hosts.variables_of(deployment)), ansible_host=hosts.NO_SSH_HOST)
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)


def read(client, params, warn):
    """The deployments that match, newest first, from the API, with their markets' slugs and what is to be included.

    Raises NosanaError; ``warn`` takes the text of a warning.
    """
    filters = {"status": params["status"], "strategy": params["strategy"]}
    readers = Readers(client)
    found = find_by_prefix(readers.client, filters, params["name_prefix"] or "")
    markets = Markets(readers.client)
    found = hosts.with_slugs(found, _slugs(markets, warn) if found else {})
    return include(readers, found, params["include"] or [], markets)


def _slugs(markets, warn):
    """The slugs of all markets, with one request; without them the deployments are listed all the same."""
    try:
        return markets.slugs()
    except Unsupported:  # a server that lists no markets
        return {}
    except NosanaError as problem:
        warn("there are no groups by the slugs of markets: %s" % printable(problem, LONGEST_ERROR))
        return {}


def fingerprint(params):
    """A text that is the same for the same question to the same account, and does not tell the key."""
    return hashlib.sha256(json.dumps([params[option] for option in ASKED]).encode()).hexdigest()[:16]


@contextlib.contextmanager
def _without_empty_variables():
    """An environment without those variables of the connection options that are empty."""
    variables = [variable_of(option) for option in CONNECTION]
    empty = {name: os.environ.pop(name) for name in variables if name in os.environ and is_empty(os.environ[name])}
    try:
        yield
    finally:
        os.environ.update(empty)


def _from_environment(option):
    """The value of a connection option that the file does not give."""
    value = os.environ.get(variable_of(option))
    return connection_spec()[option].get("default") if is_empty(value) else value


def _filled(content):
    """The options of a file that are not empty."""
    return {option: value for option, value in content.items() if not is_empty(value)}


def _without_key(text, key):
    text = text.replace(key, "********") if key else text
    return printable(text, LONGEST_ERROR)
