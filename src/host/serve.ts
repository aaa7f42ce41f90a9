// Runs a firewall in the foreground: start, signals, stop. Resolves after a clean stop.
import {createInterface} from 'node:readline'
import {mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {isatty} from 'node:tty'
import {PipelockError} from '../core/errors.js'
import type {Ports, TerminalOutput} from '../core/ports.js'
import {errorText} from '../lib/error-text.js'
import {agentEnvironment} from './agent-environment.js'
import {startAgent, type AgentEnd, type AgentProcess} from './agent-process.js'
import {bannerLines} from './banner.js'
import type {ConfigSource, Overrides} from './config/load.js'
import {hasColour, hasMenus} from '../lib/terminal.js'
import {createFirewall, type Firewall} from './firewall.js'
import type {Approver} from '../core/approver.js'
import {menuApprover, terminalApprover, type Terminal} from './terminal-approver.js'

export interface ServeOptions {
  readonly source: ConfigSource
  /** Source of the configuration, for the banner. */
  readonly origin: string
  readonly overrides: Overrides
  readonly ports: Ports
  /** 0: until interrupted. */
  readonly stopAfterMs: number
  readonly captureDir: string | undefined
  /** Keeps the configured log format although output is a terminal. */
  readonly jsonLog: boolean
  readonly say: (line: string) => void
  /** Called once it serves. */
  readonly ready?: () => void
  /** undefined: the firewall alone. */
  readonly agent?: AgentCommand | undefined
  readonly exitNow: (code: number) => void
}

export interface AgentCommand {
  /** Program and arguments. */
  readonly words: readonly string[]
  /** Variables by which it trusts the authority with this certificate; the certificates are written to `bundle`. */
  readonly trust: (certificate: string, bundle: string) => Promise<Readonly<Record<string, string>>>
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const
const AGENT_GRACE_MS = 5_000
const STDIN = 0
const STDOUT = 1
const TERMINAL_CLOSED = 'terminal closed'

/** Resolves with the exit status: that of the agent, where one was started. */
export async function serve(options: ServeOptions): Promise<number> {
  const {source, overrides, say} = options
  const hasAgent = options.agent !== undefined
  const ports = hasAgent ? withLogFile(options.ports) : withApprover(options.ports)
  const output = options.jsonLog || hasAgent ? undefined : terminalOutput(ports.env)
  const shownPorts: Ports = output ? {...ports, terminal: output} : ports
  // before anything is opened: a signal during start-up must not leave evidence without its end
  const signals = listenForSignals(options.exitNow)
  try {
    const firewall = await createFirewall({source, overrides, ports: shownPorts, say})
    try {
      await firewall.start()
    } catch (error) {
      await firewall.stop('start failed', 0).catch(() => undefined) // report the first failure
      throw error
    }
    const isAttached = isatty(STDOUT)
    signals.onKillSignal = () => firewall.killSignal()
    signals.onHangup = () => {
      // a closed terminal sends the signal too: continuing would hold port and evidence unseen, without a log
      if (isAttached && !isatty(STDOUT)) return signals.stop(TERMINAL_CLOSED)
      firewall.reopenLogs()
      void firewall.reload().then(({status}) => status === 'success' && say('pipelock: configuration reloaded'))
    }
    for (const line of bannerLines(firewall, ports, {origin: options.origin, captureDir: options.captureDir})) say(line)
    if (options.stopAfterMs > 0) signals.stopAfter(options.stopAfterMs)
    options.ready?.()
    const agent = options.agent && (await started(firewall, options.agent, ports))
    if (agent) signals.forwardTo(agent.process)
    const reason = await Promise.race([
      signals.stopped,
      ...(agent ? [agent.process.ended.then(() => 'agent ended')] : []),
    ])
    const end = agent && (await endOf(agent.process))
    agent?.remove()
    if (end?.problem !== undefined) say(`pipelock: ${end.problem}`)
    await firewall.stop(reason)
    say('Pipelock stopped.')
    signals.remove()
    // end by the signal, as programs do: at its own exit Node restores the mode of the terminal, and aborts without one
    if (reason === TERMINAL_CLOSED) process.kill(process.pid, 'SIGHUP')
    return end?.status ?? 0
  } finally {
    signals.remove()
  }
}

/** The terminal is the agent's: nobody is asked there, and no log line is written to it. */
function withLogFile(ports: Ports): Ports {
  mkdirSync(ports.home, {recursive: true, mode: 0o700})
  return {...ports, logFile: join(ports.home, 'audit.log')}
}

function withApprover(ports: Ports): Ports {
  return isTerminal() ? {...ports, approver: operator(ports.env)} : ports
}

/** An agent that does not end by itself is ended. */
async function endOf(agent: AgentProcess): Promise<AgentEnd> {
  agent.signal('SIGTERM')
  const timer = setTimeout(() => agent.signal('SIGKILL'), AGENT_GRACE_MS)
  try {
    return await agent.ended
  } finally {
    clearTimeout(timer)
  }
}

interface Started {
  readonly process: AgentProcess
  /** Removes what was made for it. */
  remove(): void
}

/** Stops the firewall where the agent cannot be given what it needs. */
async function started(firewall: Firewall, {words, trust: trustIn}: AgentCommand, ports: Ports): Promise<Started> {
  const interception = firewall.settings('interception')
  const bundle = join(ports.home, 'run', `ca-bundle-${process.pid}.pem`)
  let trust: Readonly<Record<string, string>> = {}
  try {
    if (interception.enabled) trust = await trustIn(interception.certificate, bundle)
  } catch (error) {
    await firewall.stop('agent not started', 0)
    throw new PipelockError('home_unwritable', `certificates for the agent: ${errorText(error)}`, {cause: error})
  }
  const env = agentEnvironment({env: ports.env, listener: firewall.addresses().main, trust})
  return {process: startAgent(words, env), remove: () => rmSync(bundle, {force: true})}
}

interface Signals {
  /** From now on they are the agent's: the firewall stops when it has ended. */
  forwardTo(agent: AgentProcess): void
  /** Resolves with the reason to stop. */
  readonly stopped: Promise<string>
  onHangup: () => void
  onKillSignal: () => void
  stop(reason: string): void
  stopAfter(ms: number): void
  remove(): void
}

function listenForSignals(exitNow: (code: number) => void): Signals {
  let isStopping = false
  let stop: (reason: string) => void = () => undefined
  let timer: NodeJS.Timeout | undefined
  const stopped = new Promise<string>((done) => {
    stop = (reason) => {
      isStopping = true
      done(reason)
    }
  })
  let agent: AgentProcess | undefined
  const onStop = (name: NodeJS.Signals): void => {
    // a terminal sends Ctrl-C to the agent itself
    if (agent) return name === 'SIGINT' && isatty(STDIN) ? undefined : agent.signal(name)
    // a second signal means that waiting for running requests takes too long
    if (isStopping) exitNow(1)
    else stop('signal received')
  }
  const onHangup = (): void => signals.onHangup()
  // without a listener this signal makes the runtime open a debugger, through which anyone on the host can read the keys
  const onKillSignal = (): void => signals.onKillSignal()
  const signals: Signals = {
    stopped,
    forwardTo: (to) => void (agent = to),
    onHangup: () => undefined,
    onKillSignal: () => undefined,
    stop: (reason) => stop(reason),
    stopAfter(ms) {
      timer = setTimeout(() => stop('capture duration over'), ms)
    },
    remove() {
      clearTimeout(timer)
      process.off('SIGHUP', onHangup)
      process.off('SIGUSR1', onKillSignal)
      for (const signal of STOP_SIGNALS) process.off(signal, onStop)
    },
  }
  process.on('SIGHUP', onHangup)
  process.on('SIGUSR1', onKillSignal)
  for (const signal of STOP_SIGNALS) process.on(signal, onStop)
  return signals
}

/** undefined when standard output is not a terminal. */
export function terminalOutput(
  env: Ports['env'],
  stream: {readonly isTTY?: boolean; readonly columns?: number} = process.stdout,
): TerminalOutput | undefined {
  if (stream.isTTY !== true) return undefined
  const given = Number(env['COLUMNS'])
  return {
    columns: () => (Number.isSafeInteger(given) && given > 0 ? given : stream.columns || undefined),
    hasColour: hasColour(env),
  }
}

function isTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

function operator(env: Ports['env']): Approver {
  if (!hasMenus(env)) return terminalApprover(operatorTerminal())
  return menuApprover({
    input: process.stdin,
    output: process.stderr,
    onInterrupt: () => process.kill(process.pid, 'SIGINT'),
  })
}

/** Opened at the first question only, and without keeping the process alive. */
function operatorTerminal(): Terminal {
  return {
    onLine(listener) {
      const lines = createInterface({input: process.stdin, terminal: false})
      lines.on('line', listener)
      lines.on('close', () => listener(undefined))
      process.stdin.unref()
    },
    write: (text) => void process.stderr.write(text),
  }
}
