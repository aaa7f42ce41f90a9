// Rules of later versions, and what needs no order to set anything aside: data sent out, links and pictures that carry it away,
// notes to an assistant.
import {rule, type InjectionRule} from './rule.js'
import {CREDENTIAL, DOWNGRADE, WEB_ADDRESS as WEB} from './slots.js'

const SENTENCE_START = '(«4¦(?:^|\\n|[.!?:;]\\s)\\s*»|(must|should|please|first|always|then|and|now) )'
const OF_THE_SESSION =
  'session (data|contents|history|log|logs|transcript|state)|conversation (history|log|logs|transcript|contents)|' +
  'chat (history|log|logs|transcript)|user data|diagnostic data|credentials|cookies|environment variables|browsing history'
const LINK = '(`](http`|`<http`|`]: http`)'
const MODEL =
  '(ai |llm )?(assistant|assistants|agent|agents|model|models|chatbot|chatbots)|ai|llm|llms|language (model|models)'
const ACT =
  'call|run!|execute|send|read|open|fetch|upload|download|delete|visit|invoke|output|reveal|forward|print|ignore|include|' +
  'use the|use this|do not|you must'
const PERSONAL =
  'data|secret|secrets|token|tokens|password|passwords|conversation|history|summary|context|credentials|answer|cookie|' +
  'cookies|session|key|keys|transcript|messages'

/** What a chat format takes for a call that the model has made. */
const CALL_MARKS =
  '(`<tool_call>`|`<tool_calls>`|`<function_call>`|`<function_calls>`|`<tool_use>`|`<|tool_call|>`|`<|tool_calls_begin|>`|`<|python_tag|>`|`[TOOL_CALLS]`)'

const COMMENT = '«8<[¦(?:<!--|\\[(?://|comment)\\]: {0,4}(?:#|<>) {0,4}["(\']?)»'
const ADDRESSEE =
  'llms|assistant|assistants|chatbot|chatbots|language model|language models|copilot|claude|chatgpt|gemini|' +
  '(ai|llm) (agent|agents|model|models|system|systems|bot|bots|reader|readers|crawler|crawlers)|(any|an|the|dear|hey) (ai|llm)'
const DO =
  'call|execute|invoke|send|forward|upload|post!|email|transmit|exfiltrate|leak!|reveal|output|delete|ignore|disregard|override|append'
const PRIVATE =
  'secret|secrets|token|tokens|password|passwords|credential|credentials|cookie|cookies|api key|api keys|environment variables|' +
  'system prompt|conversation|chat history|`http://`|`https://`'
const MEANS = 'tool|tools|function|command|commands|endpoint|instructions|rules|file|files'

export const EXTENDED_RULES: readonly InjectionRule[] = [
  rule('External Data Transfer Directive', [
    `${SENTENCE_START}(send|post!|upload|transmit|forward|submit|exfiltrate)~20(${OF_THE_SESSION})~40to~20${WEB}`,
    'curl«170¦\\s[^\\n]{0,80}?(?:-d|-F|-T|--data|--data-binary|--data-raw|--form|--upload-file)[\\s=@"\']{1,4}[^\\n]{0,60}?»' +
      '(cookies|credentials|transcript|conversation|`.env`|`id_rsa`)',
    'wget«170¦\\s[^\\n]{0,80}?(?:--post-data|--post-file|--body-data|--body-file)[\\s=@"\']{1,4}[^\\n]{0,60}?»' +
      '(cookies|credentials|transcript|conversation|`.env`|`id_rsa`)',
  ]),
  rule('Safety Reclassification Directive', [
    `${DOWNGRADE}~80(then|and|so)~40(execute|follow|run!|perform|carry out|obey)~30(following|attached|below|next)`,
  ]),
  rule('Markdown Link Credential Exfiltration', [
    `(append|add|embed|send|transmit|forward|exfiltrate|leak!)~40(${CREDENTIAL})~20(to|into|onto|in)~20${LINK}`,
  ]),
  rule('Markdown Link Follow Exfiltration', [
    `(follow|open|visit|click|fetch|load|request)~60${LINK}~120(append|appending|attach|attaching|including|include)~30(${CREDENTIAL})`,
  ]),
  rule('Markdown Image Beacon', [
    '«120!¦!\\[[^\\]\\n]{0,120}?»`](http`«230{<[$%¦s?://[^\\s)]{0,160}?[?&][\\w.\\-]{1,40}=[^\\s)&]{0,20}?' +
      `(?:\\{\\{?|\\$\\{|<|\\[|%7B)[^)\\n]{0,24}?»(${PERSONAL})`,
  ]),
  rule('Assistant Notice', [
    `(note|notice|message|instruction|instructions|important|attention|reminder) (to|for) (the |all |any )?(${MODEL})%~30(${ACT})`,
    `(attention|important):?(${MODEL})%~30(${ACT})`,
  ]),
  rule('Tool Call Envelope', [
    {text: `${CALL_MARKS}«24{<¦\\s*(?:\\[\\s*)?(?:\\{|<[a-z]|\\w{1,24}\\s*\\{)»`, check: 'envelope'},
    {text: '`<invoke name=`', check: 'envelope'},
    {text: 'method«4:¦\\\\?"\\s*:\\s*\\\\?"»`tools/call`…60params', check: 'envelope'},
    {text: '^action:…60action input:', check: 'envelope'},
  ]),
  rule('Comment Directive', [
    {text: `${COMMENT}…60(${ADDRESSEE})…60(${DO})…60(${PRIVATE}|${MEANS})`, check: 'comment'},
    {text: `${COMMENT}…60you (must|should|have to|need to|are to) (W )?(${DO})…60(${PRIVATE})`, check: 'comment'},
  ]),
]
