// No command ends without a verdict: what never settles is an internal error, and a thread pool that is closed while its
// threads are starting lets the command go on. Runs the build.
import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const script = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`

/** Node with a module of the build replaced by one whose promise never settles. */
function runStuck(bin: string, replaced: string, text: string, ...words: readonly string[]) {
  const hook = `export async function load(url, context, next) {
    return url.endsWith(${JSON.stringify(replaced)})
      ? {format: 'module', source: ${JSON.stringify(text)}, shortCircuit: true} : next(url, context)
  }`
  const preload = script(`import {register} from 'node:module'; register(${JSON.stringify(script(hook))})`)
  return run(['--import', preload, file(bin), ...words])
}

function run(words: readonly string[]) {
  const {status, stdout, stderr} = spawnSync(process.execPath, words, {encoding: 'utf8', timeout: 60_000})
  return {status, stdout, stderr}
}

const NEVER = 'new Promise(() => {})'
const stuckCommand = `export default class { static run() { return ${NEVER} } }`
const stuckVerifier = `export const runVerifier = () => ${NEVER}`
const ERROR = /^error: internal_error: the command ended before it was done/

test.each([
  ['bin/run.js', '/dist/commands/version.js', stuckCommand, ['version']],
  ['bin/verifier.js', '/dist/cli/verifier.js', stuckVerifier, ['chain', 'x']],
] as const)(
  '%s, a command that never settles: internal_error and status 1, as JSON too',
  (bin, module, text, words) => {
    const plain = runStuck(bin, module, text, ...words)
    expect([plain.status, plain.stdout]).toEqual([1, ''])
    expect(plain.stderr).toMatch(ERROR)
    const json = runStuck(bin, module, text, ...words, '--json')
    expect(json.status).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({error: 'internal_error'})
  },
)

test('a thread pool, closed while its threads start: closing it settles', () => {
  const pool = JSON.stringify(new URL('../../dist/plugins/receipts/block-threads.js', import.meta.url).href)
  // the message that a thread is ready, in the one place where it does harm: behind the order to end
  const text = `
    import {Worker} from 'node:worker_threads'
    import {BlockThreads} from ${pool}
    const terminate = Worker.prototype.terminate
    Worker.prototype.terminate = function () {
      const end = terminate.call(this)
      this.emit('message', undefined)
      return end
    }
    await new BlockThreads(2).close()
    console.log('closed')`
  expect(run(['--input-type=module', '-e', text])).toMatchObject({status: 0, stdout: 'closed\n'})
})
