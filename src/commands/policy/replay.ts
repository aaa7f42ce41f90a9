// policy replay: replays captures against another configuration and lists changed decisions.
import {printableJson} from '../../lib/terminal.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {counted} from '../../lib/page/numbers.js'

export default class PolicyReplay extends PipelockCommand {
  static override summary = 'Replay captures against a configuration and list what it would decide differently'
  static override description =
    'Address checks, the secrets of the environment and plugins of your own are off, so that a replay is offline and repeatable: requests that only they blocked show as new allows. Tool calls are listed and not judged.'
  static override examples = [
    'pipelock policy replay --config stricter.yaml --capture-dir captures',
    'pipelock policy replay --config stricter.yaml --capture-dir captures --out-json diff.json',
  ]
  static override flags = {
    config: Flags.string({
      char: 'c',
      required: true,
      helpValue: 'FILE',
      description: 'configuration whose scanners judge the replay',
    }),
    'capture-dir': Flags.string({
      aliases: ['sessions'],
      required: true,
      helpValue: 'DIR',
      description: 'folder of session directories',
    }),
    'out-json': Flags.string({
      helpValue: 'FILE',
      description: 'write the document to a file; default: standard output',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(PolicyReplay)
    const {config, hashes, path} = await this.loadConfig(flags.config)
    const learn = await this.tools('learn')
    const destination = await this.tools('destination')
    const injection = (await this.tools('injection')).scanner()
    // the values of this environment differ from those at the time of capture
    const credentials = await (
      await this.tools('dlp')
    ).scanner({...config, dlp: {...config.dlp, scan_env: false, secrets_file: ''}})
    const {document, counts, warnings} = await learn.policyReplay({
      sessions: flags['capture-dir'],
      mode: {mode: config.mode, enforce: config.enforce},
      stage: () => destination.stage(config, credentials, injection),
      candidateConfigHash: hashes.policy,
      outJson: flags['out-json'],
      protectedFiles: path === undefined ? [] : [path],
    })
    for (const warning of warnings) this.warn(warning)
    this.audit({
      event: 'policy_replay',
      config: flags.config,
      ...(flags['out-json'] === undefined ? {} : {output: flags['out-json']}),
      events_ingested: counts.total_records,
      events_malformed: counts.skipped,
      events_dropped: counts.dropped,
      noop: counts.replayed === 0,
    })
    const out = flags['out-json']
    if (out === undefined) {
      this.write(printableJson(document))
      return
    }
    this.finish(
      {...counts, output: out},
      () =>
        `replay: ${counted(counts.total_records, 'record')}, ${counts.replayed} replayed (${counted(counts.new_blocks, 'new block')}, ${counted(counts.new_allows, 'new allow')}), written to ${out}`,
    )
  }
}
