// Runs commands that warm-shell.ts's program asks for on the socket of the first argument, one after the other. The path of a
// request is the folder of its words, environment and results. It ends when its parent does.
import {readFileSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import {serve} from './warm-cli-command.mjs'

let last = Promise.resolve()
const server = createServer((request, response) => {
  last = last.then(() => run(decodeURI(request.url))).finally(() => response.end())
})
server.listen(process.argv[2], () => process.send('ready'))
process.on('disconnect', () => process.kill(process.pid))

async function run(folder) {
  const listOf = (name) => readFileSync(`${folder}/${name}`, 'utf8').split('\0').slice(0, -1)
  const env = Object.fromEntries(
    listOf('env').map((text) => [text.split('=', 1)[0], text.slice(text.indexOf('=') + 1)]),
  )
  const [cwd, ...words] = listOf('words')
  const {status, stdout, stderr, failure} = await serve({words, cwd, env})
  writeFileSync(`${folder}/out`, stdout)
  writeFileSync(`${folder}/err`, failure === undefined ? stderr : `${stderr}${failure}\n`)
  writeFileSync(`${folder}/status`, String(failure === undefined ? status : 70))
}
