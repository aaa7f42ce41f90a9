// The base of every command: oclif's Command with common flags, ports, plugin tools, one way to print and one way to fail.
import {type ExitCode, PipelockError} from '../core/errors.js'
import type {Ports} from '../core/ports.js'
import type {LockSettings, Settings} from '../core/services/settings.js'
import type {LoadedConfig} from '../host/config/load.js'
import {createPorts} from '../host/ports.js'
import {createMeter, type ProgressMeter} from '../lib/progress-meter.js'
import {hasColour, printable, printableJson} from '../lib/terminal.js'
import {type PluginName, plugins, type Tools} from '../plugins/registry.js'
import {isJsonRequested, printFailure, usageError} from './failure.js'
import {Command, type Interfaces, Args as OclifArgs, Flags as OclifFlags} from './oclif.js'

type Values = Record<string, unknown>

async function asInteger(input: string, _: unknown, {min, max}: {min?: number; max?: number}): Promise<number> {
  const value = Number(input)
  if (!/^-?\d+$/.test(input) || !Number.isSafeInteger(value)) throw new Error(`expected an integer, got ${input}`)
  if (min !== undefined && value < min) throw new Error(`must be at least ${min}, got ${input}`)
  if (max !== undefined && value > max) throw new Error(`must be at most ${max}, got ${input}`)
  return value
}

/** oclif's makers of flags; integers have bounds, and are refused beyond 2^53. */
export const Flags = {
  string: OclifFlags.string,
  boolean: OclifFlags.boolean,
  option: OclifFlags.option,
  integer: OclifFlags.custom<number, {min?: number; max?: number}>({parse: asInteger}),
}

// oclif would otherwise read a missing positional from standard input and consume it
const fromArguments = {ignoreStdin: true} as const

/** oclif's maker of positionals. Standard input is never read for a missing one. */
export const Args = {string: OclifArgs.custom<string>(fromArguments)}

/** For commands that check many signatures. */
export const effortFlags = {
  jobs: Flags.integer({
    min: 1,
    max: 64,
    helpValue: 'N',
    description: 'threads that check signatures, including the reader; default: number of cores, at most 8',
  }),
  resume: Flags.string({
    helpValue: 'FILE',
    description: 'keep in FILE how far signatures were checked, and continue there; all else is verified again',
  }),
}

export abstract class PipelockCommand extends Command {
  static override baseFlags = {
    home: Flags.string({
      helpValue: 'DIR',
      helpGroup: 'GLOBAL',
      description: 'key store and state root [env PIPELOCK_HOME, default ~/.pipelock]',
    }),
    json: Flags.boolean({helpGroup: 'GLOBAL', description: 'print one JSON document on standard output'}),
  }

  #ports: Ports | undefined
  #json: boolean | undefined

  abstract override run(): Promise<void>

  /** Parses the arguments by the definitions of the class; every fault is a usage error. */
  protected override async parse<F extends Values, B extends Values, A extends Values>(
    definition: Interfaces.Input<F, B, A>,
    argv: readonly string[] = this.argv,
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const known = {...definition.baseFlags, ...definition.flags}
    const output = await super.parse<F, B, A>(definition, [...argv]).catch((error: unknown) => {
      throw usageError(error, {command: this.ctor.id, flags: Object.keys(known)})
    })
    this.suggestNewNames(argv, known)
    const flags: {readonly home?: unknown; readonly json?: unknown} = output.flags
    this.#ports = createPorts(typeof flags.home === 'string' ? {home: flags.home} : {})
    this.#json = flags.json === true
    return output
  }

  /** Prints the error and sets the exit status; oclif would print it in its own way and end the process. */
  protected override catch(error: unknown): Promise<void> {
    printFailure(error, this.jsonEnabled())
    return Promise.resolve()
  }

