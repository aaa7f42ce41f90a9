// A result within a time: code from outside must not hold a start or a reload for ever.

/** Rejects when the value takes longer. */
export async function inTime<T>(value: PromiseLike<T> | T, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(new Error(`no result after ${ms / 1000} seconds`)), ms)
  })
  try {
    return await Promise.race([value, late])
  } finally {
    clearTimeout(timer)
  }
}
