// The log for people at a terminal: one short line per exchange. Everything in it is printable ASCII, so its width is
// its length, no line can be forged and no escape sequence reaches the terminal but the colours set here.
import type {Exchange} from '../../core/exchange.js'
import type {ExchangeEnd} from '../../core/plugin.js'
import type {Ruling} from '../../core/policy.js'
import type {TerminalOutput} from '../../core/ports.js'
import {besideHost, echoUrl, hidingFinding, shownId} from '../../core/render.js'
import {plainText} from '../../lib/terminal.js'

const COLOURS = {BLOCK: '31', WARN: '33', ALLOW: '32', ERROR: '31', INFO: '36'} as const
export type Word = keyof typeof COLOURS

const MAX_AGENT = 16
const MIN_TARGET = 12
/** Minimum share of the target in the width of target and reason. */
const TARGET_SHARE = 0.6
const MAX_TEXT = 2_000

/** `12:01:07 BLOCK coder GET api.example.com/v1/keys  AWS key in query  req-17-3f9a2c` */
export function exchangeLine(
  x: Exchange,
  ruling: Ruling,
  end: ExchangeEnd,
  time: string,
  terminal: TerminalOutput,
): string {
  const {decision, warnMatches = []} = ruling
  const {cause, action} = decision
  const word: Word = action === 'block' ? 'BLOCK' : action === 'allow' ? 'ALLOW' : 'WARN'
  const hiding = hidingFinding(decision)
  const why = cause ? besideHost(cause, hiding, cause.detail) : passedText(x, end)
  return line({
    word,
    time,
    who: `${cut(plain(x.agent.name), MAX_AGENT)} ${plain(x.method)}`,
    // the match of a report-only pattern is still a credential in the URL
    what: targetOf(x, warnMatches.length > 0 && !hiding?.inHost ? {layer: 'dlp'} : hiding),
    why: plain(why),
    id: shownId(x),
    terminal,
  })
}

/** Any other event: its message and fields. */
export function eventLine(word: Word, text: string, time: string, terminal: TerminalOutput): string {
  return line({word, time, who: '', what: '', why: plain(text), id: '', terminal})
}

function passedText(x: Exchange, {status, requestBytes, responseBytes, durationMs}: ExchangeEnd): string {
  const ms = `${Math.round(durationMs)} ms`
  const isRelayed = x.transport === 'connect' || x.transport === 'websocket'
  return isRelayed ? `${requestBytes + responseBytes} bytes ${ms}` : `${status} ${ms}`
}

function targetOf(x: Exchange, hiding: Parameters<typeof echoUrl>[1]): string {
  const url = echoUrl(x.target, hiding)
  const query = url.indexOf('?')
  const shown = plain(query < 0 ? url : `${url.slice(0, query)}?...`)
  // an ordinary tunnel has no path
  return x.transport === 'connect'
    ? shown.replace(/^https:\/\//, '').replace(/\/$/, '')
    : shown.replace(/^http:\/\//, '')
}

interface Parts {
  readonly word: Word
  readonly time: string
  readonly who: string
  readonly what: string
  readonly why: string
  readonly id: string
  readonly terminal: TerminalOutput
}

/** Cuts the line to fit: the path in its middle, then the reason; never the verdict and the id. */
function line({word, time, who, what, why, id, terminal}: Parts): string {
  const columns = terminal.columns()
  const verdict = word.padEnd(5)
  const join = (...parts: string[]): string => parts.filter((part) => part !== '').join('  ')
  const front = who === '' ? '' : `${who} `
  let target = what
  let reason = why
  const width = (): number => join(`${time} ${verdict} ${front}${target}`, reason, id).length
  if (columns !== undefined) {
    const over = (): number => Math.max(0, width() - columns)
    const free = columns - (width() - target.length - reason.length)
    target = middle(target, Math.max(MIN_TARGET, Math.floor(free * TARGET_SHARE), target.length - over()))
    reason = cut(reason, Math.max(0, reason.length - over()))
  }
  const shown = terminal.hasColour ? `\u001b[${COLOURS[word]}m${verdict}\u001b[0m` : verdict
  return `${join(`${time} ${shown} ${front}${target}`.trimEnd(), reason, id)}\n`
}

function plain(text: string): string {
  return plainText(text.slice(0, MAX_TEXT))
}

function cut(text: string, max: number): string {
  if (text.length <= max) return text
  return max <= 2 ? '' : `${text.slice(0, max - 2)}..`
}

function middle(text: string, max: number): string {
  if (text.length <= max) return text
  const kept = Math.max(0, max - 3)
  const head = Math.ceil(kept / 2)
  return `${text.slice(0, head)}...${text.slice(text.length - (kept - head))}`
}
