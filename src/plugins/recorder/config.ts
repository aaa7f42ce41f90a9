// The `flight_recorder` section. Zero means "default" for the two sizes; settings that cannot work without
// each other are refused at load, never parsed and ignored.
import {z} from 'zod'
import {DEFAULT_EVIDENCE, DEFAULT_RECEIPT_KEY} from '../../core/home-path.js'

const CHECKPOINT_INTERVAL = 1000
const MAX_ENTRIES_PER_FILE = 10_000

const size = (standard: number, meaning: string) =>
  z
    .int()
    .min(0)
    .default(standard)
    .transform((value) => (value === 0 ? standard : value))
    .describe(`${meaning}; 0 means ${standard}`)

/** Left out or null is on. */
const protective = z
  .boolean()
  .nullish()
  .transform((value) => value ?? true)

const flight_recorder = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('write evidence of every decision')
      .meta({weaker: {when: 'off', gates: true}}),
    dir: z
      .string()
      .default(DEFAULT_EVIDENCE)
      .describe('directory of the evidence files; <home> is --home, PIPELOCK_HOME or ~/.pipelock')
      .meta({weaker: 'restart', path: true}),
    checkpoint_interval: size(CHECKPOINT_INTERVAL, 'entries between two checkpoints').meta({weaker: 'higher'}),
    retention_days: z
      .int()
      .min(0)
      .default(0)
      .describe('days after which evidence files are removed, once a signed anchor stands for them; 0 keeps them')
      .meta({weaker: {when: 'lower', unlimited: 0}}),
    redact: protective.describe('take credentials out of evidence before it is signed').meta({weaker: 'off'}),
    sign_checkpoints: protective.describe('sign the checkpoints with the receipt key').meta({weaker: 'off'}),
    signing_key_path: z
      .string()
      .default(DEFAULT_RECEIPT_KEY)
      .describe('private key that signs receipts, made when it is the default and missing; empty: no receipts')
      .meta({weaker: 'restart', path: true}),
    max_entries_per_file: size(MAX_ENTRIES_PER_FILE, 'lines at which a new evidence file begins').meta({
      weaker: 'never',
    }),
    raw_escrow: z
      .boolean()
      .default(false)
      .describe('seal the unredacted text of each entry to escrow_public_key, in a separate file')
      .meta({weaker: 'changed'}),
    escrow_public_key: z
      .string()
      .default('')
      .refine((key) => key === '' || /^[0-9a-fA-F]{64}$/.test(key), {
        message: 'must be the 64 hex characters of an X25519 public key',
      })
      .describe('X25519 public key in hex that raw_escrow encrypts to')
      .meta({weaker: 'changed'}),
    fsync: z
      .enum(['every', 'group', 'async'])
      .default('group')
      .describe('when entries are made durable: each by itself, together within 10 ms, or within 100 ms')
      .meta({weaker: ['async', 'group', 'every']}),
    require_receipts: z.boolean().default(false).describe('block what cannot be receipted').meta({weaker: 'off'}),
  })
  .meta({formerKeys: {path: 'renamed to flight_recorder.dir'}})
  .refine((section) => !section.enabled || section.dir !== '', {
    path: ['dir'],
    message: 'is required when flight_recorder.enabled is true',
  })
  .refine((section) => !section.raw_escrow || section.escrow_public_key !== '', {
    path: ['escrow_public_key'],
    message: 'is required when flight_recorder.raw_escrow is true',
  })
  .refine((section) => section.retention_days === 0 || !section.enabled || section.signing_key_path !== '', {
    path: ['retention_days'],
    message: 'needs signing_key_path: files are removed only after a signed anchor says what they held',
  })
  .refine((section) => !section.require_receipts || (section.enabled && section.signing_key_path !== ''), {
    path: ['require_receipts'],
    message: 'needs flight_recorder.enabled and signing_key_path: without a key there are no receipts',
  })
  .transform((section) =>
    // with evidence off no key is needed: none is created, so none is named
    !section.enabled && section.signing_key_path === DEFAULT_RECEIPT_KEY ? {...section, signing_key_path: ''} : section,
  )
  .prefault({})
  .meta({policyHash: 'omitted'})

export const sections = {flight_recorder}

export type RecorderConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
