# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server offers, by its OpenAPI document: operations and the fields of their bodies. Pure."""

from __future__ import annotations

import re


def path_shape(path):
    """A path without what differs between documents: parameters' names, a leading /api, a trailing slash."""
    return re.sub(r"^/api(?=/)", "", re.sub(r"\{[^}]*\}", "{}", path)).rstrip("/")


def openapi_paths(document):
    """The set of ``(method, shape of path)`` that an OpenAPI document describes."""
    paths = document.get("paths") if isinstance(document, dict) else None
    if not isinstance(paths, dict):
        return set()
    return {
        (method.upper(), path_shape(path))
        for path, methods in paths.items()
        if isinstance(methods, dict)
        for method in methods
    }


def has_key(value, key):
    """Whether a key occurs anywhere in a JSON value."""
    if isinstance(value, dict):
        return key in value or any(has_key(item, key) for item in value.values())
    return isinstance(value, list) and any(has_key(item, key) for item in value)


def body_fields(document, method, path):
    """The names of all fields that the request body of an operation may have, by an OpenAPI document."""
    paths = document.get("paths") if isinstance(document, dict) else None
    for known, methods in (paths if isinstance(paths, dict) else {}).items():
        if path_shape(known) == path_shape(path) and isinstance(methods, dict):
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
