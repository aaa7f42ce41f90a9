// Messages of a client to a server, by what they add to those before them: a credential cut over several messages, or sent in
// numbered pieces such as `part2: …`. What a message holds by itself is found when it is inspected as a body.
import {isUtf8} from 'node:buffer'
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import type {EventVerdict, Watcher} from '../../core/plugin.js'
import type {TextOptions} from '../../core/services/dlp.js'
import {inTurns} from '../../core/work.js'
import {Collected, type PatternVerdict, type Scanners} from './scan.js'

/** UTF-16 units of earlier messages that the next one is joined to. */
const TAIL = 4_096
/** Numbered pieces that are remembered; the oldest is forgotten. */
const MAX_PIECES = 64
const PIECE =
  /^[\s"'{[(]*(?:part|chunk|fragment|frag|piece|segment|seg)[\s_#-]*(\d{1,4})(?:\s*(?:of|\/)\s*\d{1,4})?[\s"')\]]*[:=]\s*(\S.*)$/is

/** Numbers meet by accident at the end of one message and the beginning of the next. */
const JOINED: TextOptions = {surface: 'message', credentialsOnly: true}

type MatchesOf = (verdict: PatternVerdict) => readonly Finding[]

export function watchMessages(
  x: Exchange,
  {textSteps, joinedSteps}: Pick<Scanners, 'textSteps' | 'joinedSteps'>,
  findingsOf: MatchesOf,
): Watcher {
  /** The end of the earlier messages, one after the other. */
  let tail = ''
  /** The same with a space behind each of them. */
  let spacedTail = ''
  const pieces = new Map<number, string>()

  function* feed({bytes}: Unit): Generator<undefined, EventVerdict> {
    const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
    const matches = new Collected()
    const beginning = text.slice(0, TAIL)
    const joints = new Set([tail + beginning, spacedTail + beginning])
    for (const joint of joints) {
      matches.add(yield* textSteps(joint, JOINED))
      yield
    }
    tail = (tail + text).slice(-TAIL)
    if (text !== '') spacedTail = `${spacedTail}${text} `.slice(-TAIL)
    const ordered = addPiece(text)
    if (ordered.length > 1) matches.add(yield* joinedSteps(ordered, JOINED))
    const {enforced, informational, exhausted} = matches
    return {findings: findingsOf({matches: enforced, informational, exhausted}), open: false}
  }

  /** All pieces by their number; empty where this text is none. */
  const addPiece = (text: string): readonly string[] => {
    const [, number, value] = PIECE.exec(text.slice(0, TAIL)) ?? []
    if (number === undefined || value === undefined) return []
    pieces.delete(Number(number))
    // a lazy expression up to the last sign would read long runs of spaces again and again
    pieces.set(Number(number), value.trimEnd())
    if (pieces.size > MAX_PIECES) pieces.delete(pieces.keys().next().value ?? 0)
    return [...pieces].sort(([a], [b]) => a - b).map(([, piece]) => piece)
  }

  return {
    layer: 'body_dlp',
    maxEventBytes: Infinity,
    feed: (unit) => inTurns(x, feed(unit)),
    unreadable: () => {
      throw new Error('messages arrive whole')
    },
  }
}
