// Injection scanning of one text. Pure: the same text and options give the same verdict.
import type {RegexEngine} from '../../lib/regex/engine.js'
import {decodeBudget, mirroredReadings, readingsOf, type Reading} from './decoded.js'
import {judge, viewsOf, type Hit} from './passes.js'
import {compilePhrases} from './phrases.js'
import {taggedText} from './tags.js'
import type {InjectionMatch, InjectionScanner} from './verdict.js'

const MAX_DEPTH = 5

export function makeInjectionScanner(engine: RegexEngine): InjectionScanner {
  const phrases = compilePhrases(engine)
  return {
    scan(text, options) {
      const hits: Hit[] = []
      const budget = decodeBudget(text)
      const judgeReading = (reading: Reading, as: 'decoded' | 'tags' | undefined): void => {
        const views = viewsOf(reading.text)
        for (const phrase of phrases) judge(phrase, views, reading, as, options, hits)
      }
      const descend = (from: Reading, depth: number): void => {
        for (const reading of readingsOf(from, budget)) {
          judgeReading(reading, 'decoded')
          if (depth < MAX_DEPTH) descend(reading, depth + 1)
        }
      }
      const whole: Reading = {text, place: (start, end) => ({start, end})}
      judgeReading(whole, undefined)
      const tagged = taggedText(text)
      if (tagged !== undefined) judgeReading(tagged, 'tags')
      for (const mirrored of mirroredReadings(whole)) judgeReading(mirrored, 'decoded')
      descend(whole, 1)
      const matches = hits
        .filter((hit) => !hit.informational)
        .sort(inOrder)
        .map(matchOf)
      const informational = hits
        .filter((hit) => hit.informational)
        .sort(inOrder)
        .map(matchOf)
      return {matches, informational, exhausted: budget.exhausted}
    },
  }
}

function inOrder(a: Hit, b: Hit): number {
  return a.phrase.order - b.phrase.order || a.start - b.start
}

function matchOf({phrase, pass, start, end, text}: Hit): InjectionMatch {
  return {rule: phrase.rule, core: phrase.core, pass, start, end, text}
}
