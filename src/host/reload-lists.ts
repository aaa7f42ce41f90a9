// What of a list came or went with a reload (proxy §4).

export type Note = (field: string, message: string) => void

/** Notes every entry that lets more through by being there. */
export function added(field: string, old: readonly string[], fresh: readonly string[], note: Note): void {
  for (const name of fresh) if (!old.includes(name)) note(field, `${name} added`)
}

/** Notes every entry that held something back. */
export function removed(field: string, old: readonly string[], fresh: readonly string[], note: Note): void {
  for (const name of old) if (!fresh.includes(name)) note(field, `${name} removed`)
}
