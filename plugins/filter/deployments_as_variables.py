# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: deployments_as_variables
short_description: Write existing deployments as variables for nosana_deployments
version_added: 1.0.0
description:
  - Makes items for O(nosana.cloud.nosana_deployments#module:deployments) of deployments that exist. With these items,
    that module changes nothing.
  - Each masked secret of a job definition becomes a template with the name of a variable. The same secret of a
    deployment is the same variable. Whoever runs the items defines these variables.
  - An item has the C(name), or the C(id) if several deployments have that name, or the module would refuse it.
  - A value that the API took and the module would refuse is left out, and so left alone.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
options:
  _input:
    description:
      - Deployments as M(nosana.cloud.nosana_deployment_info) returns them with C(include=[job_definition]).
    type: list
    elements: dict
    required: true
  markets:
    description:
      - A mapping from the address of a market to what to write for it, such as its slug.
      - By default, the address.
    type: dict
    default: {}
  prefix:
    description: What the names of the variables begin with.
    type: str
    default: exported_
notes:
  - The API does not list SSH keys, so they are left alone.
  - The items have no C(state), so whether a deployment runs is left alone.
  - O(markets) may be a mapping as JSON. Empty text counts as left out.
seealso:
  - module: nosana.cloud.nosana_deployments
"""

EXAMPLES = r"""
- name: Read all deployments with their job definitions
  nosana.cloud.nosana_deployment_info:
    include:
      - job_definition
  register: found

- name: Show them as items, and the variables to define
  ansible.builtin.debug:
    msg:
      - "{{ exported.deployments }}"
      - "{{ exported.secrets }}"
  vars:
    exported: "{{ found.deployments | nosana.cloud.deployments_as_variables }}"
"""

RETURN = r"""
_value:
  description:
    - C(deployments) are the items.
    - C(secrets) are the variables that take the place of secrets, each with its C(variable), the name of its
      C(deployment), and the C(place) in the job definition where it occurs first.
    - C(left_out) says what was left out and why, a sentence each.
  type: dict
  sample:
    deployments:
      - name: example-web
        market: nvidia-4090
        strategy: INFINITE
        replicas: 1
        timeout: 120
        job_definition:
          version: "0.1"
          type: container
          ops:
            - id: web
              type: container/run
              args:
                image: docker.io/library/nginx:1.29
                env:
                  HF_TOKEN: "{{ exported_example_web_hf_token | string }}"
    secrets:
      - variable: exported_example_web_hf_token
        deployment: example-web
        place: ops[0].args.env.HF_TOKEN
    left_out: []
"""

import collections
import functools
import re

from ansible_collections.nosana.cloud.plugins.module_utils._definition import validate
from ansible_collections.nosana.cloud.plugins.module_utils._definition.compare import normalise
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import LONGEST_NAME, field_problems
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import FIELDS
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import place_text, printable
from ansible_collections.nosana.cloud.plugins.plugin_utils._options import REQUIRED, option_of

#: How the info module masks a secret.
_MASK = re.compile("<VALUE_HIDDEN_([0-9]+)>")
#: Options that are not fields of a deployment, or that the API does not list.
_APART = ("name", "ssh_public_keys")


def deployments_as_variables(deployments, markets=None, prefix="exported_"):
    """See DOCUMENTATION."""
    option = functools.partial(option_of, "deployments_as_variables")
    deployments, markets = option("_input", deployments, "dicts", REQUIRED), option("markets", markets, "dict", {})
    prefix = option("prefix", prefix, "str", "exported_")
    names = collections.Counter(one.get("name") for one in deployments)
    exported = {"deployments": [], "secrets": [], "left_out": []}
    for one in deployments:
        item = _selection(one, names[one.get("name")] > 1, exported["left_out"])
        item.update(_fields(one, markets, exported["left_out"]))
        variables = Variables(_shown(one), prefix, exported["secrets"])
        item = _as_templates(item, variables)
        item.update(_definition(one, variables, exported["left_out"]))
        exported["deployments"].append(item)
    return exported


def _shown(deployment):
    """What to call a deployment in a comment: on one line, whatever its name."""
    return printable(deployment.get("name") or deployment.get("id"))


def _selection(deployment, is_shared, left_out):
    """The option that says which deployment is meant."""
    name = deployment.get("name")
    if isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= LONGEST_NAME and not is_shared:
        return {"name": name}
    why = "several deployments have it" if is_shared else "a task could not give it"
    left_out.append("%s: name: %s, so the id is there instead" % (_shown(deployment), why))
    return {"id": deployment.get("id")}


def _fields(deployment, markets, left_out):
    """The fields of a deployment that have a value, without those that a task could not give."""
    fields = {field.name: deployment.get(field.name) for field in FIELDS if field.name not in _APART}
    fields = {name: value for name, value in fields.items() if value is not None}
    for problem in field_problems(fields):
        name = re.match(r"\w*", problem)[0]
        if fields.pop(name, None) is not None:
            left_out.append("%s: %s" % (_shown(deployment), problem))
    if "market" in fields:
        fields["market"] = markets.get(fields["market"], fields["market"])
    return fields


def _definition(deployment, variables, left_out):
    """The options for the job definition: none, if there is none, or none that a task could give."""
    definition = deployment.get("job_definition")
    if not isinstance(definition, dict):
        return {}
    definition = _as_templates(normalise(definition), variables)
    problems = validate.unsendable(definition)
    if problems:
        left_out.append("%s: job_definition: %s" % (_shown(deployment), problems[0]))
        return {}
    judged = {"validate_job_definition": False} if validate.problems(definition) else {}
    return dict(judged, job_definition=definition)


class Variables:
    """The variables that take the place of a deployment's secrets, by the numbers of their masks."""

    def __init__(self, deployment, prefix, secrets):
        self._deployment, self._prefix, self._secrets = deployment, prefix, secrets
        self._names = {}

    def name(self, number, place):
        """The variable of a secret; it is named for the place where it occurs first."""
        if number not in self._names:
            keys = [part for part in place if isinstance(part, str)]
            self._names[number] = self._new_name(keys[-1] if keys else "")
            entry = {"variable": self._names[number], "deployment": self._deployment, "place": place_text(place)}
            self._secrets.append(entry)
        return self._names[number]

    def _new_name(self, key):
        parts = re.findall(r"[a-z0-9]+", ("%s_%s" % (self._deployment, key)).lower())
        base = self._prefix + "_".join(parts)
        taken, name, number = {one["variable"] for one in self._secrets}, base, 1
        while name in taken:
            number += 1
            name = "%s_%d" % (base, number)
        return name


def _as_templates(value, variables, place=()):
    """The same value, in which each text is a template that gives the text, with variables in place of secrets."""
    if isinstance(value, dict):
        return {key: _as_templates(item, variables, (*place, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_templates(item, variables, (*place, index)) for index, item in enumerate(value)]
    return _as_template(value, variables, place) if isinstance(value, str) else value


def _as_template(text, variables, place):
    parts = _MASK.split(text)  # what lies between, and at odd indexes the numbers
    parts[1::2] = [variables.name(number, place) for number in parts[1::2]]
    if len(parts) == 1 and not re.search("{[{%#]", text):
        return text
    # A template that ends in a line break may lose it where a variable ends in one as well.
    if parts[0] and not parts[0].startswith("[") and not re.search("[{\r]|\n$", text):
        parts[1::2] = ["{{ %s }}" % name for name in parts[1::2]]
        return "".join(parts)
    # One expression that ends in "string": else ansible-core before 2.19 makes a mapping or a list of a text that
    # looks like one, and braces would be read as templates.
    parts[0::2] = [_as_expression(part) for part in parts[0::2]]
    joined = " ~ ".join(part for part in parts if part)
    return "{{ %s | string }}" % (joined if len(parts) == 3 and joined == parts[1] else "(%s)" % joined)


def _as_expression(text):
    """A text as an expression of Jinja. What could escape or end a literal, or be changed in one, is apart."""
    apart = {"'": '"\'"', "\r": "('%c' | format(13))", "\\": "('%c' | format(92))"}
    return " ~ ".join(apart.get(part, "'%s'" % part) for part in re.split(r"(['\r\\])", text) if part)


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"deployments_as_variables": deployments_as_variables}
