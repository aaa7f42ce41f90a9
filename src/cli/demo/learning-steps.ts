// Second part of the demonstration: sessions are observed and compiled into a candidate, which a person reviews.
import {readFileSync} from 'node:fs'
import {loadConfig} from '../../host/config/load.js'
import {publishedBy} from '../../host/config/settings.js'
import {expectAllowed, expectBlocked} from './client.js'
import {AGENT, FILES} from './files.js'
import {atLeast, check, type Check, type Step} from './report.js'
import {METADATA, rareWork, sessionWork} from './traffic.js'
import {HOUR_MS, type World} from './world.js'

export const SESSIONS = 6
export const HOURS_APART = 2
/** The session with the one-off action. */
const ODD_SESSION = 3

export function learningSteps(world: World): readonly Step[] {
  const {places} = world
  return [
    {
      step: 'observe',
      title: `Observe ${SESSIONS} sessions`,
      explanation:
        `The agent does its work ${SESSIONS} times. Between the sessions the clock of the firewall is moved ` +
        `${HOURS_APART} hours ahead, because only sessions that begin in different hours count, and a session ends ` +
        'after half an hour of silence. Nothing else is simulated. One session also does something rare, and tries ' +
        'something hostile.',
      commands: [`pipelock learn observe --config ${FILES.config}`],
      async run() {
        await world.stopFirewall()
        const firewall = await world.startFirewall('config', 'captures')
        let sent = 0
        let passed = 0
        const odd: Check[] = []
        for (let session = 1; session <= SESSIONS; session++) {
          world.clock.move(HOURS_APART * HOUR_MS)
          for (const call of sessionWork(places, session)) {
            const {reason, status} = await world.send(call)
            sent++
            if (reason === '' && status < 300) passed++
          }
          if (session !== ODD_SESSION) continue
          odd.push(await expectAllowed(world.send, rareWork(places), 200))
          odd.push(await expectBlocked(world.send, {url: METADATA}, 'ssrf_metadata'))
          sent += 2
        }
        // captures are written asynchronously; stopping flushes them
        const {captures} = firewall.services().learn
        await world.stopFirewall()
        const counts = captures?.counts()
        return {
          checks: [
            check('ordinary requests that passed', sent - 2, passed),
            ...odd,
            check('captures written', sent, counts?.records ?? 0),
            check('captures dropped', 0, counts?.dropped ?? 0),
            check('sessions', SESSIONS, counts?.sessions ?? 0),
          ],
          files: [FILES.captures],
        }
      },
    },
    {
      step: 'compile',
      title: 'Compile what was observed into a candidate contract',
      explanation:
        'Sessions are counted, not requests: a rule needs five sessions in three different hours, so nothing that ' +
        'happens in one session, however often, becomes a rule. Varying identifiers become a wildcard. The candidate ' +
        'is signed and enforces nothing yet.',
      commands: [`pipelock learn compile --agent ${AGENT} --config ${FILES.config} --out ${FILES.candidate}`],
      run: () => compileCandidate(world),
    },
    {
      step: 'review',
      title: 'Review the candidate',
      explanation:
        'A person decides by this page. It begins with a verdict, then lists each host with its rules, how sure they ' +
        'are and what is unusual about them, and what would not be allowed.',
      commands: [`pipelock learn review ${FILES.candidate} --out ${FILES.review}`],
      async run() {
        const learn = await world.tools('learn')
        const signing = await world.tools('signing')
        const result = await learn.review({
          candidate: world.path('candidate'),
          layout: 'operator',
          out: world.path('review'),
          redact: false,
          saltSource: '',
          privacy: undefined,
          keyOf: (id) => signing.publicKeyOf(undefined, id),
        })
        return {
          checks: [check('signature of the candidate', 'verified', result.signature)],
          excerpt: verdictOf(readFileSync(world.path('review'), 'utf8')),
          files: [FILES.review],
        }
      },
    },
  ]
}

/** The part of a review before its tables. */
function verdictOf(review: string): string {
  return review.split('\n## ', 1)[0] ?? ''
}

async function compileCandidate(world: World) {
  const {config, hashes} = await loadConfig(world.path('config'))
  const learn = await world.tools('learn')
  const {captureDir, privacy, inference} = learn.settingsOf(config, await publishedBy('redaction', config))
  const signing = await world.tools('signing')
  const signer = signing.compileKey(undefined, AGENT)
  const result = await learn.compile({
    agent: AGENT,
    profile: 'wilson_lb_v3',
    inference,
    privacy,
    captureDir,
    policyHash: hashes.policy,
    input: undefined,
    since: '336h',
    output: world.path('candidate'),
    keystore: undefined,
    review: undefined,
    manifest: undefined,
    signer: {keyId: signer.keyId, key: signer.key},
    protectedFiles: [world.path('config'), signer.path],
    acceptTail: false,
    acceptDrops: false,
    allowTruncatedChains: false,
    deterministic: false,
  })
  return {
    checks: [
      check('sessions counted', SESSIONS, result.sessions),
      check('captures that could not be read', 0, result.malformed),
      atLeast('rules', 4, result.rules),
    ],
    notes: [`${result.events} captured requests became ${result.rules} rules`, ...result.warnings],
    files: [FILES.candidate, 'coder.candidate.manifest.json', 'coder.candidate.segments.json'],
  }
}
