// npm run kill:recorder -- --count 100 --seed 7: starts the firewall over one folder of evidence again and again, kills it
// at random moments under load in each mode of syncing, and checks that every answer has its receipt, that the chain has no
// gap and that the log verifies. Ends by itself.
import {runKills} from './kills.mjs'

runKills({test: 'test/system/kill.test.ts', variable: 'PIPELOCK_TEST_KILLS', count: '100'})
