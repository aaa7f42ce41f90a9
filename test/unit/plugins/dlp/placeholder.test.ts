// What stands for a secret and is none, and what only begins like it.
import {describe, expect, test} from 'vitest'
import {isPlaceholder} from '../../../../src/plugins/dlp/placeholder.js'

describe('placeholders', () => {
  test.each([
    'xxx',
    'XXXXXXXX',
    '***',
    '<your key>',
    '${DB_PASSWORD}',
    '$(pass show db)',
    '{{ secret }}',
    'REDACTED',
    '[REDACTED:key]',
    'your_api_key',
    'example',
    'value',
    'null',
    'none',
    'true',
    'false',
    'process.env.DB_PASSWORD',
    'os.environ["DB_PASSWORD"]',
    'os.environ["DB_PASSWORD"],',
    "os.environ.get('DB_PASSWORD')",
    'getenv("DB_PASSWORD");',
    '$DB_PASSWORD',
    '%DB_PASSWORD%',
    '$password',
    '%password%',
    '"$DB_PASSWORD"',
    '$DB_PASSWORD"}',
    '$DB_PASSWORD;',
    "'xxxx'}",
    'annapassword',
    'db_passwd',
    'passw0rd',
    's3cr3t',
    'ex4mple',
    'uvw_xyz',
    '1234567890',
    'rst-uvw',
  ])('%s', (value) => {
    expect(isPlaceholder(value, 'password')).toBe(true)
  })

  test.each([
    'xx',
    '**',
    'xxxhunter2',
    '***hunter2',
    '$DbPassword1',
    '$DB_PASSWORD-hunter2',
    '%DB_PASSWORD%hunter2',
    '${DB_PASSWORD}hunter2',
    '$other',
    'truehunter2',
    'example1',
    'hunter22',
    'password-hunter',
    's3cr3ts7',
    'abcd_efgx',
    'acegikmo',
    'abcde',
    'abc123def456',
  ])('%s is a value', (value) => {
    expect(isPlaceholder(value, 'password')).toBe(false)
  })
})
