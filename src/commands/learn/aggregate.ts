// Counts captures into a partial aggregate that another machine compiles from (docs/formats/aggregate.md).
import {resolve} from 'node:path'
import {commandLine} from '../../lib/shell-words.js'
import {counted} from '../../lib/page/numbers.js'
import {Flags} from '../../cli/base.js'
import {auditedCounts, GatherCommand, gatherFlags} from '../../cli/gather-command.js'
import {carried} from '../../cli/next-step.js'

export default class LearnAggregate extends GatherCommand {
  static override summary = 'Count captures into a partial aggregate'
  static override description =
    'One machine of many counts its captures; learn compile --from-aggregates merges the parts to the same bytes as one compile over all captures. Aggregates name hosts and paths in clear: keep them like captures.'
  static override examples = [
    'pipelock learn aggregate --agent coder --config pipelock.yaml --out monday.aggregate',
    "pipelock learn aggregate --agent coder --from-aggregates 'parts/*.aggregate' --out all.aggregate",
  ]
  static override flags = {
    ...gatherFlags,
    out: Flags.string({aliases: ['output'], helpValue: 'FILE', description: 'aggregate; default: <agent>.aggregate'}),
    unsigned: Flags.boolean({
      exclusive: ['compile-key-agent'],
      description: 'do not sign; the merge then needs --allow-unsigned-aggregates',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnAggregate)
    const {learn, readSigner, usesForeignKey, requestOf} = await this.gathering(flags)
    const signer = flags.unsigned ? undefined : await readSigner()
    const meter = this.progressMeter('reading captures')
    const result = await learn
      .aggregate({
        ...requestOf(signer),
        signer: signer && {keyId: signer.keyId, key: signer.key},
        output: resolve(flags.out ?? `${flags.agent}.aggregate`),
        progress: meter.update,
      })
      .finally(meter.end)
    for (const warning of result.warnings) this.warn(warning)
    this.audit({
      event: 'learn_aggregate',
      agent: flags.agent,
      ...(signer ? {signer_key_id: signer.keyId} : {}),
      since: flags.since,
      inputs: result.inputs,
      output: result.output,
      ...auditedCounts(result, flags),
      cross_agent_signing: signer !== undefined && usesForeignKey,
      noop: result.events === 0,
    })
    this.finish(
      {events: result.events, sessions: result.sessions, chains: result.chains, output: result.output},
      () =>
        `aggregate: ${counted(result.events, 'event')} of ${counted(result.sessions, 'session')}, written to ${result.output}`,
    )
    this.next(
      commandLine('learn compile', ['--agent', flags.agent], ...carried(flags, 'config', 'keystore'), [
        '--from-aggregates',
        result.output,
      ]),
    )
  }
}
