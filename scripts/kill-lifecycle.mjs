// npm run kill:lifecycle -- --count 1000 --seed 7: kills promote, rollback, ratify, forget and keygen at random calls, checks
// what is left and that the next command recovers, and prints a table of the states. Ends by itself.
import {runKills} from './kills.mjs'

runKills({test: 'test/system/lifecycle-kill.test.ts', variable: 'PIPELOCK_TEST_LIFECYCLE_KILLS', count: '1000'})
