// Shows a candidate contract to the person who decides on it (learn §12).
import {Args, Flags, PipelockCommand} from '../base.js'

export default class LearnReview extends PipelockCommand {
  static override summary = 'Review a candidate contract'
  static override examples = [
    'pipelock learn review candidate.yaml',
    'pipelock learn review candidate.yaml --redact --out review.md',
  ]
  static override args = {
    candidate: Args.string({required: true, description: 'candidate contract, YAML or JSON'}),
  }
  static override flags = {
    out: Flags.string({helpValue: 'FILE', description: 'write the review to a file'}),
    layout: Flags.string({
      options: ['operator', 'compat'],
      default: 'operator',
      description: 'arrangement of the review',
    }),
    redact: Flags.boolean({description: 'replace internal hosts and paths, so that the review can be shared'}),
    keystore: Flags.string({
      helpValue: 'DIR',
      description: 'key store with the signer’s public key; default: the home directory',
    }),
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      description: 'configuration with learn.privacy.salt_source, for --redact',
    }),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(LearnReview)
    const learn = await this.tools('learn')
    const signing = await this.tools('signing')
    const saltSource = flags.redact ? (await this.loadConfig(flags.config)).config.learn.privacy.salt_source : ''
    const result = await learn.review({
      candidate: args.candidate,
      layout: flags.layout === 'compat' ? 'compat' : 'operator',
      out: flags.out,
      redact: flags.redact,
      saltSource,
      keyOf: (id) => signing.publicKeyOf(flags.keystore, id),
    })
    this.progress(
      JSON.stringify({
        event: 'learn_review',
        candidate: args.candidate,
        ...(flags.out === undefined ? {} : {dest: flags.out}),
        noop: result.rules === 0,
      }),
    )
    this.finish(
      {
        contract_hash: result.contractHash,
        rules: result.rules,
        signature: result.signature,
        ...(flags.out === undefined ? {review: result.text} : {out: flags.out}),
      },
      () => (flags.out === undefined ? result.text : `review: ${result.rules} rules, written to ${flags.out}`),
    )
  }
}
