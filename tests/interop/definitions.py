# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes job definitions from random numbers: right ones that use every feature, and (in mutants) wrong ones."""

from __future__ import annotations

import random

OPERATION_TYPES = ("container/run", "container/create-volume")
REMOVE_IF_EMPTY = "__remove-if-empty__"
PLACEHOLDERS = (
    "%%ops.first.results.port%%",
    "%%ops.web.endpoint.8080%%",
    "%%ops.web.deployment_endpoint.8080%%",
    "%%ops.first.host%%",
    "%%globals.job%%",
    "%%globals.variables.MODEL%%",
    "%%global.x%%",
    "%%opsxyz%%",
    "%%ops.\u00fc.\U0001f4a1%%",
    "%%ops.a b\tc%%",
)
#: Text that is right wherever any text is.
TEXTS = (
    "",
    "a",
    "web",
    "nginx:1.29",
    "/data",
    "8080",
    "8000-8010",
    "true",
    "null",
    " two words ",
    "\u00e4\U0001f4a1\n\x00",
)
TEXTS += (REMOVE_IF_EMPTY, "__spread__", "%%globals.host%%", "{{ x }}", "0.1", "container", "\ud800")
NUMBERS = (0, 1, 8080, 65535, 65536, -1, 2**53 + 1, 10**400, 0.5, -1.5, 80.0, 1e300, 5e-324, -0.0)
NAMES = ("A", "PORT", "a key", "", "__proto__", "constructor", "toString", "hasOwnProperty", "\u00fc", "image")


