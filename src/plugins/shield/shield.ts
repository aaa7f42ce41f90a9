// One content through its pipeline: which one it takes, how much of it, and what became of it. Pure.
import {Buffer} from 'node:buffer'
import {byteOrderMark} from '../../lib/charset.js'
import {atOnce} from '../../lib/slices.js'
import {compileDomainList} from '../../lib/domain-list.js'
import type {BrowserShield} from './config.js'
import {Removals} from './removals.js'
import {shieldHtml} from './html.js'
import {injectedScripts} from './injected.js'
import {lettersOf, pipelineOf, readingOf, type Letters, type Pipeline} from './pipeline.js'
import type {Rules} from './rules.js'
import {scriptSteps} from './script.js'
import {shieldXml} from './xml.js'

export interface ShieldInput {
  readonly bytes: Buffer
  readonly mediaType: string
  readonly contentType: string
  /** Of the answer, in wire order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export type Shielded =
  /** None of its business. */
  | {readonly kind: 'other'}
  | {readonly kind: 'oversize'; readonly pipeline: Pipeline; readonly action: 'block' | 'warn'}
  | {
      readonly kind: 'done'
      readonly pipeline: Pipeline
      /** The same buffer where nothing had to change. */
      readonly bytes: Buffer
      readonly removals: Removals
      /** Bytes that went through the pipeline; fewer than came: the rest was appended as it is. */
      readonly scanned: number
      /** A script of ours was put in. */
      readonly injected: boolean
      readonly shims: boolean
    }

export type Shield = (input: ShieldInput) => Shielded

/** Without a pause. */
export function createShield(section: BrowserShield): Shield {
  const steps = createShieldSteps(section)
  return (input) => atOnce(steps(input))
}

export function createShieldSteps(section: BrowserShield): (input: ShieldInput) => Generator<undefined, Shielded> {
  const rules: Rules = {
    probing: section.strip_extension_probing,
    tracking: section.strip_tracking_pixels,
    traps: section.strip_hidden_traps,
    shims: section.inject_fingerprint_shims,
    strictness: section.strictness,
    trackingDomains: compileDomainList(section.tracking_domains),
  }
  const {max_shield_bytes: max, oversize_action} = section

  return function* ({bytes, mediaType, contentType, headers}) {
    const result = pipelineOf(mediaType, bytes)
    if (result === undefined) return {kind: 'other'}
    const pipeline = result
    if (bytes.length > max && oversize_action !== 'scan_head')
      return {kind: 'oversize', pipeline, action: oversize_action}
    const matches = new Removals()
    const isPage = pipeline === 'html' || pipeline === 'xhtml'
    const injected = isPage ? injectedScripts({probing: rules.probing, shims: rules.shims, headers}) : undefined
    const [likeliest = 'plain', ...others] = lettersOf(bytes, contentType)
    const scanned = bytes.length > max ? boundary(bytes, max, pipeline, likeliest) : bytes.length
    const isPartial = scanned < bytes.length
    const head = isPartial ? bytes.subarray(0, scanned) : bytes
    function* pass(from: Buffer, letters: Letters, scripts: typeof injected): Generator<undefined, Buffer> {
      const reading = readingOf(from, letters)
      const options = {rules, removals: matches, injected: scripts}
      yield
      const text =
        pipeline === 'js'
          ? yield* scriptSteps(reading.text, rules, matches)
          : pipeline === 'html'
            ? yield* shieldHtml(reading.text, options)
            : yield* shieldXml(reading.text, pipeline, {...options, isPartial})
      return text === reading.text ? from : reading.bytes(text)
    }
    let changed = yield* pass(head, likeliest, injected)
    // what one reader sees another may not: each reading is rewritten; once it bears a mark there is one reading only
    for (const letters of others) if (!isMarked(changed)) changed = yield* pass(changed, letters, undefined)
    const isSame = changed === head
    return {
      kind: 'done',
      pipeline,
      bytes: isSame ? bytes : isPartial ? Buffer.concat([changed, bytes.subarray(scanned)]) : changed,
      removals: matches,
      scanned,
      injected: injected !== undefined && !isSame,
      shims: injected !== undefined && !isSame && rules.shims,
    }
  }
}

function isMarked(bytes: Buffer): boolean {
  return byteOrderMark(bytes) === 'utf-8'
}

/** Where the beginning can end without cutting a tag, or a line of a script, in two. */
function boundary(bytes: Buffer, max: number, pipeline: Pipeline, letters: Letters): number {
  const {text, unit} = readingOf(bytes.subarray(0, max & ~1), letters)
  // without places nothing can be cut: it goes through as a whole
  if (unit === undefined) return bytes.length
  if (pipeline === 'js') return (text.lastIndexOf('\n') + 1 || text.length) * unit
  const open = text.lastIndexOf('<')
  return (open > text.lastIndexOf('>') ? open : text.length) * unit
}
