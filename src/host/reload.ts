// Decides whether a configuration may replace the running one. Weaker settings are announced first, and refused in
// strict mode.
import {PipelockError} from '../core/errors.js'
import type {EffectiveConfig} from '../plugins/effective-config.js'
import {sha256Hex} from '../lib/hash.js'
import {readConfigBytes} from './config/file.js'
import {schemasOf, type ConfigSource, type LoadedConfig} from './config/load.js'
import type {Generation} from './generation.js'
import {type FileLines, linesOfFiles} from './config/file-lines.js'
import {compare, type FieldNote} from './config/weaker.js'

export interface Accepted {
  readonly config: EffectiveConfig
  readonly notes: readonly FieldNote[]
  /** Lines of the files that the new configuration names, for the next reload. */
  readonly lines: FileLines
}

/** Lines of the files that a configuration names. */
export async function fileLines(loaded: Pick<LoadedConfig, 'config' | 'plugins'>): Promise<FileLines> {
  return linesOfFiles(loaded.config, await schemasOf(loaded))
}

/** Throws config_invalid. */
export async function acceptReload(
  {loaded: running, services: {dlp, injection}}: Generation,
  runningLines: FileLines,
  fresh: LoadedConfig,
  announce: (note: FieldNote) => void,
): Promise<Accepted> {
  // an empty file, which an editor or a full disk leaves for a moment, is not a decision of the operator
  if (fresh.isEmpty)
    throw new PipelockError('config_invalid', `${fresh.path ?? 'the configuration'}: the file is empty`)
  const lines = await fileLines(fresh)
  const {config, ignored, weaker, refused} = compare(running.config, fresh.config, {
    // a removed plugin takes its section with it: that change is compared too
    schemas: {...(await schemasOf(running)), ...(await schemasOf(fresh))},
    rules: {dlp: dlp.ruleNames, injection: injection.ruleNames},
    lines: {running: runningLines, next: lines},
  })
  if (refused.length > 0) throw new PipelockError('config_invalid', refused.join('; '))
  const notes = [...weaker, ...ignored]
  for (const note of notes) announce(note)
  if (running.config.mode === 'strict' && weaker.length > 0) {
    const fields = [...new Set(weaker.map(({field}) => field))].join(', ')
    throw new PipelockError('config_invalid', `strict mode refuses a weaker policy: ${fields}`)
  }
  return {config, notes, lines}
}

/** Of its file and of its construction. */
export function warningsOf({loaded, warnings}: Generation): readonly FieldNote[] {
  return [...loaded.warnings, ...warnings]
}

/** Warnings that the operator has not been shown yet. */
export function newWarnings(old: Generation, next: Generation): readonly FieldNote[] {
  const known = warningsOf(old)
  return warningsOf(next).filter(
    (one) => !known.some(({field, message}) => field === one.field && message === one.message),
  )
}

/** undefined where there is no file, or it cannot be read: the reload itself reports the reason. */
export function contentHash(source: ConfigSource): string | undefined {
  if (source.kind !== 'file') return undefined
  try {
    return sha256Hex(readConfigBytes(source.path))
  } catch {
    return undefined
  }
}
