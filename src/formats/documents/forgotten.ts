// The record of forgotten rules, `forgotten.json`. A tombstone names a contract, not a rule: without this record an
// older, edited or recompiled candidate would bring the rule back under another contract hash. It holds ids only, no
// path or host of the rule. It is as trustworthy as its folder: whoever can remove it can remove the tombstones too.
import {PipelockError} from '../../core/errors.js'
import {quoted} from '../../lib/terminal.js'
import {decodeDocument} from './decode.js'
import {int, list, object, string, type Infer} from './schema.js'
import {indentedText} from './text.js'

/** About 30000 rules. */
export const MAX_FORGOTTEN_BYTES = 8 * 1024 * 1024

const RULE = object({
  rule_id: string,
  /** The agent of the contract; "" when the contract names no single agent. */
  agent: string,
  /** The contract that the tombstone names. */
  contract_hash: string,
  authorization_id: string,
  forgotten_at: string,
})

const RECORD = object({schema_version: int, rules: list(RULE)})

export type ForgottenRule = Infer<typeof RULE>

/** Throws when the record cannot be read: which rules must not be enforced is then unknown. */
export function decodeForgotten(bytes: Uint8Array): readonly ForgottenRule[] {
  const record = decodeDocument(bytes, 'json', RECORD, {
    maxBytes: MAX_FORGOTTEN_BYTES,
    name: 'record of forgotten rules',
  })
  if (record.schema_version !== 1) {
    throw new PipelockError('bad_schema_version', 'a record of forgotten rules has schema_version 1')
  }
  return record.rules ?? []
}

/** The record with one more rule; undefined when the rule is already recorded for this agent. */
export function forgottenText(rules: readonly ForgottenRule[], added: ForgottenRule): string | undefined {
  if (rules.some(({rule_id, agent}) => rule_id === added.rule_id && agent === added.agent)) return undefined
  const text = indentedText({schema_version: 1, rules: [...rules, added]})
  if (Buffer.byteLength(text) > MAX_FORGOTTEN_BYTES) {
    throw new PipelockError(
      'payload_too_large',
      `the record of forgotten rules holds ${rules.length} rules and is full`,
    )
  }
  return text
}

/** Throws `usage` for a rule that was not forgotten: a misspelt id must not pass for a restored rule. */
export function checkRestored(rules: readonly ForgottenRule[], restored: readonly string[]): void {
  for (const id of restored) {
    if (rules.some((rule) => rule.rule_id === id)) continue
    throw new PipelockError('usage', `--restore-forgotten ${quoted(id)}: no rule of this id has been forgotten`, {
      hint: 'leave the flag out, or name a rule that an earlier error or note called forgotten',
    })
  }
}

const MAX_SHOWN = 20

/** `ids` must not be empty. */
export function forgottenRefused(ids: readonly string[]): PipelockError {
  const shown = ids.slice(0, MAX_SHOWN)
  const more = ids.length > shown.length ? ` and ${ids.length - shown.length} more` : ''
  return new PipelockError(
    'rule_forgotten',
    `rules that learn forget removed would be enforced again: ${shown.map((id) => quoted(id)).join(', ')}${more}`,
    {
      hint: `leave them at capture_only, or restore them deliberately: ${shown.map((id) => `--restore-forgotten ${id}`).join(' ')}`,
    },
  )
}
