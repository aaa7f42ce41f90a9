// Acts in English that the grammar's pattern of verb and object does not cover, by the rule that they belong to.
import {ENGLISH} from './grammar/english.js'
import type {PhraseRule} from './rule.js'
import {CREDENTIAL, MAIL_ADDRESS, WEB_ADDRESS} from './slots.js'

const USER = '(the|your|our|this) (W )?(user|users|human|humans|operator|owner|customer|person)'
const TELL = 'tell|inform|notify|alert|warn'
const TELLING =
  'telling|informing|notifying|alerting|warning|mentioning (it|this|that) to|letting|saying anything to|a word to|the knowledge of'
const DEED =
  'send|open|execute|delete|carry out|perform|make|complete|call|forward|upload|use|continue|proceed|apply|install|change|' +
  'visit|transfer|fetch|post!|act|handle|finish|approve|copy|submit|add|remove|read|collect|share|email|follow|invoke|disable|run!|do'
const THIS = 'these|this|it|them|any of this|any of it|the above|what you|anything about|that you|your actions'
const LIMITS =
  'restrictions|limits|limitations|filters|filter|rules|guidelines|boundaries|guardrails|safeguards|constraints|policies|policy|protocols|measures'
const GUARD = `(safety|ethical|content|moderation|security|moral|alignment|programmed|built-in|usual|normal)`
const REACH = `(${WEB_ADDRESS}|${MAIL_ADDRESS})`
const TURN_ACT =
  'send|forward|email|upload|post!|transfer|reveal|ignore|disregard|delete|print|export|run!|execute|open|call|share'

const order = (text: string): PhraseRule => ({text, check: 'order'})
const plain = (text: string): PhraseRule => ({text, check: 'sentence'})

