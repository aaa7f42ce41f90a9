/** A value that may take time: most hooks return at once, and a promise for each request would be measurable. */
export type Awaitable<T> = T | Promise<T>
