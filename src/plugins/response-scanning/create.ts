// The hooks of this plugin, compiled from its section once.
import type {Finding} from '../../core/decision.js'
import type {Awaitable, Hooks, Requirement} from '../../core/plugin.js'
import {framingOf} from '../../core/stream-framing.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import {isMedia} from '../../lib/media/binary.js'
import {compileDomainList} from '../../lib/domain-list.js'
import type {ResponsesConfig} from './config.js'
import {isAnchored} from './anchored.js'
import type {Scanners} from './scanners.js'
import {askOperator} from './ask.js'
import {inspectForCanaries} from './canaries.js'
import {inspectBody, isMediaUnit} from './body.js'
import {tooLarge, type SizeBound} from './findings.js'
import {inspectHead, streamCharset} from './head.js'
import {watchLines} from './lines.js'
import {createRulings} from './rulings.js'
import {watchStream} from './stream.js'

/** Fonts are short and whole, what could be words in them is inspected. With sound and films nobody waits for the end. */
const FONT = /^font\//

/** Media, if its beginning is what it is declared as; a text under the name of a picture is inspected like any other. */
function mediaWant({mediaType}: Unit, want: Requirement): Requirement {
  const isReal = (beginning: Buffer): boolean => isMedia(mediaType, beginning)
  return {
    ...want,
    over: (observed) => (isReal(observed.beginning) ? undefined : want.over(observed)),
    ...(!FONT.test(mediaType) && {suffices: isReal}),
  }
}

const NOTHING: readonly Finding[] = []

async function both(
  canaries: Awaitable<readonly Finding[]>,
  orders: Awaitable<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const findings = await Promise.all([canaries, orders])
  return findings.flat()
}

export function responseHooks({response_scanning: section}: ResponsesConfig, scanners: Scanners): Partial<Hooks> {
  const exempt = compileDomainList(section.exempt_domains)
  const isExempt = (x: Exchange): boolean => x.target !== undefined && exempt.match(x.target.host) !== undefined
  const rulings = createRulings(section, scanners, isExempt)
  const {canaries} = scanners.dlp
  const plain: SizeBound = {maxBytes: scanners.maxBytes, layer: 'response_size'}
  const intercepted: SizeBound = {maxBytes: scanners.interceptedMaxBytes, layer: 'tls_response_blocked'}
  const boundOf = (x: Exchange): SizeBound => {
    const bound = x.transport === 'intercept' ? intercepted : plain
    const route = scanners.routeOf?.(x)
    const maxBytes = route?.responses.maxBytes
    return route && maxBytes !== undefined ? {...bound, maxBytes, route: route.name} : bound
  }

  const expressions = [...section.patterns.map(({regex}) => regex), ...scanners.expressions]
  const mayJoin = !expressions.some(isAnchored)

  const isEnforced = (x: Exchange): boolean => section.enabled && section.action !== 'warn' && !isExempt(x)

  const head = (x: Exchange, unit: Unit): readonly Finding[] => [
    ...inspectHead(x, unit, rulings),
    ...streamCharset(unit, section, rulings.isExempt(x)),
  ]

  return {
    expects: () => true,

    requires(x, head) {
      if (head.direction !== 'response') return undefined
      // judged piece by piece, so that nobody waits for an end that never comes
      if (framingOf(head)) return undefined
      const bound = boundOf(x)
      const whole: Requirement = {maxBytes: bound.maxBytes, over: () => tooLarge(bound, isEnforced(x))}
      return isMediaUnit(head) ? mediaWant(head, whole) : whole
    },

    inspect(x, unit) {
      if (unit.direction !== 'response' || unit.kind === 'event') return []
      const canary = canaries === undefined ? NOTHING : inspectForCanaries(unit, canaries, x)
      const orders = unit.kind === 'head' ? head(x, unit) : inspectBody(x, unit, rulings)
      return canary === NOTHING ? orders : both(canary, orders)
    },

    ask: (x, unit, findings) => askOperator(x, unit, findings, scanners.approver, section.ask_timeout_seconds * 1000),

    watch(x, head) {
      if (head.direction !== 'response') return undefined
      const framing = framingOf(head)
      if (framing !== 'events') {
        const action = rulings.action(x)
        // what is spread over several lines cannot be taken out of the last of them
        const orders = action === 'warn' ? 'warn' : 'block'
        const leaks = section.action === 'warn' ? 'warn' : 'block'
        const bound = boundOf(x)
        const over = tooLarge(bound, isEnforced(x))
        return watchLines(
          x,
          {
            maxBytes: bound.maxBytes,
            over,
            // servers hand out tokens in messages, as they do in bodies, whose credentials are not searched either
            leaks: section.enabled && framing === 'lines',
            action: {layer: rulings.layer, what: 'response', orders, leaks, unseen: orders},
          },
          rulings,
          scanners,
        )
      }
      if (scanners.isOthersStream?.(x)) return undefined
      const {sse_streaming} = section
      // with everything off, the floor is still looked for
      if (!sse_streaming.enabled && section.enabled) return undefined
      return watchStream(x, sse_streaming, rulings, {...scanners, mayJoin})
    },
  }
}
