// Manifests of a folder's files, which reveal later changes. It takes no part in traffic; commands use its tools.
import type {Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {WorkspaceTools} from './tools.js'

const workspace = {
  name: 'workspace',
  sections: [],
  reasons: [],
  schema: () => Promise.resolve({}),
  state: () => undefined,
  create: () => ({service: {}}),
  tools: async (ports: Ports) => (await import('./tools.js')).workspaceTools(ports),
} satisfies Plugin<unknown, undefined, object, Services, WorkspaceTools>

export default workspace
