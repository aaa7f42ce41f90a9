// Routes in the presets: none, and how one is written.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# what holds for some hosts, paths, methods or types; the first match counts: docs/routes.md',
    '# routes:',
    '#   - name: package-files',
    '#     match: {hosts: [files.example.com], methods: [GET, HEAD], path: {prefix: /packages/}}',
    '#     responses: {stream_types: [application/zip, application/octet-stream]}',
    '#     owner: platform team',
    '#     reason: archives over the inspection limit',
    '',
  ],
}
