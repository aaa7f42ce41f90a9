// pipelock-verifier: verifies receipts and chains without the rest of the product. Its exit statuses are part of the
// interface: 0 valid, 1 invalid, 2 unreadable or unparsable input or a bad key, 64 wrong usage.
import {statSync} from 'node:fs'
import {parseArgs} from 'node:util'
import {errorText} from '../lib/error-text.js'
import {printable, printableJson} from '../lib/terminal.js'
import {plugins} from '../plugins/registry.js'

const USAGE = `pipelock-verifier receipt PATH [FLAGS]
pipelock-verifier chain PATH [--dir [--session S]] [--expect-head HASH] [FLAGS]    (also: evidence PATH)

  --key KEY                    trusted signer: 64 hex characters or a public key file; repeatable
  --dir                        PATH is an evidence directory
  --session S                  session in that directory, default proxy
  --expect-head HASH           root hash known from elsewhere: the only way to see a removed tail
  --expect-signer-id ID        what every evidence receipt must name: its signer,
  --expect-contract HASH         contract,
  --expect-manifest HASH         active manifest,
  --expect-payload-kind KIND     payload kind
  --json                       print one JSON document

Exit status: 0 valid, 1 invalid, 2 unreadable or unparsable input or bad key, 64 usage.
`

export interface VerifierOutput {
  out(text: string): void
  err(text: string): void
}

const OPTIONS = {
  key: {type: 'string', multiple: true},
  dir: {type: 'boolean'},
  session: {type: 'string'},
  'expect-head': {type: 'string'},
  'expect-signer-id': {type: 'string'},
  'expect-contract': {type: 'string'},
  'expect-manifest': {type: 'string'},
  'expect-payload-kind': {type: 'string'},
  json: {type: 'boolean'},
  help: {type: 'boolean', short: 'h'},
} as const

class WrongUsage extends Error {}

/** The exit status. */
export async function runVerifier(argv: readonly string[], output: VerifierOutput): Promise<0 | 1 | 2 | 64> {
  try {
    const request = read(argv)
    if (request === undefined) {
      output.out(USAGE)
      return 0
    }
    return await verify(request, output)
  } catch (error) {
    const message = errorText(error)
    if (error instanceof WrongUsage) {
      output.err(`error: ${printable(message)}\n\n${USAGE}`)
      return 64
    }
    output.err(`error: ${printable(message)}\n`)
    return 2
  }
}

interface VerifyRequest {
  readonly kind: 'receipt' | 'chain'
  readonly path: string
  readonly flags: ReturnType<typeof parse>['values']
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({args: [...argv], options: OPTIONS, allowPositionals: true, strict: true})
  } catch (error) {
    throw new WrongUsage(errorText(error))
  }
}

/** undefined when help is requested. */
function read(argv: readonly string[]): VerifyRequest | undefined {
  const {values: flags, positionals} = parse(argv)
  if (flags.help) return undefined
  const [word = '', path, ...more] = positionals
  const kind = word === 'evidence' ? 'chain' : word
  if (kind !== 'receipt' && kind !== 'chain') throw new WrongUsage(`unknown subcommand ${JSON.stringify(word)}`)
  if (path === undefined || more.length > 0)
    throw new WrongUsage(`${word} requires one path, got ${positionals.length - 1}`)
  if (kind === 'receipt') {
    const wrong = (['dir', 'session', 'expect-head'] as const).find((name) => flags[name] !== undefined)
    if (wrong !== undefined) throw new WrongUsage(`--${wrong} is for chains`)
  } else if (!flags.dir) {
    if (flags.session !== undefined) throw new WrongUsage('--session needs --dir')
    if (statSync(path, {throwIfNoEntry: false})?.isDirectory())
      throw new WrongUsage(`${path} is a directory: pass --dir`)
  }
  return {kind, path, flags}
}

async function verify({kind, path, flags}: VerifyRequest, output: VerifierOutput): Promise<0 | 1 | 2> {
  const {default: plugin} = await plugins.receipts()
  const {verifyReceipts} = await plugin.tools()
  const {json, valid} = await verifyReceipts({
    ...(flags.dir ? {chain: path} : {file: path, as: kind}),
    session: flags.session ?? 'proxy',
    keys: flags.key ?? [],
    endorsements: [],
    expect: {
      signerKeyId: flags['expect-signer-id'],
      contractHash: flags['expect-contract'],
      activeManifestHash: flags['expect-manifest'],
      payloadKind: flags['expect-payload-kind'],
    },
    expectHead: flags['expect-head'],
    structural: true,
    wholeRecorder: false,
    allowUnanchoredSeal: false,
    strict: false,
    requirePinned: false,
    tolerateTornTail: false,
    retainedSuffix: false,
  })
  const result = json as Members
  if (flags.json) output.out(`${printableJson(JSON.stringify(json, null, 2))}\n`)
  else if (valid) output.out(validText(kind, path, result))
  else output.err(invalidText(kind, path, result))
  if (valid) return 0
  // input that is not a receipt at all is unparsable, not invalid
  return kind === 'receipt' && result['reason'] === 'malformed_json' ? 2 : 1
}

/** Column of the longest label. */
const WIDE = 21

type Members = Readonly<Record<string, unknown>>

const SHOWN = [
  ...['record_type', 'action_id', 'verdict', 'transport', 'signer_key', 'signer_key_id', 'policy_hash', 'payload_kind'],
  ...['contract_hash', 'active_manifest_hash', 'chain_seq', 'receipt_hash', 'receipt_count', 'final_seq', 'root_hash'],
  ...['start_time', 'end_time', 'completeness'],
]

function validText(kind: VerifyRequest['kind'], path: string, result: Members): string {
  const parts = [result['action_receipt_v1'], result['evidence_receipt_v2']].filter((part) => part !== undefined)
  const blocks = parts.length > 0 ? (parts as unknown as readonly Members[]) : [result]
  return lines([
    `${kind.toUpperCase()} VALID: ${printable(path)}`,
    ...blocks.flatMap((block) => [
      ...SHOWN.flatMap((name) =>
        block[name] === undefined ? [] : [line(name.replaceAll('_', ' '), block[name], WIDE)],
      ),
      line(
        'signatures',
        block['signatures_verified'] ? 'verified' : 'not checked (self-consistency only; pass --key for provenance)',
        WIDE,
      ),
    ]),
    ...limitsOf(result, WIDE),
  ])
}

function invalidText(kind: VerifyRequest['kind'], path: string, result: Members): string {
  return lines([
    `${kind === 'chain' ? 'CHAIN BROKEN' : 'RECEIPT INVALID'}: ${printable(path)}`,
    line('error', `${text(result['reason'])}: ${text(result['error'])}`),
    ...(kind === 'chain' ? [line('broken at', `seq ${text(result['broken_at_seq'] ?? 0)}`)] : []),
    ...limitsOf(result),
  ])
}

const limitsOf = ({limits}: Members, width?: number): readonly string[] =>
  Array.isArray(limits) ? limits.map((limit: unknown) => line('limit', limit, width)) : []

const line = (label: string, value: unknown, width = 11): string =>
  `  ${`${label}:`.padEnd(width)} ${printable(text(value))}`
const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const lines = (all: readonly string[]): string => `${all.join('\n')}\n`
