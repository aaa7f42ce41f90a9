// Writes what a first agent needs: configuration, keys and roster.
import {userInfo} from 'node:os'
import {join, resolve} from 'node:path'
import {PipelockError} from '../core/errors.js'
import {commandLine} from '../lib/shell-words.js'
import {Args, Flags, PipelockCommand} from '../cli/base.js'

const KEY_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/

export default class Init extends PipelockCommand {
  static override summary = 'Set up an agent: configuration, keys and roster'
  static override description =
    'Keys that exist are used. The folder gets pipelock.yaml, which observes and enforces nothing beyond the preset until a ' +
    'contract is promoted and learn_lock.mode is set to live, and roster.json, the signed list of keys.'
  static override examples = [
    'pipelock init',
    'pipelock init coder --operator anna',
    'pipelock init coder --operator anna --preset strict --dir /srv/pipelock --home /srv/pipelock/home',
  ]
  static override args = {
    agent: Args.string({description: 'name of the agent; a terminal prompts for it'}),
  }
  static override flags = {
    operator: Flags.string({
      helpValue: 'NAME',
      description: 'who promotes contracts; default: the user of this session',
    }),
    preset: Flags.option({
      options: ['balanced', 'strict', 'audit'] as const,
      default: 'balanced',
      description: 'preset to write',
    })(),
    dir: Flags.string({default: '.', helpValue: 'DIR', description: 'folder to write to'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Init)
    const directory = resolve(flags.dir)
    const [config, roster] = [join(directory, 'pipelock.yaml'), join(directory, 'roster.json')]
    await refuseExisting(config, roster)
    const agent = args.agent ?? (await this.#ask('Name of the agent', 'coder'))
    if (agent === undefined) {
      throw new PipelockError('usage', 'the agent has no name', {hint: 'for example: pipelock init coder'})
    }
    const operator = flags.operator ?? (await this.#ask('Who promotes contracts', userName())) ?? userName()
    if (operator === agent) {
      throw new PipelockError('usage', 'the operator has the name of the agent', {
        hint: 'choose another one with --operator',
      })
    }
    const [signing, {agentConfig}, {npmRegistryHost}, {writeFileAtomic, makeDirectory}] = await Promise.all([
      this.tools('signing'),
      import('../host/presets.js'),
      import('../host/npm-registry.js'),
      import('../lib/atomic-file.js'),
    ])
    makeDirectory(directory)
    const keys = signing.makeFirstKeys({agent, operator, roster})
    makeDirectory(join(directory, 'contracts'))
    const registry = flags.preset === 'audit' ? undefined : await npmRegistryHost()
    const text = await agentConfig(flags.preset, {
      registry,
      agent,
      roster,
      pin: keys.root_fingerprint,
      receiptKey: keys.receipt_key,
      captures: join(directory, 'captures'),
      store: join(directory, 'contracts'),
    })
    writeFileAtomic(config, text, {mode: 0o644, exclusive: true})
    this.finish({agent, operator, config, ...keys}, () =>
      [
        `wrote ${config} and ${roster}`,
        ...keys.made.map((path) => `made the key ${path}`),
        `root fingerprint: ${keys.root_fingerprint}`,
        `Keep ${keys.root_key} on another medium: it signs rosters and is not needed to run.`,
      ].join('\n'),
    )
    this.next(commandLine('learn observe', ['--config', config]))
  }

  async #ask(message: string, standard: string): Promise<string | undefined> {
    if (!this.interactive || this.jsonEnabled()) return undefined
    const {askText} = await import('../lib/prompt.js')
    const reply = await askText({
      message,
      default: standard,
      problem: (text) => (KEY_NAME.test(text) ? undefined : 'letters, digits, . _ and - only, for example coder'),
    })
    if (reply === undefined) throw new PipelockError('aborted', 'nothing was written')
    return reply
  }
}

async function refuseExisting(...paths: readonly string[]): Promise<void> {
  const {pathExists} = await import('../lib/secure-read.js')
  const existing = paths.find(pathExists)
  if (existing === undefined) return
  throw new PipelockError('file_exists', `${existing} exists`, {hint: 'choose another folder with --dir'})
}

function userName(): string {
  try {
    const {username} = userInfo()
    return KEY_NAME.test(username) ? username : 'operator'
  } catch {
    return 'operator' // a container may run under a number that no file names
  }
}
