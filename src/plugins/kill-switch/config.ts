// The section `kill_switch`: the sources that deny all traffic, who may still do what, and the HTTP API.
import {isAbsolute} from 'node:path'
import {z} from 'zod'
import {listenAddress} from '../../core/config.js'
import {includesRange, parseRange} from '../../lib/ip.js'

const MESSAGE = 'Emergency deny-all active'

const token = z.string().regex(/^[\x21-\x7e]*$/, {
  message: 'must be printable ASCII without spaces: openssl rand -hex 32 makes one',
})

const peer = z.string().superRefine((text, context) => {
  const range = parseRange(text)
  const problem =
    typeof range === 'string' ? range : /\/0$/.test(text) ? 'would exempt every client: name the hosts' : undefined
  if (problem !== undefined) context.addIssue({code: 'custom', message: problem})
})

const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  message: 'must be an origin, such as https://admin.example.com',
})

const kill_switch = z
  .strictObject({
    enabled: z.boolean().default(false).describe('deny all traffic: the source config').meta({weaker: 'off'}),
    sentinel_file: z
      .string()
      .default('')
      .describe('deny all traffic while a file of this name exists; empty: no such file')
      .meta({weaker: 'changed', path: true}),
    message: z
      .string()
      .max(256)
      .regex(/^[^\x00-\x1f\x7f]*$/, {message: 'must be one line without control characters'})
      .default(MESSAGE)
      .describe('shown to denied clients')
      .meta({weaker: 'never'}),
    health_exempt: z.boolean().default(true).describe('/health responds meanwhile').meta({weaker: 'never'}),
    metrics_exempt: z.boolean().default(true).describe('/metrics responds meanwhile').meta({weaker: 'never'}),
    api_exempt: z
      .boolean()
      .default(true)
      .describe('the API responds on the main listener meanwhile')
      .meta({weaker: 'never'}),
    allowlist_ips: z
      .array(peer)
      .default([])
      .describe('addresses and networks of clients that are never denied')
      .meta({weaker: {when: 'added', includes: includesRange}}),
    api_token: token
      .default('')
      .describe('secret of the HTTP API; PIPELOCK_KILLSWITCH_API_TOKEN overrides it')
      .meta({weaker: {when: 'changed', secret: true}}),
    read_token: token
      .default('')
      .describe('secret that permits reading only; PIPELOCK_KILLSWITCH_READ_TOKEN overrides it')
      .meta({weaker: {when: 'changed', secret: true}}),
    api_listen: z
      .union([z.literal(''), listenAddress])
      .default('')
      .describe('listener of its own for the API (restart); empty: the main listener')
      .meta({weaker: 'restart'}),
    api_allowed_origins: z
      .array(origin)
      .default([])
      .describe('origins of pages that may call the API')
      .meta({weaker: 'added'}),
    local_admin: z
      .boolean()
      .default(true)
      .describe('without a token, serve the API on a loopback port that the commands of this user know (restart)')
      .meta({weaker: 'restart'}),
    state_file: z
      .string()
      .refine((path) => path === '' || path === 'off' || isAbsolute(path), {
        message: 'must be an absolute path, or off',
      })
      .default('')
      .describe(
        'absolute path of what keeps API and signal over a restart; empty: below the home directory; off: forget them',
      )
      .meta({weaker: 'changed'}),
    signal_mode: z
      .enum(['toggle', 'activate_only', 'off'])
      .default('toggle')
      .describe('effect of SIGUSR1')
      .meta({weaker: 'never'}),
  })
  .prefault({})
  // it denies whatever the policy permits, and names no rule
  .meta({policyHash: 'omitted', formerKeys: {sentinel_path: 'renamed to kill_switch.sentinel_file'}})

export const sections = {kill_switch}

export type KillSwitchConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
