import {describe, expect, test} from 'vitest'
import {compilePattern, openEngine, type RegexEngine} from '../../../../src/lib/regex/engine.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {matchBudget, matchesOf, matchRule} from '../../../../src/plugins/dlp/match.js'
import {BUILT_IN_PATTERNS} from '../../../../src/plugins/dlp/patterns.js'
import {compileRules} from '../../../../src/plugins/dlp/rules.js'
import {createGate, placesIn} from '../../../../src/plugins/dlp/gate.js'
import {EXAMPLES} from '../../../support/credentials.js'

const config = sections.dlp.parse(undefined)

describe.each(['re2', 're2js'] as const)('built-in patterns on %s', (name) => {
  const engine = (() => {
    try {
      return openEngine(name)
    } catch (error) {
      process.stderr.write(`patterns on ${name} are left out: ${String(error)}\n`)
      return undefined
    }
  })()
  const rules = engine === undefined ? [] : compileRules(config, engine)
  const gate = createGate(rules, [])
  /** By the walk from the places that the sweep names, and by the engine over the whole text: they have to agree. */
  const matches = (rule: string, text: string): boolean => {
    const result = rules.find((r) => r.name === rule)
    if (result === undefined) throw new Error(`no rule ${rule}`)
    const places = placesIn(gate.look(text), result)
    // what a bearer carries is only ever reported
    const isEnforced = ({informational}: {readonly informational: boolean}): boolean =>
      !informational || result.check === 'bearer'
    const walked = [...matchesOf(result, {text}, places, matchBudget(0))].some(isEnforced)
    const searched = [...matchesOf({...result, walk: undefined}, {text}, [], matchBudget(0))].some(isEnforced)
    expect(walked, `${rule} by walk and by engine`).toBe(searched)
    return walked
  }

  test.skipIf(engine === undefined)('has an example of every pattern', () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(BUILT_IN_PATTERNS.map((p) => p.name).sort())
  })

  test.skipIf(engine === undefined).each(BUILT_IN_PATTERNS)('is accepted: $name', ({regex}) => {
    if (engine === undefined) return
    expect(() => compilePattern(engine, regex)).not.toThrow()
  })

  test.skipIf(engine === undefined).each(Object.keys(EXAMPLES))('%s', (rule) => {
    const [match, miss] = EXAMPLES[rule]?.() ?? ['', '']
    expect(matches(rule, match), `hit: ${rule}`).toBe(true)
    expect(matches(rule, miss), `miss: ${rule}`).toBe(false)
    // between separators, and behind a decoy that fails
    expect(matches(rule, `?x=1&${match} `), `inside: ${rule}`).toBe(true)
  })

  test.skipIf(engine === undefined)('needs no literal where an expression matches without one', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz9q2KEY8T'
    for (const separator of ['', ' ', '.', '_', '\u00e9']) {
      expect(matches('AWS Secret Key', `secret${separator}access${separator}key=${secret}`), separator).toBe(true)
    }
  })
})

describe('what a start compiles', () => {
  const compiled: string[] = []
  const engine: RegexEngine = {
    name: 're2js',
    compile(source) {
      compiled.push(source)
      return {source, exec: () => undefined, groups: () => undefined}
    },
  }

  test('is an own pattern at once, a built-in one when it is first tried', () => {
    const own = {name: 'Own', regex: 'own-[0-9]{8}', severity: 'high'}
    const rules = compileRules(sections.dlp.parse({patterns: [own]}), engine)
    expect(new Set(compiled)).toEqual(new Set(['(?i)own-[0-9]{8}']))
    compiled.length = 0
    const first = rules.find((rule) => rule.literals.length === 0)
    for (const text of ['one', 'two']) if (first) matchRule({...first, walk: undefined}, {text}, [], matchBudget(0))
    expect(compiled).toHaveLength(1)
  })

  test('refuses an own pattern that only one engine takes', () => {
    const own = {name: 'Own', regex: '(?P<n>a)(?P<n>b)', severity: 'high'}
    expect(() => compileRules(sections.dlp.parse({patterns: [own]}), engine)).toThrow('dlp.patterns[0].regex')
  })
})
