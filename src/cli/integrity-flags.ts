// Flags of the commands that keep a manifest of a folder.
import {Args, Flags} from './base.js'

export const folderArgs = {
  directory: Args.string({default: '.', description: 'folder; default: the working directory'}),
}

export const folderFlags = {
  manifest: Flags.string({helpValue: 'FILE', description: 'manifest; default: .integrity-manifest.json in the folder'}),
  agent: Flags.string({helpValue: 'NAME', description: 'agent whose key signs or verifies [env PIPELOCK_AGENT]'}),
  keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
}

/** Of the commands that write the manifest. */
export const manifestFlags = {
  ...folderFlags,
  exclude: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'GLOB',
    description: 'exclude matching paths: * and ? in a name, one ** for directories; repeatable, kept in the manifest',
  }),
  sign: Flags.boolean({description: 'sign the manifest with the key of --agent'}),
}
