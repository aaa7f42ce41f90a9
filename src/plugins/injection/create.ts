// Builds the scanner for the engine of this run and the section `response_scanning`.
import type {Ports} from '../../core/ports.js'
import {chosenEngine} from '../../core/regex-choice.js'
import type {
  InjectionOptions,
  InjectionScanner,
  InjectionService,
  InjectionSource,
} from '../../core/services/injection.js'
import {createCosts, slowWarning} from '../../lib/regex/cost.js'
import {openEngine, type Matcher} from '../../lib/regex/engine.js'
import {createClassifier, type Classifier} from './classifier/classifier.js'
import {builtInModel} from './classifier/model.js'
import {remembering} from './known-texts.js'
import {LEARNED} from './learned.js'
import {matchingText} from './matching-text.js'
import {checkOwn, type OwnRules, type Problem} from './own-patterns.js'
import {RULES} from './rules.js'
import {createInjectionScanner} from './scanner.js'

/** What comes back. What goes out is not loosened by what an operator trusts in answers. */
const INBOUND: ReadonlySet<InjectionSource> = new Set([
  'http_response',
  'sse',
  'tool_result',
  'tool_description',
  'agent_card',
])

/** Where there is a clock, the operator's expressions are measured before traffic is. */
export function buildScanner(
  {env, clock}: Pick<Ports, 'env'> & Partial<Pick<Ports, 'clock'>>,
  section?: OwnRules,
  warn: (field: string, message: string) => void = () => undefined,
): InjectionService {
  const engine = chosenEngine(env)
  const builtIn = remembering(createInjectionScanner(engine))
  const ruleNames = [...[...RULES, ...(section?.patterns ?? [])].map(({name}) => name), LEARNED]
  const classifier = section && classifierFor(section)
  if (
    section === undefined ||
    (section.include_defaults && section.patterns.length === 0 && classifier === undefined)
  ) {
    return {...builtIn, ruleNames}
  }
  const costs = clock && createCosts(engine.name, [], () => clock.monotonic())
  const isSlow = (matcher: Matcher, i: number): boolean => {
    const ms = costs?.slowness(matcher)
    if (ms !== undefined)
      warn(`response_scanning.patterns[${i}].regex`, slowWarning(section.patterns[i]?.name ?? '', ms))
    return ms !== undefined
  }
  const inbound = remembering(createInjectionScanner(engine, undefined, {...section, isSlow, classifier}))
  const scannerFor = ({source}: InjectionOptions): InjectionScanner => (INBOUND.has(source) ? inbound : builtIn)
  return {
    ruleNames,
    scan: (text, options) => scannerFor(options).scan(text, options),
    steps: (text, options) => scannerFor(options).steps(text, options),
  }
}

/** undefined where it is off. Throws where the model of this package is damaged. */
export function classifierFor({enabled = true, classifier: section}: Partial<OwnRules>): Classifier | undefined {
  if (!enabled || section?.enabled !== true) return undefined
  return createClassifier(builtInModel(), section, normalise)
}

const normalise = (text: string): string => matchingText(text).text

export function check(section: OwnRules): readonly Problem[] {
  return checkOwn(section, openEngine())
}
