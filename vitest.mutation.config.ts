// The test files of one area of `npm run mutation`, which names them in the environment.
import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    isolate: false,
    testTimeout: 60_000,
    include: JSON.parse(process.env['PIPELOCK_MUTATION_TESTS'] ?? '[]') as string[],
  },
})
