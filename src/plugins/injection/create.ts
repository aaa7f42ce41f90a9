// Builds the scanner for the engine of this run and the section `response_scanning`.
import type {Ports} from '../../core/ports.js'
import {chosenEngine} from '../../core/regex-choice.js'
import {openEngine} from '../../lib/regex/engine.js'
import {checkOwn, type OwnRules, type Problem} from './own-patterns.js'
import {makeInjectionScanner} from './scanner.js'
import type {InjectionOptions, InjectionScanner, InjectionSource} from './verdict.js'

/** What comes back. What goes out is not loosened by what an operator trusts in answers. */
const INBOUND: ReadonlySet<InjectionSource> = new Set([
  'http_response',
  'sse',
  'tool_result',
  'tool_description',
  'agent_card',
])

export function buildScanner(ports: Pick<Ports, 'env'>, section?: OwnRules): InjectionScanner {
  const engine = chosenEngine(ports.env)
  const builtIn = makeInjectionScanner(engine)
  if (section === undefined || (section.include_defaults && section.patterns.length === 0)) return builtIn
  const inbound = makeInjectionScanner(engine, undefined, section)
  const scannerFor = ({source}: InjectionOptions): InjectionScanner => (INBOUND.has(source) ? inbound : builtIn)
  return {
    scan: (text, options) => scannerFor(options).scan(text, options),
    steps: (text, options) => scannerFor(options).steps(text, options),
  }
}

export function check(section: OwnRules): readonly Problem[] {
  return checkOwn(section, openEngine())
}
