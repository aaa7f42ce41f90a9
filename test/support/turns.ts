// Counts the turns of other work while something runs: detects a blocked event loop without a clock.

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
