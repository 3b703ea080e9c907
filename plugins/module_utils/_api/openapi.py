# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server offers, by its OpenAPI document: operations and the fields of their bodies. Pure."""

from __future__ import annotations

import re


class Document:
    """The OpenAPI document of a server: any JSON value, ``{}`` where it has none."""

    def __init__(self, value):
        self._value = value

    def has_any(self, routes):
        """Whether it has one of the routes."""
        known = _operations(self._value)
        return any((route.method, _shape(route.path)) in known for route in routes)

    def takes(self, route, field):
        """Whether the body of a route has a field of this name."""
        return field in _body_fields(self._value, route.method, route.path)

    def mentions(self, field):
        """Whether it has a field of this name anywhere."""
        return _has_key(self._value, field)


def _shape(path):
    """A path without what differs between documents: parameters' names, a leading /api, a trailing slash."""
    return re.sub(r"^/api(?=/)", "", re.sub(r"\{[^}]*\}", "{}", path)).rstrip("/")


def _operations(document):
    """The set of ``(method, shape of path)`` that an OpenAPI document describes."""
    paths = document.get("paths") if isinstance(document, dict) else None
    if not isinstance(paths, dict):
        return set()
    return {
        (method.upper(), _shape(path))
        for path, methods in paths.items()
        if isinstance(methods, dict)
        for method in methods
    }


def _has_key(value, key):
    """Whether a key occurs anywhere in a JSON value."""
    if isinstance(value, dict):
        return key in value or any(_has_key(item, key) for item in value.values())
    return isinstance(value, list) and any(_has_key(item, key) for item in value)


def _body_fields(document, method, path):
    """The names of all fields that the request body of an operation may have, by an OpenAPI document."""
    paths = document.get("paths") if isinstance(document, dict) else None
    for known, methods in (paths if isinstance(paths, dict) else {}).items():
        if _shape(known) == _shape(path) and isinstance(methods, dict):
            operation = methods.get(method.lower())
            body = operation.get("requestBody") if isinstance(operation, dict) else None
            return _properties(body, document, depth=0)
    return set()


def _properties(node, document, depth):
    """All property names in a schema, references followed (so far as is sensible)."""
    if depth > 12:
        return set()
    if isinstance(node, list):
        return set().union(*(_properties(item, document, depth + 1) for item in node), set())
    if not isinstance(node, dict):
        return set()
    found = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    if isinstance(node.get("$ref"), str):
        found |= _properties(_referred(node["$ref"], document), document, depth + 1)
    for key in ("content", "application/json", "schema", "allOf", "anyOf", "oneOf"):
        found |= _properties(node.get(key), document, depth + 1)
    return found


def _referred(reference, document):
    """What a local reference (``#/components/schemas/X``) points at."""
    node = document
    for part in reference.lstrip("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return node
