// What sessions that are hostile add to their own honest requests, by kind, with great zeal: many values, at every position.
import type {SecondEvent} from './second-typed-learning.js'
import {Chance} from './typed-populations.js'

/** A request without its session. */
export interface Added {
  readonly method: string
  readonly host: string
  readonly segments: readonly string[]
}

/** The requests of one hostile session. `shared` draws the same in all of them. */
type Kind = (endpoints: readonly Added[], random: Chance, shared: Chance) => readonly Added[]

const VALUES = 6

/** Other values at every position of the paths. */
const atPositions =
  (draw: (random: Chance) => string, isShared = false): Kind =>
  (endpoints, random, shared) =>
    endpoints.flatMap((endpoint) =>
      endpoint.segments.flatMap((_, at) =>
        Array.from({length: isShared ? 3 : VALUES}, () => {
          const value = draw(isShared ? shared : random)
          return {...endpoint, segments: endpoint.segments.with(at, value)}
        }),
      ),
    )

const ids = (random: Chance): string => random.pick(Chance.KINDS.slice(0, 12))(random)
const integers = (random: Chance): string => String(random.between(1000, 99_999))
const words = (random: Chance): string => random.word()
const days = (random: Chance): string => `2026-0${random.between(1, 6)}-1${random.below(10)}`
const years = (random: Chance): string => String(random.between(2025, 2027))
const odd = (random: Chance): string =>
  random.word() + random.pick(['~', '!', '$$', '字', '.x', '_y', random.text('ab', 90)])

/** Prefixes made alike: what is requested below one is requested below others, old and new. */
const alike: Kind = (endpoints, random, shared) =>
  endpoints.flatMap((endpoint) => {
    const depth = random.between(1, Math.max(1, endpoint.segments.length - 1))
    const other = random.pick(endpoints)
    const below = endpoint.segments.slice(depth)
    const prefix = endpoint.segments.slice(0, depth)
    return [
      {...endpoint, segments: [...other.segments.slice(0, depth), ...below]},
      {...endpoint, segments: [...prefix.with(-1, shared.word()), ...below]},
    ]
  })

export const KINDS: Readonly<Record<string, Kind>> = {
  words: atPositions(words),
  'words together': atPositions(words, true),
  ids: atPositions(ids),
  integers: atPositions(integers),
  'integers together': atPositions(integers, true),
  days: atPositions(days),
  'days together': atPositions(days, true),
  years: atPositions(years),
  odd: atPositions(odd),
  'odd together': atPositions(odd, true),
  alike,
  methods: (endpoints, random) =>
    endpoints.map((endpoint) => ({...endpoint, method: random.pick(['DELETE', 'PUT', 'PATCH'])})),
  deeper: (endpoints, random, shared) =>
    endpoints.flatMap((endpoint) => [
      {...endpoint, segments: [...endpoint.segments, shared.word()]},
      {...endpoint, segments: [...endpoint.segments, random.word()]},
      {...endpoint, segments: [...endpoint.segments, integers(random)]},
    ]),
  flood: (endpoints, random) =>
    Array.from({length: 400}, () => ({...random.pick(endpoints), segments: [random.word(), random.word()]})),
}

export function addedOf({method, url}: SecondEvent): Added {
  const {host, pathname} = new URL(url)
  return {method, host, segments: pathname === '/' ? [] : pathname.slice(1).split('/').map(decodeURIComponent)}
}

export const urlOf = ({host, segments}: Added): string =>
  `https://${host}/${segments.map(encodeURIComponent).join('/')}`
