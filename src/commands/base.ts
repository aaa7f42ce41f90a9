// The base of every command: flags of all commands, ports, plugin tools, one way to print and one way to fail. It has the
// shape that oclif expects of a command class and uses oclif's parser, but not its Command class, whose import costs as
// much as a whole small command; bin/run.js loads the rest of the frame only to render help.
import type * as ArgTypes from '@oclif/core/args'
import type * as FlagTypes from '@oclif/core/flags'
import type {Interfaces} from '@oclif/core'
import {parse as parseArguments} from '@oclif/core/parser'
import {type ExitCode, PipelockError} from '../core/errors.js'
import type {Ports} from '../core/ports.js'
import type {LoadedConfig} from '../host/config/load.js'
import {createPorts} from '../host/ports.js'
import {errorText} from '../lib/error-text.js'
import {createMeter, type ProgressMeter} from '../lib/progress-meter.js'
import {hasColour, printable, printableJson} from '../lib/terminal.js'
import {usageText} from '../lib/usage-text.js'
import {type PluginName, plugins, type Tools} from '../plugins/registry.js'

type Definition = Readonly<Record<string, unknown>>
type Values = Record<string, unknown>
type Parse = (input: string, context: unknown, options: Definition) => Promise<unknown>

const asIs: Parse = async (input) => input

const asInteger: Parse = async (input, _context, {min, max}) => {
  const value = Number(input)
  if (!/^-?\d+$/.test(input) || !Number.isSafeInteger(value)) throw new Error(`expected an integer, got ${input}`)
  if (typeof min === 'number' && value < min) throw new Error(`must be at least ${min}, got ${input}`)
  if (typeof max === 'number' && value > max) throw new Error(`must be at most ${max}, got ${input}`)
  return value
}

const option =
  (defaults: Definition) =>
  (options: Definition = {}): Definition => {
    const merged = {parse: asIs, ...defaults, ...options}
    return {...merged, input: [], multiple: 'multiple' in merged && merged.multiple === true, type: 'option'}
  }

const makers = {
  string: option({}),
  file: option({}),
  directory: option({}),
  integer: option({parse: asInteger}),
  custom: option,
  option,
  boolean: (options: Definition = {}): Definition => ({
    parse: async (value: boolean) => value,
    ...options,
    allowNo: options['allowNo'] === true,
    type: 'boolean',
  }),
}

/** Flag definitions with the types of oclif's own makers. `exists` of file and directory is not supported. */
export const Flags = makers as unknown as Pick<
  typeof FlagTypes,
  'string' | 'boolean' | 'integer' | 'file' | 'directory' | 'custom' | 'option'
>

const positional =
  (defaults: Definition) =>
  (options: Definition = {}): Definition =>
    // a declared positional that is missing would otherwise be read from standard input and swallow it
    ({parse: asIs, ...defaults, ...options, ignoreStdin: true, input: [], type: 'option'})

const argMakers = {
  string: positional({}),
  file: positional({}),
  directory: positional({}),
  integer: positional({parse: asInteger}),
}

/** Positional definitions. Standard input is never taken for a missing one. */
export const Args = argMakers as unknown as Pick<typeof ArgTypes, 'string' | 'integer' | 'file' | 'directory'>

/** For commands that check many signatures. */
export const effortFlags = {
  jobs: Flags.integer({
    min: 1,
    max: 64,
    helpValue: 'N',
    description: 'threads that check signatures, the reading one among them; default: the cores, at most 8',
  }),
  resume: Flags.string({
    helpValue: 'FILE',
    description: 'keep in FILE how far signatures were checked, and go on from there; all else is verified anew',
  }),
}

export abstract class PipelockCommand {
  // what oclif reads to write the manifest and to render help
  static id = ''
  static summary: string | undefined
  static description: string | undefined
  static examples: (string | {command: string; description: string})[] = []
  static usage: string | string[] | undefined
  static aliases: string[] = []
  static hiddenAliases: string[] = []
  static hidden = false
  static strict = true
  static enableJsonFlag = false
  static args: Interfaces.ArgInput = {}
  static flags: Interfaces.FlagInput = {}
  static baseFlags = {
    home: Flags.string({
      helpValue: 'DIR',
      helpGroup: 'GLOBAL',
      description: 'key store and state root [env PIPELOCK_HOME, default ~/.pipelock]',
    }),
    json: Flags.boolean({helpGroup: 'GLOBAL', description: 'print one JSON document on standard output'}),
  }

