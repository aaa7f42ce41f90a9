// Which finding decides when several have the same action, and which rule a contract outcome names. The laws of decide()
// and gate() are in test/property/decision.test.ts.
import {expect, test} from 'vitest'
import {decide, decidingRule, gate, type Finding} from '../../../src/core/decision.js'

const finding = (own: Partial<Finding>): Finding => ({
  plugin: 'm',
  authority: 'scanner',
  layer: 'm',
  reason: 'dlp_match',
  action: 'block',
  severity: 'warn',
  order: 1,
  detail: 'm',
  ...own,
})

test.each<[string, Partial<Finding>, Partial<Finding>]>([
  ['the action, whatever its authority', {action: 'block', authority: 'evidence'}, {action: 'ask', order: 0}],
  ['the authority, whatever its order', {authority: 'kill_switch', order: 9}, {authority: 'transport', order: 0}],
  ['the transport before a scanner', {authority: 'transport', order: 9}, {authority: 'scanner', order: 0}],
  ['a scanner before a contract', {authority: 'scanner', order: 9}, {authority: 'contract', order: 0}],
  ['a contract before evidence', {authority: 'contract', order: 9}, {authority: 'evidence', order: 0}],
  ['the order of layers, whatever their names', {order: 0, layer: 'z'}, {order: 1, layer: 'a'}],
  ['the layer name', {layer: 'a', reason: 'parse_error'}, {layer: 'b', reason: 'dlp_match'}],
  ['the reason', {reason: 'dlp_match', plugin: 'z'}, {reason: 'parse_error', plugin: 'a'}],
  ['the plugin', {plugin: 'a', detail: 'z'}, {plugin: 'b', detail: 'a'}],
  ['the detail', {detail: 'a'}, {detail: 'b'}],
])('decide: of two findings, %s names the cause, in either order of arrival', (_, first, second) => {
  const [one, two] = [finding(first), finding(second)]
  expect(decide([one, two])).toEqual({action: one.action, cause: one, findings: [one, two]})
  expect(decide([two, one])).toEqual({action: one.action, cause: one, findings: [one, two]})
})

test('decide: findings that agree in every key keep their order of arrival', () => {
  const [one, two] = [finding({severity: 'critical'}), finding({severity: 'info'})]
  expect(decide([one, two]).findings).toEqual([one, two])
  expect(decide([two, one]).findings).toEqual([two, one])
})

test('decide: fields of a key are not joined, so that a long layer name does not pass for a reason', () => {
  const one = finding({layer: 'a', reason: 'parse_error'})
  const two = finding({layer: 'aparse_error', reason: 'dlp_match'})
  expect(decide([two, one]).cause).toBe(one)
})

test('decide and gate: without findings, every decision is the same object and the list is handed back', () => {
  expect(decide([])).toEqual({action: 'allow', cause: undefined, findings: []})
  expect(decide([])).toBe(decide([]))
  const none: readonly Finding[] = []
  expect(gate(none, {mode: 'audit', enforce: false})).toBe(none)
})

test('decidingRule: a rule that covers nothing decided nothing', () => {
  expect(decidingRule({ruleId: 'r-1'})).toBe('r-1')
  expect(decidingRule({ruleId: 'r-1', unmatched: true})).toBe('')
})
