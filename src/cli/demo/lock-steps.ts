// Third part of the demonstration: the ratified contract is activated while the firewall runs, and the lock is shown.
import {dirname, basename} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {PipelockError} from '../../core/errors.js'
import {loadConfig} from '../../host/config/load.js'
import {publishedBy} from '../../host/config/settings.js'
import {expectAllowed, expectBlocked} from './client.js'
import {ACTIVATION_KEY, AGENT, FILES, lockConfig, RECEIPT_KEY} from './files.js'
import {check, type Step, type StepOutcome} from './report.js'
import {rareWork} from './traffic.js'
import type {World} from './world.js'

const TAKE_OVER_MS = 15_000
const LOOK_EVERY_MS = 25

interface RosterEntry {
  readonly id: string
  readonly key: string
  readonly purpose: string
  readonly role?: string
}

/** The keys in force: one that signs contracts, one that activates them, one that signs receipts. */
const ROSTER: readonly RosterEntry[] = [
  {id: AGENT, key: `${FILES.home}/agents/${AGENT}/id_ed25519.pub`, purpose: 'contract-compile-signing'},
  {id: ACTIVATION_KEY, key: FILES.activationKey, purpose: 'contract-activation-signing', role: 'anna'},
  {id: RECEIPT_KEY, key: FILES.receiptKey, purpose: 'receipt-signing'},
]

function include({id, key, purpose, role}: RosterEntry, keyPath: (key: string) => string): string {
  return `id=${id},key=${keyPath(key).replaceAll(',', '\\,')},purpose=${purpose}${role === undefined ? '' : `,role=${role}`}`
}

export function lockSteps(world: World): readonly Step[] {
  const {places, facts} = world
  return [
    {
      step: 'roster',
      title: 'Build the roster of keys',
      explanation:
        'The root key signs the list of keys that count and what each may sign. The firewall pins the fingerprint ' +
        'of the root, so nobody can bring a list of their own.',
      commands: [
        `pipelock signing roster build --root ${FILES.rootKey} --out "$PWD/${FILES.roster}" ` +
          ROSTER.map((entry) => `--include ${include(entry, (key) => key)}`).join(' '),
      ],
      async run() {
        const signing = await world.tools('signing')
        const roster = signing.buildRoster({
          root: world.path('rootKey'),
          includes: ROSTER.map((entry) => include(entry, (key) => `${world.directory}/${key}`)),
          out: world.path('roster'),
          dataClass: 'internal',
          schemaVersion: 1,
          validUntil: null,
          force: false,
        })
        world.facts.rootFingerprint = roster.root_fingerprint
        world.write('lockConfig', lockConfig(world.directory, roster.root_fingerprint))
        return {
          checks: [check('keys in the roster', ROSTER.length + 1, roster.keys)],
          notes: [`root fingerprint: ${roster.root_fingerprint}`, ...roster.warnings],
          files: [FILES.roster, FILES.lockConfig],
        }
      },
    },
    {
      step: 'promote',
      title: 'Promote the contract while the firewall runs',
      explanation:
        'A firewall with learn_lock on is serving, with no contract yet. Promote signs a manifest and replaces one ' +
        'file; the firewall verifies it and takes it over without a restart.',
      get commands() {
        return [
          `pipelock run -c ${FILES.lockConfig}`,
          `pipelock learn promote --config ${FILES.lockConfig} --contract-hash ${facts.contractHash} ` +
            `--selector ${AGENT} --activation-key ${ACTIVATION_KEY}`,
        ]
      },
      run: () => promote(world),
    },
    {
      step: 'lock',
      title: 'What was learned passes, everything else is blocked',
      explanation:
        'From now on the agent does what it did before, and nothing else. A response gives the reason in ' +
        'X-Pipelock-Block-Reason. What the scanners block stays blocked under every contract.',
      commands: [`curl -i -x http://127.0.0.1:8888 -X DELETE ${places.api}/v1/users`],
      async run() {
        const {send} = world
        const {api, docs, unknown} = places
        const secret = world.makeSecret()
        const rule = 'contract_enforce_default'
        const checks = [
          await expectAllowed(send, {url: `${api}/v1/users`}, 200),
          await expectAllowed(send, {url: `${api}/v1/projects/987654/issues`}, 200),
          await expectAllowed(send, {method: 'POST', url: `${api}/v1/orders`, body: '{}'}, 201),
          await expectAllowed(send, {url: `${docs}/guide/start`, fetch: true}, 200),
        ]
        const before = world.origin.count()
        checks.push(
          await expectBlocked(send, {url: `${api}/v1/billing`}, rule),
          await expectBlocked(send, rareWork(places), rule),
          await expectBlocked(send, {method: 'DELETE', url: `${api}/v1/users`}, rule),
          await expectBlocked(send, {url: `${unknown}/`}, 'contract_default_deny'),
          await expectBlocked(
            send,
            {url: `${api}/v1/users?note=${secret}`},
            'dlp_match',
            `GET ${api}/v1/users?note=(an access key)`,
          ),
          check('blocked requests that reached the origin', 0, world.origin.count() - before),
        )
        await world.stopFirewall()
        return {
          checks,
          notes: [
            `a later mistake is taken back with: pipelock learn rollback --config ${FILES.lockConfig} ` +
              `--to ${facts.manifestHash} --activation-key ${ACTIVATION_KEY}`,
          ],
        }
      },
    },
  ]
}

async function promote(world: World): Promise<StepOutcome> {
  const {config} = await loadConfig(world.path('lockConfig'))
  const firewall = await world.startFirewall('lockConfig')
  const active = () => firewall.services().contract.status()
  const before = active()?.generation ?? -1
  const contract = await world.tools('contract')
  const receipts = await world.tools('receipts')
  const notes: string[] = []
  const promoted = await contract.promote(
    {
      'contract-hash': world.facts.contractHash,
      selector: AGENT,
      'activation-key': ACTIVATION_KEY,
      'receipt-key-agent': RECEIPT_KEY,
      'replace-all': false,
      'accept-tail': false,
      'force-selector': false,
      production: false,
      deterministic: false,
    },
    {
      lock: (await publishedBy('contract', config)).lock,
      keys: await world.tools('signing'),
      append: receipts.appendEvidenceReceipt,
      note: (text) => void notes.push(text),
      warn: (text) => void notes.push(`warning: ${text}`),
    },
  )
  const end = world.ports.clock.monotonic() + TAKE_OVER_MS
  while (active()?.manifestHash !== promoted.manifestHash) {
    if (world.ports.clock.monotonic() > end) {
      throw new PipelockError(
        'internal_error',
        `the firewall did not take the contract over; ${FILES.auditLog} says why`,
      )
    }
    await pause(LOOK_EVERY_MS, undefined, {signal: world.signal})
  }
  world.facts.manifestHash = promoted.manifestHash
  return {
    checks: [
      check('contracts in force before', 0, before),
      check('generation in force', promoted.generation, active()?.generation ?? 0),
    ],
    notes: [...notes, `manifest ${promoted.manifestHash}`],
    files: [`${basename(dirname(promoted.receiptFile))}/active.json`, FILES.activation],
  }
}
