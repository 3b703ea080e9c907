# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: nosana
short_description: Deployments on the Nosana compute cloud as hosts
version_added: 0.1.0
author:
  - Nosana Ansible contributors (@nosana-ci)
description:
  - Lists the deployments of a Nosana account as hosts of the inventory, with their fields as variables. It only reads.
  - The name of its file must end in V(nosana.yml) or V(nosana.yaml).
  - ARCHIVED deployments are listed only when O(status) names them.
  - A host has the name of its deployment. Where several deployments have it, or it could mean something else (it has
    spaces or punctuation but V(.), V(_) and V(-), more than 128 characters, it is V(localhost), ends like an id, or is
    the name of a group or of a host of another source), the host is called what is harmless of the name, V(-), and the
    id. The variable C(nosana_name) always holds the name.
  - Every host is in the group C(nosana), and in groups below it by its status, strategy and market, such as
    C(nosana_status_running), C(nosana_strategy_simple_extend) and
    C(nosana_market_97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf).
  - Every field of a deployment is a variable that begins with C(nosana_), such as C(nosana_id) and C(nosana_status),
    so that a C(name), C(timeout) or C(strategy) can't be taken for something of Ansible's or of another source. In
    addition C(nosana_url) is the URL of the first of its endpoints (which are in C(nosana_endpoints)), null where it
    has none.
  - B(A deployment is no machine that Ansible could log in to.) Tasks for these hosts run on the controller, in a play
    with C(connection) set to V(local), or where they are delegated to. No host gets such a connection by itself, or a
    play for all hosts would do to the controller what it is to do to machines. C(ansible_host) is a name that never
    leads to a machine, so that a play without a connection of its own fails instead of finding a machine of the same
    name.
  - Whatever the API says is data. It is never evaluated as a template, in no version of ansible-core.
extends_documentation_fragment:
  - nosana.cloud.connection
  - nosana.cloud.connection.environment
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - Text, the name of this plugin. It marks the file as one of it, and can't be left out.
    type: str
    required: true
    choices: [nosana.cloud.nosana]
  status:
    description:
      - List of words, the statuses that match.
      - When left out, all of these match but ARCHIVED.
    type: list
    elements: str
    choices: [DRAFT, STARTING, RUNNING, STOPPING, STOPPED, INSUFFICIENT_FUNDS, ERROR, ARCHIVED]
  strategy:
    description:
      - List of words, the strategies that match.
      - When left out, all match.
    type: list
    elements: str
    choices: [SIMPLE, SIMPLE-EXTEND, SCHEDULED, INFINITE]
  name_prefix:
    description:
      - Text, what the names of deployments that match begin with, capital and small letters told apart.
      - When left out, deployments of any name match.
    type: str
  include:
    description:
      - List of words, what else to read of each deployment. Each costs a request, or more, for each deployment, V(cost)
        one for each market.
      - V(job_definition), the active one, with its secrets masked, as the variable C(nosana_job_definition). V(jobs),
        the newest first, as C(nosana_jobs). V(cost), C(usd_per_hour) and C(usd_until_timeout) while it runs (null where
        the API does not tell the price), as C(nosana_cost).
      - When left out, only the list of deployments is read, with one request for 100 of them.
    type: list
    elements: str
    choices: [job_definition, jobs, cost]
requirements:
  - requests (Python library), on the controller
notes:
  - O(api_key) and O(api_url) can be templates, with lookups, and with the variables of the command line (C(-e)). A key
    that stands in the file itself, not vaulted, may be shown by Ansible when it quotes the file in an error.
  - An unknown option in the file is an error, lest a misspelt filter let everything pass.
  - The cache holds what the API listed, never the key. It is used only for what it was read for, that is for the same
    O(api_url), O(api_key), O(status), O(strategy), O(name_prefix) and O(include), and is read anew when it can't be
    used.
  - Ansible's own default for O(cache_plugin), V(memory), keeps nothing from one run to the next. Give one that does,
    such as V(ansible.builtin.jsonfile) with a folder in O(cache_connection).
  - When the API can't be read, Ansible warns and goes on without these hosts. Set C(any_unparsed_is_failed) in the
    section C(inventory) of C(ansible.cfg), or E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED), to make it stop.
seealso:
  - module: nosana.cloud.nosana_deployment
  - module: nosana.cloud.nosana_deployment_info
"""

EXAMPLES = r"""
# fmt: code (each of these documents is a file of its own)
---
# nosana.yml: everything but what is ARCHIVED. The key is in the environment, in NOSANA_API_KEY.
plugin: nosana.cloud.nosana

---
# staging.nosana.yml: what runs, or is about to, of the staging services. The key comes from a variable of another name.
plugin: nosana.cloud.nosana
api_key: "{{ lookup('ansible.builtin.env', 'STAGING_KEY') }}"
status:
  - STARTING
  - RUNNING
name_prefix: staging-

---
# groups.nosana.yml: groups and variables of one's own, such as gpu_nvidia_4090 and group_without_an_endpoint.
plugin: nosana.cloud.nosana
strict: true
compose:
  hours: nosana_timeout / 60
groups:
  without_an_endpoint: nosana_url is none
keyed_groups:
  - prefix: gpu
    key: "{'97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf': 'nvidia_4090'}[nosana_market] | default('other')"
    parent_group: gpus
  - prefix: replicas
    key: nosana_replicas | string

---
# images.nosana.yml: by the image that they run. This reads the definition of each deployment, with a request for each.
plugin: nosana.cloud.nosana
include:
  - job_definition
keyed_groups:
  - prefix: image
    key: nosana_job_definition.ops[0].args.image

---
# cached.nosana.yml: read at most every ten minutes; --flush-cache and "meta: refresh_inventory" read it at once.
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
import re

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.nosana.cloud.plugins.module_utils import _inventory as hosts
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    InvalidOptions,
    NosanaError,
    NotFound,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import REQUESTS_IMPORT_ERROR
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.listing import find, include
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
_WORD = re.compile(r"[A-Za-z0-9_-]+")


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
        client = client_of(params, missing_key(SOURCE, "Set the variable, or give api_key in the file (a template may)."))
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
        for one in sorted(deployments, key=lambda one: names[one["id"]]):
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
    prefix = params["name_prefix"] or ""
    # Servers search for a part of the name: it makes the list shorter. To them, punctuation might mean something.
    search = prefix if _WORD.fullmatch(prefix) else None
    filters = {"status": params["status"], "strategy": params["strategy"], "search": search}
    found = [one for one in find(client, filters) if str(one.get("name") or "").startswith(prefix)]
    markets = Markets(client)
    found = hosts.with_slugs(found, _slugs(markets, warn) if found else {})
    return _with_more(client, found, params["include"], markets) if params["include"] else found


def _slugs(markets, warn):
    """The slugs of all markets, with one request; without them the deployments are listed all the same."""
    try:
        return markets.slugs()
    except Unsupported:  # a server that lists no markets
        return {}
    except NosanaError as problem:
        warn("there are no groups by the slugs of markets: %s" % printable(problem, LONGEST_ERROR))
        return {}


def _with_more(client, deployments, what, markets):
    complete = []
    for one in deployments:
        try:
            complete.append(include(client, one, what, markets))
        except NotFound:  # somebody deleted it since it was listed
            continue
    return complete


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
