// Nothing that these commands do may end without a word. A promise that nothing will ever settle leaves Node with an empty
// event loop: it would exit with status 13 and print nothing, which a script may take for anything.

/** Waits for `run`. When the event loop is empty before it has ended, calls `onUnsettled` and the exit status is 1. */
export async function settle(run, onUnsettled) {
  const stop = () => {
    process.exitCode = 1
    onUnsettled(UNSETTLED)
  }
  // not emitted by an explicit exit, so that a second signal or a closed pipe stays what it is
  process.once('beforeExit', stop)
  try {
    return await run
  } finally {
    process.off('beforeExit', stop)
  }
}

const UNSETTLED = 'the command ended before it was done; nothing it printed is a result'
