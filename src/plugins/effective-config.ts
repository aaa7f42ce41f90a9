// The whole configuration after defaults, in the names of the file: one type made of what every plugin declares, for the
// wiring. A plugin sees its own part; of the others it reads what they publish (core/services/settings.ts).
import type {CoreConfig} from '../core/config.js'
import type {A2aConfig} from './a2a/config.js'
import type {BodiesConfig} from './request-scanning/config.js'
import type {ContractConfig} from './contract/config.js'
import type {CrossRequestConfig} from './cross-request/config.js'
import type {DestinationConfig} from './destination/config.js'
import type {DlpConfig} from './dlp/config.js'
import type {EmissionConfig} from './emission/config.js'
import type {InterceptionConfig} from './interception/config.js'
import type {KillSwitchConfig} from './kill-switch/config.js'
import type {LearnConfig} from './learn/config.js'
import type {LoggingConfig} from './logging/config.js'
import type {MediaConfig} from './media/config.js'
import type {MediationConfig} from './mediation/config.js'
import type {MetricsConfig} from './metrics/config.js'
import type {ProxyConfig} from './proxy/config.js'
import type {RecorderConfig} from './recorder/config.js'
import type {RedactionConfig} from './redaction/config.js'
import type {RoutesConfig} from './routes/config.js'
import type {ResponsesConfig} from './response-scanning/config.js'
import type {ReverseProxyConfig} from './reverse-proxy/config.js'
import type {ScanApiConfig} from './scan-api/config.js'
import type {ShieldConfig} from './shield/config.js'
import type {SuppressConfig} from './suppress/config.js'
import type {WatchdogConfig} from './watchdog/config.js'
import type {WebSocketConfig} from './websocket/config.js'

export type EffectiveConfig = CoreConfig &
  KillSwitchConfig &
  MediationConfig &
  ProxyConfig &
  RoutesConfig &
  InterceptionConfig &
  WebSocketConfig &
  ReverseProxyConfig &
  DlpConfig &
  DestinationConfig &
  BodiesConfig &
  CrossRequestConfig &
  ScanApiConfig &
  RedactionConfig &
  SuppressConfig &
  MediaConfig &
  ResponsesConfig &
  A2aConfig &
  ShieldConfig &
  RecorderConfig &
  ContractConfig &
  LearnConfig &
  LoggingConfig &
  EmissionConfig &
  WatchdogConfig &
  MetricsConfig
