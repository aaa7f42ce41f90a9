// The demonstration as text for a person: each step, its command and its result.
import {fileURLToPath} from 'node:url'
import {printable} from '../../lib/terminal.js'
import {FILES} from './files.js'
import type {Check, DemoReport, StepIntroduction, StepReport} from './report.js'
import {NEXT_COMMANDS} from './run.js'

/** The same path from the sources and from the build. */
const ENTRY = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))
const WIDTH = 96
const INDENT = '   '

export function openingText(): string {
  return [
    'Pipelock demonstration: an agent, a firewall, a contract learned from traffic, and the proof of it.',
    'Everything happens on this machine, with the product itself; no request leaves it.',
  ].join('\n')
}

export function introductionText({title, explanation, commands}: StepIntroduction, number: number, of: number): string {
  return [
    '',
    `${number}/${of}  ${title}`,
    ...wrap(explanation, WIDTH - INDENT.length).map((line) => INDENT + line),
    ...commands.map((command) => `${INDENT}$ ${printable(command)}`),
  ].join('\n')
}

export function outcomeText({checks, notes, excerpt, error}: StepReport): string {
  return [
    ...checks.map((each) => INDENT + checkLine(each)),
    ...notes.map((note) => `${INDENT}- ${printable(note)}`),
    ...(excerpt ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => `${INDENT}| ${printable(line)}`),
    ...(error === undefined ? [] : [`${INDENT}FAILED: ${printable(error)}`]),
  ].join('\n')
}

export function closingText({ok, interrupted, directory, steps, skipped}: DemoReport): string {
  const failed = steps.filter((step) => !step.ok).map(({step}) => step)
  const missed = [...failed, ...(skipped.length === 0 ? [] : [`${skipped.length} steps were not reached`])].join(', ')
  const verdict = ok
    ? `All ${steps.length} steps came out as expected.`
    : `${interrupted ? 'Interrupted' : 'NOT as expected'}: ${missed}`
  return [
    '',
    verdict,
    `Files: ${printable(directory)} (kept; ${FILES.report} says what happened in each step)`,
    ...(ok
      ? [
          `To continue with them (pipelock is ${shellWord(ENTRY)}, unless it is installed):`,
          ...[`cd ${shellWord(directory)} && export PIPELOCK_HOME=$PWD/${FILES.home}`, ...NEXT_COMMANDS].map(
            (command) => `${INDENT}$ ${printable(command)}`,
          ),
        ]
      : []),
  ].join('\n')
}

function checkLine({what, wanted: requested, got, ok}: Check): string {
  const shown = `${printable(what)}: ${printable(got)}`
  return ok ? `ok    ${shown}` : `WRONG ${shown}, expected ${printable(requested)}`
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
