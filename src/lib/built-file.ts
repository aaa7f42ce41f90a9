// Where the build put something: beside the running module, and when the sources themselves run (tests), beside its
// compiled twin. A thread needs JavaScript, and what a build generates is not in the sources.

/** `path` is relative to the module whose `import.meta.url` is given. */
export function builtFile(path: string, moduleUrl: string): URL {
  const url = new URL(path, moduleUrl)
  if (!moduleUrl.endsWith('.ts')) return url
  return new URL(url.href.replace(/\/src\/(?!.*\/src\/)/, '/dist/'))
}
