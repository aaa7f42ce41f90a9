// What a running plugin offers to plugins after it, to host and to transports, by the name of the plugin. A plugin
// implements its interface and calls the others through these; it imports no other plugin, so each can be read alone.
import type {ContractService} from './contract.js'
import type {DestinationService} from './destination.js'
import type {DlpScanner} from './dlp.js'
import type {InjectionService} from './injection.js'
import type {InterceptionService} from './interception.js'
import type {KillSwitchService} from './kill-switch.js'
import type {LearnService} from './learn.js'
import type {LoggingService} from './logging.js'
import type {MediaService} from './media.js'
import type {MediationService} from './mediation.js'
import type {MetricsService} from './metrics.js'
import type {ProxyService} from './proxy.js'
import type {ReceiptService} from './receipts.js'
import type {RecorderService} from './recorder.js'
import type {RedactionService} from './redaction.js'
import type {ReverseProxyService} from './reverse-proxy.js'
import type {RoutesService} from './routes.js'
import type {A2aService, CrossRequestService, RequestScanningService} from './scanning.js'
import type {ScanApiService} from './scan-api.js'
import type {SuppressService} from './suppress.js'
import type {WatchdogService} from './watchdog.js'
import type {WebSocketService} from './websocket.js'

export interface Services {
  readonly 'kill-switch': KillSwitchService
  readonly mediation: MediationService
  readonly proxy: ProxyService
  readonly routes: RoutesService
  readonly interception: InterceptionService
  readonly logging: LoggingService
  readonly emission: object
  readonly suppress: SuppressService
  readonly dlp: DlpScanner
  readonly injection: InjectionService
  readonly destination: DestinationService
  readonly redaction: RedactionService
  readonly websocket: WebSocketService
  readonly 'reverse-proxy': ReverseProxyService
  readonly 'request-scanning': RequestScanningService
  readonly shield: object
  readonly media: MediaService
  readonly a2a: A2aService
  readonly 'response-scanning': object
  readonly 'cross-request': CrossRequestService
  readonly 'scan-api': ScanApiService
  readonly signing: object
  readonly workspace: object
  readonly receipts: ReceiptService
  readonly recorder: RecorderService
  readonly learn: LearnService
  readonly contract: ContractService
  readonly watchdog: WatchdogService
  readonly metrics: MetricsService
}