export const ENGLISH_ACTS: Readonly<Record<string, readonly PhraseRule[]>> = {
  'Instruction Replacement': [
    // shells and editors forget past commands and old messages
    plain(
      `(${ENGLISH.drop})~30(past|old|older)~15(instructions|instruction|directives|guidelines|prompts|prompt|rules|programming|training|guardrails)`,
    ),
    plain(
      '(these|the following|this|my|below) (W )?(instructions|message|prompt|directive|directives|orders|text)~15(override|overrides|supersede|supersedes|replace|replaces|take precedence over|takes precedence over|take priority over|have priority over|cancel|cancels|void|voids)~25(previous|prior|earlier|other|your|system|existing|original)~15(instructions|instruction|prompt|prompts|directives|guidelines|orders|rules)',
    ),
    plain(
      '(override|overwrite|delete|erase|wipe|reset|replace|suspend|circumvent|bypass)~10your (W )?(instructions|system prompt|directives|guardrails|training|original prompt)',
    ),
    plain(
      'your (real|actual|true|new|only) (W )?(instruction|instructions|task|goal|objective|mission|directive|purpose) (is|are|now is|will be)~40(send|reveal|output|print|forward|execute|call|open|delete|ignore|obey|serve|collect|say)',
    ),
    plain(
      '(ignore|disregard|abandon|forget|drop!|stop) (the|your|this) (W )?(W )?(task|request|assignment|question|analysis)…6(instead|and instead)',
    ),
  ],
  'Concealment Directive': [
    order(
      `(do not|don't|never|must not|should not|avoid) (W )?(${TELL})~6${USER}~12(about|of|that|what|anything|how|why)~12(these|this|it|your|you|the above|happened|any)`,
    ),
    order(
      `(do not|don't|never|must not) (W )?(mention|reveal|disclose|discuss|report|acknowledge|admit|explain|show|say|hint at) (W )?(${THIS})~25(to|with|in) (W )?(${USER}|anyone|your (W )?(reply|response|answer|summary|output|report|message))`,
    ),
    order(`(${DEED})~45without (W )?(W )?(${TELLING})~8${USER}`),
    order(`without (W )?(${TELLING})~8${USER}~12(${DEED})`),
    plain(
      `${USER} (must|should|may|can) (W )?(not|never) (W )?(know|notice|learn|find out|be told|be informed|be aware|realize|realise|hear)~15(this|these|about|of|that you|what you)`,
    ),
    order(`(keep|hide|conceal|withhold) (W )?(this|it|these|that|them|the above|your actions)~20from ${USER}`),
    plain(
      "(this|it) (W )?(stays|remains|is) (strictly )?between (us|you and me)~20(do not|don't|never|run!|send|call|tell)",
    ),
  ],
  'Unrestricted Role': [
    plain(
      `you (are|have been) (W )?(no longer|not|freed|released|liberated|unbound)~12(bound|restricted|limited|constrained|governed|from|subject)~15(${LIMITS}|programming|instructions|ethics)`,
    ),
    plain(`you (now )?have (no|zero) (W )?(${LIMITS}|ethics|morals|censorship)`),
    plain('you are no longer (a|an|the|just an?) (W )?(W )?(assistant|ai|model|chatbot|agent|bot)'),
    plain(
      `your (W )?(W )?(${LIMITS}) (have been|are|were|is|has been) (W )?(lifted|removed|disabled|suspended|turned off|off|deactivated|void|gone|switched off)`,
    ),
    plain(
      `(disable|turn off|deactivate|bypass|switch off|ignore|lift|circumvent|forget|drop!|override|suspend|disregard) (all )?(of )?your (W )?${GUARD} (W )?(${LIMITS}|training)`,
    ),
    plain(
      '(content|usage|moderation) (policy|policies|filters|restrictions)~20(is|are|has|have|was|were|been)~12(suspended|lifted|disabled|relaxed|waived|revoked|bypassed|turned off|removed)~40(you|now|session|conversation|reply|respond|proceed|diagnostics|this user)',
    ),
    plain(
      '(an|the) (ai|assistant|chatbot|llm|bot)~30(with|has|have|without) (W )?(no|zero|any) (W )?(restrictions|content filters|filters|censorship|guardrails|ethical W)',
    ),
  ],
  'Agent Directive': [
    plain(
      '(add|save|store|write|commit|append|record|persist|insert)~45(to|in|into) your (W )?(W )?(memory|memories|knowledge base)',
    ),
    plain(
      '(remember|memorize|memorise|store|note) (this|that|these|the following)~30(all|every|any|each) (future|subsequent|later|new|further) (conversation|conversations|session|sessions|chat|chats|interaction|interactions|response|responses|reply|replies)',
    ),
    order(
      '(in|for|during) (all|every|any|each) (future|subsequent|later|further) (conversation|conversations|session|sessions|chat|chats|interaction|interactions|response|responses|reply|replies),(you )?(must|should|will|always|recommend|include|say|mention|append|respond|answer|act|add|treat)',
    ),
    plain(
      "(i am|i'm|this is|we are|message from|speaking as|on behalf of) your (W )?(developer|developers|creator|creators|programmer|system administrator|operator|maker)~60(must|should|need|order|authorize|authorise|run!|send|reveal|disable|grant|comply|obey|instruct|require|want you)",
    ),
    order(
      `(ask|tell|instruct|urge|persuade|convince|get|direct) ${USER}~20(for|to)~40(${CREDENTIAL}|credit card|card number|seed phrase|recovery phrase|verification code|one-time code)~60(send|forward|email|transmit|post!|submit|report|pass)~30(to (me|us)|${REACH})`,
    ),
    plain(
      `^(user|human):«40¦[^\\n]{0,40}?»(${TURN_ACT}) (W )?(W )?(W )?(conversation|credentials|password|passwords|api key|api keys|token|tokens|instructions|system prompt|inbox|emails|contacts|secrets|history|chat history|environment variables)`,
    ),
  ],
  'Data Transfer Directive': [
    order(
      `(include|append|add|insert|embed|put|output)~30(environment variables|${CREDENTIAL}|system prompt|chat history)~30(in|to|into) (your|every|each|all) (W )?(W )?(response|responses|reply|replies|output|message|messages|answer|answers|request|requests)`,
    ),
    order(
      `(collect|gather|find|compile|extract|list|look up|retrieve|harvest|summarize|summarise|take|copy|read|encode|base64-encode)~45(conversation|chat history|user's|users|credentials|passwords|password|secrets|api keys|api key|token|tokens|environment variables|private W|personal W|confidential W|system prompt|your W|contacts|inbox|emails|session)~60(and|then)~25(open|visit|follow|fetch|load|request|navigate to|go to|click|call|send|post!|submit|forward|upload|email)~40(link|url|${REACH}|webhook|address|image|following page|it to us|them to us|to me)`,
    ),
  ],
}
