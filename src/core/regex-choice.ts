// The regular-expression engine of a run: the native one where it loads, or the one named by PIPELOCK_REGEX.
import {openEngine, PatternError, type RegexEngine} from '../lib/regex/engine.js'
import {PipelockError} from './errors.js'
import type {Ports} from './ports.js'

export function chosenEngine(env: Ports['env']): RegexEngine {
  try {
    return openEngine(env['PIPELOCK_REGEX'])
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new PipelockError('usage', `PIPELOCK_REGEX: ${error.message}`, {
      hint: 'unset it, or set it to re2js; "npm rebuild re2" builds the native engine',
    })
  }
}
