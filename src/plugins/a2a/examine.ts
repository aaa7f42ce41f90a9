// One message as a whole: its fields, and what it adds to the conversation that it belongs to.
import type {Exchange} from '../../core/exchange.js'
import type {Steps} from '../../core/work.js'
import {edges} from '../../lib/text-edges.js'
import type {A2aScanning} from './config.js'
import {spokenTexts, type ContextTable} from './contexts.js'
import type {Layer} from './findings.js'
import type {Leaf, Message} from './leaves.js'
import {scanMessage, type Finds} from './scan.js'
import {acrossSeams} from './seams.js'
import {scannersFor, type Sources} from './sources.js'

export interface Examiner {
  examine(x: Exchange, message: Message, layer: Layer, isCalled: (leaf: Leaf) => boolean): Promise<Finds>
  /** What was said before in the conversation that a message belongs to. */
  history(x: Exchange, message: Message, layer: Layer): readonly string[]
  /** Keeps the texts of a message once it is known to be forwarded; `continues`: they add to the message before. */
  keep(x: Exchange, message: Message, layer: Layer, continues?: boolean): void
}

const NOTHING: readonly string[] = []

export function createExaminer(section: A2aScanning, sources: Sources, contexts: ContextTable): Examiner {
  const limits = {maxContexts: section.max_contexts, maxMessages: section.max_context_messages}

  const textsIn = (x: Exchange, {leaves}: Message): readonly string[] =>
    section.session_smuggling_detection && isServed(x) ? spokenTexts(leaves) : NOTHING

  function* smuggled(x: Exchange, message: Message, layer: Layer, finds: Finds): Steps<void> {
    const output = textsIn(x, message)
    if (output.length === 0) return
    const {texts, isTainted} = contexts.history(contexts.keyOf(ownerOf(x, layer), message.value))
    const known = new Set(texts)
    const fresh = output.filter((text) => !known.has(text))
    if (texts.length === 0 || fresh.length === 0) return
    const scanners = scannersFor(x, layer, sources)
    // what one message says by itself is no matter of the conversation
    if (finds.injections.size === 0) {
      const rules = [...(yield* acrossSeams([...texts, ...fresh], texts.length, scanners.injections))]
      if (rules.length > 0) finds.addSmuggled(rules, isTainted)
    }
    if (layer !== 'a2a_body') return
    const values = [texts.join(''), ...fresh].map((text) => edges(text))
    finds.addTexts(yield* scanners.joined(values, true))
  }

  const {media} = sources
  const refusal = (mediaType: string, bytes: Buffer): string | undefined => {
    const verdict = media.policy.content(mediaType, bytes)
    return verdict.kind === 'refused' ? `media_policy: ${verdict.refusal.why}` : undefined
  }

  return {
    async examine(x, message, layer, isCalled) {
      const settings = {
        rawParts: section.scan_raw_parts,
        maxRawSize: section.max_raw_size,
        isCalled,
        // what comes to an agent; what it sends is its own
        ...(layer !== 'a2a_body' && media.enabled && {refusal}),
      }
      const scanners = scannersFor(x, layer, sources)
      const finds = await scanMessage(message, settings, scanners)
      // a stream follows its texts itself
      if (layer !== 'a2a_stream') await scanners.run(smuggled(x, message, layer, finds))
      return finds
    },
    history(x, message, layer) {
      if (textsIn(x, message).length === 0) return NOTHING
      return contexts.history(contexts.keyOf(ownerOf(x, layer), message.value)).texts
    },
    keep(x, message, layer, continues) {
      const output = textsIn(x, message)
      if (output.length > 0) contexts.add(contexts.keyOf(ownerOf(x, layer), message.value), output, limits, continues)
    },
  }
}

/** A check or a replay is nothing that anybody said. */
export function isServed({purpose}: Exchange): boolean {
  return purpose === 'request' || purpose === 'redirect'
}

/** The same agent at the same place and its peer; an agent that is only said to be one is none of its own. */
function ownerOf({agent, clientIp, target}: Exchange, layer: Layer): string {
  const name = agent.basis === 'self-declared' ? '' : agent.name
  const direction = layer === 'a2a_body' ? 'out' : 'in'
  return `${direction}|${name}|${clientIp}|${target?.host ?? ''}:${target?.port ?? 0}`
}
