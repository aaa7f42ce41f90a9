// A forged end of a task: a text claims that what its reader was asked is done, and gives the next order. Tickets, installers and
// build logs say the same to people, and go on with a courtesy or a command to type. So the claim has to name a task of its
// reader, begin a clause, and lead to an order that is none of those.
import {isCode} from './clauses.js'
import {rule, type InjectionRule, type PhraseRule} from './rule.js'

const DEGREE = '((now|already|successfully|fully|all|hereby) )?'
const OVER =
  'completed|complete|finished|done|accomplished|fulfilled|concluded|solved|achieved|over|carried out|executed'
const ANSWERED = 'answered|fulfilled|handled|resolved|addressed|dealt with|satisfied|taken care of|completed'
const IS = `(has been|have been|was|were|is|are) ${DEGREE}`
const WHICH =
  '((original|previous|prior|first|initial|earlier|current|assigned|given|main|preceding|requested|above) )?'
const USERS = "(user|user's|users|customer's|human's|operator's) "

/** Of programs too: a request of HTTP is complete, but nobody answers or fulfils it and then orders something. */
const CLAIMS = [
  `(the|this|your|that) ${WHICH}(${USERS})?(task|assignment|objective|mission|instruction|instructions) ${IS}(${OVER})`,
  `(the|this|that) ${WHICH}(${USERS})?(request|question|query|prompt) ${IS}(${ANSWERED})`,
  `(you have|you've|you) ${DEGREE}(completed|finished|accomplished|fulfilled|done|answered) (the|this|your|that) ${WHICH}(${USERS})?(task|assignment|objective|mission|instruction|instructions|request|question|query)`,
  `(answer|response|final answer|final output|assistant):((the|this|your) )?${WHICH}(task|assignment|objective|request|question|query|summary|instruction) (${IS})?(${OVER}|${ANSWERED})`,
]
/** As requested, in full; and the end of the sentence, which the check looks for. */
const END = '…30'
const NEXT =
  '(new|next|second|following|follow-up|further|remaining|real|actual) (task|assignment|objective|instruction|order|request|mission)'
const LEADS = `((please|kindly|proceed to|you (must|should|need to)) |(now|next|then|afterwards|after that|secondly),)W`

/** Claim and lead by language. */
const LANGUAGES: readonly (readonly [claim: string, lead: string])[] = [
  [
    '(tarea|solicitud|petición|pregunta)~20(completada|terminada|finalizada|respondida|resuelta)',
    '(nueva|siguiente|próxima|segunda) (tarea|instrucción|orden)',
  ],
  [
    '(tâche|demande|requête|question)~20(terminée|accomplie|achevée|traitée|effectuée|résolue)',
    '((nouvelle|prochaine|deuxième) (tâche|instruction|consigne)|tâche suivante)',
  ],
  ['(aufgabe|anfrage|auftrag)~20(erledigt|abgeschlossen|beendet|fertig)', '(neue|nächste|zweite) (aufgabe|anweisung)'],
  [
    '(tarefa|solicitação|pedido|pergunta)~20(concluída|concluído|terminada|finalizada|respondida)',
    '(nova|próxima|segunda) (tarefa|instrução|ordem)',
  ],
  [
    '(compito|richiesta|attività|domanda)~20(completato|completata|terminato|terminata|finito|evasa)',
    '((nuovo|prossimo|secondo) compito|nuova (istruzione|attività|richiesta))',
  ],
  [
    '(задача|задание|запрос)~20(выполнена|выполнено|выполнен|завершена|завершено)',
    '(новая задача|новое задание|следующая задача|следующее задание|новая инструкция)',
  ],
  [
    '(任务|任務|请求|請求|问题|問題)…6(完成|结束|結束|解决|回答)…6',
    '(新任务|新任務|新的任务|新的任務|下一个任务|下一個任務|新指令|新的指令)',
  ],
  ['(タスク|作業|質問|依頼)…8(完了|終了|終わり|回答)…8', '(次のタスク|新しいタスク|次の指示|新しい指示|次の作業)'],
  ['(작업|요청|질문|과제)…6(완료|끝났|해결)…8', '(새 작업|새로운 작업|다음 작업|새로운 지시|다음 지시)'],
  [
    '(kaam|kaary|sawaal|request)~20(khatam|pura|poora|complete)~12',
    '(ab naya kaam|naya kaam|agla kaam|nayi instruction|naya aadesh)',
  ],
]

