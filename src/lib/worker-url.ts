// Where the code of a worker thread is: a thread needs JavaScript, also when the sources themselves run (tests), so a
// source file points at its compiled twin.

/** `name` without extension, beside the module whose `import.meta.url` is given. */
export function workerUrl(name: string, moduleUrl: string): URL {
  const url = new URL(`./${name}.js`, moduleUrl)
  if (!moduleUrl.endsWith('.ts')) return url
  return new URL(url.href.replace(/\/src\/(?!.*\/src\/)/, '/dist/'))
}
