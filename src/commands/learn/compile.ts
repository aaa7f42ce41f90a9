// Infers a signed candidate contract from captures.
import {commandLine, fileWord} from '../../lib/shell-words.js'
import {Flags} from '../../cli/base.js'
import {auditedCounts, GatherCommand, gatherFlags} from '../../cli/gather-command.js'
import {carried} from '../../cli/next-step.js'

export default class LearnCompile extends GatherCommand {
  static override summary = 'Infer a signed candidate contract from captures'
  static override description = 'Budgets in a contract (sizes of requests) are advice: nothing enforces them.'
  static override examples = [
    'pipelock learn compile --agent coder --config pipelock.yaml',
    "pipelock learn compile --agent coder --input 'captures/**/*.jsonl' --out candidate.yaml",
    "pipelock learn compile --agent coder --from-aggregates 'parts/*.aggregate' --out candidate.yaml",
  ]
  static override flags = {
    ...gatherFlags,
    out: Flags.string({
      aliases: ['output'],
      helpValue: 'FILE',
      description: 'candidate; default: <home>/contracts/candidates/<agent>.candidate.yaml',
    }),
    force: Flags.boolean({description: 'replace a candidate that has decisions, pins or splits, or any other file'}),
    review: Flags.string({helpValue: 'FILE', description: 'review; default: beside the candidate'}),
    'compile-manifest': Flags.string({
      helpValue: 'FILE',
      description: 'compile manifest; default: beside the candidate',
    }),
    'accept-tail': Flags.boolean({
      description: 'override the unmatched-path limit; recorded as accepted by the signing key',
    }),
    'accept-drops': Flags.boolean({description: 'compile although more than a tenth of the captures was dropped'}),
    base: Flags.string({
      helpValue: 'CANDIDATE',
      description: 'previous candidate, whose pins and splits still hold',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnCompile)
    const {learn, signing, readSigner, usesForeignKey, policyHash, requestOf} = await this.gathering(flags)
    const signer = await readSigner()
    const meter = this.progressMeter('reading captures')
    const result = await learn
      .compile({
        ...requestOf(signer),
        signer: {keyId: signer.keyId, key: signer.key},
        policyHash,
        output: flags.out,
        force: flags.force,
        keystore: flags.keystore,
        review: flags.review,
        manifest: flags['compile-manifest'],
        acceptTail: flags['accept-tail'],
        acceptDrops: flags['accept-drops'],
        base: flags.base === undefined ? undefined : {path: flags.base, keys: signing},
        progress: meter.update,
      })
      .finally(meter.end)
    for (const warning of result.warnings) this.warn(warning)
    const {output, review, manifest, segments, coverage} = result
    const beside = [
      `review: ${review}`,
      `manifest: ${manifest}`,
      ...(segments === undefined ? [] : [`segment ledger: ${segments}`]),
      ...(coverage === undefined ? [] : [`coverage: ${coverage}`]),
    ]
    this.audit(
      {
        event: 'learn_compile',
        agent: flags.agent,
        signer_key_id: signer.keyId,
        since: flags.since,
        inputs: result.inputs,
        output,
        review,
        manifest,
        ...auditedCounts(result, flags),
        rules_emitted: result.rules,
        cross_agent_signing: usesForeignKey,
        noop: result.rules === 0,
      },
      beside,
    )
    this.finish(
      {
        contract_hash: result.contractHash,
        events: result.events,
        rules: result.rules,
        output,
        review,
        manifest,
        ...(segments === undefined ? {} : {segments}),
        ...(coverage === undefined ? {} : {coverage}),
        ...(result.changes === undefined ? {} : {changes: result.changes.document}),
      },
      () =>
        [
          `compile: ${result.events} events, ${result.rules} rules, written to ${output}`,
          ...(result.changes?.lines ?? []).map((line) => `changes: ${line}`),
        ].join('\n'),
    )
    this.next(commandLine(`learn review ${fileWord(output)}`, ...carried(flags, 'keystore')))
  }
}
