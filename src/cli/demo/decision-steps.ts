// The decision of the demonstration: the candidate is replayed against a session that it was not compiled from, then
// ratified.
import {loadConfig} from '../../host/config/load.js'
import {publishedBy} from '../../host/config/settings.js'
import {FILES, RECEIPT_KEY} from './files.js'
import {HOURS_APART, SESSIONS} from './learning-steps.js'
import {atLeast, check, type Step, type StepOutcome} from './report.js'
import {rareWork, sessionWork} from './traffic.js'
import {HOUR_MS, type World} from './world.js'

export function decisionSteps(world: World): readonly Step[] {
  return [
    {
      step: 'shadow',
      title: 'Replay a session that was held back',
      explanation:
        `The agent works once more, ${HOURS_APART} hours later by the moved clock, with identifiers that it never used ` +
        'before. Replayed with the candidate as if its default decisions were in force, nothing of it would be blocked.',
      commands: [
        `pipelock learn observe --config ${FILES.config} --capture-dir "$PWD/${FILES.heldBack}"`,
        `pipelock learn shadow --candidate ${FILES.candidate} --config ${FILES.config} --capture-dir ${FILES.heldBack} ` +
          `--out ${FILES.shadow} --out-json ${FILES.shadowJson} --fail-on-new-blocks`,
      ],
      async run() {
        world.clock.move(HOURS_APART * HOUR_MS)
        await world.startFirewall('config', 'heldBack')
        const wishes = sessionWork(world.places, SESSIONS + 1)
        for (const call of wishes) await world.send(call)
        await world.stopFirewall()
        return replayed(world, wishes.length)
      },
    },
    {
      step: 'ratify',
      title: 'Ratify it',
      explanation:
        'Each rule is enforced, kept for information, or rejected. Left to the defaults, the narrowest rules that ' +
        'are sure are enforced, and a signed receipt says what was decided.',
      commands: [
        `pipelock learn ratify --candidate ${FILES.candidate} --out ${FILES.ratified} --contract-store ${FILES.store}`,
      ],
      async run() {
        const learn = await world.tools('learn')
        const contract = await world.tools('contract')
        const receipts = await world.tools('receipts')
        const result = await learn.ratify(
          {
            candidate: world.path('candidate'),
            out: world.path('ratified'),
            level: 'method',
            'accept-low-confidence': false,
            'accept-host-wide': false,
            'accept-tail': false,
            'receipt-key-agent': RECEIPT_KEY,
            deterministic: false,
          },
          {
            keys: await world.tools('signing'),
            append: receipts.appendEvidenceReceipt,
            stageInstall: (hash, text) => contract.stageContract(world.path('store'), hash, text),
            forgotten: contract.forgotten(world.path('store')),
            protectedFiles: [world.path('config')],
            terminal: undefined,
          },
        )
        world.facts.contractHash = result.contractHash
        return {
          checks: [check('rules rejected', 0, result.rejected), atLeast('rules enforced', 4, result.enforced)],
          notes: [
            `${result.enforced} of ${result.ratified} rules are enforced: ${result.contractHash}`,
            ...result.notes,
          ],
          files: [FILES.ratified, FILES.ratification, FILES.store],
        }
      },
    },
  ]
}

async function replayed(world: World, records: number): Promise<StepOutcome> {
  const held = await replay(world, 'heldBack')
  const learned = await replay(world, 'captures')
  return {
    checks: [
      check('records replayed', records, held.replayed),
      check('new blocks', 0, held.new_blocks),
      check('new allows', 0, held.new_allows),
      // an action of a single session out of six does not become a rule
      check('new blocks in the sessions that were learned from', 1, learned.new_blocks),
    ],
    notes: [`the one new block there is ${rareWork(world.places).url}, which was requested once`],
    files: [FILES.heldBack, FILES.shadow, FILES.shadowJson],
  }
}

/** Keeps only the report on the held-back session. */
async function replay(world: World, sessions: 'captures' | 'heldBack') {
  const {config} = await loadConfig(world.path('config'))
  const [learn, destination, dlp, recorder] = await Promise.all([
    world.tools('learn'),
    world.tools('destination'),
    world.tools('dlp'),
    world.tools('recorder'),
  ])
  const {captureDir, saltSource, privacy} = learn.settingsOf(config, await publishedBy('redaction', config))
  const injection = (await world.tools('injection')).scanner()
  const credentials = await dlp.scanner({...config, dlp: {...config.dlp, scan_env: false, secrets_file: ''}})
  const isKept = sessions === 'heldBack'
  const {report} = await learn.shadow(
    {
      candidate: world.path('candidate'),
      'allow-unsigned-contract-for-diagnostics': false,
      'capture-dir': world.path(sessions),
      duration: '168h',
      out: isKept ? world.path('shadow') : undefined,
      'out-json': isKept ? world.path('shadowJson') : undefined,
      'receipt-key-agent': RECEIPT_KEY,
      deterministic: false,
    },
    {
      mode: {mode: config.mode, enforce: config.enforce},
      captureDir,
      saltSource,
      privacy,
      stage: () => destination.stage(config, credentials, injection),
      keys: await world.tools('signing'),
      appendEvidence: recorder.appendEvidence,
      protectedFiles: [world.path('config')],
      note: () => undefined,
    },
  )
  return report
}
