// Files that name a configuration section of a plugin outside its folder, with the reason. house.test.ts fails on any
// other file that reads a section or spells the path of a setting, and on a listed file that no longer does.

export const SECTION_READERS: Readonly<Record<string, string>> = {
  'src/cli/doctor/paths.ts': 'names the settings that turn a path on',
  'src/commands/doctor.ts': 'names the settings whose address it cannot use',
  'src/plugins/destination': 'the file keeps the limits of the URL layers in fetch_proxy.monitoring',
  'src/plugins/injection': 'the file keeps the injection rules in response_scanning',
  'src/plugins/a2a/create.ts': 'a finding names the limit of other sections that a message exceeded',
  'src/core/reasons.ts':
    'the catalogue of block reasons names the settings that decide each one, for the reference page',
  'src/core/decision.ts': 'kill_switch is also the name of an authority that decides',
  'src/core/contract/evaluate.ts': 'kill_switch is also the name of a source in contract outcomes',
  'src/plugins/contract/telemetry.ts': 'kill_switch is also the name of a source in contract outcomes',
  'src/commands/check.ts': 'its JSON document counts the entries under the names of the file',
  'src/cli/demo/files.ts': 'the configuration file that the demonstration writes',
}