  /** Clock, environment, home: only after `parse`, since --home sets the home. */
  protected get ports(): Ports {
    return (this.#ports ??= createPorts({}))
  }

  /** Before `parse`, what the arguments appear to say: an error of the parser is printed as JSON too. */
  override jsonEnabled(): boolean {
    return this.#json ?? isJsonRequested(this.argv)
  }

  /** True when a person can be asked; never prompt otherwise. */
  protected get interactive(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true
  }

  /** Functions of a plugin without a running firewall; loads this plugin only. */
  protected async tools<Name extends PluginName>(name: Name): Promise<Tools[Name]> {
    const {default: plugin} = await plugins[name]()
    if (!('tools' in plugin)) throw new PipelockError('internal_error', `plugin ${name} has no tools`)
    return (await plugin.tools(this.ports)) as Tools[Name]
  }

  /** The effective configuration that `run` would use here. Prints the name of the file unless the operator gave it. */
  protected async loadConfig(given?: string): Promise<LoadedConfig> {
    const [{chooseSource}, {loadSource}] = await Promise.all([
      import('../host/choose-source.js'),
      import('../host/config/load.js'),
    ])
    const {source, origin, path, isGiven} = chooseSource(given, this.ports)
    if (path !== undefined && !isGiven && this.readByPerson) this.progress(`configuration: ${origin}`)
    return loadSource(source, {home: this.ports.home})
  }

  /** The same, if a file provides it; undefined when `run` would use the embedded preset. */
  protected async loadFile(given?: string): Promise<LoadedConfig | undefined> {
    const {chooseSource} = await import('../host/choose-source.js')
    return chooseSource(given, this.ports).path === undefined ? undefined : this.loadConfig(given)
  }

  /** What a plugin publishes of its settings in a configuration. */
  protected async published<Name extends keyof Settings>(name: Name, {config}: LoadedConfig): Promise<Settings[Name]> {
    const {publishedBy} = await import('../host/config/settings.js')
    return publishedBy(name, config)
  }

  /** The lock of a configuration. */
  protected async lockOf(loaded: LoadedConfig | undefined): Promise<LockSettings | undefined> {
    return loaded && (await this.published('contract', loaded)).lock
  }

  /** The only result of a command: a JSON document with --json, else text for people; sets the exit status. */
  protected finish(result: object, human: () => string, exitCode: ExitCode = 0): void {
    this.write(this.jsonEnabled() ? printableJson(JSON.stringify(result, null, 2)) : human())
    process.exitCode = exitCode
  }

  /** Like `finish`, for a Markdown result: laid out at a terminal; in a pipe or a file `plain`, by default the Markdown. */
  protected async finishMarkdown(
    result: object,
    markdown: string,
    exitCode: ExitCode = 0,
    plain: string = markdown,
  ): Promise<void> {
    if (this.jsonEnabled() || process.stdout.isTTY !== true) return this.finish(result, () => plain, exitCode)
    const {terminalMarkdown} = await import('../lib/terminal-markdown.js')
    const {env} = this.ports
    const columns = Number(env['COLUMNS']) || process.stdout.columns || 80
    this.finish(result, () => terminalMarkdown(markdown, {columns, colour: hasColour(env)}), exitCode)
  }

  /** Machine output other than a JSON document (YAML, a schema): standard output, ending with one newline. */
  protected write(text: string): void {
    if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** The text may quote an untrusted file: it is escaped, so that it cannot move the cursor. */
  protected progress(text: string): void {
    process.stderr.write(`${printableJson(text)}\n`)
  }

  /** A progress meter for a long operation; silent during the first second. */
  protected progressMeter(what: string): ProgressMeter {
    const {clock} = this.ports
    return createMeter(
      what,
      process.stderr.isTTY === true,
      () => clock.now(),
      (text) => process.stderr.write(text),
    )
  }

  /** Runs a synchronous operation with a meter. */
  protected measured<T>(what: string, read: (meter: ProgressMeter) => T): T {
    const meter = this.progressMeter(what)
    try {
      return read(meter)
    } finally {
      meter.end()
    }
  }

  /** One line on standard error, with --json as well. */
  override warn<Input extends Error | string>(input: Input): Input {
    process.stderr.write(`warning: ${printable(typeof input === 'string' ? input : input.message)}\n`)
    return input
  }

  /** Ends the process now. Only for a second signal during a stop; everything else sets the exit status and returns. */
  protected exitNow(code: number): never {
    process.exit(code)
  }

  /** Prints the next command for a person at a terminal; its words are already quoted for a shell. */
  protected next(command: string): void {
    if (this.readByPerson) process.stderr.write(`next: ${printable(command)}\n`)
  }

  /**
   * Audit record of a finished command: one line of JSON on standard error. A person at a terminal reads `notes`
   * instead, the facts that the result does not state.
   */
  protected audit(record: Readonly<Record<string, unknown>>, notes: readonly string[] = []): void {
    const lines = this.readByPerson ? notes.map(printable) : [printableJson(JSON.stringify(record))]
    for (const line of lines) process.stderr.write(`${line}\n`)
  }

  /** True when standard error is a terminal. */
  protected get readByPerson(): boolean {
    return process.stderr.isTTY === true && !this.jsonEnabled()
  }

  /**
   * A flag keeps its former name as an alias; only people at a terminal see a note about the new one, so that scripts
   * keep their output.
   */
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
}