  /** Words after the command, as given. */
  protected readonly argv: readonly string[]
  #ports: Ports | undefined
  #json: boolean

  constructor(argv: readonly string[]) {
    this.argv = argv
    const end = argv.indexOf('--')
    this.#json = (end === -1 ? argv : argv.slice(0, end)).includes('--json')
  }

  /** Called by bin/run.js and by oclif: runs the command and sets the exit status of the process. Never throws. */
  static async run(this: new (argv: readonly string[]) => PipelockCommand, argv: readonly string[]): Promise<void> {
    const command = new this(argv)
    try {
      await command.run()
    } catch (error) {
      command.fail(error)
    }
  }

  abstract run(): Promise<void>

  /** Parses the words after the command by the definitions of the class; anything wrong is a usage error. */
  protected async parse<F extends Values, B extends Values, A extends Values>(
    definition: Interfaces.Input<F, B, A>,
    argv: readonly string[] = this.argv,
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const options = {
      ...definition,
      flags: {...definition.baseFlags, ...definition.flags},
    } as unknown as Interfaces.Input<F, B, A>
    const output = (await parseArguments([...argv], options).catch((error: unknown) => {
      throw usageError(error, this.constructor, options.flags as Definition)
    })) as Interfaces.ParserOutput<F, B, A>
    this.suggestNewNames(argv, options.flags)
    const flags: {readonly home?: unknown; readonly json?: unknown} = output.flags
    this.#ports = createPorts(typeof flags.home === 'string' ? {home: flags.home} : {})
    this.#json = flags.json === true
    return output
  }

