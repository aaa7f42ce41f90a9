// The tables of sentences of all languages, and what a scanner finds in them.
import type {InjectionScanner} from '../../src/core/services/injection.js'
import type {ActClass, Sentences} from './sentences.js'
import {arabic} from './sentences/arabic.js'
import {chinese} from './sentences/chinese.js'
import {dutch} from './sentences/dutch.js'
import {english} from './sentences/english.js'
import {french} from './sentences/french.js'
import {german} from './sentences/german.js'
import {hindi} from './sentences/hindi.js'
import {indonesian} from './sentences/indonesian.js'
import {italian} from './sentences/italian.js'
import {japanese} from './sentences/japanese.js'
import {korean} from './sentences/korean.js'
import {polish} from './sentences/polish.js'
import {portuguese} from './sentences/portuguese.js'
import {russian} from './sentences/russian.js'
import {spanish} from './sentences/spanish.js'
import {thai} from './sentences/thai.js'
import {turkish} from './sentences/turkish.js'
import {ukrainian} from './sentences/ukrainian.js'
import {vietnamese} from './sentences/vietnamese.js'

export const SENTENCE_TABLES: Readonly<Record<string, Sentences>> = {
  english,
  spanish,
  portuguese,
  french,
  german,
  russian,
  chinese,
  japanese,
  italian,
  dutch,
  polish,
  ukrainian,
  turkish,
  arabic,
  hindi,
  indonesian,
  vietnamese,
  thai,
  korean,
}

/** Even places may extend the tables of the grammar; odd places only measure. */
export type Half = 'even' | 'odd'

export interface Measured {
  readonly language: string
  readonly act: ActClass
  readonly half: Half
  readonly text: string
  /** Rules that are enforced on the text as the body of an answer. */
  readonly rules: readonly string[]
}

/** What a scanner finds in the sentences of one kind, one by one. */
export function measured(
  scanner: Pick<InjectionScanner, 'scan'>,
  kind: 'positives' | 'negatives',
): readonly Measured[] {
  return Object.entries(SENTENCE_TABLES).flatMap(([language, table]) =>
    (Object.keys(table) as ActClass[]).flatMap((act) =>
      table[act][kind].map((text, place) => ({
        language,
        act,
        half: place % 2 === 0 ? ('even' as const) : ('odd' as const),
        text,
        rules: scanner.scan(text, {source: 'http_response'}).matches.map(({rule}) => rule),
      })),
    ),
  )
}

/** The share of texts in which something was found, in whole per cent, rounded down. */
export function shareMatched(of: readonly Measured[]): number {
  return Math.floor((100 * of.filter(({rules}) => rules.length > 0).length) / of.length)
}
