// Keys: the key store, key files, rosters, detached signatures and the verification of ceremonies. It takes no part in
// traffic; commands and other plugins' commands use its tools.
import type {Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {SigningTools} from './tools.js'

const signing = {
  name: 'signing',
  sections: [],
  reasons: [],
  schema: () => Promise.resolve({}),
  state: () => undefined,
  create: () => ({service: {}}),
  tools: async (ports: Ports) => (await import('./tools.js')).signingTools(ports),
} satisfies Plugin<unknown, undefined, object, Services, SigningTools>

export default signing