  /** Clock, environment, home: after `parse`, since --home decides where home is. */
  protected get ports(): Ports {
    return (this.#ports ??= createPorts({}))
  }

  protected get jsonEnabled(): boolean {
    return this.#json
  }

  /** True when a person can be asked: never prompt otherwise. */
  protected get interactive(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true
  }

  /** Functions of a plugin that need no running firewall; loads this plugin only. */
  protected async tools<Name extends PluginName>(name: Name): Promise<Tools[Name]> {
    const {default: plugin} = await plugins[name]()
    if (!('tools' in plugin)) throw new PipelockError('internal_error', `plugin ${name} has no tools`)
    return (await plugin.tools(this.ports)) as Tools[Name]
  }

  /** The effective configuration that `run` would have here. Names the file where the operator did not. */
  protected async loadConfig(given?: string): Promise<LoadedConfig> {
    const [{chooseSource}, {loadSource}] = await Promise.all([
      import('../host/choose-source.js'),
      import('../host/config/load.js'),
    ])
    const {source, origin, path, isGiven} = chooseSource(given, this.ports)
    if (path !== undefined && !isGiven && this.readByPerson) this.progress(`configuration: ${origin}`)
    return loadSource(source, {home: this.ports.home})
  }

  /** The same, where a file says it; undefined when `run` would take the embedded preset. */
  protected async loadFile(given?: string): Promise<LoadedConfig | undefined> {
    const {chooseSource} = await import('../host/choose-source.js')
    return chooseSource(given, this.ports).path === undefined ? undefined : this.loadConfig(given)
  }

  /** The one result of a command: a JSON document with --json, else text for people; sets the exit status. */
  protected finish(result: object, human: () => string, exitCode: ExitCode = 0): void {
    this.write(this.#json ? printableJson(JSON.stringify(result, null, 2)) : human())
    process.exitCode = exitCode
  }

  /** The same for a result that people read as Markdown: laid out at a terminal, unchanged in a pipe or a file. */
  protected async finishMarkdown(result: object, markdown: string, exitCode: ExitCode = 0): Promise<void> {
    if (this.#json || process.stdout.isTTY !== true) return this.finish(result, () => markdown, exitCode)
    const {terminalMarkdown} = await import('../lib/terminal-markdown.js')
    const {env} = this.ports
    const columns = Number(env['COLUMNS']) || process.stdout.columns || 80
    this.finish(result, () => terminalMarkdown(markdown, {columns, colour: hasColour(env)}), exitCode)
  }

  /** Machine output that is no JSON document (YAML, a schema): standard output, ending with one newline. */
  protected write(text: string): void {
    if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** Text may quote a file or an archive of somebody else: nothing in it moves the cursor, and a JSON line means the same. */
  protected progress(text: string): void {
    process.stderr.write(`${printableJson(text)}\n`)
  }

  /** Tells how far a long reading is; silent during the first second. */
  protected progressMeter(what: string): ProgressMeter {
    const {clock} = this.ports
    return createMeter(
      what,
      process.stderr.isTTY === true,
      () => clock.now(),
      (text) => process.stderr.write(text),
    )
  }

  /** Runs a reading that takes no turns, with a meter. */
  protected measured<T>(what: string, read: (meter: ProgressMeter) => T): T {
    const meter = this.progressMeter(what)
    try {
      return read(meter)
    } finally {
      meter.end()
    }
  }

  protected warn(text: string): void {
    process.stderr.write(`warning: ${printable(text)}\n`)
  }

  /** Ends the process now. Only for a second signal during a stop; everything else sets the exit status and returns. */
  protected exitNow(code: number): never {
    process.exit(code)
  }

  /** The command to type next, for a person at a terminal; its words are quoted for a shell already. */
  protected next(command: string): void {
    if (this.readByPerson) process.stderr.write(`next: ${printable(command)}\n`)
  }

  /**
   * What a log collector wants to know of a command that is done: one line of JSON on standard error. A person at a
   * terminal reads `notes` instead, the facts that the result does not state.
   */
  protected audit(record: Readonly<Record<string, unknown>>, notes: readonly string[] = []): void {
    const lines = this.readByPerson ? notes.map(printable) : [printableJson(JSON.stringify(record))]
    for (const line of lines) process.stderr.write(`${line}\n`)
  }

  /** What is printed on standard error is read by a person, at a terminal. */
  protected get readByPerson(): boolean {
    return process.stderr.isTTY === true && !this.#json
  }

  /** A flag keeps its former name as an alias; people at a terminal are told the new one, scripts are left alone. */
  private suggestNewNames(argv: readonly string[], flags: Interfaces.FlagInput | undefined): void {
    if (process.stderr.isTTY !== true) return
    for (const [name, {aliases = []}] of Object.entries(flags ?? {})) {
      for (const former of aliases) {
        if (argv.some((word) => word === `--${former}` || word.startsWith(`--${former}=`))) {
          this.warn(`--${former} is now --${name}`)
        }
      }
    }
  }

  private fail(error: unknown): void {
    const {code, message, hint, exitCode} = describe(error)
    // a message may quote a file or an argument; its own line breaks stay
    const safe = message.split('\n').map(printable).join('\n')
    process.stderr.write(`error: ${code}: ${safe}\n${hint === undefined ? '' : `hint: ${printable(hint)}\n`}`)
    const shown = {error: code, message, ...(hint === undefined ? {} : {hint})}
    if (this.#json) this.write(printableJson(JSON.stringify(shown, null, 2)))
    process.exitCode = exitCode
  }
}

interface Described {
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly exitCode: ExitCode
}

/** No stack reaches a user; an unforeseen error shows its message only. */
function describe(error: unknown): Described {
  if (error instanceof PipelockError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const message = errorText(error)
  if (code === 'ENOENT') return {code: 'file_not_found', message, hint: undefined, exitCode: 1}
  if (code === 'EACCES' || code === 'EPERM') return {code: 'file_permissions', message, hint: undefined, exitCode: 1}
  return {code: 'internal_error', message, hint: undefined, exitCode: 1}
}

function usageError(error: unknown, command: unknown, flags: Definition): PipelockError {
  const message = usageText(error, Object.keys(flags))
  const id =
    typeof command === 'function' && 'id' in command && typeof command.id === 'string'
      ? command.id.replaceAll(':', ' ')
      : ''
  return new PipelockError('usage', message, {hint: `see pipelock ${id === '' ? '' : `${id} `}--help`})
}
