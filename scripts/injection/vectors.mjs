// Windows of texts as lists of buckets.

/** All windows of a text: `{buckets, start, end}` each. */
export function windowsOf(walker, text) {
  const blocks = []
  let own = []
  let added = []
  walker.walk(text, () => {}, {
    feature({bucket, isRepeated}) {
      own.push(bucket)
      if (!isRepeated) added.push(bucket)
    },
    block(start, end) {
      blocks.push({own, added, start, end})
      own = []
      added = []
    },
  })
  if (blocks.length === 1)
    return [{buckets: Int32Array.from(blocks[0].own), start: blocks[0].start, end: blocks[0].end}]
  return blocks.slice(1).map(({added: more, end}, i) => ({
    buckets: Int32Array.from([...blocks[i].own, ...more]),
    start: blocks[i].start,
    end,
  }))
}
