// Mutation tests: changes the sources of an area in one place at a time and runs the tests that should notice.
//
//   npm run mutation                      every area
//   npm run mutation -- --area decision   one area; --area can be repeated
//   --static                              also module-level values; every test loads again for each, which takes hours
//   --concurrency N                       mutants tried at once, default 2
//
// The score and every surviving mutant are printed; the report is reports/mutation/AREA.html.
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {Stryker} from '@stryker-mutator/core'

/** The score below which a run fails: mutants that no test notices are places where a defect passes. */
const BREAK_AT = 85

/**
 * Mutants that no test can notice:
 * - decision: the third result of `compare` (four mutants), for a sort only asks whether the result is negative.
 * - pipeline: in judge.ts the shortcuts for what is empty (`before`, `findings`, `given`, an admission without a block)
 *   and for a missing destination, whose failure would have no findings either.
 * - destination: shortcuts for texts without `%` and for hosts that cannot be an address, the cache of host facts,
 *   `once` of a listener that is removed, names of layers (a refusal is then searched once more), releasing or adding
 *   nothing.
 * - verify: `throw` of what is no EvidenceFault, and `?.` where the value is always there.
 */
const AREAS = {
  decision: {
    mutate: ['src/core/decision.ts'],
    // the ranks of actions and authorities are module-level values
    isSmall: true,
    tests: ['test/property/decision.test.ts', 'test/unit/core/decision.test.ts'],
  },
  pipeline: {
    mutate: ['src/core/pipeline.ts', 'src/core/pipeline/*.ts'],
    tests: ['test/property/decision.test.ts', 'test/unit/core/{pipeline-rest,inspection,pipeline}.test.ts'],
  },
  contract: {
    mutate: ['src/core/contract/evaluate.ts', 'src/core/contract/rules.ts'],
    tests: ['test/unit/core/contract/*.test.ts', 'test/unit/plugins/contract/gate.test.ts'],
  },
  verify: {
    mutate: [
      'src/plugins/receipts/verify/{single,authority,action-chain,evidence-chain,chain-receipt,chain-keys,trusted-key}.ts',
    ],
    tests: [
      'test/unit/plugins/receipts/verify/{action-chain,evidence-chain,recorder-chain,resume,single,trusted-key}.test.ts',
      'test/conformance/receipts.test.ts',
    ],
  },
  head: {
    mutate: ['src/transports/head-checks.ts'],
    tests: ['test/unit/transports/head-checks.test.ts'],
  },
  destination: {
    mutate: ['src/plugins/destination/{scan,budgets,address-layer,addresses,url-layers}.ts'],
    tests: ['test/unit/plugins/destination/*.test.ts'],
  },
}

// the tests run in a copy of the repository, from which its neighbours are not found
process.env.PIPELOCK_CONFORMANCE ??= fileURLToPath(new URL('../../shared/conformance', import.meta.url))

const values = readArguments()
const concurrency = Number(values.concurrency)
for (const area of values.area) {
  if (!Object.hasOwn(AREAS, area)) refuse(`unknown area "${area}"; use one of ${Object.keys(AREAS).join(', ')}`)
}
if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
  refuse(`--concurrency is "${values.concurrency}"; use a whole number from 1`)
}

for (const area of values.area) {
  process.stdout.write(`\n=== ${area}\n`)
  const {mutate, tests} = AREAS[area]
  process.env.PIPELOCK_MUTATION_TESTS = JSON.stringify(tests)
  const results = await new Stryker({
    mutate,
    concurrency,
    ignoreStatic: !(values.static || AREAS[area].isSmall),
    coverageAnalysis: 'perTest',
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: {configFile: 'vitest.mutation.config.ts', related: false},
    ignorePatterns: ['bench', 'docs', 'reports'],
    reporters: ['progress-append-only', 'clear-text', 'html'],
    htmlReporter: {fileName: `reports/mutation/${area}.html`},
    clearTextReporter: {allowColor: false, reportTests: false, skipFull: true},
    tempDirName: '.stryker-tmp',
    timeoutMS: 20_000,
  }).runMutationTest()
  const detected = results.filter(({status}) => status === 'Killed' || status === 'Timeout').length
  const valid = results.filter(({status}) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status)).length
  const score = (100 * detected) / Math.max(valid, 1)
  process.stdout.write(`${area}: ${score.toFixed(1)} % of ${valid} mutants were noticed\n`)
  // no score counts them: a title of a test that is thousands of characters long is one cause
  const failed = results.filter(({status}) => status === 'RuntimeError').length
  if (failed > 0) process.stdout.write(`${area}: ${failed} mutants could not be tried\n`)
  if (score < BREAK_AT) process.exitCode = 1
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        area: {type: 'string', multiple: true, default: Object.keys(AREAS)},
        static: {type: 'boolean', default: false},
        concurrency: {type: 'string', default: '2'},
      },
    }).values
  } catch (error) {
    return refuse(error.message)
  }
}

function refuse(message) {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