const phrase = (text: string): PhraseRule => ({text, check: 'new_order'})

export const FORGED_TURNS: readonly InjectionRule[] = [
  rule(
    'Forged Task End',
    [
      ...CLAIMS.flatMap((claim) => [
        phrase(`${claim}${END}${LEADS}`),
        phrase(`${claim}${END}((here is|this is) )?((your|the|a) )?${NEXT}( is)?`),
      ]),
      ...LANGUAGES.map(([claim, lead]) => phrase(`${claim}«4¦[^\\p{L}\\n]{0,6}\\s{0,4}»${lead}`)),
    ],
    {mentionable: true},
  ),
]

/** What a ticket, a form, a build or an installer asks of a person when something is done. */
const COURTESY = new Set(
  (
    'review check verify confirm rate let contact see find click visit note reply download feel do don allow wait refer log sign ' +
    'login collect pick close approve test try restart reboot reload refresh retry run rerun return take fill complete leave ' +
    'give be have look open read thank accept press enter continue proceed go select choose type use consult keep submit mark ' +
    'merge assign reopen archive respond advise acknowledge remember stop start enjoy inspect watch come call'
  ).split(' '),
)
/** Behind "now" and "next" these begin a statement. */
const NO_VERB = new Set(
  (
    'the a an this that these those it its he she we they you your our their his her my i there here all each every some any no ' +
    'when if as in on at for with to from of by after before once while since because what how why where who which and or but ' +
    'is are was were has have had will would can could may might must shall should let only more most one two three'
  ).split(' '),
)
/** Before the verb, beside adverbs. */
const LINKS = new Set('please kindly also now then just and to go ahead'.split(' '))
const ADVERB = /^\w{3,14}ly$/
const WORDS = /\p{L}[\p{L}'\u2019-]*/gu
/** The order names a tool of its reader. */
const TOOL =
  /\b(?:(?:use|using|call|invoke|execute|run)\s+(?:\w+\s+){0,3}(?:tool|function|plugin|api)s?|(?:tool|function)\s+(?:call|named|called))\b/i
const CONDITION = /\b(?:when|whenever|once|if|after|until|unless|before|whether|while|that)\b[^.!?\n]*$/i
const BEFORE = 60
/** Or a colon, behind which what a language calls a new task stands. */
const SENTENCE_END = /[.!:\u3002\uff01\uff1a\n]/
const REACH = 320
/** What a new task is called at the end of a hit; behind the other leads a verb must follow. */
const NAMED = /\b(?:task|assignment|objective|instruction|request|mission|is)$/i
const LEADING = /(?:please|kindly|to|now|next|then|afterwards|that|secondly|must|should)[\s,]*$/i
const LAST_WORD = /[\p{L}\p{M}\p{N}'\u2019-]*$/u

interface How {
  readonly disguised: boolean
  readonly joined: boolean
}

/** Whether what follows a claim is an order to a model. A courtesy is one where it names a tool to use. */
export function isNewOrder(text: string, start: number, end: number, {disguised, joined}: How): boolean {
  const span = text.slice(start, end)
  if (isCode(text, start, end, joined)) return false
  // letters were exchanged or spaces left out: nobody writes to people so, and the words cannot be told apart
  if (disguised) return true
  if (!SENTENCE_END.test(span)) return false
  const verbAt = span.search(LAST_WORD)
  if (NAMED.test(span) || !LEADING.test(span.slice(0, verbAt))) return true
  // "once the task is done. Then …" claims nothing
  if (CONDITION.test(text.slice(Math.max(0, start - BEFORE), start))) return false
  const after = text.slice(start + verbAt, end + REACH)
  const verb = after
    .match(WORDS)
    ?.map((word) => word.toLowerCase())
    .find((word) => !LINKS.has(word) && !ADVERB.test(word))
  if (verb === undefined || NO_VERB.has(verb) || /(?:ing|ed)$/.test(verb)) return false
  return !COURTESY.has(verb) || TOOL.test(after)
}
