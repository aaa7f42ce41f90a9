// Binary search. Only the order of the values counts, so that lists of anything can be searched by a number of theirs.

/** How many values of an ascending list of `length` stand before a place: `isBefore` holds for those and for no later one. */
export function countWhile(length: number, isBefore: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(middle)) low = middle + 1
    else high = middle
  }
  return low
}

/** How many of the ascending numbers are not above `most`. */
export function countUpTo(numbers: ArrayLike<number>, most: number): number {
  return countWhile(numbers.length, (i) => (numbers[i] ?? 0) <= most)
}

/** How many of the ascending numbers are below `bound`. */
export function countBelow(numbers: ArrayLike<number>, bound: number, length = numbers.length): number {
  return countWhile(length, (i) => (numbers[i] ?? 0) < bound)
}
