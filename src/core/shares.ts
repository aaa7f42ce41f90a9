// Fair shares of resources that all clients share. One client that held everything would deny service to the others and
// to the operator's own probes, so each may hold a quarter of every resource, and all of them together the whole.

export const RESOURCES = ['tunnels', 'open_requests', 'held_bytes', 'descriptors', 'look_ups'] as const
export type Resource = (typeof RESOURCES)[number]

/** The most that all clients together may hold, per resource. */
export type Bounds = Readonly<Record<Resource, number>>

/** One client may hold the bound divided by this. */
export const PART_OF_CLIENT = 4

/** A client's holding of one resource. */
export interface Share {
  /** Takes more; false, with nothing taken, when the client or all clients together would exceed their bound. */
  add(amount: number): boolean
  /** Returns everything; nothing can be added afterwards. Further calls do nothing. */
  release(): void
}

export interface Shares {
  /** An empty share, for an amount that grows. */
  open(client: string, resource: Resource): Share
  /** Takes one unit; undefined when the bound is reached. */
  take(client: string, resource: Resource): Share | undefined
  /** True when a client holds at least half of its share. */
  isTight(client: string, resource: Resource): boolean
  /** Held by all clients together. */
  held(resource: Resource): number
  /** Number of clients that hold anything; for tests and metrics. */
  clients(): number
}

interface Account {
  total: number
  readonly byClient: Map<string, number>
}

/** `bounds` is read at every call, so that a reload takes effect at once; `refused` is called on every refusal. */
export function createShares(bounds: () => Bounds, refused: (resource: Resource) => void = () => undefined): Shares {
  const accounts = Object.fromEntries(
    RESOURCES.map((resource): [string, Account] => [resource, {total: 0, byClient: new Map()}]),
  ) as Record<Resource, Account>

  const most = (bound: number): number => Math.max(1, Math.floor(bound / PART_OF_CLIENT))
  const take = (client: string, resource: Resource, amount: number): boolean => {
    const account = accounts[resource]
    const bound = bounds()[resource]
    const own = (account.byClient.get(client) ?? 0) + amount
    if (account.total + amount > bound || own > most(bound)) {
      refused(resource)
      return false
    }
    account.total += amount
    account.byClient.set(client, own)
    return true
  }
  const giveBack = (client: string, resource: Resource, amount: number): void => {
    const account = accounts[resource]
    account.total -= amount
    const own = (account.byClient.get(client) ?? 0) - amount
    if (own > 0) account.byClient.set(client, own)
    else account.byClient.delete(client)
  }

  const open = (client: string, resource: Resource): Share => {
    let amount = 0
    let released = false
    return {
      add(more) {
        if (released || !take(client, resource, more)) return false
        amount += more
        return true
      },
      release() {
        released = true
        if (amount > 0) giveBack(client, resource, amount)
        amount = 0
      },
    }
  }

  return {
    open,
    take(client, resource) {
      const share = open(client, resource)
      return share.add(1) ? share : undefined
    },
    isTight: (client, resource) => 2 * (accounts[resource].byClient.get(client) ?? 0) >= most(bounds()[resource]),
    held: (resource) => accounts[resource].total,
    clients: () => new Set(RESOURCES.flatMap((resource) => [...accounts[resource].byClient.keys()])).size,
  }
}
