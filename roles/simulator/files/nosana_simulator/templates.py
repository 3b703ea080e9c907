# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ready-made job definitions. Some come in variants; as in the real catalogue, not all entries are alike."""

from __future__ import annotations

_ICON = "https://nosana.com/favicon.ico"


def _definition(op_id: str, image: str, **args) -> dict:
    return {"version": "0.1", "type": "container", "meta": {"trigger": "dashboard"},
            "ops": [{"type": "container/run", "id": op_id, "args": {"image": image, **args}}]}


def _health_check(path: str) -> list[dict]:
    return [{"type": "http", "path": path, "method": "GET", "expected_status": 200, "continuous": False}]


def _model(name: str, vram: int) -> dict:
    made = _definition("ollama", "docker.io/ollama/ollama:0.12.3", gpu=True,
                       expose=[{"port": 11434, "health_checks": _health_check("/api/tags")}],
                       resources=[{"type": "Ollama", "model": name}])
    made["meta"]["system_requirements"] = {"required_vram": vram}
    return made


def _template(name: str, title: str, text: str, category: list[str] | str, **fields) -> dict:
    return {"id": name, "name": title, "description": text, "category": category, "icon": _ICON,
            "readme": f"# {title}\n\n{text}\n", **fields}


def _variant(name: str, title: str, text: str, definition: dict) -> dict:
    return {"id": name, "name": title, "description": text, "jobDefinition": definition}


# Each has a jobDefinition, or variants that have one each.
TEMPLATES = [
    _template("hello-world", "Hello world", "Prints one line and ends.", "Examples",
              jobDefinition=_definition("hello", "docker.io/library/ubuntu:24.04", cmd="echo hello world")),
    _template("nginx", "Web server", "A page that answers on port 80.", ["Examples", "Web"],
              jobDefinition=_definition("nginx", "docker.io/library/nginx:1.29",
                                        expose=[{"port": 80, "health_checks": _health_check("/")}])),
    _template("jupyter", "Jupyter notebook", "Notebooks with PyTorch on a GPU.", ["Development", "Notebook"],
              jobDefinition=_definition("jupyter", "docker.io/jupyter/pytorch-notebook:latest", gpu=True, expose=8888)),
    _template("llama", "Llama", "Llama, served by Ollama.", ["API", "LLM", "Ollama"], variants=[
        _variant("3b", "Llama 3.2 3B", "Small, for 4 GB.", _model("llama3.2:3b", 4)),
        _variant("8b", "Llama 3.1 8B", "Medium, for 8 GB.", _model("llama3.1:8b", 8)),
    ]),
    _template("benchmark", "GPU benchmark", "Measures a card and ends.", ["Examples", "Benchmark"],
              jobDefinition={**_definition("measure", "docker.io/nvidia/cuda:12.8.0-base-ubuntu24.04", gpu=True,
                                           cmd=["sh", "-c", "nvidia-smi && echo score 42"]),
                             "global": {"gpu": True}}),
]


def flat() -> list[dict]:
    """One entry for each job definition; ``variant`` tells which one of its template it is, null where there is one."""
    return [chosen(template, variant) for template in TEMPLATES for variant in template.get("variants", [None])]


def chosen(template: dict, variant: dict | None) -> dict:
    """A template as one of its variants: with that one's name, text and definition."""
    entry = {name: value for name, value in template.items() if name != "variants"}
    if variant is None:
        return {**entry, "variant": None}
    return {**entry, "name": variant["name"], "description": variant["description"], "variant": variant["id"],
            "jobDefinition": variant["jobDefinition"]}
