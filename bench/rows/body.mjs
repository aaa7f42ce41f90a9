// What looking into a request costs on one core: everything that the plugin does with a clean body, default configuration;
// and what redaction costs.
import {perCall, summary} from '../lib/stats.mjs'
import {requestHooks} from '../lib/request-scans.mjs'
import {prose} from './text.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

async function inspector() {
  const {inspect} = await requestHooks()
  const x = {target: {host: 'api.test', rawPath: '/v1'}, transport: 'forward', headers: []}
  const type = 'application/json'
  const unit = {kind: 'body', direction: 'request', headers: [], mediaType: type, contentType: type}
  return (bytes) => inspect(x, {...unit, bytes})
}

/** A conversation as agents send it, of about so many bytes, another one for every `i`. */
function conversation(length) {
  const size = Math.min(400, Math.floor(length / 3))
  const text = prose(size)
  return (i) => {
    const messages = []
    for (let k = 0; k * (size + 40) < length - size; k++) {
      messages.push({role: k % 2 === 0 ? 'user' : 'assistant', content: text(i * 31 + k)})
    }
    return Buffer.from(JSON.stringify({model: 'm-1', temperature: 0.7, user: 'jane', stream: true, messages}))
  }
}

const row = (id, make) => ({
  id,
  async run() {
    const inspect = await inspector()
    const bodies = Array.from({length: 16}, (_, i) => make(i))
    const result = await inspect(bodies[0])
    if (result.length > 0) throw new Error(`${id}: ${result.map(({detail}) => detail).join('; ')}`)
    return summary(id, 'us', await perCall((i) => inspect(bodies[i % bodies.length])))
  },
})

/** The same conversation with an address in every hundredth text, all classes on: read, replaced, written again. */
async function redacting(length) {
  const [{default: redaction}, {loadConfig}, {createPorts}, {default: dlp}] = await Promise.all([
    dist('plugins/redaction/index.js'),
    dist('host/config/load.js'),
    dist('host/ports.js'),
    dist('plugins/dlp/index.js'),
  ])
  const {config} = await loadConfig(undefined)
  const ports = createPorts({})
  const credentials = await (await dlp.tools(ports)).scanner({...config, dlp: {...config.dlp, scan_env: false}})
  const profiles = {all: {classes: ['email', 'ipv4', 'aws-access-key', 'github-token'], dictionaries: []}}
  const section = {...config.redaction, enabled: true, default_profile: 'all', profiles}
  const context = {ports, service: () => credentials, warn: () => undefined, changed: () => undefined}
  const requestScanning = {...config.request_body_scanning, enabled: true}
  const effective = {...config, redaction: section, request_body_scanning: requestScanning}
  const {service} = await redaction.create(effective, redaction.state(ports), context)
  const inputs = Array.from({length: 8}, (_, i) =>
    Buffer.from(conversation(length)(i).toString().replace('letters', `jane${i}@example.org`)),
  )
  const facts = {host: 'api.test', method: 'POST', path: '/v1', contentType: 'application/json'}
  const one = await service.request(inputs[0], facts)
  if (!one.ok || one.bytes === inputs[0]) throw new Error('nothing was replaced')
  return (i) => service.request(inputs[i % inputs.length], facts)
}

const redactionRow = (id, length) => ({
  id,
  run: async () => summary(id, 'us', await perCall(await redacting(length))),
})

export const rows = [
  row('body.1k', conversation(1024)),
  row('body.100k', conversation(100 * 1024)),
  row('body.1m', conversation(1024 * 1024)),
  redactionRow('redaction.1k', 1024),
  redactionRow('redaction.100k', 100 * 1024),
]
