// Which upgrades leave HTTP. Node's server emits `upgrade` for all of them or for none: a request class decides for each.
import {IncomingMessage} from 'node:http'
import {pathOf, WEBSOCKET_PATH} from './own-routes.js'
import {isWebSocket} from './websocket-request.js'

const ASKED = Symbol('an upgrade was requested')

/** Node leaves HTTP for every upgrade or for none; others than those to WebSockets stay ordinary requests. */
export class ListenerRequest extends IncomingMessage {
  [ASKED]?: boolean

  get upgrade(): boolean {
    return this[ASKED] === true && (this.method === 'CONNECT' || (this.leavesHttp && isWebSocket(upgradeOf(this))))
  }

  set upgrade(asked: boolean) {
    this[ASKED] = asked
  }

  protected get leavesHttp(): boolean {
    const {url = ''} = this
    return !url.startsWith('/') || pathOf(url) === WEBSOCKET_PATH
  }
}

export class TunnelRequest extends ListenerRequest {
  protected override get leavesHttp(): boolean {
    return true
  }
}

function upgradeOf({headers}: IncomingMessage): string {
  return (headers.upgrade ?? '').toLowerCase()
}
