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
    block(start, end, isWhole) {
      blocks.push({own, added, start, end, isWhole})
      own = []
      added = []
    },
  })
  const single = ({own: buckets, start, end}) => ({buckets: Int32Array.from(buckets), start, end})
  if (blocks.length === 1) return blocks.map(single)
  const pairs = blocks.slice(1).map(({added: more, end}, i) => ({
    buckets: Int32Array.from([...blocks[i].own, ...more]),
    start: blocks[i].start,
    end,
  }))
  // as the walk does: the last block counts alone where it is whole
  return [...blocks.filter(({isWhole}) => isWhole).map(single), ...pairs]
}
