// The tokens of the firewall are secrets that no agent may send, wherever the configuration holds them.
import {afterEach, expect, test} from 'vitest'
import {BASE, send, startFirewall} from '../../support/firewalls.js'
import {startOrigin} from '../../support/origins.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

/** Words, so that no other rule takes them for a credential. */
const TOKEN = 'walk-river-stone-lamp-cloud-home'

const PLACES: readonly (readonly [section: string, refused: boolean])[] = [
  ['', false],
  [`kill_switch: {api_token: ${TOKEN}}`, true],
  [`kill_switch: {api_token: another-token-of-some-length, read_token: ${TOKEN}}`, true],
  [`scan_api: {auth: {bearer_tokens: [another-token-of-some-length, ${TOKEN}]}}`, true],
  [`emit: {webhook: {auth_token: ${TOKEN}}}`, true],
  [`emit: {otlp: {headers: {Authorization: "Bearer ${TOKEN}"}}}`, true],
  [`emit: {otlp: {headers: {X-Key: ${TOKEN}}}}`, true],
  [`kill_switch: {api_token: ${TOKEN}}\ndlp: {min_env_secret_length: 64}`, false],
]

test.each(PLACES)('with %j: refused %s', async (section, isRefused) => {
  const origin = await startOrigin()
  open.push(origin)
  const f = await startFirewall(`${BASE}${section}\n`)
  open.push(f)
  for (const spelling of [TOKEN, TOKEN.toUpperCase(), Buffer.from(TOKEN).toString('base64url')]) {
    const {headers} = await send(f.firewall, `http://origin.example:${origin.port}/?q=${spelling}`)
    expect([spelling, headers['x-pipelock-block-reason'] === 'dlp_match']).toEqual([spelling, isRefused])
  }
  expect(origin.requests.length).toBe(isRefused ? 0 : 2)
})
