// What commands do with a contract store without a running firewall.
import type {Ports} from '../../core/ports.js'
import {uuidv7} from '../../lib/uuid.js'
import {readRoster} from './documents.js'
import type {LifecyclePorts, LifecycleResult} from './lifecycle.js'
import {promote, type PromoteRequest} from './promote.js'
import {rollback, type RollbackRequest} from './rollback.js'

type Given = Omit<LifecyclePorts, 'clock' | 'newId'> & Partial<Pick<LifecyclePorts, 'clock' | 'newId'>>

export interface ContractTools {
  promote(request: PromoteRequest, ports: Given): Promise<LifecycleResult>
  rollback(request: RollbackRequest, ports: Given): Promise<LifecycleResult>
  readRoster: typeof readRoster
}

export function contractTools({clock, random}: Ports): ContractTools {
  const own = {clock, newId: () => uuidv7(clock.now(), random(10))}
  return {
    promote: (request, ports) => promote(request, {...own, ...ports}),
    rollback: (request, ports) => rollback(request, {...own, ...ports}),
    readRoster,
  }
}
