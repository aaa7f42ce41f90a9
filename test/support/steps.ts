// Runs work in steps and counts its pauses: a bound on the work of one step is told without a clock.

export interface Stepped<T> {
  readonly value: T
  readonly pauses: number
}

export function stepped<T>(steps: Generator<undefined, T>, atPause: () => void = () => {}): Stepped<T> {
  for (let pauses = 0; ; pauses++) {
    const step = steps.next()
    if (step.done === true) return {value: step.value, pauses}
    atPause()
  }
}
