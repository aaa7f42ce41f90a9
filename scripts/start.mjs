// npm start: makes the checkout ready, then runs the firewall in the same process, since another one would cost every start.
import './prepare.mjs'

process.argv.splice(2, 0, 'run')
await import('../bin/run.js')
