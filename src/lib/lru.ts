// Bounded tables: the least recently used entry goes first, so that a flood of names costs memory only up to the bound.
import {LRUCache} from 'lru-cache'

export interface Lru<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
}

export function makeLru<Value extends object>(max: number): Lru<Value> {
  const cache = new LRUCache<string, Value>({max})
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
  }
}
