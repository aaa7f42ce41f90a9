// The import cycles of src that exist today, by value, type or import(). The list may only shrink: house.test.ts fails on a
// file that joins a cycle, and on a listed file that has left its cycle.

export const KNOWN_CYCLES: readonly (readonly string[])[] = [
  ['src/host/explain/examine.ts', 'src/host/explain/remedies.ts', 'src/host/explain/rewrites.ts'],
]
