// Hosts to which anyone can upload without an account: refused by default and in every preset.
export const BLOCKLIST = [
  '*.pastebin.com',
  '*.hastebin.com',
  '*.paste.ee',
  '*.transfer.sh',
  '*.file.io',
  '*.requestbin.com',
]
