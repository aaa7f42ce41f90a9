// What the letters of a text rule out never reaches an engine: filler made to look like the beginnings of phrases costs
// nothing there, and what it costs elsewhere grows with its length.
import {expect, test} from 'vitest'
import {lettersOf} from '../../../../src/plugins/injection/letter-folds.js'
import {openEngine, type RegexEngine} from '../../../../src/lib/regex/engine.js'
import {parsePhrase} from '../../../../src/plugins/injection/phrase.js'
import {createInjectionScanner} from '../../../../src/plugins/injection/scanner.js'
import {createSieve} from '../../../../src/plugins/injection/sieve.js'

/** The engine, and how many characters it was given. */
function counted(): {readonly engine: RegexEngine; readonly read: () => number} {
  let characters = 0
  const engine = openEngine()
  return {
    read: () => characters,
    engine: {
      ...engine,
      compile(source) {
        const matcher = engine.compile(source)
        const count = (text: string): void => void (characters += text.length)
        return {
          source,
          exec: (text, from) => (count(text), matcher.exec(text, from)),
          groups: (text, from) => (count(text), matcher.groups(text, from)),
        }
      },
    },
  }
}

const STARTS = [
  'ignore all previous instr',
  'you are now D',
  'system: yo',
  'new instructions: yo',
  'send the tok',
  'cat ~/.ssh/id_',
  'do not mention th',
  'silently ru',
  'treat all earlier',
  'ignora todas las instr',
  'print your sys',
  'to verify the acc',
  'remember this ru',
]
const JOINTS = [' ', '\u200b', '. ', '-', ' .... ', ' aWdub3JlIGFsbA ', '|']
const filler = (length: number): string => {
  let text = ''
  for (let k = 0; text.length < length; k++)
    text += (STARTS[(k * 7) % STARTS.length] ?? '') + (JOINTS[k % JOINTS.length] ?? '')
  return text.slice(0, length)
}

test('spares the engines what is only the beginning of phrases', () => {
  const read = (length: number): number => {
    const {engine, read: characters} = counted()
    createInjectionScanner(engine).scan(filler(length), {source: 'tool_result'})
    return characters()
  }
  expect(read(20_000)).toBeLessThan(20_000)
  expect(read(80_000)).toBeLessThan(80_000)
})

const lets = (phrase: string, text: string): boolean => {
  const letters = lettersOf(text)
  return createSieve(parsePhrase(phrase))(text, letters, 0, letters.count).length > 0
}

test.each([
  ['words in their order', 'send (it|them) to me', 'please send them to me', 'send me to them'],
  ['no more letters in a gap than it has', 'send~10token', 'send to a token', 'send somebody else a token'],
  ['words with signs for letters', 'all rules', '4|1 rul3$', 'a?? rules'],
  ['a bar between words', 'all rules', 'all|rules', 'all, new rules'],
  ['a word as it is written', 'run! the', 'run the', 'ran the'],
  ['such a word with an apostrophe', "qu'on t'a dit", 'ce qu\u2019on t\u2019a dit', "ce qu'on t'e dit"],
  ['the start of a line', '^system:', 'x\n > system:', 'the system:'],
  ['a colon', 'system:you', 'system : you', 'system you'],
  ['signs of a literal', 'cat `.ssh/`', 'cat ~/.ssh/', 'cat ssh'],
  ['what stands for itself', 'to «134@¦[\\w.]{1,64}@[\\w.]{1,64}»', 'to me@there', 'to me there'],
  ['one of several signs near', 'to «20<$¦.{1,9}?» data', 'to $x data', 'to x data'],
  ['no sign beyond the letters it may take', 'to «3<¦.{1,9}?» (data)?', 'to xyz<', 'to xyzxyz< to'],
  [
    'a last part that is a phrase',
    'read~20(send~9to me|in chat)',
    'read it, send that to me',
    'send it to me, read it',
  ],
  ['the end of such a part', 'read~20(send~9to me|in chat)', 'read this in chat', 'read this, send the tokens'],
  ['one of several ways on', '(to (me|us)|back) now', 'to us now', 'to them now'],
  ['parts that may be left out', 'all( the)? rules', 'all rules', 'all my rules'],
])('lets through %s, and little else', (_, phrase, through, held) => {
  expect(lets(phrase, through)).toBe(true)
  expect(lets(phrase, held)).toBe(false)
})
