// Merkle root over the rules of a contract. An odd node is paired with itself, so lists of different lengths can share
// a root: publish the count beside the root.
import {sha256} from '../../lib/hash.js'
import {canonicalText} from './canonical.js'

export function rulesRoot(rules: readonly object[]): string {
  let level = rules.map((rule) => sha256(Buffer.concat([Buffer.of(0), Buffer.from(canonicalText(rule), 'utf8')])))
  if (level.length === 0) level = [sha256(Buffer.of(0))]
  while (level.length > 1) level = pairs(level)
  return `sha256:${level[0]?.toString('hex') ?? ''}`
}

function pairs(level: readonly Buffer[]): Buffer[] {
  const next: Buffer[] = []
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i] ?? Buffer.alloc(0)
    next.push(sha256(Buffer.concat([Buffer.of(1), left, level[i + 1] ?? left])))
  }
  return next
}
