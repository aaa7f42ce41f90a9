// How much opaque content one client has sent in a window. What was sent before counts once, values that are
// opaque by their form do not count, and natural language counts little. Entropy is taken of the request and of the whole
// window, whichever is more: a secret in crumbs is opaque only together.
import {isStructuredValue} from '../../lib/structured-value.js'

export interface EntropyBudget {
  /** Adds a payload; the bits of the window with it. */
  record(payload: string, nowMs: number): number
  bits(nowMs: number): number
}

export interface EntropyOptions {
  readonly windowMs: number
  /** Key of the digests by which repetitions are known: nobody can make a text that passes for one sent before. */
  readonly seed: number
}

/** Bits per character that ordinary text has; only what is above counts. */
const LANGUAGE = 3.2
const MAX_PAYLOAD = 65_536
const SHINGLE = 64
/** Beyond it, repetitions are counted again: too much is better than too little. */
const MAX_SHINGLES = 4096
const BUCKETS = 10

const counts = new Uint32Array(256)
const countedUnits: number[] = []

export function createEntropyBudget({windowMs, seed}: EntropyOptions): EntropyBudget {
  const bucketMs = windowMs / BUCKETS
  const buckets = new Float64Array(BUCKETS)
  let newest = -1
  let total = 0
  let fresh = new Set<number>()
  let older = new Set<number>()
  let generation = -1
  // of everything in the window, halved when one ends
  const pool = new Float64Array(256)
  let poolSize = 0
  let poolSum = 0

  const advance = (nowMs: number): void => {
    const now = Math.floor(nowMs / bucketMs)
    if (newest < 0) newest = now
    const steps = Math.min(BUCKETS, now - newest)
    for (let i = 1; i <= steps; i++) {
      const at = (newest + i) % BUCKETS
      total -= buckets[at] ?? 0
      buckets[at] = 0
    }
    if (steps > 0) newest = now
    if (steps >= BUCKETS) total = 0
    const era = Math.floor(nowMs / windowMs)
    if (era <= generation) return
    older = era === generation + 1 ? fresh : new Set()
    fresh = new Set()
    generation = era
    poolSize = 0
    poolSum = 0
    for (let c = 0; c < 256; c++) {
      const half = Math.floor((pool[c] ?? 0) / 2)
      pool[c] = half
      poolSize += half
      poolSum += cLogC(half)
    }
  }

  const isNew = (digest: number): boolean => {
    if (fresh.has(digest)) return false
    if (fresh.size < MAX_SHINGLES) fresh.add(digest)
    return !older.has(digest)
  }

  /** Counts the characters of one value that was not sent before. */
  const take = (text: string, from: number, to: number): number => {
    let taken = 0
    for (let start = from; start < to; start += SHINGLE) {
      const end = Math.min(to, start + SHINGLE)
      if (!isNew(digestOf(text, start, end, seed))) continue
      for (let i = start; i < end; i++) {
        const unit = text.charCodeAt(i) & 0xff
        if (counts[unit] === 0) countedUnits.push(unit)
        counts[unit] = (counts[unit] ?? 0) + 1
      }
      taken += end - start
    }
    return taken
  }

  /** Entropy of the characters counted, of themselves and with all others; the counters are empty afterwards. */
  const settle = (size: number): number => {
    let sum = 0
    for (const unit of countedUnits) {
      const count = counts[unit] ?? 0
      const before = pool[unit] ?? 0
      sum += cLogC(count)
      poolSum += cLogC(before + count) - cLogC(before)
      pool[unit] = before + count
      counts[unit] = 0
    }
    countedUnits.length = 0
    poolSize += size
    return Math.max(Math.log2(size) - sum / size, Math.log2(poolSize) - poolSum / poolSize)
  }

  return {
    record(payload, nowMs) {
      advance(nowMs)
      const end = Math.min(payload.length, MAX_PAYLOAD)
      let size = 0
      for (let at = 0; at < end;) {
        while (at < end && isBreak(payload.charCodeAt(at))) at++
        const start = at
        let isPlain = true
        for (; at < end; at++) {
          const unit = payload.charCodeAt(at)
          if (isBreak(unit)) break
          if ((unit | 0x20) < 0x61 || (unit | 0x20) > 0x7a) isPlain = false
        }
        // a word is no identifier; whatever has a form of its own is asked
        if (isPlain || at - start < 8 || !isStructuredValue(payload.slice(start, at))) size += take(payload, start, at)
      }
      if (size === 0) return total
      const bits = Math.max(0, settle(size) - LANGUAGE) * size
      buckets[newest % BUCKETS] = (buckets[newest % BUCKETS] ?? 0) + bits
      total += bits
      return total
    },

    bits(nowMs) {
      advance(nowMs)
      return total
    },
  }
}

/** White space, quotes and what separates values. */
const BREAKS = new Uint8Array(128)
for (const character of ' \t\r\n"\'<>,;()[]{}=&?') BREAKS[character.charCodeAt(0)] = 1

function isBreak(unit: number): boolean {
  return unit < 128 && BREAKS[unit] === 1
}

/** 30 bits over the units of a piece of text: two pieces of a window share one by chance once in a million. */
function digestOf(text: string, from: number, to: number, seed: number): number {
  let hash = 0x41c6ce57 ^ seed
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15) ^ (to - from), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 2
}

const TABLE = new Float64Array(4096)
for (let c = 1; c < TABLE.length; c++) TABLE[c] = c * Math.log2(c)

function cLogC(count: number): number {
  return count < TABLE.length ? (TABLE[count] ?? 0) : count * Math.log2(count)
}
