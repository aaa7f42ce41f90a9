// The segment ledger (learn §6.2): which values a collapse took in. They may be identifiers, so they stand beside the
// candidate, never in it; `split` needs them.
import {ruleId} from '../../../core/formats/rule-key.js'
import {sortedJson} from './sorted-json.js'
import type {Inferred} from './rule-draft.js'

export function ledgerText(inferred: Inferred, contractHash: string): string {
  const rules = Object.fromEntries(
    inferred.rules.flatMap((rule) =>
      rule.ledger
        ? [
            [
              ruleId(rule.key),
              rule.ledger.map(({index, values}) => ({
                index,
                path_index: 0,
                values: values.map((entry) => ({...entry})),
              })),
            ],
          ]
        : [],
    ),
  )
  return sortedJson({contract_hash: contractHash, rules})
}
