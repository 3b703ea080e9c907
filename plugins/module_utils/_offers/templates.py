# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds templates, ready-made job definitions that Nosana offers. Reads only."""

from __future__ import annotations

import json

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    BadAnswer,
    NoSuch,
    Refused,
    RouteUnknown,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import nearest, printable


def find(client, filters):
    """The templates that match all the filters (a dict of the info module's options), in the API's own order."""
    try:
        found = [_one(client, filters["id"], filters.get("variant"))] if filters.get("id") else _all(client)
    except RouteUnknown:
        raise Unsupported(
            "the API at %s does not offer templates: it is older than they are. Write the job definition into the task "
            "instead, or check api_url." % client.base
        ) from None
    return [one for one in found if _is_wanted(one, filters)]


def as_returned(template):
    """A template as tasks return it: the API's own fields, ``category`` and ``variants`` as lists, ``job_definition``
    as a dict. A variant that has no id can't be read, and is left out.
    """
    fields = {key: value for key, value in template.items() if key != "jobDefinition"}
    return dict(
        fields,
        category=_categories(template.get("category")),
        variants=_variants(template),
        job_definition=_definition(template),
    )


def _all(client):
    answer = client.call("list_templates")
    found = answer.get("templates") if isinstance(answer, dict) else answer
    if not isinstance(found, list):
        raise BadAnswer("GET /templates/: the server's answer is not a list of templates; check api_url")
    return [as_returned(one) for one in found if isinstance(one, dict)]


def _one(client, template_id, variant):
    found = _read(client, template_id, variant)
    if found is None:
        raise NoSuch(_unknown(client, template_id, variant))
    return as_returned(found)


def _read(client, template_id, variant=None):
    """The API's answer on a template, or on a variant of it; None when there is none."""
    try:
        if variant:
            answer = client.call("get_template_variant", template=template_id, variant=variant)
        else:
            answer = client.call("get_template", template=template_id)
    except Refused as problem:
        if answers.says_missing(problem, "template") or answers.says_missing(problem, "variant"):
            return None
        raise
    if isinstance(answer, dict) and isinstance(answer.get("template"), dict):
        answer = answer["template"]
    if not isinstance(answer, dict):
        raise BadAnswer("GET /templates/%s: the server's answer is no template; check api_url" % template_id)
    return answer


def _unknown(client, template_id, variant):
    """What to say of a template, or a variant, that the API does not have: those that it has."""
    known = _read(client, template_id) if variant else None
    if known is not None:
        ids = [printable(one["id"], 60) for one in _variants(known)]
        text = "Its variants: %s." % ", ".join(ids) if ids else "It has none: leave variant out."
        return "variant: the template %s has no variant %r. %s" % (template_id, variant, text)
    near = nearest(template_id, {one["id"] for one in _all(client) if isinstance(one.get("id"), str)})
    text = "The nearest: %s. " % near if near else ""
    return "id: no template is called %r. %snosana_template_info without id lists all." % (template_id, text)


def _variants(template):
    """The variants of a template that have an id; none where the API does not say."""
    found = template.get("variants")
    found = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [one for one in found if isinstance(one.get("id"), str)]


def _is_wanted(template, filters):
    category, search = (str(filters.get(option) or "").lower() for option in ("category", "search"))
    texts = [template.get(key) for key in ("id", "name", "description")]
    return (not category or category in (one.lower() for one in template["category"])) and (
        not search or any(search in text.lower() for text in texts if isinstance(text, str))
    )


def _categories(value):
    """The categories as a list, however the API writes them: as a list, or as one text (``LLM|API``)."""
    parts = value if isinstance(value, list) else value.split("|") if isinstance(value, str) else []
    return [part.strip() for part in parts if isinstance(part, str) and part.strip()]


def _definition(template):
    """The job definition as a dict, None where the template has none (as one that only gathers its variants)."""
    value = template.get("jobDefinition", template.get("job_definition"))
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None
