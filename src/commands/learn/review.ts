// Shows a candidate contract to the person who decides on it.
import {PipelockError} from '../../core/errors.js'
import {counted} from '../../lib/page/numbers.js'
import {commandLine} from '../../lib/shell-words.js'
import {Args, Flags, PipelockCommand} from '../../cli/base.js'
import {carried, promotion} from '../../cli/next-step.js'

export default class LearnReview extends PipelockCommand {
  static override summary = 'Review a candidate contract'
  static override description = 'Budgets in a contract (sizes of requests) are advice: nothing enforces them.'
  static override examples = [
    'pipelock learn review candidate.yaml',
    'pipelock learn review candidate.yaml --all',
    'pipelock learn review candidate.yaml --redact --out review.md',
    'pipelock learn review candidate.yaml --html --shadow shadow.json --out review.html',
  ]
  static override args = {
    candidate: Args.string({required: true, description: 'candidate contract, YAML or JSON'}),
  }
  static override flags = {
    out: Flags.string({helpValue: 'FILE', description: 'write the review to a file'}),
    layout: Flags.option({
      options: ['operator', 'compat'] as const,
      description: 'arrangement of the review; default: operator',
    })(),
    all: Flags.boolean({description: 'every rule behind the summary, and the commands for merged segments'}),
    html: Flags.boolean({
      description: 'one page for a browser, with everything in it: map, intervals, growth, commands',
    }),
    shadow: Flags.string({
      helpValue: 'FILE',
      description: 'JSON report of learn shadow on this candidate, shown on the page; with --html',
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
    if (flags.html && flags.layout !== undefined) {
      throw new PipelockError('usage', '--html and --layout exclude each other: the page has its own arrangement')
    }
    if (flags.all && (flags.html || flags.layout === 'compat')) {
      throw new PipelockError('usage', '--all is for the review of operators: the others show everything')
    }
    if (flags.shadow !== undefined && !flags.html) {
      throw new PipelockError('usage', '--shadow is shown on the page only', {hint: 'add --html'})
    }
    const learn = await this.tools('learn')
    const signing = await this.tools('signing')
    const loaded = flags.redact ? await this.loadConfig(flags.config) : undefined
    const settings = loaded && learn.settingsOf(loaded.config, await this.published('redaction', loaded))
    const result = await learn.review({
      candidate: args.candidate,
      layout: flags.html ? 'html' : (flags.layout ?? 'operator'),
      all: flags.all,
      shadow: flags.shadow,
      out: flags.out,
      redact: flags.redact,
      saltSource: settings?.saltSource ?? '',
      privacy: settings?.privacy,
      keyOf: (id) => signing.publicKeyOf(flags.keystore, id),
    })
    this.audit({
      event: 'learn_review',
      candidate: args.candidate,
      ...(flags.out === undefined ? {} : {dest: flags.out}),
      noop: result.rules === 0,
    })
    const outcome = {
      contract_hash: result.contractHash,
      rules: result.rules,
      signature: result.signature,
      ...(flags.out === undefined ? {review: result.text} : {out: flags.out}),
    }
    if (flags.out !== undefined) {
      this.finish(outcome, () => `review: ${counted(result.rules, 'rule')}, written to ${flags.out}`)
    } else if (flags.html) this.finish(outcome, () => result.text)
    else await this.finishMarkdown(outcome, result.text)
    this.next(
      result.enforced > 0
        ? promotion({...result, candidate: args.candidate}, flags, signing)
        : commandLine('learn shadow', ['--candidate', args.candidate], ...carried(flags, 'config', 'keystore')),
    )
  }
}
