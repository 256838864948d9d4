#!/usr/bin/env bash
# The review of a pull or merge request: checks the rendered files, and writes what the change means in permissions.
#
#   review.sh BASE BODY [DEPLOYMENT…]
#
# BASE is the revision to compare with, BODY the Markdown file to write. Other settings are in the environment:
#
#   LANDGRANT_OUT       the folder of rendered files (rendered)
#   LANDGRANT_CATALOGS  a folder with catalogs of your own (none)
#   LANDGRANT_FAIL_ON   widened, escalation, any, or several with commas (none)
#
# It exits with 1 if the rendered files are not what the deployments say, or the change does what LANDGRANT_FAIL_ON
# names; with 2 if it cannot tell. BODY is written in every case but the last.
set -uo pipefail

base=$1
body=$2
shift 2
[ $# -gt 0 ] || set -- landgrant.yaml

options=()
[ -z "${LANDGRANT_OUT:-}" ] || options+=(--out "$LANDGRANT_OUT")
[ -z "${LANDGRANT_CATALOGS:-}" ] || options+=(--catalogs "$LANDGRANT_CATALOGS")
fail_on=()
[ -z "${LANDGRANT_FAIL_ON:-}" ] || fail_on=(--fail-on "$LANDGRANT_FAIL_ON")

worst=0
worse() {
  [ "$1" -le "$worst" ] || worst=$1
}

: >"$body"

# A shallow clone does not have the base.
git cat-file -e "$base^{commit}" 2>/dev/null || git fetch --quiet --no-tags --depth=1 origin "$base" || exit 2
base=$(git rev-parse --short "$base") || exit 2

report=$(landgrant check "$@" "${options[@]+"${options[@]}"}" 2>&1)
status=$?
worse "$status"
printf '%s\n' "$report"
if [ "$status" -ne 0 ]; then
  {
    printf '### The rendered files are not what the deployment says\n\n```text\n'
    printf '%s\n' "$report" | sed 's/```/` ` `/g'
    printf '```\n\n'
  } >>"$body"
fi

for deployment in "$@"; do
  old="$base:./$deployment"
  # A deployment that is new is compared with nothing.
  git cat-file -e "$old" 2>/dev/null || old=nothing
  landgrant review "$old" "$deployment" --format markdown \
    "${options[@]+"${options[@]}"}" "${fail_on[@]+"${fail_on[@]}"}" >>"$body"
  worse $?
  printf '\n' >>"$body"
done

exit "$worst"
