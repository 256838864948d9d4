#!/usr/bin/env bash
# `landgrant check` on an unchanged tree, beside `sha256sum` over the same files. Both read every file once, from a warm
# cache; check renders all of them again besides.
#
#   docs/benchmarks/check.sh [TARGETS] [RUNS]
set -euo pipefail
cd "$(dirname "$0")/../.."
targets=${1:-1000}
runs=${2:-20}
cargo build --release --quiet
landgrant=$PWD/target/release/landgrant

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
{
  cat <<'YAML'
schema: landgrant/deployment/v1
name: acme
partition: aws
hub:
  account: "111111111111"
  user: svc-micetro
  group: micetro-access
products:
  - catalog: micetro@10.2
    features: [account, multi-account, dns, network]
    levels: [required, recommended]
role:
  name: MicetroAccess
outputs: [terraform]
targets:
YAML
  for number in $(seq "$targets"); do
    printf '  - account: "%012d"\n    name: t%d\n' "$((200000000000 + number * 7919))" "$number"
  done
} >landgrant.yaml
"$landgrant" render >/dev/null
find rendered -type f ! -name landgrant.lock -print0 | sort -z >files
count=$(tr -cd '\0' <files | wc -c)

# The best of many runs, in milliseconds.
best() {
  local least=
  for _ in $(seq "$runs"); do
    local start=${EPOCHREALTIME/[.,]/}
    "$@" >/dev/null
    local took=$((${EPOCHREALTIME/[.,]/} - start))
    [ -n "$least" ] && [ "$least" -le "$took" ] || least=$took
  done
  printf '%d.%d' "$((least / 1000))" "$((least % 1000 / 100))"
}
sums() { xargs -0 sha256sum <files; }

check=$(best "$landgrant" check)
sum=$(best sums)
printf '%s targets, %s files, best of %s runs\n' "$targets" "$count" "$runs"
printf '  landgrant check  %6s ms\n  sha256sum        %6s ms\n' "$check" "$sum"
awk -v check="$check" -v sum="$sum" 'BEGIN { printf "  check takes %.1f times as long\n", check / sum }'
