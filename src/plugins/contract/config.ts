// The `learn_lock` section. A mistyped mode is an error even while the lock is off: a typo must never unlock.
import {isAbsolute} from 'node:path'
import {z} from 'zod'

export type LockMode = 'live' | 'shadow' | 'capture'

const directory = (meaning: string) =>
  z
    .string()
    .default('')
    .refine((path) => path === '' || isAbsolute(path), {message: 'must be an absolute path'})
    .describe(meaning)

const environment = z.strictObject(
  {
    id: z.string().min(1, {message: 'must not be empty'}),
    tenant: z.string(),
    deployment_id: z.string(),
  },
  {
    error: ({input}) =>
      typeof input === 'string'
        ? 'is a block of id, tenant and deployment_id now; a plain string is the old form'
        : undefined,
  },
)

const REQUIRED = ['store_dir', 'roster_path', 'environment', 'pinned_root_fingerprint'] as const

const learn_lock = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('judge traffic by the promoted contracts (restart)')
      .meta({weaker: {when: 'restart', gates: true}}),
    mode: z
      .enum(['live', 'shadow', 'capture', ''])
      .nullable()
      .default('')
      .describe('live blocks; shadow and capture only say what live would do; empty: shadow')
      .meta({weaker: {when: ['capture', 'shadow', 'live'], as: (mode: LockMode | '' | null) => mode || 'shadow'}}),
    store_dir: directory('contract store, absolute (restart)').meta({weaker: 'restart', path: true}),
    roster_path: directory('key roster, absolute (restart)').meta({weaker: 'restart', path: true}),
    environment: environment
      .optional()
      .describe('must equal the environment of every manifest (restart)')
      .meta({weaker: 'restart'}),
    pinned_root_fingerprint: z
      .string()
      .default('')
      .refine((text) => text === '' || /^sha256:[0-9a-f]{64}$/.test(text), {
        message: 'must be sha256: and 64 lowercase hexadecimal digits',
      })
      .describe('fingerprint of the roster root (restart)')
      .meta({weaker: 'restart'}),
    minimum_signatures: z
      .int()
      .default(1)
      .describe('signatures that a manifest needs; 0 and less mean 1')
      .meta({weaker: {when: 'lower', as: (count: number) => Math.max(1, count)}}),
    require_active: z
      .boolean()
      .default(false)
      .describe('in mode live, refuse to start without a promoted contract, also when none was ever in force')
      .meta({weaker: 'off'}),
    minimum_generation: z
      .int()
      .min(0)
      .optional()
      .describe(
        'in mode live, refuse to start with an older generation; left out: the last one that the receipts of this firewall name; 0 begins anew',
      )
      .meta({weaker: 'set'}),
  })
  .superRefine((section, context) => {
    if (!section.enabled) return
    for (const key of REQUIRED) {
      if (!section[key])
        context.addIssue({code: 'custom', path: [key], message: 'is required when learn_lock.enabled is true'})
    }
  })
  .prefault({})

export const sections = {learn_lock}

export type ContractConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
