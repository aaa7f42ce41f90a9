// State shared by the steps of the demonstration: a directory, a movable clock, the origin, and the one firewall that
// runs at a time. All parts are those of the product; `close` leaves nothing running after success and failure alike.
import {existsSync, mkdtempSync, readdirSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {Ports} from '../../core/ports.js'
import {makeDirectory, writeFileAtomic} from '../../lib/atomic-file.js'
import {type PluginName, plugins, type Tools} from '../../plugins/registry.js'
import type {Overrides} from '../../host/config/load.js'
import {createFirewall, type Firewall} from '../../host/firewall.js'
import {createPorts, movableClock, type MovableClock} from '../../host/ports.js'
import {sender, type Send} from './client.js'
import {type DemoFile, FILES} from './files.js'
import {startOrigin, type DemoOrigin} from './origin.js'
import {madeUpKey, placesOf, type Places} from './traffic.js'

export const HOUR_MS = 3_600_000

export interface Facts {
  rootFingerprint: string
  contractHash: string
  manifestHash: string
  /** Generated credentials that were sent. */
  readonly secrets: string[]
}

export interface World {
  readonly directory: string
  /** Clock of the firewalls; steps that are commands run on the real one. */
  readonly clock: MovableClock
  /** Ports of commands: the real clock, keys in the directory. */
  readonly ports: Ports
  readonly origin: DemoOrigin
  readonly places: Places
  readonly signal: AbortSignal
  /** Results of earlier steps that later commands refer to. */
  readonly facts: Facts
  path(file: DemoFile): string
  write(file: DemoFile, text: string): void
  tools<Name extends PluginName>(name: Name): Promise<Tools[Name]>
  /** Starts a firewall with a configuration of the directory; the previous one must have been stopped. */
  startFirewall(config: 'config' | 'lockConfig', captures?: 'captures' | 'heldBack'): Promise<Firewall>
  stopFirewall(): Promise<void>
  firewall(): Firewall
  /** A credential that is not valid anywhere; remembered, so that the written files can be searched for it. */
  makeSecret(): string
  /** Sends through the running firewall. */
  readonly send: Send
  close(): Promise<void>
}

export interface WorldOptions {
  /** undefined: a fresh one below the temporary directory. */
  readonly directory: string | undefined
  readonly ports: Ports
  readonly signal: AbortSignal
  /** How far back the clock of the firewalls starts. */
  readonly hoursBack: number
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const directory = prepareDirectory(options.directory)
  const {signal} = options
  // the demonstration must have the same result everywhere: of the environment only the choice of the engine is used
  const env = {PIPELOCK_REGEX: options.ports.env['PIPELOCK_REGEX']}
  const clock = movableClock(-options.hoursBack * HOUR_MS)
  const home = join(directory, FILES.home)
  const ports = createPorts({home, env})
  const served = createPorts({home, env, clock})
  const origin = await startOrigin()
  let running: Firewall | undefined
  const facts: Facts = {rootFingerprint: '', contractHash: '', manifestHash: '', secrets: []}

  const path = (file: DemoFile): string => join(directory, FILES[file])
  const firewall = (): Firewall => {
    if (running) return running
    throw new PipelockError('internal_error', 'no firewall is running')
  }
  const stopFirewall = async (): Promise<void> => {
    const stopping = running
    running = undefined
    await stopping?.stop('demonstration', 1_000)
  }
  return {
    directory,
    clock,
    ports,
    origin,
    places: placesOf(origin.port),
    signal,
    facts,
    path,
    write: (file, text) => writeFileAtomic(path(file), text, {mode: 0o600}),
    async tools(name) {
      const {default: plugin} = await plugins[name]()
      if (!('tools' in plugin)) throw new PipelockError('internal_error', `plugin ${name} has no tools`)
      return (await plugin.tools(ports)) as Tools[typeof name]
    },
    async startFirewall(config, captures) {
      const overrides: Overrides = {
        listen: '127.0.0.1:0',
        ...(captures === undefined ? {} : {captureDir: path(captures)}),
      }
      running = await createFirewall({
        source: {kind: 'file', path: path(config)},
        overrides,
        ports: served,
        watch: false,
      })
      await running.start()
      return running
    },
    stopFirewall,
    firewall,
    makeSecret() {
      const secret = madeUpKey((bytes) => ports.random(bytes))
      facts.secrets.push(secret)
      return secret
    },
    send: (call) => sender(firewall().addresses().main, signal)(call),
    async close() {
      await Promise.all([stopFirewall(), origin.close()])
    },
  }
}

/** Accepts only an empty directory: files of an earlier run would mix with those of this one. */
function prepareDirectory(given: string | undefined): string {
  if (given === undefined) return mkdtempSync(join(tmpdir(), 'pipelock-demo-'))
  const directory = resolve(given)
  if (existsSync(directory) && (!statSync(directory).isDirectory() || readdirSync(directory).length > 0)) {
    throw new PipelockError('file_exists', `${directory} is not an empty directory`, {
      hint: 'name another one with --dir, or leave --dir out',
    })
  }
  makeDirectory(directory, 0o700)
  return directory
}
