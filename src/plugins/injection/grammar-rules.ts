// Injected instructions by act and addressee. A rule is an act (drop the instructions, reveal the prompt, act unseen, send data
// out); a language contributes its words. Documentation gives orders too, but to people: every phrase holds a word that only a
// model is spoken to with, or an object that only a model has.
import {ARABIC} from './grammar/arabic.js'
import {CHINESE} from './grammar/chinese.js'
import {DUTCH} from './grammar/dutch.js'
import {ENGLISH} from './grammar/english.js'
import {FRENCH} from './grammar/french.js'
import {GERMAN} from './grammar/german.js'
import {HINDI} from './grammar/hindi.js'
import {INDONESIAN} from './grammar/indonesian.js'
import {ITALIAN} from './grammar/italian.js'
import {JAPANESE} from './grammar/japanese.js'
import {KOREAN} from './grammar/korean.js'
import {POLISH} from './grammar/polish.js'
import {PORTUGUESE} from './grammar/portuguese.js'
import {RUSSIAN} from './grammar/russian.js'
import {SPANISH} from './grammar/spanish.js'
import {THAI} from './grammar/thai.js'
import {TURKISH} from './grammar/turkish.js'
import {UKRAINIAN} from './grammar/ukrainian.js'
import {VIETNAMESE} from './grammar/vietnamese.js'
import type {LanguageTable} from './grammar/table.js'
import {ENGLISH_ACTS} from './english-acts.js'
import {rule, type CheckName, type InjectionRule, type PhraseRule} from './rule.js'
import {inBothCases, MAIL_ADDRESS, WEB_ADDRESS} from './slots.js'

const TABLES: readonly LanguageTable[] = [
  ENGLISH,
  SPANISH,
  PORTUGUESE,
  FRENCH,
  GERMAN,
  ITALIAN,
  DUTCH,
  POLISH,
  RUSSIAN,
  UKRAINIAN,
  TURKISH,
  ARABIC,
  HINDI,
  INDONESIAN,
  VIETNAMESE,
  THAI,
  CHINESE,
  JAPANESE,
  KOREAN,
]

/** The parts of a phrase with at most so many characters between each two of them. */
type Join = (...parts: readonly (string | number)[]) => string

interface Words extends LanguageTable {
  readonly join: Join
  /** The same in the order of the language: what stands last in English is the verb's object. */
  readonly order: (verb: string, gap: number, ...object: readonly (string | number)[]) => string
}

function wordsOf(table: LanguageTable): Words {
  const join: Join = (...parts) =>
    parts
      .map((part) => {
        if (typeof part === 'string') return `(${part})`
        return table.spaceless ? `…${Math.ceil(part / 3)}` : `~${part}`
      })
      .join('')
  return {
    ...table,
    join,
    order: (verb, gap, ...object) => (table.verbLast ? join(...object, gap, verb) : join(verb, gap, ...object)),
  }
}

function earlierInstructions({adjectiveFirst, earlier, instructions}: Words): readonly (string | number)[] {
  return adjectiveFirst ? [earlier, 15, instructions] : [instructions, 20, earlier]
}

/** What follows the sign of an address before the verb. */
const LONGEST_ADDRESS = 180

const OUT = `(${WEB_ADDRESS}|${MAIL_ADDRESS})`

