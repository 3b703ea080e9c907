// Copyright (c) 2026 Nosana Ansible contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What a script on the vendor's own client does for many deployments: each is looked for by its name, created where it
// is missing, started, and asked until its jobs run. So many at once. Prints the seconds, without the start of Node.js.
//
//   node kit.mjs URL KEY NAMES CONCURRENCY FIELDS      (NAMES and FIELDS are JSON)

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import path from 'node:path';

const packages = createRequire(path.resolve(import.meta.dirname, '../interop/package.json'));
const { createNosanaClient } = await import(pathToFileURL(packages.resolve('@nosana/kit')).href);

const [backendUrl, apiKey, names, concurrency, fields] = process.argv.slice(2);
const client = createNosanaClient('mainnet', { api: { apiKey, backend_url: backendUrl }, logLevel: 'none' });
const { deployments } = client.api;
const POLL = 1000; // milliseconds

async function converge(name, wanted) {
  const found = (await deployments.list({ name })).deployments.filter((one) => one.status !== 'ARCHIVED');
  let deployment = found[0] ?? (await deployments.create({ ...wanted, name }));
  if (deployment.status === 'DRAFT') {
    await deployment.start();
  }
  for (;;) {
    const { jobs } = await deployment.getJobs({ limit: 10 });
    if (jobs.filter((job) => job.state === 'RUNNING').length >= wanted.replicas) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

const rest = JSON.parse(names);
const wanted = JSON.parse(fields);
const began = performance.now();
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (rest.length) {
      await converge(rest.shift(), wanted);
    }
  }),
);
process.stdout.write(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
