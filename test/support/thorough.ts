// How much a test tries: `npm run test:slow` takes every place, `npm test` an even sample of them.

/** Set for the project `slow` in vitest.config.ts. */
export const THOROUGH = process.env['PIPELOCK_TEST_THOROUGH'] === '1'

/** All places when thorough, else `most` (from 2) of them at equal distances, the first and the last included. */
export function sampled<T>(places: readonly T[], most: number): T[] {
  if (most < 2) throw new RangeError(`a sample of ${most} places does not have the first and the last`)
  if (THOROUGH || places.length <= most) return [...places]
  const step = (places.length - 1) / (most - 1)
  return Array.from({length: most}, (_, i) => places[Math.round(i * step)]).filter((place) => place !== undefined)
}

/** Runs of a property: all of them when thorough, else a third, at least 20. */
export function runs(all: number): number {
  return THOROUGH ? all : Math.min(all, Math.max(20, Math.ceil(all / 3)))
}
