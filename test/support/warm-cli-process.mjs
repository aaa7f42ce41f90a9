// Runs one command line after the other in one process. Started by warm-cli-bridge.mjs, it ends when its parent does.
import {serve} from './warm-cli-command.mjs'

process.on('disconnect', () => process.kill(process.pid))
process.on('message', (request) => void serve(request).then((result) => process.send(result)))