class Maker:
    """Makes definitions that the vendor's validator accepts; the same ones from the same random numbers."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def definition(self) -> dict:
        made = {"version": "0.1", "type": "container", "ops": self.operations()}
        return self.some(
            made,
            deployment_id=self.text,
            meta=self.meta,
            logistics=lambda: {"send": self.logistic(), "receive": self.logistic()},
            **{"global": self.globals},
        )

    # --- parts of chance ---

    def some(self, made: dict, **optional) -> dict:
        """The mapping with some of the optional keys, in any order."""
        wanted = self.chance.choice((0, 0.2, 0.5, 1))
        made |= {key: make() for key, make in optional.items() if self.chance.random() < wanted}
        return dict(self.chance.sample(list(made.items()), len(made)))

    def one(self, *makers):
        return self.chance.choice(makers)()

    def several(self, make, least=0) -> list:
        return [make() for _number in range(self.chance.randint(least, 3))]

    def named(self, make) -> dict:
        return {name: make() for name in self.chance.sample(NAMES, self.chance.randint(0, 3))}

    def text(self) -> str:
        return self.chance.choice(TEXTS)

    def texts(self) -> list:
        return self.several(self.text)

    def number(self):
        return self.chance.choice(NUMBERS)

    def boolean(self) -> bool:
        return self.chance.random() < 0.5

    def placeholder(self) -> str:
        return self.chance.choice(PLACEHOLDERS)

    def spread(self) -> dict:
        return self.some({"__spread__": self.placeholder()}, chunked=self.boolean)

    # --- parts of a definition ---

    def operations(self) -> list:
        names = self.chance.sample(
            ("web", "first", "a-b", "", "\u00fc", "a\tb", "%%globals.job%%"), self.chance.randint(0, 3)
        )
        return [self.operation(name, names) for name in names]

    def operation(self, name, names) -> dict:
        kind = self.chance.choice(OPERATION_TYPES)
        args = self.one(self.run, self.run, self.run, self.volume)
        if kind == "container/create-volume" and "image" not in args:
            args = self.volume()
        made = {"id": name, "type": kind, "args": args}
        return self.some(made, results=lambda: self.named(self.result), execution=lambda: self.execution(names))

    def volume(self) -> dict:
        return {"name": self.text()}

    def run(self) -> dict:
        return self.some(
            {"image": self.text()},
            aliases=self.command,
            cmd=self.command,
            entrypoint=self.command,
            env=lambda: self.named(self.text),
            expose=self.expose,
            gpu=self.boolean,
            private=self.boolean,
            work_dir=self.text,
            volumes=lambda: self.several(lambda: {"name": self.text(), "dest": self.text()}),
            restart_policy=self.restart_policy,
            resources=lambda: self.several(self.resource),
            authentication=lambda: self.some({}, docker=self.docker),
        )

    def command(self):
        return self.one(self.text, self.texts)

    def docker(self) -> dict:
        return self.some({}, username=self.text, password=self.text, email=self.text, server=self.text)

    def restart_policy(self):
        plain = self.chance.choice(("no", "always", "unless-stopped", "on-failure"))
        return self.one(lambda: plain, lambda: self.some({"policy": "on-failure"}, restart_tries=self.number))

    def expose(self):
        return self.one(self.number, self.placeholder, self.spread, lambda: self.port(80), self.expose_list)

    def expose_list(self) -> list:
        ports = self.chance.sample((0, 80, 8080.5, -1, 2**53, 1e300), self.chance.randint(0, 3))
        items = [self.chance.choice((port, self.port(port))) for port in ports]
        items += self.several(lambda: self.one(self.placeholder, self.spread))
        self.chance.shuffle(items)
        return items

    def port(self, number) -> dict:
        kinds = ("api", "web", "websocket", "webapi", "none")
        return self.some(
            {"port": number},
            type=lambda: self.chance.choice(kinds),
            health_checks=lambda: self.several(self.health_check),
        )

    def health_check(self) -> dict:
        if self.boolean():
            return {"type": "websocket", "expected_response": self.text(), "continuous": self.boolean()}
        made = {"type": "http", "path": self.text(), "method": self.chance.choice(("GET", "POST", "PUT", "DELETE"))}
        made |= {"expected_status": self.number(), "continuous": self.boolean()}
        return self.some(made, headers=lambda: self.named(self.text), body=self.anything)

    def resource(self):
        return self.one(
            self.s3,
            self.s3,
            lambda: self.some(
                {"type": "HF", "target": self.text(), "repo": self.text()},
                revision=self.text,
                files=self.texts,
                accessToken=self.text,
            ),
            lambda: self.some({"type": "Ollama", "model": self.text()}, target=self.text),
            self.spread,
            lambda: REMOVE_IF_EMPTY,
        )

    def s3(self) -> dict:
        made = {"type": "S3", "target": self.text()}
        made |= self.one(
            lambda: {"files": self.texts()},
            dict,
            lambda: {"bucket": self.text()},
            lambda: {"buckets": self.several(lambda: self.some({"url": self.text()}, files=self.texts))},
        )
        keys = ("REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
        return self.some(made, url=self.text, allowWrite=self.boolean, IAM=lambda: {key: self.text() for key in keys})

    def result(self):
        kinds = ("stdout", "stderr", "stdin", "nodeerr")
        chosen = self.chance.sample(kinds, self.chance.randint(1, 4))
        return self.one(self.text, lambda: {"regex": self.text(), "logType": chosen})

    def execution(self, names) -> dict:
        made = self.some({}, group=self.text)
        if self.boolean():
            made["depends_on"] = self.several(lambda: self.chance.choice(names))
            made = self.some(made, stop_if_dependent_stops=self.boolean)
        return made

    def meta(self) -> dict:
        def scalar():
            return self.one(self.text, self.number)

        def items():
            return self.several(scalar)

        made = self.named(lambda: self.one(scalar, items, lambda: self.named(lambda: self.one(scalar, items))))
        return self.some(made, trigger=self.text, system_resources=lambda: self.named(scalar))

    def globals(self) -> dict:
        return self.some(
            {},
            image=self.text,
            gpu=self.boolean,
            entrypoint=self.command,
            env=lambda: self.named(self.text),
            work_dir=self.text,
            variables=lambda: self.named(self.text),
        )

    def logistic(self) -> dict:
        return {"type": self.chance.choice(("api", "api-listen")), "args": self.some({}, endpoint=self.text)}

    def anything(self):
        return self.one(
            lambda: None,
            self.boolean,
            self.number,
            self.text,
            self.placeholder,
            self.spread,
            list,
            dict,
            lambda: self.several(self.one(lambda: self.anything, lambda: self.text)),
            lambda: {self.chance.choice(NAMES): self.anything()},
        )
