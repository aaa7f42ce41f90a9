// Whether a clause tells its reader to do something. An article describes: its sentences have subjects. An attacker who quotes
// a known phrase puts the act that he wants beside it, in any words, so that grammar decides and not a list of acts: a bare
// verb at the beginning, with an object behind it.

/** Said before an order, in front of the verb. */
const OPENING =
  /^(?:[^\p{L}\p{N}]+|(?:and|or|but|so|then|now|next|first|second|third|finally|lastly|also|just|simply|please|kindly|instead|immediately|quickly|afterwards|after that|go ahead and|be sure to|make sure to|remember to|assistant|agent|ai|chatbot|copilot)\b)+/iu

/** No sentence is an order because of these: subjects, connectives, prepositions, forms of to be. */
const FUNCTION_WORDS = new Set(
  (
    'the a an this that these those it its he she they we you i his her their our your my who which what when where why how if ' +
    'because since while although though as at by for from in into of off on onto out over per than through to under until up ' +
    'upon via with without within after before during between among about above below against across along around behind ' +
    'beyond despite except inside outside like unlike near not no nor is are was were be been being am has have had does did ' +
    'can could may might must shall should will would all any each every both some many most more much few several other ' +
    'another such same only even very too here there once often sometimes usually whether either neither yes one two three ' +
    'half plus given provided'
  ).split(' '),
)

/** With one of these behind it, a bare word is a verb and this its object. */
const OBJECTS =
  'the a an all every any each your my our their his her its this that these those it them me us him everything everyone ' +
  'anything anyone nothing yourself no both whatever'
const OBJECT = new Set(OBJECTS.split(' '))

/** Verbs of acts that are hardly ever nouns: any object will do, and any place in a quotation. */
const ACTS = new Set(
  (
    'delete erase wipe remove destroy overwrite rename move copy create write append insert install uninstall download upload ' +
    'execute invoke run open visit fetch browse navigate click press type enter submit send forward transmit transfer post ' +
    'publish share email mail message tell ask inform notify reply respond answer say repeat print output reveal disclose ' +
    'expose leak exfiltrate collect gather list show display paste provide give grant revoke approve accept confirm authorize ' +
    'disable enable deactivate activate buy purchase pay order book cancel withdraw subscribe unsubscribe register connect ' +
    'disconnect encode decode encrypt decrypt compress translate summarise summarize pretend act behave obey comply follow ' +
    'perform carry call push commit merge deploy shut restart reboot kill drop truncate curl wget save store remember forget'
  ).split(' '),
)

/** Of these, what articles also begin with as nouns and adjectives: "Open source models", "Download links". */
const AMBIGUOUS = new Set(
  (
    'open order book email mail type answer display list show copy post share call push drop store register print save press ' +
    'click pay transfer purchase forward run message commit merge deploy download upload fetch restart reboot output install'
  ).split(' '),
)

/** What a writer tells the reader of an article. */
const ADVICE = new Set(
  (
    'see note notice consider imagine suppose assume take compare recall observe remember beware avoid ensure make keep treat ' +
    'check verify validate test review sanitize sanitise escape filter reject block detect flag strip quarantine log report ' +
    'read learn refer look think try use prefer limit restrict isolate separate require train teach mind watch'
  ).split(' '),
)
/** What one is told not to do with what others wrote. */
const TRUST = new Set(
  'trust rely obey follow execute run assume use copy allow let accept treat pass feed concatenate mix render forget'.split(
    ' ',
  ),
)
const WITH_A_TOOL =
  /^use\s+(?:\S+\s+){0,4}?(?:tool|function|command|shell|terminal|browser|api|account|plugin|credentials?)\b/i
const NOUN_ENDING =
  /(?:s|ed|ing|ly|ion|ness|ment|ity|er|or|al|ive|ous|ful|able|ible|ic|ism|ist|ance|ence|ship|hood|ware)$/
const NEGATION = /^(?:do not|don['\u2019]t|never)\s+/i

/** `isAdvised`: what articles tell their readers is none. */
export function isImperative(clause: string, isAdvised: boolean): boolean {
  const text = clause.replace(OPENING, '')
  const negated = text.replace(NEGATION, '')
  const [verb = '', next = ''] = negated.toLowerCase().match(/[\p{L}\p{M}'\u2019-]+/gu) ?? []
  if (verb === '' || next === '') return false
  if (negated !== text) return !isAdvised || !(TRUST.has(verb) || ADVICE.has(verb))
  if (WITH_A_TOOL.test(text)) return true
  if (isAdvised && ADVICE.has(verb)) return false
  if (ACTS.has(verb) && !(isAdvised && AMBIGUOUS.has(verb))) return true
  return !FUNCTION_WORDS.has(verb) && !NOUN_ENDING.test(verb) && OBJECT.has(next)
}
