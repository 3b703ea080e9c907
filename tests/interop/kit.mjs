// Copyright (c) 2026 Nosana Ansible contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The vendor's client, led by a test: a call as JSON on each line of the input, what came of it on each of the output.
//
// {"of": "deployments", "call": "list", "args": []}     a function of client.api.deployments (or jobs, markets, credits)
// {"on": ID, "call": "updateReplicaCount", "args": [3]} one of a deployment, read just before: the deployment, then
// {"pages": "list", "args": [{"limit": 10}]}            the same of deployments, followed to its last page by nextPage()
// {"pipe": ID or body, "actions": [["start"]]}          pipe() with functions of the deployment
//
// The answer is {"returned": ..., "deployment": ...} or {"error": "..."}.

import { createInterface } from 'node:readline';
import { createNosanaClient } from '@nosana/kit';

const [backendUrl, apiKey] = process.argv.slice(2);
const client = createNosanaClient('mainnet', { api: { apiKey, backend_url: backendUrl }, logLevel: 'none' });
const { deployments } = client.api;

async function allPages(page) {
  return page ? [page, ...(await allPages(page.nextPage && (await page.nextPage())))] : [];
}

async function done({ of: group, on: id, call, pages, args = [], pipe, actions }) {
  if (pages !== undefined) {
    return { returned: await allPages(await deployments[pages](...args)) };
  }
  if (pipe !== undefined) {
    const steps = actions.map(([name, ...given]) => (deployment) => deployment[name](...given));
    return { deployment: await deployments.pipe(pipe, ...steps) };
  }
  if (id === undefined) {
    return { returned: await client.api[group][call](...args) };
  }
  const deployment = await deployments.get(id);
  return { returned: await deployment[call](...args), deployment };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await done(JSON.parse(line)).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
