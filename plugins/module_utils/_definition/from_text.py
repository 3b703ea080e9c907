# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to say of a job definition that is given as text which is no mapping. Pure."""

from __future__ import annotations

import re

#: A path or a name of a file, and nothing else: no template, no definition, no secret.
_PATH = re.compile(r"[\w./~ +-]{1,200}\.(?P<kind>json|ya?ml|j2)", re.ASCII)


def is_file_name(text: str) -> bool:
    """Whether the text is the name of a file, and no secret that has to be hidden."""
    return _PATH.fullmatch(text.strip()) is not None


def definition_text_problem(text: str) -> str:
    """The message for text that Ansible can't convert to a mapping, most often the path of a file.

    Nothing else of the text is shown: there may be secrets in it.
    """
    path = _PATH.fullmatch(text.strip())
    if path is None:
        return "job_definition: is text, not a mapping. Make it one: end its template with | from_json or | from_yaml."
    lookup = "template" if path["kind"] == "j2" else "file"
    make = "from_json" if path["kind"] == "json" else "from_yaml"
    return (
        "job_definition: is the name of a file, not a mapping. Load the file: "
        "job_definition: \"{{ lookup('ansible.builtin.%s', '%s') | %s }}\"" % (lookup, path[0], make)
    )
