import {defineConfig} from 'vitest/config'

// The replay harness runs before everything else: a byte that drifts there is found first (learn §22). What stays in its
// process then takes every core; what starts processes, listeners and browsers leaves one to them.
const INSIDE = ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts', 'test/conformance/**/*.test.ts']

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
          exclude: ['test/replay/**', ...INSIDE, 'node_modules/**'],
          sequence: {groupOrder: 2},
        },
      },
    ],
  },
})
