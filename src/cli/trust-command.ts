// What the commands that change trust stores share: their flags, the list of actions that precedes a change, and the question.
import {PipelockError} from '../core/errors.js'
import {argumentLine, commandLine} from '../lib/shell-words.js'
import {printable} from '../lib/terminal.js'
import type {AppliedStore, InterceptionTools, TrustPlan} from '../plugins/interception/tools.js'
import type {Action, Direction, StoreId, StorePlan} from '../plugins/interception/trust-stores.js'
import {Flags, PipelockCommand} from './base.js'
import {carried} from './next-step.js'

export const certificateFlag = {
  cert: Flags.string({
    helpValue: 'FILE',
    description: 'certificate of the authority, PEM; default: ca.pem in the home directory',
  }),
}

export const trustFlags = {
  ...certificateFlag,
  system: Flags.boolean({description: 'change the system store, as root'}),
  firefox: Flags.boolean({description: 'change the store of every Firefox profile of this user'}),
  java: Flags.boolean({description: 'change the store of the Java runtime'}),
  'node-env': Flags.boolean({
    description: 'print NODE_EXTRA_CA_CERTS; with --yes, change it for systemd user sessions on Linux',
  }),
  'dry-run': Flags.boolean({description: 'print the actions and change nothing'}),
  yes: Flags.boolean({description: 'do not ask for confirmation'}),
}

export interface TrustFlagValues {
  readonly cert?: string | undefined
  readonly system: boolean
  readonly firefox: boolean
  readonly java: boolean
  readonly 'node-env': boolean
  readonly 'dry-run': boolean
  readonly yes: boolean
}

const FLAGS: readonly StoreId[] = ['system', 'firefox', 'java', 'node-env']

export abstract class TrustCommand extends PipelockCommand {
  protected async change(direction: Direction, flags: TrustFlagValues): Promise<void> {
    const tools = await this.tools('interception')
    const stores = FLAGS.filter((name) => flags[name])
    const plan = await tools.plan({direction, certificate: flags.cert, stores})
    const isListed = stores.length === 0 || flags['dry-run']
    if (isListed) {
      const text =
        stores.length === 0 ? instructions(direction, plan, tools, flags) : actionLines(plan.stores, plan, tools)
      return this.finish({...document(plan), applied: []}, () => [heading(plan), '', ...text].join('\n'))
    }
    const line = direction === 'install' && flags['node-env'] ? nodeLine(plan) : []
    // without --yes the variable is only printed
    const chosen = plan.stores.filter(
      ({store, actions}) => actions.length > 0 && (store !== 'node-env' || direction === 'uninstall' || flags.yes),
    )
    if (chosen.length > 0) await this.#confirm(plan, chosen, tools, flags.yes)
    const applied = await tools.apply(plan, chosen)
    const isLeft = applied.some(({actions}) => actions.some(({outcome}) => outcome === 'left'))
    this.finish({...document(plan), applied}, () => [...appliedLines(applied), ...line].join('\n'), isLeft ? 1 : 0)
  }

  /** Lists the actions, then asks; throws where nobody agrees. */
  async #confirm(
    plan: TrustPlan,
    stores: readonly StorePlan[],
    tools: InterceptionTools,
    isAgreed: boolean,
  ): Promise<void> {
    const canAsk = this.interactive && !this.jsonEnabled()
    if (!isAgreed && !canAsk) {
      throw new PipelockError('usage', 'a change of trust stores needs a confirmation, and nobody can be asked', {
        hint: 'list the actions with --dry-run, then confirm them with --yes',
      })
    }
    tools.checkPrivileges(plan, stores)
    if (!this.jsonEnabled()) this.progress([heading(plan), ...actionLines(stores, plan, tools)].join('\n'))
    if (isAgreed) return
    const {askConfirm} = await import('../lib/prompt.js')
    const reply = await askConfirm({message: 'Carry out these actions?', default: false})
    if (reply !== true) throw new PipelockError('aborted', 'nothing was changed')
  }
}

function document({certificate, fingerprint, not_after, stores, problems, variables, bundle}: TrustPlan) {
  return {
    certificate,
    fingerprint,
    not_after,
    stores: stores.map(({store, name, needsRoot, actions}) => ({store, name, needs_root: needsRoot, actions})),
    problems,
    variables,
    bundle,
  }
}

function heading({certificate, fingerprint, not_after}: TrustPlan): string {
  return `certificate: ${printable(certificate)}, valid until ${not_after}\nSHA-256: ${fingerprint}`
}

function actionLines(stores: readonly StorePlan[], plan: TrustPlan, tools: InterceptionTools): readonly string[] {
  return stores.flatMap(({name, needsRoot, actions}) => [
    `${printable(name)}${needsRoot ? ', as root' : ''}:`,
    ...(actions.length === 0 ? ['  nothing to change'] : []),
    ...actions.map((action) => `  ${printable(tools.describe(plan, action))}`),
  ])
}

function instructions(
  direction: Direction,
  plan: TrustPlan,
  tools: InterceptionTools,
  flags: TrustFlagValues,
): readonly string[] {
  const command = (store: StoreId): string => {
    const line = commandLine(`tls ${direction}-ca --${store}`, ...carried({...flags}, 'cert', 'home'))
    return store === 'node-env' && direction === 'install' ? `${line} --yes` : line
  }
  return [
    'Nothing was changed. The stores of this machine, each with its command:',
    '',
    ...FLAGS.flatMap((store) => {
      const stores = plan.stores.filter((each) => each.store === store && each.actions.length > 0)
      return stores.length === 0
        ? []
        : [command(store), ...actionLines(stores, plan, tools).map((each) => `  ${each}`), '']
    }),
    ...plan.problems.map(({store, problem, hint}) => `--${store}: ${printable(problem)} (${printable(hint)})`),
    ...(plan.problems.length === 0 ? [] : ['']),
    ...(direction === 'install'
      ? variableLines(plan)
      : [
          'Unset the variables that name the certificate or the bundle:',
          `unset ${plan.variables.map(({name}) => name).join(' ')}`,
        ]),
  ]
}

function variableLines({variables, bundle}: TrustPlan): readonly string[] {
  const listed = (replaces: boolean): readonly string[] =>
    variables
      .filter((each) => each.replaces === replaces)
      .map(({line, programs}) => `  ${printable(line)}  # ${programs}`)
  return [
    'Programs with a list of their own read variables. This one adds to the list:',
    ...listed(false),
    'These replace the list, so they need a bundle of the system certificates and this one:',
    `  ${printable(bundle)}`,
    ...listed(true),
  ]
}

function nodeLine({variables}: TrustPlan): readonly string[] {
  return variables.filter(({replaces}) => !replaces).map(({line}) => printable(line))
}

const OUTCOMES = {
  done: 'done',
  unchanged: 'unchanged, already there',
  absent: 'not there',
  left: 'left in place: another certificate or text than install-ca writes for this one',
} as const

function appliedLines(applied: readonly AppliedStore[]): readonly string[] {
  return applied.flatMap(({name, actions}) => [
    `${printable(name)}:`,
    ...actions.map(({action, outcome}) => `  ${printable(actionName(action))}: ${OUTCOMES[outcome]}`),
  ])
}

function actionName(action: Action): string {
  if ('program' in action) return `run ${argumentLine(action.program, action.args)}`
  if (action.kind === 'remove') return `remove ${action.path}`
  return `${action.kind === 'copy' ? 'copy to' : 'write'} ${action.to}`
}
