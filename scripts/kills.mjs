// Runs a test that kills processes at random, with --count and --seed handed on to it.
import {spawnSync} from 'node:child_process'
import {parseArgs} from 'node:util'

/** Ends the process with the status of the test. `variable`: how the test is told the count. */
export function runKills({test, variable, count}) {
  const {values} = parseArgs({
    options: {count: {type: 'string', default: count}, seed: {type: 'string', default: String(process.pid)}},
  })
  for (const [name, value] of Object.entries(values)) {
    if (!/^[1-9]\d{0,6}$/.test(value)) {
      console.error(`--${name} must be a whole number from 1 to 9999999, got ${value}`)
      process.exit(2)
    }
  }
  const {status} = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', test, '--project', 'slow', '--disable-console-intercept'],
    {
      cwd: new URL('..', import.meta.url),
      env: {...process.env, [variable]: values.count, PIPELOCK_TEST_SEED: values.seed},
      stdio: 'inherit',
    },
  )
  process.exit(status ?? 1)
}
