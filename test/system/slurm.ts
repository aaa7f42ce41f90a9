// A Slurm cluster of one node on loopback: munged, slurmctld and slurmd as plain processes, with a configuration, key, socket
// and ports of their own. Nothing of an installed cluster is read or changed.
import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {createServer, type AddressInfo} from 'node:net'
import {hostname, userInfo} from 'node:os'
import {join} from 'node:path'
import {expect, vi} from 'vitest'
import {execute} from './clients.js'

const DAEMONS = ['munged', 'slurmctld', 'slurmd']
const TOOLS = ['sbatch', 'squeue', 'scancel', 'sinfo', 'scontrol']
/** Debian installs daemons where only root looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`

const START_MS = 30_000
const STOP_MS = 15_000
const POLL_MS = 100

/** Programs that a cluster needs and this machine does not have. */
export function missingPrograms(): readonly string[] {
  const isMissing = (name: string): boolean =>
    spawnSync('sh', ['-c', `command -v ${name}`], {env: {PATH}, stdio: 'ignore'}).status !== 0
  return [...DAEMONS, ...TOOLS].filter(isMissing)
}

export interface Cluster {
  /** What a shell of a user of the cluster has. */
  readonly env: Readonly<Record<string, string>>
  /** Resolves when no job is left, whether it succeeded, failed or was cancelled. */
  idle(timeoutMs: number): Promise<void>
  /** The states of a job and of the tasks of its array. */
  statesOf(job: string): Promise<readonly string[]>
  /** Cancels the jobs and ends the processes. */
  close(): Promise<void>
}

export async function startCluster(folder: string): Promise<Cluster> {
  const at = (name: string): string => join(folder, name)
  for (const name of ['state', 'spool']) mkdirSync(at(name))
  writeFileSync(at('munge.key'), randomBytes(128), {mode: 0o600})
  const [controlPort, nodePort] = await freePorts()
  writeFileSync(at('slurm.conf'), configuration(folder, controlPort, nodePort))
  const env = {PATH, SLURM_CONF: at('slurm.conf')}
  const daemons: Daemon[] = []
  const start = (command: string, ...args: string[]): void => void daemons.push(startDaemon(command, args, folder, env))
  const queue = (...args: string[]): Promise<string> => ask('squeue', ['--noheader', ...args], env)

  const close = async (): Promise<void> => {
    await execute('scancel', ['--user', userInfo().username], {env})
    await vi.waitFor(async () => expect(await queue()).toBe(''), {timeout: STOP_MS, interval: POLL_MS}).catch(() => {})
    for (const daemon of daemons.toReversed()) await endDaemon(daemon)
    // steps of jobs are processes of slurmd that outlive it
    for (const pid of processesWith(`SLURM_CONF=${env.SLURM_CONF}`)) killProcess(pid)
  }

  try {
    const files = ['key', 'socket', 'pid', 'seed', 'log'].map((kind) => `--${OPTIONS[kind]}=${at(`munge.${kind}`)}`)
    // --force: the folder of a test is closed to other users, which munged takes for a mistake
    start('munged', '--foreground', '--force', ...files)
    await vi.waitFor(() => checkRunning(daemons, () => readdirSync(folder).includes('munge.socket')), {
      timeout: START_MS,
      interval: POLL_MS,
    })
    start('slurmctld', '-D')
    start('slurmd', '-D')
    await vi.waitFor(
      async () => {
        const {stdout} = await execute('sinfo', ['--noheader', '--format=%T'], {env})
        checkRunning(daemons, () => stdout.trim() === 'idle')
      },
      {timeout: START_MS, interval: POLL_MS},
    )
  } catch (error) {
    const outputs = daemons.map(({command, output}) => `${command}:\n${output().slice(-2000)}`)
    await close()
    throw new Error(`the cluster did not start\n${outputs.join('\n')}`, {cause: error})
  }

  return {
    env,
    idle: (timeoutMs) =>
      vi.waitFor(async () => expect(await queue()).toBe(''), {timeout: timeoutMs, interval: POLL_MS}),
    async statesOf(job) {
      const text = await ask('scontrol', ['--oneliner', 'show', 'job', job], env)
      return [...text.matchAll(/\bJobState=(\w+)/g)].map(([, state = '']) => state)
    },
    close,
  }
}

const OPTIONS: Readonly<Record<string, string>> = {
  key: 'key-file',
  socket: 'socket',
  pid: 'pid-file',
  seed: 'seed-file',
  log: 'log-file',
}

/** Plugins that need neither control groups, systemd nor a database; jobs start without the usual 3 s between them. */
function configuration(folder: string, controlPort: number, nodePort: number): string {
  const host = hostname().split('.')[0] ?? ''
  const {username} = userInfo()
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controlPort}
SlurmdPort=${nodePort}
SlurmUser=${username}
SlurmdUser=${username}
AuthType=auth/munge
AuthInfo=socket=${join(folder, 'munge.socket')}
CredType=cred/munge
StateSaveLocation=${join(folder, 'state')}
SlurmdSpoolDir=${join(folder, 'spool')}
SlurmctldPidFile=${join(folder, 'slurmctld.pid')}
SlurmdPidFile=${join(folder, 'slurmd.pid')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/linear
SwitchType=switch/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0
SlurmdParameters=config_overrides
KillWait=1
ReturnToService=2
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4096 State=UNKNOWN
PartitionName=test Nodes=${host} Default=YES State=UP
`
}

interface Daemon {
  readonly command: string
  readonly child: ChildProcess
  readonly ended: Promise<void>
  readonly output: () => string
}

function startDaemon(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Daemon {
  const child = spawn(command, args, {cwd, env: {...env}, stdio: ['ignore', 'pipe', 'pipe']})
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      text += String(error)
      resolve()
    })
    child.on('exit', () => resolve())
  })
  return {command, child, ended, output: () => text}
}

function checkRunning(daemons: readonly Daemon[], isReady: () => boolean): void {
  for (const {command, child} of daemons)
    expect([command, child.exitCode, child.signalCode]).toEqual([command, null, null])
  expect(isReady()).toBe(true)
}

async function endDaemon({child, ended}: Daemon): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}

/** Processes that inherited this variable. */
function processesWith(variable: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => environmentOf(name).split('\0').includes(variable))
    .map(Number)
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return '' // it ended, or belongs to somebody else
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended meanwhile
  }
}

async function ask(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const {status, stdout, stderr} = await execute(command, args, {env})
  expect([command, status, stderr]).toEqual([command, 0, ''])
  return stdout
}

/** Both are taken at one time, so that they differ. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()]
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ports.push((server.address() as AddressInfo).port)
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return [ports[0] ?? 0, ports[1] ?? 0]
}
