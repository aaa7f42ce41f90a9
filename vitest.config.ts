import {defineConfig} from 'vitest/config'

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
  'test/unit/plugins/recorder/{faults,resume}.test.ts',
]

export default defineConfig({
  test: {
    pool: 'threads',
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    projects: [
      {extends: true, test: {name: 'replay', include: ['test/replay/**/*.test.ts'], sequence: {groupOrder: 0}}},
      {
        extends: true,
        test: {name: 'inside', include: INSIDE, maxWorkers: '100%', sequence: {groupOrder: 1}},
      },
      {
        extends: true,
        test: {
          name: 'outside',
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
