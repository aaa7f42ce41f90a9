// An agent that works in six repositories of one code host: the typical case of prefixes alike.
import {hourly, type CaptureSpec} from './captures.js'

export const REPOSITORIES = ['acme/web', 'acme/api', 'acme/docs', 'contoso/web', 'contoso/shop', 'fabrikam/site']

/** Sessions an hour apart. Each works in one half of the repositories, so that each of them is confirmed by itself. */
export function repositoryCaptures(sessions: number, host = 'https://git.example.com'): readonly CaptureSpec[] {
  const specs: CaptureSpec[] = []
  for (let hour = 0; hour < sessions; hour++) {
    let second = 0
    const add = (path: string, spec: CaptureSpec = {}): void => {
      specs.push({session: `s${hour}`, ts: hourly(hour, second++), url: `${host}${path}`, ...spec})
    }
    for (const [i, name] of REPOSITORIES.entries()) {
      add(`/repos/${name}/issues`)
      if ((hour + i) % 3 === 0) add(`/repos/${name}/issues/${1000 + hour * 10 + i}`)
      if ((hour + i) % 3 === 1) add(`/repos/${name}/contents/package.json`)
    }
    add('/user')
    add(`/repos/acme/web/branches/${['fix', 'add', 'drop', 'move'][hour % 4]}-${(hour * 7919 + 13).toString(36)}-x`)
    // the path was written wrong, so the origin has no such page
    if (hour % 2 === 0) add('/repo/acme/web/issues', {detail: {status_class: '4xx'}})
    if (hour === 1) add('/login/ann%40example.com', {detail: {status_class: '5xx'}})
  }
  return specs
}
