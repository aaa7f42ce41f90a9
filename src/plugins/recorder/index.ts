// The flight recorder: every decision becomes a signed, chained receipt, written by a thread of its own. The writer
// survives reloads; a request waits for it only where receipts are required.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {
  Authorization,
  EvidenceEntry,
  OtherEntry,
  RecorderService,
  RecorderStatus,
} from '../../core/services/recorder.js'
import type {IsClean} from '../../formats/sanitise.js'
import {uuidv7} from '../../lib/uuid.js'
import type {RecorderConfig} from './config.js'
import type {Running} from './running.js'
import type {RecorderTools} from './tools.js'

interface RecorderState {
  running: Running | undefined
  /** Instances that use the running writer; the last one closes it. */
  users: number
}

const OFF: RecorderStatus = {
  enabled: false,
  directory: '',
  session: '',
  nextSeq: 0,
  publicKeyHex: '',
  requireReceipts: false,
  failures: 0,
  withheld: 0,
  untold: 0,
  syncs: {},
  lastContract: undefined,
  degraded: undefined,
}

const OFF_SERVICE: RecorderService = {
  enabled: false,
  append: () => Promise.resolve(),
  evidence: () => false,
  authorize: () => undefined,
  status: () => OFF,
  keyDirectory: () => ({keys: [], signer: undefined}),
}

/** undefined without regulated patterns. */
async function unregulated(sources: readonly string[], {env}: Ports): Promise<IsClean | undefined> {
  if (sources.length === 0) return undefined
  const [{anyOf}, {chosenEngine}, {failingDirty}] = await Promise.all([
    import('../../core/operator-patterns.js'),
    import('../../core/regex-choice.js'),
    import('../../formats/sanitise.js'),
  ])
  const isRegulated = anyOf(sources, () => chosenEngine(env))
  return failingDirty((text) => !isRegulated(text))
}

const recorder = {
  name: 'recorder',
  sections: ['flight_recorder'],
  reasons: ['receipt_emission_failed'],

  protections: [
    {
      name: 'receipts',
      by: 'flight_recorder.enabled or flight_recorder.signing_key_path',
      on: ({flight_recorder: section}: RecorderConfig) => section.enabled && section.signing_key_path !== '',
      note: ({flight_recorder: section}: RecorderConfig) =>
        `${section.require_receipts ? 'required, ' : ''}in ${section.dir}`,
    },
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  settings: ({flight_recorder: section}: RecorderConfig) => ({
    enabled: section.enabled,
    directory: section.dir,
    signingKeyPath: section.signing_key_path,
    redacts: section.redact,
    signsCheckpoints: section.sign_checkpoints,
    checkpointInterval: section.checkpoint_interval,
  }),

  state: (_ports: Ports): RecorderState => ({running: undefined, users: 0}),

  async create(config: RecorderConfig, state: RecorderState, context: Context<Services>) {
    const {ports} = context
    const {prepare} = await import('./prepare.js')
    const section = config.flight_recorder
    const use = await prepare(section, state.running, context)
    const {evidenceSamples} = await import('./samples.js')
    if (use === undefined) return {service: OFF_SERVICE, samples: () => evidenceSamples(OFF)}
    const {running, publish} = use
    state.running = running
    state.users++
    const {commitDecisions, encodeFacts, withoutRegulated} = await import('./facts.js')
    const {isCleanStatement} = await import('./clean.js')
    const now = (): number => ports.clock.now()
    const {client} = running
    const isUnregulated = await unregulated(context.settings('learn').regulatedPatterns, ports)
    const commit = commitDecisions({
      redactor: section.redact ? use.redactor : undefined,
      isUnregulated,
      keepRaw: section.raw_escrow,
      now,
      eventId: () => uuidv7(now(), ports.random(10)),
      queue: client,
      required: section.require_receipts,
      isSigned: () => running.key !== undefined,
      onWithheld({actionId, verdict, layer, transport, target}) {
        // the hole that this leaves in the chain must not be the only word about it
        running.withheld++
        ports.log.error('receipt_withheld', {action_id: actionId, verdict, layer, transport, target})
      },
    })
    const status = (): RecorderStatus => ({
      enabled: true,
      directory: running.directory,
      session: client.session,
      nextSeq: client.nextSeq,
      publicKeyHex: running.key?.public.hex ?? '',
      requireReceipts: section.require_receipts,
      failures: client.failures,
      withheld: running.withheld,
      untold: client.untold,
      syncs: client.syncs ?? {},
      lastContract: client.lastContract,
      degraded: client.degraded,
    })
    const evidence = (statement: EvidenceEntry): boolean => {
      if (running.key === undefined) return false
      if (section.redact && !isCleanStatement(statement, use.redactor.isClean)) {
        running.withheld++
        ports.log.error('receipt_withheld', {kind: statement.draft.payload_kind})
        return false
      }
      void client.push(statement) // resolves when there is room; the caller has nothing to hold back
      return true
    }
    const {authorizationFacts} = await import('./authorization.js')
    const authorize = (authorization: Authorization): void => {
      const facts = authorizationFacts(authorization, {
        redactor: section.redact ? use.redactor : undefined,
        policyHash: context.hashes.raw,
        atMs: now(),
        actionId: uuidv7(now(), ports.random(10)),
      })
      void client.push(encodeFacts(isUnregulated ? withoutRegulated(facts, isUnregulated) : facts))
    }
    const {keyDirectory} = await import('./key-directory.js')
    return {
      service: {
        enabled: true,
        append: (entry: OtherEntry) => client.pushAwaited(use.redacted(entry)),
        evidence,
        authorize,
        status,
        keyDirectory: () => keyDirectory(running),
      },
      samples: () => evidenceSamples(status()),
      hooks() {
        publish()
        return {commit}
      },
      health: () => client.degraded ?? 'ok',
      reason: () => {
        const {degraded, alarm} = client
        if (degraded === undefined) return undefined
        return degraded === alarm ? 'evidence_removed' : 'evidence_not_written'
      },
      async close() {
        if (--state.users > 0) return
        state.running = undefined
        await running.close()
      },
    }
  },

  async tools(ports: Ports): Promise<RecorderTools> {
    const {recorderTools} = await import('./tools.js')
    return recorderTools(ports)
  },
} satisfies Plugin<RecorderConfig, RecorderState, RecorderService, Services, RecorderTools>

export default recorder
