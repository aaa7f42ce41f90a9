// One event as one line: members in a fixed order, escaped, so that client text can forge neither a line nor a member.
import {cleanText, cleanValue} from '../../lib/clean-text.js'
import {messageOf} from './event.js'

export type Level = 'debug' | 'info' | 'warn' | 'error'
type Fields = Readonly<Record<string, unknown>>

/** The agent precedes the event, as in the lines of a sub-logger; fields must not repeat the line's own members. */
const OWN: ReadonlySet<string> = new Set(['agent', 'level', 'component', 'event', 'time', 'message'])

export function jsonLine(level: Level, event: string, fields: Fields, time: string): string {
  let line = `{"level":"${level}","component":"pipelock"`
  const agent = member('agent', fields['agent'])
  if (agent !== '') line += agent
  line += `,"event":${quoted(event)}`
  for (const name of Object.keys(fields)) if (!OWN.has(name)) line += member(name, fields[name])
  return `${line},"time":"${time}","message":${quoted(eventMessage(event, fields))}}\n`
}

export function textLine(level: Level, event: string, fields: Fields, time: string): string {
  let line = `${time} ${level.toUpperCase().padEnd(5)} ${event}`
  for (const name of Object.keys(fields)) {
    const value = cleanValue(fields[name])
    if (value !== undefined && value !== '' && name !== 'message') line += ` ${name}=${JSON.stringify(value)}`
  }
  return `${line} ${eventMessage(event, fields)}\n`
}

/** For people: the event and its place. */
export function eventText(event: string, fields: Fields): string {
  const beside = Object.entries(fields).flatMap(([name, value]) =>
    name === 'message' || value === undefined || value === '' || value === null
      ? []
      : [`${name}=${String(cleanValue(value))}`],
  )
  return [eventMessage(event, fields), ...beside].join(' ')
}

/** The given message, or the text of the event. */
function eventMessage(event: string, {message}: Fields): string {
  return typeof message === 'string' ? cleanText(message) : messageOf(event)
}

/** With its comma; "" for an empty value. */
function member(name: string, value: unknown): string {
  if (value === undefined || value === '') return ''
  // most values are text without a character that JSON or a terminal interprets
  if (typeof value === 'string' && !SPECIAL.test(value)) return `${named(name)}"${value}"`
  if (typeof value === 'number') return named(name) + (Number.isFinite(value) ? String(value) : 'null')
  const clean = cleanValue(value)
  const text: string | undefined = clean === '' ? undefined : JSON.stringify(clean)
  return text === undefined ? '' : named(name) + text
}

const NAMES = new Map<string, string>()

/** Member names are constants of the program: a small cache suffices. */
function named(name: string): string {
  const known = NAMES.get(name)
  if (known !== undefined) return known
  const made = `,${quoted(name)}:`
  if (NAMES.size < 512) NAMES.set(name, made)
  return made
}

function quoted(text: string): string {
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`
}

const SPECIAL = /[\u0000-\u001f"\\\u007f-\u009f\ud800-\udfff]/
