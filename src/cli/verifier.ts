// pipelock-verifier: the command line of a verifier that auditors get without the rest of the product. Exit
// statuses are part of the interface: 0 valid, 1 invalid, 2 unreadable or unparsable input or a bad key, 64 wrong usage.
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
  const {verifyReceipts, validText, invalidText} = await plugin.tools()
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
  if (flags.json) output.out(`${printableJson(JSON.stringify(json, null, 2))}\n`)
  else if (valid) output.out(validText(kind, path, json))
  else output.err(invalidText(kind, path, json))
  if (valid) return 0
  // input that is not a receipt at all is unparsable, not invalid
  return kind === 'receipt' && 'reason' in json && json.reason === 'malformed_json' ? 2 : 1
}
