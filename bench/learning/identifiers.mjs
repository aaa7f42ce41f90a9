// Identifiers as they stand in paths: eleven kinds, some never seen twice, some drawn from a pool with favourites.

const HEX = '0123456789abcdef'
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const WORDS =
  'amber birch cedar delta ember fjord grove harbor iris juniper kite lagoon maple nectar onyx prairie quartz river sage tundra umber violet willow xenon yarrow zephyr'.split(
    ' ',
  )
const NAMES =
  'ada ben carla dev elif finn gita hana ivan jo kim lars maya nils omar pia quinn rosa sven tara uma vera wen xia yara zoe'.split(
    ' ',
  )

const day = (random) => {
  const back = random.zipf(90, 0.7)
  return new Date(Date.UTC(2026, 2, 1) - back * 86_400_000).toISOString().slice(0, 10)
}

/** Drawn anew each time; two draws of one kind are hardly ever equal. */
const FRESH = {
  decimal: (random) => String(random.range(1000, 99_999)),
  uuid(random) {
    const hex = (n) => random.text(HEX, n)
    return `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`
  },
  ulid: (random) => `01${random.text(BASE32, 24)}`,
  hash: (random) => random.text(HEX, random.pick([7, 12, 40, 64])),
  token: (random) => random.text(`${BASE62}-_`, 22),
  prefixed: (random) => `${random.pick(['prj', 'run', 'msg'])}_${random.text(BASE62, 12)}`,
}

/** Drawn from as many values, by Zipf: some come back in most sessions. */
const POOLED = {
  slug: {size: 400, make: (random) => `${random.pick(WORDS)}-${random.pick(WORDS)}-${random.pick(WORDS)}`},
  date: {size: 90, make: day},
  username: {size: 150, make: (random) => `${random.pick(NAMES)}${random.pick(WORDS)}`},
  version: {size: 60, make: (random) => `v${random.range(0, 4)}.${random.range(0, 20)}.${random.range(0, 9)}`},
  email: {size: 150, make: (random) => `${random.pick(NAMES)}.${random.pick(WORDS)}@example.org`},
}

export const KINDS = [...Object.keys(FRESH), ...Object.keys(POOLED)]

/** Draws identifiers of one kind for one collection of one agent; its pool, where it has one, is fixed by `random`. */
export function identifierSource(kind, random) {
  const fresh = FRESH[kind]
  if (fresh !== undefined) return (draw) => fresh(draw)
  const {size, make} = POOLED[kind]
  const pool = [...new Set(Array.from({length: size * 2}, () => make(random)))].slice(0, size)
  return (draw) => pool[draw.zipf(pool.length, 0.8)]
}
