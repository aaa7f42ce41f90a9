#!/usr/bin/env bash
# Submits a job array that counts shards of captures, and a job that compiles the counts once all of them succeeded:
#   submit.sh AGENT CONFIG SHARDS OUT [FLAG...] [-- FLAG...]
# Flags before -- are for learn aggregate and learn compile, flags after it for learn compile alone. See README.md.
set -eu
umask 077 # aggregates name hosts and paths in clear

fail() {
  printf 'error: %s\n' "$1" >&2
  exit "${2:-1}"
}

[ $# -ge 4 ] || fail 'usage: submit.sh AGENT CONFIG SHARDS OUT [FLAG...] [-- FLAG...]' 2
agent=$1 config=$2 shards=$3 out=$4
shift 4
shared=(--agent "$agent" --config "$config")
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  shared+=("$1")
  shift
done
compiling=("${shared[@]}" "${@:2}")

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command -v sbatch >/dev/null || fail 'sbatch is not in PATH: submit from a machine of the cluster'
pipelock=$(command -v "${PIPELOCK:-pipelock}") ||
  fail "${PIPELOCK:-pipelock} is not in PATH: add it, or set PIPELOCK to a path that every node has"
[ -f "$config" ] || fail "the configuration $config does not exist"
[ -d "$shards" ] || fail "the folder of shards $shards does not exist"
mkdir -p "$out/aggregates" "$out/runs"
shards=$(cd "$shards" && pwd)
out=$(cd "$out" && pwd)
case $shards$out in
*[*?%\\]*) fail "$shards and $out must not contain * ? % or \\, which patterns of files give a meaning" ;;
esac

# aggregates of other flags must not be merged with those of this submission
if [ -f "$out/flags" ] && ! printf '%s\n' "${shared[@]}" | cmp -s - "$out/flags"; then
  fail "$out was made with other flags, those in $out/flags: remove it, or name another folder"
fi

# An aggregate has the time at which its count began. It is kept while it is newer than the configuration, the shard, and
# every file and folder in it.
is_current() {
  [ -f "$1" ] || return 1
  newer=$(find -L "$2" "$config" -newer "$1" -print -quit) || fail "$2 cannot be read"
  [ -z "$newer" ]
}

run=$(mktemp -d "$out/runs/XXXXXX")
: >"$run/missing"
for shard in "$shards"/*/; do
  shard=${shard%/}
  name=${shard##*/}
  [ -d "$shard" ] || fail "$shards has no shard: it must contain one folder for each, with session folders in it"
  case $name in
  -* | *[!A-Za-z0-9._-]*) fail "the shard $shard must be named with letters, digits, dots, hyphens and underscores" ;;
  esac
  [ -n "$(find -L "$shard" -mindepth 2 -maxdepth 2 -name '*.jsonl' -print -quit)" ] ||
    fail "the shard $shard has no captures: it must contain session folders"
  printf '%s\n' "$name" >>"$run/shards"
  is_current "$out/aggregates/$name.aggregate" "$shard" || printf '%s\n' "$name" >>"$run/missing"
done

printf '%s\n' "${shared[@]}" >"$out/flags"

total=$(wc -l <"$run/shards")
missing=$(wc -l <"$run/missing")
options=(--parsable --output="$run/compile.log")
if [ "$missing" -gt 0 ]; then
  array=$(sbatch --parsable --array="1-$missing" --output="$run/aggregate-%a.log" "$scripts/aggregate.sbatch" \
    "$pipelock" "$shards" "$out" "$run/missing" "${shared[@]}")
  array=${array%%;*} # a federation adds the name of the cluster
  options+=(--dependency="afterok:$array" --kill-on-invalid-dep=yes)
  printf 'aggregate: %s of %s shards, job %s\n' "$missing" "$total" "$array"
else
  printf 'aggregate: 0 of %s shards, all are counted\n' "$total"
fi
compile=$(sbatch "${options[@]}" "$scripts/compile.sbatch" "$pipelock" "$out" "$run/shards" "${compiling[@]}")
printf 'compile: job %s, writes %s\nlogs: %s\n' "${compile%%;*}" "$out/candidate.yaml" "$run"
