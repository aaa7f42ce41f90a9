// Law of the sweep over forms of a text: a scan around the edits of a text finds what a scan of the whole finds,
// on texts that are made of beginnings of credentials, escapes, controls and characters that are not seen.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {undoEscapes} from '../../src/lib/text/escapes.js'
import {openEngine} from '../../src/lib/regex/engine.js'
import {createRewriter, type Rewritten} from '../../src/lib/text/rewritten.js'
import {FLAG} from '../../src/plugins/dlp/byte-kinds.js'
import {joinedChains, oneOf} from '../../src/plugins/dlp/chains.js'
import {atOnce} from '../../src/lib/slices.js'
import {sections} from '../../src/plugins/dlp/config.js'
import {createGate, type Gate, type CandidatePlaces} from '../../src/plugins/dlp/gate.js'
import {needlesOf} from '../../src/plugins/dlp/known-values.js'
import {compileRules} from '../../src/plugins/dlp/rules.js'
import {createSeedDetector} from '../../src/plugins/dlp/seed-phrases.js'
import {scanText} from '../../src/plugins/dlp/text-scan.js'
import {EXAMPLES, hex, mixed} from '../support/credentials.js'
import {runs} from '../support/thorough.js'

const rules = compileRules(sections.dlp.parse({}), openEngine('re2js'))
const needles = needlesOf([{kind: 'environment', name: 'A', value: 'f4K9-zQ2x-LmN8-vB7c'}])
const seeds = createSeedDetector({enabled: true, min_words: 12, verify_checksum: true})
const gate = createGate(rules, needles, seeds)
/** Looks at the whole of every form. */
const thorough: Gate = {...gate, look: (text, judged) => gate.look(text, judged)}

const secrets = [...Object.values(EXAMPLES).flatMap((example) => example()), 'f4K9-zQ2x-LmN8-vB7c']
const ODD = [
  ...[' ', '.', '-', '_', '/', '\n', '=', '&', '%', '"', ',', '', '\t', '\0', ':', '\u200b', '\u00e9', '\x85', '" + "'],
  ...['%20', '%0a', '%41', '&amp;', '&#10;', '&quot;', '\\n', '\\u0041', '%e2%80%8b', '%ff', '4', '89', 'DE89', ' 12'],
]
const odd = fc.constantFrom(...ODD)
const cut = fc
  .tuple(fc.constantFrom(...secrets), fc.nat({max: 60}), fc.nat({max: 60}), odd, fc.nat({max: 4}))
  .map(([secret, from, to, between, how]) => {
    const at = from % (secret.length + 1)
    if (how === 0) return secret.slice(0, at)
    if (how === 1) return Buffer.from(secret).toString('base64')
    const end = at + (to % (secret.length + 1 - at))
    return secret.slice(0, at) + between + secret.slice(at, end) + (how === 2 ? '' : between + secret.slice(end))
  })
const word = fc.oneof(cut, fc.nat({max: 999_999}).map(String), fc.nat({max: 40}).map(mixed), fc.nat({max: 40}).map(hex))
const texts = fc.array(fc.tuple(word, odd), {minLength: 1, maxLength: 14}).map((pieces) => pieces.flat().join(''))

function withoutControls(text: string): Rewritten {
  const rewriter = createRewriter(text)
  for (const match of text.matchAll(/[\x00-\x1f\x7f-\x9f]+/g)) {
    rewriter.replace(match.index, match.index + match[0].length, '')
  }
  return rewriter.done()
}

const WORDS = {
  separator: /[\t\n\r]+/y,
  begins: oneOf(/[\t\n\r]/),
  holds: oneOf(/[^\x00-\x20\x7f-\x9f]/),
  within: oneOf(/[^\x00-\x08\x0b\x0c\x0e-\x20\x7f-\x9f]/),
}

function formsOf(text: string, breaks: Int32Array): readonly Rewritten[] {
  const joined = /[\x00\x85]/.test(text) ? undefined : atOnce(joinedChains(text, breaks, WORDS))
  return [...undoEscapes(text).rounds.slice(0, 1), withoutControls(text), ...(joined === undefined ? [] : [joined])]
}

const placesOf = (candidates: CandidatePlaces | undefined): unknown =>
  [...(candidates?.rules ?? [])].map(([rule, places]) => [rule.name, places.toSorted((a, b) => a - b)])

/** What a look leaves behind. */
function observed(candidates: CandidatePlaces | undefined, {text, edits}: Rewritten): unknown {
  const {sweep} = gate
  const inside: string[] = []
  for (let i = 0; i < sweep.runCount; i++) {
    const [start = 0, end = 0] = sweep.runs.subarray(2 * i, 2 * i + 2)
    if (edits.some((edit) => edit.outEnd > start && edit.outStart < end)) inside.push(`${start}-${end}`)
  }
  return {
    rules: placesOf(candidates),
    needles: candidates?.needles.map(({start, end}) => `${start}-${end}`).toSorted() ?? [],
    codes: sweep.flags & FLAG.codes,
    // a gap separates nothing that is joined
    breaks: [...sweep.breaks.subarray(0, sweep.breakCount)].filter((at) => text[at] !== '\0'),
    inside,
  }
}

test('a form is seen around its edits as it is seen whole, and so is a form of that form', () => {
  fc.assert(
    fc.property(texts, (text) => {
      gate.look(text, () => text)
      const kept = gate.sweep.kept(text)
      for (const form of formsOf(text, kept.breaks)) {
        const whole = observed(
          gate.look(form.text, () => form.text),
          form,
        )
        const around = observed(
          gate.look(form.text, () => form.text, {before: kept, edits: form.edits}),
          form,
        )
        expect(around).toEqual(whole)
        const before = gate.sweep.kept(form.text)
        for (const next of formsOf(form.text, before.breaks)) {
          const again = gate.look(next.text, () => next.text, {before, edits: next.edits})
          const fresh = gate.look(next.text, () => next.text)
          expect([text, form.text, next.text, placesOf(again)]).toEqual([text, form.text, next.text, placesOf(fresh)])
        }
      }
    }),
    {numRuns: runs(400)},
  )
})

test('the verdict is the same', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), (text, all) => {
      const options = {surface: 'body', all} as const
      expect(scanText(text, options, gate)).toEqual(scanText(text, options, thorough))
    }),
    {numRuns: runs(400)},
  )
})
