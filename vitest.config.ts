import {defineConfig} from 'vitest/config'
import {BaseSequencer, type TestSpecification} from 'vitest/node'

// The replay harness runs first: a golden byte that changed is reported before anything else. Tests that stay in their process
// use every core; tests that start processes and listeners follow.
const INSIDE = ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts', 'test/conformance/**/*.test.ts']

/** Minutes of browsers, benchmarks and random kills: `npm run test:slow` only. */
const SLOW = [
  'test/browser/**/*.test.ts',
  'test/cli/learning-bench.test.ts',
  'test/system/containment.test.ts',
  'test/system/lifecycle-kill.test.ts',
]

/** `npm test` takes a sample of the places and values that these try, `npm run test:slow` takes all of them. */
const SAMPLED = [
  'test/cli/compile-signals.test.ts',
  'test/cli/forget.test.ts',
  'test/cli/lifecycle-kill.test.ts',
  'test/property/**/*.test.ts',
  'test/system/kill.test.ts',
  'test/unit/plugins/injection/long-text.test.ts',
  'test/unit/plugins/learn/compile/{attestation,collapse,read-files}.test.ts',
  'test/unit/plugins/receipts/verify/{offline-verifier,recorder-chain}.test.ts',
  'test/unit/plugins/recorder/{faults,resume,segments}.test.ts',
]

/** Files of 5 seconds and more, the longest first: one that began last would keep one core busy while the others have nothing left. */
const LONG = [
  'integration/durability',
  'integration/transports/packaged-origins',
  'integration/clients/real-clients',
  'integration/transports/websocket-cases',
  'system/main-job',
  'system/slurm',
  'cli/guide',
  'cli/frame',
  'cli/lifecycle-kill',
  'cli/ci',
  'cli/next-step',
  'cli/demo',
  'matrix/url-layers',
  'cli/outputs',
  'cli/packed',
  'system/kill',
  'cli/compile-signals',
  'integration/outside-plugin',
  'cli/ratify-terminal',
  'cli/forget',
  'matrix/contracts',
  'cli/ask-terminal',
  'cli/keys',
  'cli/hooks',
  'unit/house',
  'unit/plugins/learn/compile/read-files',
  'property/mutants',
  'unit/plugins/response-scanning/responses',
  'unit/plugins/receipts/anchor/anchor',
  'unit/cli/explain/hints',
  'unit/plugins/recorder/faults',
  'property/injection',
  'unit/lib/yaml/strict',
  'unit/plugins/learn/page',
  'property/verify-threads',
  'replay/edits',
].map((name) => `/test/${name}.test.ts`)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({moduleId}: TestSpecification): number => {
      const place = LONG.findIndex((name) => moduleId.endsWith(name))
      return place < 0 ? LONG.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

/** Not for the project `slow`, which writes to the disk. */
const globalSetup = ['test/support/temporary-folder.ts']

export default defineConfig({
  test: {
    pool: 'threads',
    setupFiles: ['test/support/seed.ts'],
    isolate: false,
    sequence: {sequencer: LongestFirst},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'replay',
          globalSetup,
          include: ['test/replay/**/*.test.ts'],
          maxWorkers: '100%',
          sequence: {groupOrder: 0},
        },
      },
      {
        extends: true,
        test: {name: 'inside', globalSetup, include: INSIDE, maxWorkers: '100%', sequence: {groupOrder: 1}},
      },
      {
        extends: true,
        test: {
          name: 'outside',
          globalSetup,
          include: ['test/**/*.test.ts'],
          exclude: ['test/replay/**', ...INSIDE, ...SLOW, 'node_modules/**'],
          maxWorkers: '100%',
          sequence: {groupOrder: 2},
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: [...SLOW, ...SAMPLED],
          env: {PIPELOCK_TEST_THOROUGH: '1'},
          maxWorkers: '100%',
          sequence: {groupOrder: 3},
        },
      },
    ],
  },
})
