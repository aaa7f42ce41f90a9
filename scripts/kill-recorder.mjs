// npm run kill:recorder -- --count 100 --seed 7: starts the firewall over one folder of evidence again and again, kills it
// at random moments under load in each mode of syncing, and checks that every answer has its receipt, that the chain has no
// gap and that the log verifies. Ends by itself.
import {spawnSync} from 'node:child_process'
import {parseArgs} from 'node:util'

const {values} = parseArgs({
  options: {count: {type: 'string', default: '100'}, seed: {type: 'string', default: String(process.pid)}},
})
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d{0,6}$/.test(value)) {
    console.error(`--${name} must be a whole number from 1 to 9999999, got ${value}`)
    process.exit(2)
  }
}
const {status} = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/system/kill.test.ts', '--disable-console-intercept'],
  {
    cwd: new URL('..', import.meta.url),
    env: {...process.env, PIPELOCK_TEST_KILLS: values.count, PIPELOCK_TEST_SEED: values.seed},
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)
