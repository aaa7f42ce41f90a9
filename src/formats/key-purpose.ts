// The closed list of key purposes. A signature by a key of another purpose is void even where it verifies.

export const KEY_PURPOSES = [
  'receipt-signing',
  'contract-compile-signing',
  'contract-activation-signing',
  'rules-official-signing',
  'roster-root',
  'recovery-root',
] as const

export type KeyPurpose = (typeof KEY_PURPOSES)[number]

export function isKeyPurpose(text: string): text is KeyPurpose {
  return (KEY_PURPOSES as readonly string[]).includes(text)
}
