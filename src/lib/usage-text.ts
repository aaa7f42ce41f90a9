// One sentence for what an argument parser refused. The parser lays its findings out in lines with advice between them;
// what it knows as data is taken from the error, and never the value behind an option, which may be a secret.
import {errorText} from './error-text.js'
import {nearest} from './nearest.js'

/** What the errors of oclif's parser carry besides their text. */
interface ParserError {
  /** Names of missing positionals, or unexpected words. */
  readonly args?: readonly (string | {readonly name: string})[]
  /** Unknown flags as typed, with the value of `--flag=value`. */
  readonly flags?: readonly string[]
}

/** `known` are the long names of the command's flags, without dashes. */
export function usageText(error: unknown, known: Iterable<string>): string {
  const {args, flags} = (error instanceof Error ? error : {}) as ParserError
  if (flags && flags.length > 0) return flags.map((flag) => unknownFlag(flag, known)).join('; ')
  if (args && args.length > 0) {
    const names = args.flatMap((arg) => (typeof arg === 'string' ? [] : [arg.name.toUpperCase()]))
    return names.length > 0 ? missing(names) : `unexpected argument${args.length === 1 ? '' : 's'}: ${args.join(', ')}`
  }
  const lines = errorText(error)
    .replace(/^The following errors? occurred:/, '')
    .replace(/\nSee more help with --help$/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const required = lines.map((line) => /^Missing required flag (\S+)$/.exec(line)?.[1])
  if (required.every((name) => name !== undefined)) return missing(required.map((name) => `--${name}`))
  const text = lines.join(' ')
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

function missing(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  if (names.length === 1) return `${last} is missing`
  return `${names.slice(0, -1).join(', ')} and ${last} are missing`
}

function unknownFlag(typed: string, known: Iterable<string>): string {
  const [name = ''] = typed.split('=')
  const meant = name.startsWith('--') ? nearest(name.slice(2), known) : undefined
  return `unknown flag ${name}${meant === undefined ? '' : `; did you mean --${meant}?`}`
}
