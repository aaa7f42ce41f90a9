// Preloaded by a firewall under measurement: its look-ups go to the name server of the measurement, since a machine has no
// setting for a port of resolv.conf.
import {promises} from 'node:dns'

const {Resolver} = promises
promises.Resolver = class extends Resolver {
  constructor(options) {
    super(options)
    this.setServers([process.env.BENCH_NAME_SERVER])
  }
}
