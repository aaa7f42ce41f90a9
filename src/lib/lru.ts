// Bounded tables: the least recently used entry goes first, so that a flood of names costs memory only up to the bound.
import {LRUCache} from 'lru-cache'

export interface Lru<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
}

export function createLru<Value extends object>(max: number): Lru<Value> {
  // it takes the memory of all its entries at once, so that an unused one is none
  let cache: LRUCache<string, Value> | undefined
  return {
    get: (key) => cache?.get(key),
    set: (key, value) => void (cache ??= new LRUCache<string, Value>({max})).set(key, value),
    delete: (key) => void cache?.delete(key),
  }
}
