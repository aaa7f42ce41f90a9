// The questions of a ratification session as menus. The value of a choice is the answer that is typed without a menu.
import type {ChoiceQuestion, ConfirmQuestion, PickQuestion} from '../../../lib/prompt.js'
import type {RuleDecision} from './choose.js'
import {WORDS} from './wording.js'

export type Menu = ({readonly kind: 'choice'} & ChoiceQuestion) | ({readonly kind: 'confirm'} & ConfirmQuestion)

export type Tick = PickQuestion['choices'][number]

export const CONTINUE: Menu = {kind: 'confirm', message: 'Go on from there?', default: true}

export const ACCEPT: Menu = {kind: 'confirm', message: 'Accept it?', default: false}

export const SIGN: Menu = {
  kind: 'choice',
  message: 'Sign this decision?',
  choices: [
    {name: 'Change it', value: 'b'},
    {name: 'List it', value: 'l'},
    {name: 'Sign it', value: 'yes'},
    {name: 'Quit; answers are kept', value: 'q'},
  ],
  default: 'b',
}

const DECISIONS: readonly RuleDecision[] = ['enforce', 'capture_only', 'reject']

/** Enter takes what is offered. */
export function ruleMenu(
  offered: RuleDecision,
  {isFirst, canPick}: {readonly isFirst: boolean; readonly canPick: boolean},
): Menu {
  return {
    kind: 'choice',
    message: 'What becomes of this rule?',
    choices: [
      ...DECISIONS.map((value) => ({name: capital(WORDS[value]), value})),
      ...(isFirst ? [] : [{name: 'Back to the rule before', value: 'b'}]),
      ...(canPick ? [{name: 'Pick from all that follow of this host', value: 'pick'}] : []),
      {name: 'All that follow of this host: enforce', value: 'E'},
      {name: 'All that follow of this host: capture only', value: 'C'},
      {name: 'The default for every rule without an answer', value: 'd'},
      {name: 'List what is decided so far', value: 'l'},
      {name: 'Quit; answers are kept', value: 'q'},
    ],
    default: offered,
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
