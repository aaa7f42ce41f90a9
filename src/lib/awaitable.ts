// Values that are mostly there at once: a promise for each step of each request is felt in the rate of a proxy.

export type Awaitable<T> = T | Promise<T>

/** Continues with the value now, or once it arrives. */
export function after<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** The result of `run`, which may throw or reject: `failed` converts either. */
export function attempt<T>(run: () => Awaitable<T>, failed: (error: unknown) => T): Awaitable<T> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(failed) : value
  } catch (error) {
    return failed(error)
  }
}
