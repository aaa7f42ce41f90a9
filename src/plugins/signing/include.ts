// The value of `signing roster build --include`: comma-separated fields, a comma inside a value as `\,`.
import {PipelockError} from '../../core/errors.js'
import {isKeyPurpose, type KeyPurpose} from '../../formats/key-purpose.js'

export interface Include {
  readonly id: string
  readonly key: string
  readonly purpose: KeyPurpose
  readonly status: 'active' | 'revoked'
  readonly role: string | undefined
}

const FIELDS = ['id', 'key', 'purpose', 'status', 'role'] as const
type FieldName = (typeof FIELDS)[number]

function wrong(what: string): never {
  throw new PipelockError('usage', `--include: ${what}`, {
    hint: 'expected id=…,key=…,purpose=…[,status=active|revoked][,role=…]',
  })
}

/** Wrong usage throws `usage`; what a roster may not hold throws `roster_invalid`. */
export function parseInclude(text: string): Include {
  const fields = new Map<FieldName, string>()
  for (const part of splitFields(text)) {
    const at = part.indexOf('=')
    const name = FIELDS.find((field) => field === part.slice(0, Math.max(0, at)).trim())
    if (name === undefined) return wrong(`unknown field in ${JSON.stringify(part)}`)
    if (fields.has(name)) return wrong(`duplicate ${name}`)
    fields.set(name, part.slice(at + 1).trim())
  }
  const required = (name: FieldName): string => fields.get(name) || wrong(`${name} is missing`)
  const id = required('id')
  const key = required('key')
  const purpose = required('purpose')
  if (!isKeyPurpose(purpose)) return wrong(`unknown purpose ${JSON.stringify(purpose)}`)
  const status = fields.get('status') ?? 'active'
  if (purpose === 'roster-root' || status === 'root') {
    throw new PipelockError(
      'roster_invalid',
      `--include ${JSON.stringify(id)}: the root of a roster is given with --root alone`,
    )
  }
  if (status !== 'active' && status !== 'revoked') return wrong(`unknown status ${JSON.stringify(status)}`)
  return {id, key, purpose, status, role: fields.get('role') || undefined}
}

/** Splits at commas that no backslash protects; other backslashes stay, since paths may hold them. */
function splitFields(text: string): string[] {
  const parts: string[] = []
  let part = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && text[i + 1] === ',') {
      part += ','
      i++
    } else if (text[i] === ',') {
      parts.push(part)
      part = ''
    } else {
      part += text[i]
    }
  }
  return [...parts, part]
}
