// Every signed document, changed in every way: the product's verifier and a second one, which shares no code with it, agree
// with the specification on each mutant. PIPELOCK_MUTANT_SEED repeats a run, PIPELOCK_MUTANTS sets how many of each document.
import {describe, expect, test} from 'vitest'
import {mutants, random, textMutants, type Mutant} from '../support/mutants.js'
import {SIGNED_DOCUMENTS, SIGNED_YAML, type SignedDocument} from '../support/signed-documents.js'
import {THOROUGH} from '../support/thorough.js'

const seed = Number(process.env['PIPELOCK_MUTANT_SEED'] ?? 20261121)
// the smaller number is one of each class
const limit = Number(process.env['PIPELOCK_MUTANTS'] ?? (THOROUGH ? 260 : 45))

/** All of them, or an even choice in which every class has its part. */
function chosen(document: SignedDocument): readonly Mutant[] {
  const next = random(seed)
  const byKind = new Map<string, Mutant[]>()
  for (const mutant of mutants(document, next)) byKind.set(mutant.kind, [...(byKind.get(mutant.kind) ?? []), mutant])
  const share = Math.max(1, Math.ceil(limit / byKind.size))
  return [...byKind.values()].flatMap((list) =>
    list
      .map((mutant) => ({mutant, at: next()}))
      .sort((a, b) => a.at - b.at)
      .slice(0, share)
      .map(({mutant}) => mutant),
  )
}

let judged = 0

describe('two verifiers and the specification agree', () => {
  test.each(SIGNED_DOCUMENTS.map((document) => [document.name, document] as const))('%s', async (_, document) => {
    expect(await document.native(document.bytes)).toBe('valid')
    expect(document.second(document.bytes)).toBe(true)
    const all = chosen(document)
    expect(all.length).toBeGreaterThan(limit / 4)
    judged += all.length
    for (const {kind, bytes, accepted, codes} of all) {
      const code = await document.native(bytes)
      const shown = `${document.name}, ${kind}, seed ${seed}: ${bytes.toString('latin1')}`
      expect([code === 'valid', document.second(bytes)], shown).toEqual([accepted, accepted])
      if (codes) expect(codes, shown).toContain(code)
    }
  })

  // YAML has as many spellings as it likes, so nothing is known of a mutant's class: but whatever this product takes for
  // signed must be so for another reader of YAML as well
  test('contract in YAML', () => {
    const {bytes, native, second} = SIGNED_YAML
    expect(native(bytes)).toBe('valid')
    expect(second(bytes)).toBe(true)
    let accepted = 0
    const all = [...textMutants(bytes, random(seed), 3 * limit)]
    for (const mutant of all) {
      const ours = native(mutant) === 'valid'
      if (ours) accepted++
      expect(!ours || second(mutant), mutant.toString('latin1')).toBe(true)
    }
    // some say the same in other words; most must not
    expect(accepted).toBeGreaterThan(0)
    expect(accepted).toBeLessThan(all.length / 2)
    judged += all.length
  })

  test('over all documents, more than fifteen times the limit of one document is judged', () => {
    expect(judged).toBeGreaterThan(15 * limit)
  })
})
