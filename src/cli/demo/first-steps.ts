// First part of the demonstration: keys, a firewall, and its protection before anything was learned.
import {showListen} from '../../core/listen.js'
import {makeDirectory} from '../../lib/atomic-file.js'
import {expectAllowed, expectBlocked} from './client.js'
import {ACTIVATION_KEY, AGENT, FILES, observingConfig, RECEIPT_KEY, ROOT_KEY} from './files.js'
import {check, type Check, type Step} from './report.js'
import {METADATA, METADATA_HEX, PRIVATE, sessionWork} from './traffic.js'
import type {World} from './world.js'

const generate = (purpose: string, id: string, file: string): string =>
  `pipelock signing key generate --purpose ${purpose} --id ${id} --out "$PWD/${file}"`

export function firstSteps(world: World, hoursBack: number): readonly Step[] {
  const {places, origin} = world
  return [
    {
      step: 'keys',
      title: 'Make the keys',
      explanation:
        'One key signs receipts, one signs what is learned for the agent, one puts contracts in force, and the root ' +
        'key, which belongs offline, says which of the others count.',
      commands: [
        `pipelock keygen ${AGENT}`,
        generate('receipt-signing', RECEIPT_KEY, FILES.receiptKey),
        generate('contract-activation-signing', ACTIVATION_KEY, FILES.activationKey),
        generate('roster-root', ROOT_KEY, FILES.rootKey),
      ],
      async run() {
        const signing = await world.tools('signing')
        makeDirectory(world.path('home'), 0o700)
        signing.generatePair(undefined, AGENT, false)
        const receipt = signing.generateKeyFile('receipt-signing', world.path('receiptKey'), RECEIPT_KEY, false)
        const activation = signing.generateKeyFile(
          'contract-activation-signing',
          world.path('activationKey'),
          ACTIVATION_KEY,
          false,
        )
        const root = signing.generateKeyFile('roster-root', world.path('rootKey'), ROOT_KEY, false)
        signing.exportPublic(world.path('receiptKey'), world.path('receiptPublic'), false)
        signing.exportPublic(world.path('activationKey'), world.path('activationPublic'), false)
        const made = [receipt, activation, root]
        return {
          checks: [check('keys made', 4, made.length + 1)],
          notes: made.map(({key_id, fingerprint}) => `${key_id}: ${fingerprint}`),
          files: [`${FILES.home}/agents/${AGENT}/id_ed25519`, FILES.receiptKey, FILES.activationKey, FILES.rootKey],
        }
      },
    },
    {
      step: 'start',
      title: 'Start an origin and the firewall',
      explanation:
        'A web server on this machine stands for the hosts that the agent works with. The firewall is the real one, ' +
        `except that its clock is set ${hoursBack} hours back, so that the sessions below can lie hours apart.`,
      commands: [`pipelock run -c ${FILES.config}`],
      async run() {
        world.write('config', observingConfig(world.directory))
        const firewall = await world.startFirewall('config')
        const listen = showListen(firewall.addresses().main)
        return {
          checks: [check('the firewall serves in mode', 'balanced', firewall.config().mode)],
          notes: [`firewall on ${listen}, origin on 127.0.0.1:${origin.port}`],
          files: [FILES.config],
        }
      },
    },
    {
      step: 'ordinary',
      title: 'Ordinary requests pass',
      explanation:
        'An agent only needs HTTP_PROXY to point at the firewall, or it reads pages as text through /fetch. What the ' +
        'URL checks find clean reaches the origin.',
      commands: [
        `curl -x http://127.0.0.1:8888 ${places.api}/v1/users`,
        `curl "http://127.0.0.1:8888/fetch?url=${places.docs}/guide/reference"`,
      ],
      async run() {
        const before = origin.count()
        const wishes = sessionWork(places, 0).slice(-5)
        const checks: Check[] = []
        for (const call of wishes) {
          checks.push(await expectAllowed(world.send, call, call.method === 'POST' ? 201 : 200))
        }
        return {checks: [...checks, check('requests that reached the origin', wishes.length, origin.count() - before)]}
      },
    },
    blocked(world, {
      step: 'credential',
      title: 'A credential in a URL is blocked',
      explanation:
        'An agent that was talked into leaking a key puts it where it looks harmless. The firewall finds it, also ' +
        'encoded, before any name is resolved, and keeps it out of log and receipt.',
      commands: [`curl -i -x http://127.0.0.1:8888 "${places.api}/v1/users?note=$KEY"`],
      async send() {
        const key = world.makeSecret()
        const hidden = Buffer.from(key).toString('base64')
        return [
          await expectBlocked(
            world.send,
            {url: `${places.api}/v1/users?note=${key}`},
            'dlp_match',
            `GET ${places.api}/v1/users?note=(an access key)`,
          ),
          await expectBlocked(
            world.send,
            {url: `${places.api}/v1/users?note=${encodeURIComponent(hidden)}`},
            'dlp_match',
            `GET ${places.api}/v1/users?note=(the same in base64)`,
          ),
        ]
      },
    }),
    blocked(world, {
      step: 'metadata',
      title: 'Cloud metadata is blocked',
      explanation:
        'The metadata address of a cloud machine hands out its credentials. It is blocked in every spelling of the ' +
        'address.',
      commands: [`curl -i -x http://127.0.0.1:8888 ${METADATA}`],
      send: async () => [
        await expectBlocked(world.send, {url: METADATA}, 'ssrf_metadata'),
        await expectBlocked(world.send, {url: METADATA_HEX}, 'ssrf_metadata'),
      ],
    }),
    blocked(world, {
      step: 'private',
      title: 'A private address is blocked',
      explanation:
        'No request leaves for the internal network unless the operator names the host as trusted; also not when a ' +
        'public name resolves to an internal address.',
      commands: [`curl -i -x http://127.0.0.1:8888 ${PRIVATE}`],
      send: async () => [await expectBlocked(world.send, {url: PRIVATE}, 'ssrf_private_ip')],
    }),
  ]
}

interface Hostile extends Omit<Step, 'run'> {
  send(): Promise<readonly Check[]>
}

/** A step whose requests must not reach the origin. */
function blocked(world: World, {send, ...introduction}: Hostile): Step {
  return {
    ...introduction,
    async run() {
      const before = world.origin.count()
      const checks = await send()
      return {checks: [...checks, check('requests that reached the origin', 0, world.origin.count() - before)]}
    },
  }
}
