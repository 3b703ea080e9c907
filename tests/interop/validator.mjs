// Copyright (c) 2026 Nosana Ansible contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The vendor's validator: a job definition as JSON on each line of the input, "true" or "false" on each of the output.

import { createInterface } from 'node:readline';
import { validateJobDefinition } from '@nosana/kit';

function accepts(definition) {
  try {
    return validateJobDefinition(definition).success;
  } catch {
    return false; // it can throw on what is very odd; that is no acceptance
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${accepts(JSON.parse(line))}\n`);
}
