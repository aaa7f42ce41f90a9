// The life of a foreground firewall: start, signals, stop. Resolves after a clean stop.
import type {Ports} from '../core/ports.js'
import {bannerLines} from './banner.js'
import type {ConfigSource, Overrides} from './config/load.js'
import {createFirewall, type Firewall} from './firewall.js'

export interface ServeOptions {
  readonly source: ConfigSource
  /** Where the configuration comes from, for the banner. */
  readonly origin: string
  readonly overrides: Overrides
  readonly ports: Ports
  /** 0: until interrupted. */
  readonly stopAfterMs: number
  readonly captureDir: string | undefined
  readonly say: (line: string) => void
  readonly ready: (firewall: Firewall) => void
  readonly exitNow: (code: number) => void
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const

export async function serve(options: ServeOptions): Promise<void> {
  const {source, overrides, ports, say} = options
  const firewall = await createFirewall({source, overrides, ports, say})
  try {
    await firewall.start()
  } catch (error) {
    await firewall.stop('start failed', 0).catch(() => undefined) // the first failure is the one to report
    throw error
  }
  for (const line of bannerLines(firewall, ports, {origin: options.origin, captureDir: options.captureDir})) say(line)
  options.ready(firewall)

  const onReload = (): void => {
    firewall.reopenLogs()
    void firewall.reload().then((result) => {
      if (result.status === 'success') say('pipelock: configuration reloaded')
    })
  }
  process.on('SIGHUP', onReload)
  const reason = await new Promise<string>((done) => {
    let stopping = false
    const onStop = (): void => {
      // a second signal means that waiting for running requests takes too long
      if (stopping) return options.exitNow(1)
      stopping = true
      done('signal received')
    }
    for (const signal of STOP_SIGNALS) process.on(signal, onStop)
    if (options.stopAfterMs > 0) {
      setTimeout(() => {
        stopping = true
        done('capture duration over')
      }, options.stopAfterMs)
    }
  })
  await firewall.stop(reason)
  process.off('SIGHUP', onReload)
  for (const signal of STOP_SIGNALS) process.removeAllListeners(signal)
  say('Pipelock stopped.')
}
