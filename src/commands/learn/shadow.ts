// Replays captures against a contract: what would it have blocked.
import {counted} from '../../lib/page/numbers.js'
import {commandLine} from '../../lib/shell-words.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {carried, promotion} from '../../cli/next-step.js'

export default class LearnShadow extends PipelockCommand {
  static override summary = 'Replay captures against a contract and report what it would change'
  static override examples = [
    'pipelock learn shadow --candidate coder.candidate.yaml --config pipelock.yaml',
    'pipelock learn shadow --candidate coder.candidate.yaml --capture-dir held-back --out shadow.md --fail-on-new-blocks',
  ]
  static override flags = {
    candidate: Flags.string({
      aliases: ['contract'],
      required: true,
      helpValue: 'FILE',
      description: 'contract, YAML or JSON',
    }),
    'contract-key': Flags.string({
      helpValue: 'KEY',
      description: 'public key of the contract’s signer; default: from the key store',
    }),
    'decided-by': Flags.string({
      helpValue: 'FILE',
      description: 'contract in force: new blocks of what it keeps for information are counted apart, as decided',
    }),
    'decided-by-key': Flags.string({
      helpValue: 'KEY',
      description: 'public key of the signer of --decided-by; default: from the key store',
    }),
    'allow-unsigned-contract-for-diagnostics': Flags.boolean({
      description: 'go on without the signer’s key; the report is marked and no receipts are written',
    }),
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration whose scanners judge the replay'}),
    'capture-dir': Flags.string({
      aliases: ['sessions'],
      helpValue: 'DIR',
      description: 'folder of session directories',
    }),
    agent: Flags.string({
      helpValue: 'NAME',
      description: 'agent whose captures in learn.capture_dir are replayed; default: that of the contract',
    }),
    duration: Flags.string({default: '168h', helpValue: 'DURATION', description: 'leave out records that are older'}),
    out: Flags.string({helpValue: 'FILE', description: 'report for people; default: standard output'}),
    'out-json': Flags.string({helpValue: 'FILE', description: 'report as JSON'}),
    html: Flags.string({helpValue: 'FILE', description: 'report as one page for a browser'}),
    'recorder-dir': Flags.string({
      helpValue: 'DIR',
      description: 'append a signed receipt for each batch of changes to the log here',
    }),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    'receipt-key-agent': Flags.string({
      default: 'receipt-signing',
      helpValue: 'ID',
      description: 'key that signs the receipts',
    }),
    'escrow-private-key': Flags.string({
      helpValue: 'KEY',
      description: 'open the sidecars of captures: file:/absolute/path, ${VAR} or 64 hex characters',
    }),
    assume: Flags.option({
      options: ['as-written', 'enforce'] as const,
      description: 'rules as the contract states them, or as ratify would by default; default: by what the contract is',
    })(),
    level: Flags.option({
      options: ['method', 'host'] as const,
      description: 'which rules are assumed to be enforced; default: method',
    })(),
    'fail-on-new-blocks': Flags.boolean({
      description:
        'exit with status 1 when something would be newly blocked that nobody decided, or nothing could be judged',
    }),
    deterministic: Flags.boolean({hidden: true}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnShadow)
    if (flags.deterministic) this.warn('--deterministic: clock, ids and key are fixed and public, for tests only')
    const loaded = await this.loadConfig(flags.config)
    const {config, path} = loaded
    const learn = await this.tools('learn')
    const {captureDir, saltSource, privacy} = learn.settingsOf(config, await this.published('redaction', loaded))
    const destination = await this.tools('destination')
    const injection = (await this.tools('injection')).scanner()
    // the values of this environment are not those of the one that was captured
    const credentials = await (
      await this.tools('dlp')
    ).scanner({...config, dlp: {...config.dlp, scan_env: false, secrets_file: ''}})
    const recorder = await this.tools('recorder')
    const signing = await this.tools('signing')
    const {report, markdown, ...result} = await learn.shadow(flags, {
      mode: {mode: config.mode, enforce: config.enforce},
      captureDir,
      saltSource,
      privacy,
      stage: () => destination.stage(config, credentials, injection),
      keys: signing,
      appendEvidence: (target, entries) => recorder.appendEvidence(target, entries),
      protectedFiles: path === undefined ? [] : [path],
      note: (text) => this.warn(text),
    })
    for (const warning of result.warnings) this.warn(warning)
    if (flags.level !== undefined && report.assumption === 'as-written') {
      this.warn('--level has no effect: the contract enforces rules already and is replayed as written')
    }
    this.audit({
      event: 'learn_shadow',
      candidate: flags.candidate,
      ...(flags.out === undefined ? {} : {dest: flags.out}),
      ...(flags['out-json'] === undefined ? {} : {output: flags['out-json']}),
      ...(flags.html === undefined ? {} : {review: flags.html}),
      ...(flags['recorder-dir'] === undefined ? {} : {recorder_dir: flags['recorder-dir']}),
      ...(result.signerKeyId === undefined ? {} : {signer_key_id: result.signerKeyId}),
      ...(flags.agent === undefined ? {} : {agent: flags.agent}),
      sessions: result.sessions,
      events_ingested: report.total_records,
      events_malformed: report.malformed,
      events_redacted: result.redacted,
      foreign_agent_events: result.foreign,
      events_dropped: report.dropped,
      quarantines: report.quarantines?.length ?? 0,
      receipts_emitted: result.receipts,
      noop: report.replayed === 0,
    })
    const {total_records: total, replayed, changed, new_blocks: blocks, new_allows: allows} = report
    const decided = report.decided_blocks === undefined ? '' : `, ${report.decided_blocks} of them decided before`
    // a gate that judged nothing must not read as passed
    const exitCode = flags['fail-on-new-blocks'] && (result.undecided > 0 || !result.judged) ? 1 : 0
    if (flags.out === undefined) await this.finishMarkdown(report, markdown, exitCode)
    else {
      const summary = `shadow: ${counted(total, 'record')}, ${replayed} replayed, ${changed} changed (${counted(blocks, 'new block')}${decided}, ${counted(allows, 'new allow')}), written to ${flags.out}`
      this.finish(report, () => summary, exitCode)
    }
    this.next(
      report.assumption === 'as-written'
        ? promotion(
            {contractHash: report.contract_hash, agent: result.agent, candidate: flags.candidate},
            flags,
            signing,
          )
        : `${commandLine('learn ratify', ['--candidate', flags.candidate], ...carried(flags, 'contract-key', 'config', 'keystore'))} --interactive`,
    )
  }
}