/** What each act is made of; `check` holds for English, whose sentences are known. */
const ACTS: readonly {
  readonly name: string
  readonly mentionable: boolean
  readonly check?: CheckName
  readonly phrases: (words: Words) => readonly string[]
}[] = [
  {
    name: 'Instruction Replacement',
    mentionable: true,
    phrases: (words) => {
      const {drop, obey, yours, everything, lapsed, join, order} = words
      const what = earlierInstructions(words)
      return [
        order(drop, 30, ...what),
        order(drop, 20, yours),
        order(drop, 15, everything),
        join(...what, 30, lapsed),
        join(yours, 30, lapsed),
        ...(obey === undefined ? [] : [join(obey[0], 30, ...what, 20, obey[1]), join(obey[0], 20, yours, 20, obey[1])]),
      ]
    },
  },
  {
    name: 'Prompt Disclosure',
    mentionable: true,
    phrases: ({reveal, prompt, spaceless, verbLast, join, order}) => [
      order(reveal, 40, prompt),
      // the object may be put before the verb, and a question ends with what is asked
      ...(spaceless ? [verbLast ? join(reveal, 25, prompt) : join(prompt, 25, reveal)] : []),
    ],
  },
  {
    name: 'Concealment Directive',
    mentionable: false,
    phrases: ({hide, user, hideAround = [], language, join, order}) => [
      // English has its own phrases: manuals are full of what is done without asking the user
      ...(language === 'English' ? [] : [order(hide, 25, user)]),
      ...hideAround.map(([before, after]) => join(before, 20, user, 30, after)),
    ],
  },
  {
    name: 'Unrestricted Role',
    mentionable: true,
    phrases: ({become, unbound, verbLast, join}) => [
      join(become, 45, unbound),
      ...(verbLast ? [join(unbound, 30, become)] : []),
    ],
  },
  {
    name: 'Agent Directive',
    mentionable: false,
    phrases: ({addressed, act, calls, join}) => [join(addressed, 60, `${act}|${calls.bids}`)],
  },
  {
    name: 'Data Transfer Directive',
    mentionable: false,
    check: 'order',
    phrases: ({send, data, away, verbLast, spaceless, folded, join}) =>
      verbLast
        ? [
            join(data, 40, `${away}|${OUT}`, LONGEST_ADDRESS, send),
            join(`${away}|${OUT}`, LONGEST_ADDRESS, data, 30, send),
          ]
        : [
            join(send, 30, data, 45, `${away}|to~20${OUT}|${OUT}`),
            ...(spaceless ? [join(data, 30, send, 30, `${away}|${OUT}`)] : []),
            ...(folded
              ? [join(data, 20, 'and|then', 8, send, 8, 'it|them|this|that|everything|all of it', 12, OUT)]
              : []),
          ],
  },
]

const COMMA = '«0¦\\s?[,\uff0c\u3001\u060c]\\s*»'
const COLON = '«0¦\\s?[:\uff1a]\\s*»'

/** Orders to a model that is called by name. */
function callsOf({calls, folded, spaceless, verbLast}: Words): readonly PhraseRule[] {
  const {names, bare, who, bids, mine, must: modal} = calls
  const joint = spaceless ? '' : ' '
  const must = modal === undefined ? '' : `| (${modal}) `
  const few = verbLast ? '~60' : spaceless ? '…8' : '(W )?(W )?'
  const order = (text: string): PhraseRule => ({text, check: 'called', ...(folded ? {} : {spelled: true})})
  return [
    order(`(${names})${COMMA}${few}(${bids})`),
    order(`(${names})${COLON}~60(${mine})`),
    {...order(`(${names}|${bare})(${COLON}|${COMMA})${few}(${bids})`), check: 'unseen'},
    ...(who === undefined
      ? []
      : [order(`(${names}|${bare})${joint}(${who})~50(${COMMA}|${COLON}${must})${few}(${bids})`)]),
  ]
}

/** Spellings of a name and an order that the triggers take for one word. */
const MOST_TOGETHER = 48

/** The alternatives of a list in groups, each of which makes at most so many spellings. */
function grouped(list: string, most: number): readonly string[] {
  const alternatives = list.split('|')
  const groups = Math.ceil(alternatives.length / most)
  return Array.from({length: groups}, (_, i) => alternatives.slice(i * most, (i + 1) * most).join('|'))
}

/** Orders to a model whose name is too short to be looked for: name and order are one trigger. */
function shortCallsOf({calls: {short = []}, folded, spaceless}: Words): readonly PhraseRule[] {
  return short.flatMap(({names, orders, then}) => {
    const after = then === undefined ? '' : `${spaceless ? '' : ' '}(${then})`
    return grouped(orders, Math.floor(MOST_TOGETHER / names.split('|').length)).map((some): PhraseRule => ({
      text: `(${names})(${COLON}|${COMMA})(${some})${after}`,
      check: 'unseen',
      ...(folded ? {} : {spelled: true}),
    }))
  })
}

const WORDS = TABLES.map(wordsOf)

export const GRAMMAR_RULES: readonly InjectionRule[] = ACTS.map(({name, mentionable, check, phrases}) => {
  const own = ENGLISH_ACTS[name] ?? []
  const ofLanguages = WORDS.flatMap((words) =>
    phrases(words).map((text): PhraseRule => {
      if (words.folded) return {text, check: check ?? 'sentence'}
      return {text: inBothCases(text), check: 'sentence', spelled: true}
    }),
  )
  const ofCalls =
    name === 'Agent Directive' ? WORDS.flatMap((words) => [...callsOf(words), ...shortCallsOf(words)]) : []
  return rule(name, [...own, ...ofLanguages, ...ofCalls], mentionable ? {mentionable} : {})
})
