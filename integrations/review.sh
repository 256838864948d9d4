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
# names; with 2 if it cannot tell, and then BODY says of what.
set -uo pipefail

if [ $# -lt 2 ] || [ -z "$1" ]; then
  echo "usage: review.sh BASE BODY [DEPLOYMENT…]; BASE is the revision to compare with, such as origin/main" >&2
  exit 2
fi
base=$1
body=$2
shift 2
[ $# -gt 0 ] || set -- landgrant.yaml

out=${LANDGRANT_OUT:-rendered}
options=()
[ -z "${LANDGRANT_CATALOGS:-}" ] || options+=(--catalogs "$LANDGRANT_CATALOGS")
fail_on=()
[ -z "${LANDGRANT_FAIL_ON:-}" ] || fail_on=(--fail-on "$LANDGRANT_FAIL_ON")

# A change can bring a folder that looks like a repository, with settings that name programs to run.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.bareRepository GIT_CONFIG_VALUE_0=explicit

worst=0
worse() {
  [ "$1" -le "$worst" ] || worst=$1
}

# What the change brings at this place may be a link to a file that is not to be written.
rm -f -- "$body" || exit 2
: >"$body" || exit 2

# Whoever pushes a tag of the name would choose what is compared with: Git takes tags before branches.
case $(git -c core.warnAmbiguousRefs=true rev-parse --verify "$base^{commit}" 2>&1 >/dev/null) in
  *"is ambiguous"*)
    echo "several refs are called $base: write which, such as refs/heads/$base or refs/remotes/$base, or a commit" >&2
    exit 2
    ;;
esac

# A shallow clone does not have the base.
git cat-file -e "$base^{commit}" 2>/dev/null || git fetch --quiet --no-tags --depth=1 origin "$base" || exit 2
base=$(git rev-parse --short "$base") || exit 2

# The name that a deployment gives itself, from its text.
name() {
  sed -n "s/^name:[[:space:]]*[\"']\{0,1\}\([A-Za-z0-9_-]*\).*/\1/p" | head -n 1
}

# A deployment that the change deletes is in the base only. One that is nowhere is misspelt, and the check says so.
present=()
gone=()
for deployment in "$@"; do
  # What a change calls a file is no option, no revision, and no catalog.
  case $deployment in
    /* | ./* | ../*) ;;
    -* | *:* | *@* | nothing) deployment=./$deployment ;;
  esac
  if [ ! -e "$deployment" ] && git cat-file -e "$base:./$deployment" 2>/dev/null; then
    gone+=("$deployment")
  else
    present+=("$deployment")
  fi
done

review() {
  local status=0
  landgrant review "$1" "$2" --format markdown --out "$out" \
    "${options[@]+"${options[@]}"}" "${fail_on[@]+"${fail_on[@]}"}" >>"$body" || status=$?
  # shellcheck disable=SC2016
  [ "$status" -lt 2 ] || printf '### What changes from `%s` to `%s` is not known\n\nThe log of this job says why.\n' \
    "${1//[\`[:cntrl:]]/ }" "${2//[\`[:cntrl:]]/ }" >>"$body"
  worse "$status"
  printf '\n' >>"$body"
}

# Several deployments have a folder each, and the last of them keeps its own.
checked=$out
if [ $# -gt 1 ] && [ ${#present[@]} -eq 1 ] && [ -f "${present[0]}" ]; then
  checked=$out/$(name <"${present[0]}")
fi

if [ ${#present[@]} -gt 0 ]; then
  report=$(landgrant check "${present[@]}" --out "$checked" "${options[@]+"${options[@]}"}" 2>&1)
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
fi

for deployment in "${present[@]+"${present[@]}"}"; do
  old="$base:./$deployment"
  # A deployment that is new is compared with nothing.
  git cat-file -e "$old" 2>/dev/null || old=nothing
  review "$old" "$deployment"
done

for deployment in "${gone[@]+"${gone[@]}"}"; do
  old="$base:./$deployment"
  folder=$out
  [ $# -eq 1 ] || folder=$out/$(git show "$old" | name)
  # What was rendered of it and is still there would still be applied, and nothing checks it any more.
  if [ -e "$folder" ]; then
    review "$old" "$folder"
  else
    review "$old" nothing
  fi
done

exit "$worst"
