// npm run kill:lifecycle -- --count 1000 --seed 7: kills promote, rollback, ratify, forget and keygen at random calls, checks
// what is left and that the next command recovers, and prints a table of the states. Ends by itself.
import {spawnSync} from 'node:child_process'
import {parseArgs} from 'node:util'

const {values} = parseArgs({
  options: {count: {type: 'string', default: '1000'}, seed: {type: 'string', default: String(process.pid)}},
})
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d{0,6}$/.test(value)) {
    console.error(`--${name} must be a whole number from 1 to 9999999, got ${value}`)
    process.exit(2)
  }
}
const {status} = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/system/lifecycle-kill.test.ts', '--disable-console-intercept'],
  {
    cwd: new URL('..', import.meta.url),
    env: {...process.env, PIPELOCK_TEST_LIFECYCLE_KILLS: values.count, PIPELOCK_TEST_SEED: values.seed},
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)
