// The package registry of the user's npm client: an agent that may install packages needs it, and only the client knows
// its address.
import {execFile} from 'node:child_process'
import {urlHost} from '../core/listen.js'
import type {RegistryHost} from '../core/preset.js'

const TIMEOUT_MS = 10_000

/** undefined when there is no client, or when it names no http registry. */
export async function npmRegistryHost(): Promise<RegistryHost | undefined> {
  const text = await new Promise<string>((done) => {
    execFile('npm', ['config', 'get', 'registry'], {timeout: TIMEOUT_MS, windowsHide: true}, (error, stdout) => {
      done(error ? '' : stdout.trim())
    })
  })
  try {
    const url = new URL(text)
    const host = urlHost(url)
    if (!/^https?:$/.test(url.protocol) || host === '') return undefined
    return {host, origin: 'npm config get registry'}
  } catch {
    return undefined
  }
}
