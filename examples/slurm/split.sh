#!/usr/bin/env bash
# Splits one folder of captures into shards, as links to its session folders: split.sh CAPTURES SHARDS COUNT
# The name of a session decides its shard, so that a later run adds new sessions and moves none.
set -eu

fail() {
  printf 'error: %s\n' "$1" >&2
  exit "${2:-1}"
}

[ $# -eq 3 ] || fail 'usage: split.sh CAPTURES SHARDS COUNT' 2
case $3 in
'' | *[!0-9]* | 0*) fail "COUNT \"$3\" is not a whole number above 0, such as 16" 2 ;;
esac
[ -d "$1" ] || fail "$1 is not a folder of captures"
captures=$(cd "$1" && pwd)
mkdir -p "$2"
shards=$(cd "$2" && pwd)
count=$3

# with another number sessions would be in two shards; of other captures, sessions of the same name would be missed
split="$count shards of $captures"
[ ! -f "$shards/.split" ] || [ "$(cat "$shards/.split")" = "$split" ] ||
  fail "$shards has $(cat "$shards/.split"): remove it, or name another folder"
printf '%s\n' "$split" >"$shards/.split"

# links to sessions that were removed from the captures
find "$shards" -mindepth 2 -maxdepth 2 -type l ! -exec test -e {} \; -exec rm {} \;

sessions=0
for session in "$captures"/*/; do
  session=${session%/}
  [ -d "$session" ] || continue
  name=${session##*/}
  sum=$(printf '%s' "$name" | cksum)
  shard=$shards/$((${sum%% *} % count + 1))
  mkdir -p "$shard"
  [ -L "$shard/$name" ] || ln -s "$session" "$shard/$name"
  sessions=$((sessions + 1))
done
[ "$sessions" -gt 0 ] || fail "$captures has no session folder"
printf 'split: %s folders into %s\n' "$sessions" "$split"
