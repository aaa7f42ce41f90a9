import {defineConfig} from 'vitest/config'

// The replay harness runs before everything else: a byte that drifts there is found first (learn §22).
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
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: ['test/replay/**', 'node_modules/**'],
          sequence: {groupOrder: 1},
        },
      },
    ],
  },
})
