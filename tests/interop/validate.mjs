// Copyright (c) 2026 Nosana Ansible contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a list of job definitions, writes a list of what the vendor's validator has against each (null: nothing).
import { readFileSync } from "node:fs";
import { validateJobDefinition } from "@nosana/kit";

const verdict = (definition) => {
  try {
    const { success, errors } = validateJobDefinition(definition);
    return success ? null : errors;
  } catch (error) {
    return String(error);
  }
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(verdict)));
