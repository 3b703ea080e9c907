# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the vendor's published TypeScript types: as much of that language as their generator writes."""

from __future__ import annotations

import re
from pathlib import Path

TYPES = Path(__file__).resolve().parent / "node_modules" / "@nosana" / "api" / "dist" / "client" / "schema.d.ts"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*|-?\d+(?:\.\d+)?|[{}()\[\]<>:;,|&?=.]')

# A type is ("object", {field: type}), ("array", type), ("any of", [types]), ("ref", [keys]) or ("other",).
Type = tuple


class Reader:
    """A reader of declarations."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(re.sub(r"/\*.*?\*/|^//.*?$", "", text, flags=re.DOTALL | re.MULTILINE))
        self.at = 0

    def peek(self) -> str:
        """The next token."""
        return self.tokens[self.at]

    def take(self, *expected: str) -> str:
        """The next token, which must be one of these if any are given."""
        token = self.tokens[self.at]
        assert not expected or token in expected, (expected, self.tokens[max(0, self.at - 5):self.at + 5])
        self.at += 1
        return token

    def interfaces(self) -> dict[str, Type]:
        """All exported interfaces of a file, by name; type aliases are passed over."""
        found = {}
        while self.at < len(self.tokens):
            self.take("export")
            kind, name = self.take("interface", "type"), self.take()
            if kind == "interface":
                found[name] = self.object()
            else:
                self.take("=")
                self.type()
                self.take(";")
        return found

    def object(self) -> Type:
        """Fields between braces; index signatures are passed over."""
        fields: dict[str, Type] = {}
        self.take("{")
        while self.peek() != "}":
            if self.peek() == "[":
                while self.take() != "]":
                    pass
                self.take(":")
                self.type()
            else:
                name = self.take().strip('"')
                if self.peek() == "?":
                    self.take()
                self.take(":")
                fields[name] = self.type()
            self.take(";")
        self.take("}")
        return ("object", fields)

    def type(self) -> Type:
        """A type: alternatives, and types joined."""
        parts = [self.single()]
        while self.peek() in "|&":
            self.take()
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else ("any of", parts)

    def single(self) -> Type:
        """A type without alternatives, with what follows it in brackets."""
        if self.peek() == "{":
            found: Type = self.object()
        elif self.peek() == "(":
            self.take()
            found = self.type()
            self.take(")")
        else:
            found = ("ref", [self.take().strip('"')])
            if self.peek() == "<":
                while self.take() != ">":
                    pass
        while self.peek() == "[":
            self.take()
            if self.peek() == "]":
                found = ("array", found)
            else:
                found = ("ref", [*found[1], self.take().strip('"')])
            self.take("]")
        return found


class Published:
    """The published types of an API."""

    def __init__(self, text: str) -> None:
        self.known = Reader(text).interfaces()

    def resolve(self, kind: Type) -> Type:
        """What a reference stands for."""
        while kind[0] == "ref":
            if kind[1][0] not in self.known:
                return ("other",)
            found: Type = self.known[kind[1][0]]
            for key in kind[1][1:]:
                found = found[1][key]
            kind = found
        return kind

    def at(self, kind: Type, *keys: str) -> Type:
        """The type of a field inside a type; ("other",) where there is none."""
        for key in keys:
            kind = self.resolve(kind)
            if kind[0] != "object" or key not in kind[1]:
                return ("other",)
            kind = kind[1][key]
        return self.resolve(kind)

    def names(self, kind: Type, stop: tuple[str, ...] = (), path: str = "") -> set[str]:
        """The paths of all fields inside a type, ``[]`` for each list; below a field in ``stop`` none."""
        kind = self.resolve(kind)
        if kind[0] == "array":
            return self.names(kind[1], stop, path + "[]")
        if kind[0] == "any of":
            return set().union(*(self.names(part, stop, path) for part in kind[1]))
        if kind[0] != "object":
            return set()
        found = set()
        for name, inner in kind[1].items():
            here = f"{path}.{name}".lstrip(".")
            found.add(here)
            if name not in stop:
                found |= self.names(inner, stop, here)
        return found

    def operations(self) -> dict[tuple[str, str], Type]:
        """Every operation, by method and path."""
        found = {}
        for path, entry in self.known["paths"][1].items():
            for method in ("get", "put", "post", "patch", "delete"):
                kind = self.at(entry, method)
                if kind[0] == "object":
                    found[method, path] = kind
        return found
