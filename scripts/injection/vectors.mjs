// Windows of texts as lists of buckets, each as often as its value.

/** All windows of a text: `{buckets, norm, start, end}` each. */
export function windowsOf(walker, text) {
  const blocks = []
  let own = []
  let added = []
  let [ownCount, addedCount] = [0, 0]
  walker.walk(text, () => {}, {
    feature({bucket, value, isRepeated}) {
      ownCount += value * value
      if (!isRepeated) addedCount += value * value
      for (let i = 0; i < value; i++) {
        own.push(bucket)
        if (!isRepeated) added.push(bucket)
      }
    },
    block(start, end, isWhole) {
      blocks.push({own, added, ownCount, addedCount, start, end, isWhole})
      own = []
      added = []
      ownCount = addedCount = 0
    },
  })
  const single = ({own: buckets, ownCount, start, end}) => ({
    buckets: Int32Array.from(buckets),
    norm: 1 / Math.sqrt(ownCount),
    start,
    end,
  })
  if (blocks.length === 1) return blocks.map(single)
  const pairs = blocks.slice(1).map(({added: more, addedCount: moreCount, end}, i) => ({
    norm: 1 / Math.sqrt(blocks[i].ownCount + moreCount),
    buckets: Int32Array.from([...blocks[i].own, ...more]),
    start: blocks[i].start,
    end,
  }))
  // as the walk does: the last block counts alone where it is whole
  return [...blocks.filter(({isWhole}) => isWhole).map(single), ...pairs]
}
