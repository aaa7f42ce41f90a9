// Questions at a terminal. Whoever calls has made sure that standard input and standard error are one: on a pipe an empty line
// would accept the default.
import {input} from '@inquirer/prompts'

export interface TextQuestion {
  readonly message: string
  readonly default: string
  /** What is wrong with the answer; undefined when nothing is. */
  readonly problem: (reply: string) => string | undefined
}

/** undefined after Ctrl-C and at the end of input. */
export async function askText(question: TextQuestion): Promise<string | undefined> {
  try {
    return await input(
      {
        message: question.message,
        default: question.default,
        validate: (reply) => question.problem(reply.trim()) ?? true,
      },
      // results go to standard output
      {output: process.stderr},
    ).then((reply) => reply.trim())
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') return undefined
    throw error
  }
}
