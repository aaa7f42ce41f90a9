// What a rule admits beyond what was seen, in words: the question that a person who enforces it answers for.
import {RESERVED_SEGMENTS} from '../../../formats/path-pattern.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {wildcardWords} from '../view/forms.js'
import {levelOf, type RuleView} from '../view/rule-view.js'
import type {Names} from './names.js'
import {plural} from '../../../lib/page/numbers.js'

export interface ObservedTraffic {
  /** Distinct patterns on the host. */
  readonly patterns: number
  /** Methods seen on this path. */
  readonly methods: readonly string[]
}

export function breadthOf(rule: RuleView, observed: ObservedTraffic, names: Names): Html {
  const sentences = sentencesOf(rule, observed)
  const wildcards = rule.paths.flatMap((path) =>
    path.collapsed.map((wildcard) => {
      const {index, distinct, events} = wildcard
      const admitted = wildcard.forms === undefined ? 'any one segment' : wildcardWords(wildcard)
      const pinned = path.isInternal && names.redacted ? [] : path.pinned
      return html`<li>
        Position ${index}: ${admitted}. ${plural(distinct, 'different value')} ${distinct === 1 ? 'was' : 'were'} seen
        there in ${plural(events, 'request')}. Never ${RESERVED_SEGMENTS.size} reserved words such as
        ${[...RESERVED_SEGMENTS].slice(0, 4).map((word) => html`<code>${word}</code> `)}${pinned.length > 0 && html` nor what is pinned: ${pinned.slice(0, 20).map((value) => html`<code>${value}</code> `)}${pinned.length > 20 && html`and ${pinned.length - 20} more`}`}
      </li>`
    }),
  )
  return html`<h3>What it admits</h3>
    ${sentences.map((text) => html`<p>${text}</p>`)}${
      wildcards.length > 0 &&
      html`<ul>
        ${wildcards}
      </ul>`
    }`
}

function sentencesOf(rule: RuleView, observed: ObservedTraffic): readonly string[] {
  const port = rule.ports.length === 0 ? 'the default port' : `port ${rule.ports.join(', ')}`
  const level = levelOf(rule)
  switch (level) {
    case 'host':
      return [
        `Every path with every method on this host and ${port}, CONNECT included. What was seen there: ${plural(observed.patterns, 'path pattern')}.`,
      ]
    case 'tunnel':
      return [
        `A tunnel to this host and ${port}. The traffic inside is not limited by path or method, unless the tunnel is intercepted.`,
      ]
    case 'path':
      return [
        `Every method on this path, not only ${observed.methods.join(', ') || 'those that were seen'}.`,
        ...exact(rule, 'The path'),
      ]
    case 'method':
      return exact(rule, 'This method on this path')
    case 'action':
      return ['A request whose scanner verdict or transport label is this action, on this path with this method.']
    case 'tool':
      return [
        rule.args.length === 0
          ? 'This tool with any arguments.'
          : 'This tool with exactly the arguments below; every other argument is free.',
      ]
    case 'other':
      return ['A kind of rule that this review does not know. It is not enforced by default.']
  }
}

function exact(rule: RuleView, what: string): readonly string[] {
  const isWild = rule.paths.some((path) => path.value.split('/').includes('*'))
  return isWild
    ? [`${what}, where each * stands for one segment:`]
    : [`${what} and nothing else; query and body are free.`]
}
