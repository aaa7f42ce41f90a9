import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'threads',
    isolate: false,
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
})
