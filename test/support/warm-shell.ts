// A program for shell scripts that stands for `pipelock`: a guide runs some forty commands, and each start of Node with the
// modules of a command takes half a second. Commands that serve or ask get a process of their own.
import {fork, spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const server = fileURLToPath(new URL('warm-shell-server.mjs', import.meta.url))

export interface WarmShell {
  close(): void
}

/** Writes the program to `path`; it works until the shell is closed. Without curl it starts Node for every command. */
export async function startWarmShell(path: string): Promise<WarmShell> {
  mkdirSync(dirname(path), {recursive: true})
  const own = `exec '${process.execPath}' '${entry}' "$@"`
  if (spawnSync('curl', ['--version']).status !== 0) {
    writeFileSync(path, `#!/bin/sh\n${own}\n`, {mode: 0o755})
    return {close: () => undefined}
  }
  const socket = join(dirname(path), 'socket')
  writeFileSync(
    path,
    `#!/bin/sh
case "$1 $2" in
  'run '* | 'demo '* | 'learn observe') ${own} ;;
esac
at=$(mktemp -d) || exit 70
printf '%s\\0' "$PWD" "$@" > "$at/words"
env -0 > "$at/env"
curl -s --unix-socket '${socket}' "http://localhost$at" || exit 70
cat "$at/err" >&2
cat "$at/out"
status=$(cat "$at/status")
rm -r "$at"
exit "$status"
`,
  )
  chmodSync(path, 0o755)
  const child = fork(server, [socket], {stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: []})
  await new Promise((ready, fail) => {
    child.once('message', ready)
    child.once('exit', (status) => fail(new Error(`the warm shell ended with ${status}`)))
  })
  return {close: () => void child.kill()}
}
