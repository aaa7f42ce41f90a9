#!/usr/bin/env node
// Builds what changed, then runs: for working on the code.
import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = spawnSync('npm', ['run', '--silent', 'build'], {cwd: root, stdio: ['ignore', 'inherit', 'inherit']})
if (built.status !== 0) process.exit(built.status ?? 1)
await import('./run.js')
