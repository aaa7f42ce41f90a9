// Counts how often everybody else has a turn while something works: what holds up the loop is told without a clock.

export async function turnsDuring(work: () => Promise<unknown> | unknown): Promise<number> {
  let turns = 0
  let isOver = false
  const turn = (): void => {
    if (isOver) return
    turns++
    setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isOver = true
  return turns
}
