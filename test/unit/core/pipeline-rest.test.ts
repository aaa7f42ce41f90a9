import {expect, test} from 'vitest'
import type {Finding} from '../../../src/core/decision.js'
import type {Exchange} from '../../../src/core/exchange.js'
import {composePolicy} from '../../../src/core/pipeline.js'
import type {DestinationVerdict} from '../../../src/core/plugin.js'
import {EXCHANGE, findingOf} from '../../support/exchanges.js'

const finding = (layer: string, hard?: true): Finding =>
  findingOf({plugin: 'destination', layer, detail: layer, ...(hard && {hard})})

const exchange: Exchange = {...EXCHANGE, method: 'GET'}

const verdict = (findings: readonly Finding[], rest?: DestinationVerdict['rest']): DestinationVerdict => ({
  findings,
  addresses: rest === undefined ? ['192.0.2.1'] : [],
  ...(rest !== undefined && {rest}),
})

function judge(mode: 'balanced' | 'audit', first: DestinationVerdict) {
  const faults: string[] = []
  const policy = composePolicy({
    mode,
    enforce: true,
    generation: 1,
    explainBlocks: false,
    configHash: '',
    policyHash: '',
    hooks: [{plugin: 'destination', hooks: {destination: () => first}}],
    onFault: (plugin) => faults.push(plugin),
  })
  return {ruling: policy.judge(exchange), faults}
}

test('runs the layers after a finding that does not block, and dials the addresses of the last one', async () => {
  const first = verdict([finding('dlp')], () => Promise.resolve(verdict([finding('entropy')], () => verdict([]))))
  const ruling = await judge('audit', first).ruling
  expect(ruling.decision.action).toBe('warn')
  expect(ruling.decision.findings.map((f) => f.layer).sort()).toEqual(['dlp', 'entropy'])
  expect(ruling.addresses).toEqual(['192.0.2.1'])
})

test('runs nothing after a block, so that no name is resolved', async () => {
  let asked = false
  const first = verdict([finding('dlp')], () => {
    asked = true
    return verdict([])
  })
  expect((await judge('balanced', first).ruling).decision.action).toBe('block')
  expect(asked).toBe(false)
})

test.each([
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
] as const)('blocks when a later layer %s', async (_, rest) => {
  const {ruling, faults} = judge('audit', verdict([finding('dlp')], rest))
  expect((await ruling).decision).toMatchObject({action: 'block', cause: {hard: true}})
  expect(faults).toEqual(['destination'])
})

test('blocks at a hard finding of a later layer, also in audit mode', async () => {
  const {ruling} = judge(
    'audit',
    verdict([finding('dlp')], () => verdict([finding('ssrf', true)])),
  )
  expect((await ruling).decision).toMatchObject({action: 'block', cause: {layer: 'ssrf'}})
})

test('keeps matches of report-only patterns for every outcome', async () => {
  const warnMatches = [{pattern_name: 'Soft', severity: 'low'}]
  const first = {...verdict([finding('dlp')], () => verdict([])), warnMatches}
  expect((await judge('audit', first).ruling).warnMatches).toEqual(warnMatches)
  const refused = await judge('balanced', first).ruling
  expect(refused.decision.action).toBe('block')
  expect(refused.warnMatches).toEqual(warnMatches)
  const late = refused.policy.conclude(exchange, [finding('sni_mismatch')], refused)
  expect(late.warnMatches).toEqual(warnMatches)
})
