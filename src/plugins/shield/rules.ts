// What one section asks for, as the pipelines take it.
import type {UrlRules} from './urls.js'

export type Strictness = 'minimal' | 'standard' | 'aggressive'

export interface Rules extends UrlRules {
  readonly traps: boolean
  readonly shims: boolean
  readonly strictness: Strictness
}

/** Words by which a text gives orders to whoever reads for somebody else. */
export const INSTRUCTION_WORDS = /ignore|disregard|forget|override|instead|instruction/i

/** Whether a comment goes. */
export function isTrapComment(data: string, {traps, strictness}: Rules): boolean {
  if (!traps || strictness === 'minimal') return false
  return strictness === 'aggressive' ? data.trim() !== '' : INSTRUCTION_WORDS.test(data)
}
