// The guided first run: every step in order, reported as it happens, bounded in time, and ended cleanly by an
// interrupt. A step that cannot run ends the demonstration; one whose expectations fail makes it fail.
import {PipelockError} from '../../core/errors.js'
import type {Ports} from '../../core/ports.js'
import {FILES} from './files.js'
import {decisionSteps} from './decision-steps.js'
import {evidenceSteps} from './evidence-steps.js'
import {firstSteps} from './first-steps.js'
import {HOURS_APART, learningSteps, SESSIONS} from './learning-steps.js'
import {lockSteps} from './lock-steps.js'
import type {DemoReport, Step, StepIntroduction, StepReport} from './report.js'
import {createWorld} from './world.js'

export interface DemoOptions {
  readonly directory: string | undefined
  readonly ports: Ports
  readonly signal: AbortSignal
  /** Called before a step and after it; `number` from 1. */
  readonly begins: (step: StepIntroduction, number: number, of: number) => void
  readonly ended: (step: StepReport) => void
}

const LIMIT_MS = 55_000
/** The learned sessions, and the held-back one, which lies in the present. */
const HOURS_BACK = (SESSIONS + 1) * HOURS_APART

export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(LIMIT_MS)])
  const world = await createWorld({...options, signal, hoursBack: HOURS_BACK})
  const steps = [
    ...firstSteps(world, HOURS_BACK),
    ...learningSteps(world),
    ...decisionSteps(world),
    ...lockSteps(world),
    ...evidenceSteps(world),
  ]
  const reports: StepReport[] = []
  try {
    for (const step of steps) {
      if (signal.aborted) break
      options.begins(step, reports.length + 1, steps.length)
      const report = await take(step, options.signal)
      reports.push(report)
      options.ended(report)
      if (report.error !== undefined) break
    }
  } finally {
    await world.close()
  }
  const skipped = steps.slice(reports.length).map(({step}) => step)
  const report: DemoReport = {
    ok: skipped.length === 0 && reports.every(({ok}) => ok),
    interrupted: options.signal.aborted,
    directory: world.directory,
    origin_port: world.origin.port,
    steps: reports,
    skipped,
  }
  world.write('report', `${JSON.stringify(report, null, 2)}\n`)
  return report
}

async function take({run, ...introduction}: Step, interrupted: AbortSignal): Promise<StepReport> {
  try {
    const {checks, notes = [], files = [], excerpt} = await run()
    const ok = checks.every((each) => each.ok)
    return {...introduction, ok, checks, notes, files, ...(excerpt === undefined ? {} : {excerpt})}
  } catch (error) {
    return {...introduction, ok: false, checks: [], notes: [], files: [], error: reasonOf(error, interrupted)}
  }
}

function reasonOf(error: unknown, interrupted: AbortSignal): string {
  if (interrupted.aborted) return 'interrupted'
  if (error instanceof PipelockError) return `${error.code}: ${error.message}`
  if (!(error instanceof Error)) return String(error)
  return error.name === 'TimeoutError' || error.name === 'AbortError'
    ? `the demonstration took longer than ${LIMIT_MS / 1000} s`
    : error.message
}

/** Suggested next commands for the directory, most useful first. */
export const NEXT_COMMANDS: readonly string[] = [
  `less ${FILES.review}`,
  `pipelock learn ratify --interactive --candidate ${FILES.candidate} --out mine.yaml`,
  `pipelock run -c ${FILES.lockConfig}`,
]
