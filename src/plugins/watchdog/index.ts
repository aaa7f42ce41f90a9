// The health watchdog: its settings, and the sign of life of the scanners. The host checks the subsystems and serves /health.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {WatchdogService} from '../../core/services/watchdog.js'
import type {WatchdogConfig} from './config.js'

interface WatchdogState {
  lastScanMs: number | undefined
}

const SECOND_MS = 1_000

const watchdog = {
  name: 'watchdog',
  sections: ['health_watchdog'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  state: (): WatchdogState => ({lastScanMs: undefined}),

  create({health_watchdog: section}: WatchdogConfig, state: WatchdogState, {ports: {clock}}: Context<Services>) {
    return {
      service: {
        enabled: section.enabled,
        intervalMs: section.interval_seconds * SECOND_MS,
        exposesSubsystems: section.expose_subsystems,
        isMinimal: section.health_detail === 'minimal',
        lastScanMs: () => state.lastScanMs,
      },
      hooks: () => ({
        observe() {
          state.lastScanMs = clock.monotonic()
        },
      }),
    }
  },
} satisfies Plugin<WatchdogConfig, WatchdogState, WatchdogService, Services, unknown>

export default watchdog
