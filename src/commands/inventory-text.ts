// A contract store in words, for learn status and learn history.
interface Entry {
  readonly generation: number
  readonly manifest_hash: string
  readonly signed_at: string
  readonly signed_by: readonly {readonly key_id: string; readonly principal: string}[]
  readonly rollback_target?: string
  readonly contracts: readonly {
    readonly agent: string
    readonly contract_hash: string
    readonly rules_enforced?: number
    readonly rules?: number
  }[]
  readonly in_force: boolean
  readonly out_of_reach?: string
}

export function manifestLines(entry: Entry): readonly string[] {
  const place = entry.in_force
    ? ', in force'
    : entry.out_of_reach === undefined
      ? ''
      : `, out of reach of rollback: ${entry.out_of_reach}`
  return [
    `generation ${entry.generation}, since ${entry.signed_at}, signed by ${signers(entry)}${place}`,
    `  manifest ${entry.manifest_hash}`,
    ...(entry.rollback_target === undefined ? [] : [`  brought back ${entry.rollback_target}`]),
    ...entry.contracts.map((bound) => `  ${bound.agent}: ${bound.contract_hash}${rulesText(bound)}`),
  ]
}

function signers({signed_by}: Entry): string {
  return signed_by
    .map(({key_id: id, principal}) => (principal === '' || principal === id ? id : `${principal} (${id})`))
    .join(' and ')
}

function rulesText({rules, rules_enforced: enforced}: Entry['contracts'][number]): string {
  return rules === undefined ? ' (its key counts no more)' : ` (${enforced} of ${rules} rules enforced)`
}
