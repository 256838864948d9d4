#!/usr/bin/env bash
# Looks whether AWS holds what verify/expected.json says: users, groups, policies, roles, and who may assume them.
# Every call only reads. Sessions that --assume gets are thrown away at once. Nothing secret is printed or saved.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -uo pipefail
export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off

usage() {
  cat <<'END'
Looks whether what is deployed is what was planned. It changes nothing.

  (no option)          check the account of the current credentials
  --profile NAME       check the account of this profile; may be repeated
  --profiles PATTERN   check every account, each with a profile of its own,
                       such as --profiles 'acme-{account}'
  --account ID         only this account; may be repeated
  --assume             as a user of the hub: can its roles be assumed?
  --collect DIR        save what `landgrant audit --snapshot DIR` reads
  --region REGION      the Region to call
  --format text|json   what is printed
  --help               print this

exit code: 0 all is as planned, 1 something is not, 2 could not look
END
}

stop() {
  printf 'verify.sh: %s\n' "$*" >&2
  exit 2
}

# What the programs below share. Documents are compared as IAM means them: order does not matter, nor does a list of one.
# shellcheck disable=SC2016
library='
def list: if . == null then [] elif type == "array" then . else [.] end;
def canon:
  if type == "object" then map_values(canon)
  elif type == "array" then map(canon) | sort | if length == 1 then .[0] else . end
  else . end;
def filled($values):
  if type == "object" then with_entries(.key |= filled($values) | .value |= filled($values))
  elif type == "array" then map(filled($values))
  elif type == "string" then
    reduce ($values | to_entries[]) as $place (.; split("${" + $place.key + "}") | join($place.value))
  else . end;
def roles($account):
  . as $all | $all.accounts[$account] | list[] | ($all.shapes[.shape] + .) as $role | $role
  | filled({account: $account, role, path, user: (.user // ""), external_id: (.external_id // "")});
def policy: {kind: "policy", name: (.arn | split(":policy/")[1]), arn, document};
def providers($account):
  . as $all | [roles($account) | (.providers // [])[]] | unique[]
  | {kind: "provider", name: .issuer, arn: "arn:\($all.partition):iam::\($account):oidc-provider/\(.issuer)", audiences};
def planned($account):
  providers($account),
  (select(.hub == $account) | (.users[] | {kind: "user"} + .), (.groups[] | {kind: "group"} + .), (.policies[] | policy)),
  (roles($account)
    | {kind: "role", name: .role, path, session, boundary, trust, inline, attached: ((.managed | keys) + (.of_aws // [])),
      profiles: (.profiles // [])},
      (.managed | to_entries[] | {arn: .key, document: .value} | policy));
def few: if length > 3 then "\(.[:3] | join(", ")) and \(length - 3) more" else join(", ") end;
def wrapped($width):
  def parts: if length > $width then .[:$width], (.[$width:] | parts) else . end;
  reduce (split(" ")[] | select(. != "") | parts) as $word ([];
    if length > 0 and (.[-1] | length) + 1 + ($word | length) <= $width
    then .[:-1] + ["\(.[-1]) \($word)"] else . + [$word] end);
def text:
  (if .why == "" then .what else "\(.what): \(.why)" end | wrapped(53)) as $lines
  | (.account + "            ")[:12] + "  " + (.result + "         ")[:9] + "  " + ($lines | join("\n" + " " * 27));'

# Asks AWS only for what the plan has in the account.
# shellcheck disable=SC2016
query='
def names($kind; $key): "[" + ([planned($account) | select(.kind == $kind)[$key]] + [""] | map("\u0027\(.)\u0027") | join(",")) + "]";
def fields: "path:Path,attached:AttachedManagedPolicies[].PolicyArn,boundary:PermissionsBoundary.PermissionsBoundaryArn";
"{user:UserDetailList[?contains(\(names("user"; "name")),UserName)||GroupList[?contains(\(names("group"; "name")),@)]]"
+ ".{name:UserName,groups:GroupList,inline:UserPolicyList,\(fields)}"
+ ",group:GroupDetailList[?contains(\(names("group"; "name")),GroupName)].{name:GroupName,inline:GroupPolicyList,\(fields)}"
+ ",role:RoleDetailList[?contains(\(names("role"; "name")),RoleName)]"
+ ".{name:RoleName,trust:AssumeRolePolicyDocument,inline:RolePolicyList,profiles:InstanceProfileList[].Arn,\(fields)}"
+ ",policy:Policies[?contains(\(names("policy"; "arn")),Arn)].{arn:Arn,document:PolicyVersionList[?IsDefaultVersion].Document|[0]}}"'

# shellcheck disable=SC2016
comparison='
def actions: [.Statement | list[] | (.Action, .NotAction) | list[]] | unique;
def principals:
  [.Statement | list[] | .Principal | if type == "object" then to_entries[] | .key as $kind | .value | list[] | "\($kind) \(.)"
   else list[] end] | unique;
def changes($planned; $there):
  [($there - $planned | select(length > 0) | "not planned: \(few)"), ($planned - $there | select(length > 0) | "missing: \(few)")]
  | join("; ");
def shown: if . == null then "none" else tostring end;
def compared($planned; $there; $session):
  def row($result; $part; $why): {result: $result, what: "\($planned.kind) \($planned.name): \($part)", why: $why};
  def value($key; $part; $now):
    select($planned | has($key)) | select($planned[$key] != $now)
    | row("DIFFERENT"; $part; "planned \($planned[$key] | shown), there \($now | shown)");
  def document($part; $before; $now; reader; $otherwise):
    select(($before | canon) != ($now | canon)) | changes($before | reader; $now | reader)
    | row("DIFFERENT"; $part; if . == "" then $otherwise else . end);
  def names($key; $part; $before; $now):
    select($planned | has($key))
    | ($before - $now | .[] | row("MISSING"; "\($part) \(.)"; "")), ($now - $before | .[] | row("EXTRA"; "\($part) \(.)"; ""));
  if $there == null then {result: "MISSING", what: "\($planned.kind) \($planned.name)", why: ""}
  else
    [ value("path"; "path"; $there.path),
      value("boundary"; "permissions boundary"; $there.boundary),
      (select($planned.session) | if $session.failed then row("FAILED"; "longest session"; $session.failed)
       else value("session"; "longest session in seconds"; $session.seconds) end),
      (select($planned.trust) | document("trust"; $planned.trust; $there.trust; principals; "other actions or conditions than planned")),
      (select($planned.document) | document("text"; $planned.document; $there.document; actions; "other resources, conditions or Sids than planned")),
      (select($planned.inline) | ($there.inline | list | map({(.PolicyName): .PolicyDocument}) | add // {}) as $inline
       | names("inline"; "inline policy"; $planned.inline | keys; $inline | keys),
         ($planned.inline | keys[] | select(in($inline)) as $name
          | document("inline policy \($name)"; $planned.inline[$name]; $inline[$name]; actions; "other resources, conditions or Sids than planned"))),
      names("attached"; "attached policy"; $planned.attached; $there.attached | list),
      names("profiles"; "in instance profile"; $planned.profiles; $there.profiles | list),
      names("audiences"; "audience"; $planned.audiences; $there.audiences | list),
      names("groups"; "in group"; $planned.groups; $there.groups | list),
      names("members"; "member"; $planned.members; $there.members)
    ] | if length == 0 then {result: "ok", what: "\($planned.kind) \($planned.name)", why: ""} else .[] end
  end;
. as $there | $expected[0] | planned($account) as $planned
| (if $planned.kind == "policy" then [$there.policy | list[] | select(.arn == $planned.arn)]
   elif $planned.kind == "provider" then [$providers[] | select(.arn == $planned.arn)]
   else [$there[$planned.kind] | list[] | select(.name == $planned.name)] end | .[0]) as $found
| (if $planned.kind == "group" and $found then
     $found + {members: [$there.user | list[] | select(.groups | list | index($planned.name)) | .name]} else $found end) as $found
| compared($planned; $found; $sessions[$planned.name]) | {account: $account} + .'

# The roles that a user may assume: account, ARN and external id.
# shellcheck disable=SC2016
assumed='
. as $all | .accounts | keys[] as $account | $all | roles($account)
| select(.assumed and (.user == null or .user == $user))
| select($only == "" or ($only | split(" ") | index($account)))
| [$account, "arn:\($all.partition):iam::\($account):role\(.path)\(.role)", .external_id // ""] | @tsv'

# Runs jq with the library, on the plan unless there is other input.
ask() {
  jq "$@" <"$expected"
}

# Runs the AWS CLI. What it gives is in $out; why it failed, in $said.
call() {
  local options=(--region "$region" --output json)
  [ -z "$profile" ] || options=("${options[@]}" --profile "$profile")
  out=$(aws "$@" "${options[@]}" </dev/null 2>"$work/said") && return 0
  said=$(tr -s '[:space:]' ' ' <"$work/said" | sed 's/^ //; s/ $//')
  said=${said:-the AWS CLI failed and does not say why}
  return 1
}

# A line of the table: account, result, what, and why.
row() {
  jq -nc --arg account "$1" --arg result "$2" --arg what "$3" --arg why "${4:-}" \
    '{account: $account, result: $result, what: $what, why: $why}' | rows
}

# Keeps lines of the table, and prints them.
rows() {
  tee -a "$work/rows" | if [ "$format" = text ]; then jq -r "$library text"; else cat >/dev/null; fi
}

# Checks an account against the plan, with three calls: one for each role and provider, and one for everything else.
check() {
  local sessions='{}' providers='[]' role provider kinds=(Role LocalManagedPolicy)
  [ "$1" != "$hub" ] || kinds=(User Group Role LocalManagedPolicy)
  if ! ask -e --arg account "$1" "$library [planned(\$account)] | length > 0" >/dev/null; then
    row "$1" FAILED "$who" "the plan has nothing in this account"
    return
  fi
  while IFS= read -r role; do
    [ -n "$role" ] || continue
    if call iam get-role --role-name "$role" --query Role.MaxSessionDuration; then
      sessions=$(jq -nc --argjson all "$sessions" --arg role "$role" --argjson seconds "$out" '$all + {($role): {seconds: $seconds}}')
    else
      sessions=$(jq -nc --argjson all "$sessions" --arg role "$role" --arg failed "$said" '$all + {($role): {failed: $failed}}')
    fi
  done <<<"$(ask -r --arg account "$1" "$library roles(\$account) | select(.session) | .role")"
  while IFS= read -r provider; do
    [ -n "$provider" ] || continue
    if call iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider" --query ClientIDList; then
      providers=$(jq -nc --argjson all "$providers" --arg arn "$provider" --argjson audiences "$out" '$all + [{arn: $arn, audiences: $audiences}]')
    elif [[ $said != *NoSuchEntity* ]]; then
      row "$1" FAILED "provider ${provider#*:oidc-provider/}" "$said"
      return
    fi
  done <<<"$(ask -r --arg account "$1" "$library providers(\$account) | .arn")"
  if ! call iam get-account-authorization-details --filter "${kinds[@]}" \
    --query "$(ask -r --arg account "$1" "$library $query")"; then
    row "$1" FAILED "$who" "$said"
    return
  fi
  # An answer that cannot be compared in whole is not compared at all.
  if ! out=$(printf '%s' "$out" | jq -ce --slurpfile expected "$expected" --arg account "$1" --argjson sessions "$sessions" \
    --argjson providers "$providers" "$library $comparison" 2>&1) || [ -z "$out" ]; then
    row "$1" FAILED "$who" "what AWS answered is not understood"
    return
  fi
  printf '%s\n' "$out" | rows
}

# Assumes each role of the user whose credentials these are. The session stays in the AWS CLI and is lost with it.
assume() {
  local account arn external_id name options found=
  while IFS=$'\t' read -r account arn external_id; do
    [ -n "$account" ] || continue
    found=yes name="role ${arn##*/}"
    options=(--role-arn "$arn" --role-session-name landgrant-verify --duration-seconds 900)
    case $external_id in
      '') ;;
      # The AWS CLI would read a file or an address, or take it for an option.
      -* | file:* | fileb:* | http:* | https:*)
        row "$account" FAILED "$name" "the AWS CLI cannot send its external id as it is; try it from the product"
        continue
        ;;
      *) options=("${options[@]}" --external-id "$external_id") ;;
    esac
    if call sts assume-role "${options[@]}" --query AssumedRoleUser.Arn; then
      row "$account" ok "$name: assumed"
    elif [[ $said == *AccessDenied* ]]; then
      row "$account" DIFFERENT "$name: cannot be assumed" "$said"
    else
      row "$account" FAILED "$name" "$said"
    fi
  done <<<"$(ask -r --arg user "$2" --arg only "$accounts" "$library $assumed")"
  [ -n "$found" ] || row "$1" FAILED "$who" "$2 is no user for which the plan has a role here; use the key of a user of the hub"
}

# Saves what the audit reads: a snapshot, and in the hub the credential report.
collect() {
  local name tries=0
  mkdir -p "$folder" || stop "cannot make the folder $folder"
  if call iam get-account-authorization-details --filter User Group Role LocalManagedPolicy; then
    save "$1" "$1.json"
  else
    row "$1" FAILED "snapshot" "$said"
  fi
  [ "$1" = "$hub" ] || return 0
  until call iam generate-credential-report --query State && [ "$out" = '"COMPLETE"' ]; do
    tries=$((tries + 1))
    if [ -n "$said" ] || [ "$tries" -gt 30 ]; then
      row "$1" FAILED "credential report" "${said:-AWS is still at it; try again later}"
      return
    fi
    sleep 2
  done
  if call iam get-credential-report; then save "$1" credentials.json; else row "$1" FAILED "credential report" "$said"; fi
}

save() {
  if (umask 077 && printf '%s\n' "$out" >"$folder/$2.part") && mv -f "$folder/$2.part" "$folder/$2"; then
    row "$1" ok "saved $folder/$2"
  else
    row "$1" FAILED "cannot write $folder/$2"
  fi
}

# Whether an account is one that is asked for.
wanted() {
  [ -z "$accounts" ] || [[ " $accounts " == *" $1 "* ]]
}

# Goes to one account: whose credentials are these, and are they the right ones?
visit() {
  local account user
  profile=$1 who="the credentials" said=''
  [ -z "$profile" ] || who="profile $profile"
  if ! call sts get-caller-identity --query '[Account,Arn]'; then
    row "$2" FAILED "$who" "$said"
    return
  fi
  account=$(jq -r '.[0]' <<<"$out") user=$(jq -r '.[1]' <<<"$out")
  if [ -n "$2" ] && [ "$account" != "$2" ]; then
    row "$2" FAILED "$who" "it is of account $account"
  elif [ "$mode" = assume ]; then
    assume "$account" "$user"
  elif ! wanted "$account"; then
    row "$account" FAILED "$who" "it is of this account, which --account does not name"
  else
    printf '%s\n' "$account" >>"$scratch/seen"
    if [ "$mode" = collect ]; then collect "$account"; else check "$account"; fi
  fi
}

# Goes to every account with a profile of its own: eight at once, since AWS takes its time, and printed in their order.
visit_all() {
  local account batch='' count=0
  for account in $(ask -r '[.hub | select(.)] + (.accounts | keys) | unique[]'); do
    wanted "$account" || continue
    mkdir "$scratch/$account" && touch "$scratch/$account/rows"
    (work=$scratch/$account && visit "${pattern//\{account\}/$account}" "$account" >"$work/text"; : >"$scratch/$account/done") &
    batch="$batch $account" count=$((count + 1))
    if [ $((count % 8)) -eq 0 ]; then
      tell "$batch"
      batch=''
    fi
  done
  tell "$batch"
}

# Waits for accounts, and tells what was found there.
tell() {
  local account
  wait
  for account in $1; do
    cat "$scratch/$account/text"
    cat "$scratch/$account/rows" >>"$scratch/rows"
    [ -e "$scratch/$account/done" ] || row "$account" FAILED "the look at this account" "it was stopped before it was through"
  done
}

# What has no line and must have one, since nothing else failed: who counts the lines misses what a killed program did not say.
# shellcheck disable=SC2016
unanswered='
$expected[0] as $all | ($only | split(" ")) as $only
| (if $all_accounts == "" then $seen | split("\n") | map(select(. != ""))
   else [$all.hub | select(.)] + ($all.accounts | keys) | map(select($only == [] or (. as $one | $only | index($one)))) end
   | unique[]) as $account
| [$rows[] | select(.account == $account)] as $told
| select(any($told[]; .result == "FAILED") | not)
| (if $mode == "check" then $all | planned($account) | "\(.kind) \(.name)" else "the look at this account" end) as $what
| select(any($told[]; $mode != "check" or .what == $what or (.what | startswith("\($what): "))) | not)
| {account: $account, result: "FAILED", what: $what, why: "nothing was said of it"}'

# What came of it, in a few lines or as JSON.
# shellcheck disable=SC2016
result='
$expected[0] as $all | ($seen | split("\n")) as $seen | ($only | split(" ")) as $only
| (["ok", "DIFFERENT", "MISSING", "EXTRA", "FAILED"]
  | map({key: ., value: (. as $result | $rows | map(select(.result == $result)) | length)})) as $counts
| ([$all.hub | select(.)] + ($all.accounts | keys) | unique
  | map(select($mode != "assume" and ($only == [] or (. as $one | $only | index($one))))) - $seen - ($rows | map(.account))) as $unseen
| if $format == "json" then
    {schema: "landgrant/verified/v1", deployment: $all.deployment, rows: $rows, counts: ($counts | from_entries), not_looked_at: $unseen}
  else
    "", ([$counts[] | select(.value > 0 or .key == "ok") | "\(.value) \(.key)"] | join(", ")),
    (if any($rows[]; .result == "FAILED") or $rows == [] then "Not everything could be looked at."
     elif any($rows[]; .result != "ok") then "Not all is as planned."
     elif $mode == "check" then "All of this is as planned." else empty end),
    ($unseen | select(length > 0) | "Not looked at: \(few). --profiles goes over all accounts." | wrapped(80)[]),
    (select($mode == "collect") | "Next: landgrant audit --snapshot \($folder | @sh)"
      + if any($rows[]; .what | endswith("/credentials.json")) then
          " --credential-report \("\($all.hub)=\($folder)/credentials.json" | @sh)" else "" end)
  end'

mode=check format=text folder='' region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}} pattern='' profile='' out='' said=''
accounts='' profiles=()
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage && exit 0 ;;
    --assume) mode=assume && shift && continue ;;
    --profile | --profiles | --account | --collect | --region | --format) [ $# -gt 1 ] || stop "$1 needs a value; see --help" ;;
    *) stop "$1 is no option; see --help" ;;
  esac
  case $1 in
    --profile) profiles[${#profiles[@]}]=$2 ;;
    --profiles) pattern=$2 ;;
    --account) accounts=${accounts:+$accounts }$2 ;;
    --collect) mode=collect folder=$2 ;;
    --region) region=$2 ;;
    --format) format=$2 ;;
  esac
  shift 2
done
[[ $format == text || $format == json ]] || stop "--format is text or json"
[[ -z $pattern || $pattern == *'{account}'* ]] || stop "--profiles needs {account} in it, such as 'acme-{account}'"
command -v aws >/dev/null || stop "the AWS CLI is missing: https://aws.amazon.com/cli/ has it, and AWS CloudShell"
command -v jq >/dev/null || stop "jq is missing: brew install jq, apt-get install jq, dnf install jq; AWS CloudShell has it"
expected=$(cd "$(dirname "$0")" && pwd)/verify/expected.json
[ -f "$expected" ] || stop "$expected is missing; it belongs beside this script"
[ "$(ask -r .schema)" = landgrant/verify/v1 ] || stop "$expected is of another version of Landgrant than this script"
hub=$(ask -r '.hub // ""')
[ -n "$region" ] || region=$(ask -r .region)
scratch=$(mktemp -d) || stop "no temporary folder"
work=$scratch
trap 'rm -rf "$scratch"' EXIT
touch "$scratch/rows" "$scratch/seen"

[ "$format" = json ] || printf '%-12s  %-9s  %s\n' ACCOUNT RESULT WHAT
if [ -n "$pattern" ]; then
  visit_all
elif [ "${#profiles[@]}" -gt 0 ]; then
  for name in "${profiles[@]}"; do visit "$name" ''; done
else
  visit '' ''
fi
unanswered=$(jq -cn --arg mode "$mode" --arg only "$accounts" --arg all_accounts "$pattern" --arg seen "$(cat "$scratch/seen")" \
  --slurpfile rows "$scratch/rows" --slurpfile expected "$expected" "$library $unanswered") || stop "the answers cannot be counted"
[ -z "$unanswered" ] || rows <<<"$unanswered"
jq -rn --arg format "$format" --arg mode "$mode" --arg folder "$folder" --arg only "$accounts" \
  --arg seen "$(cat "$scratch/seen")" --slurpfile rows "$scratch/rows" --slurpfile expected "$expected" "$library $result" || stop "the result cannot be told"
verdict=$(jq -rs 'if any(.[]; .result == "FAILED") or length == 0 then 2 elif any(.[]; .result != "ok") then 1 else 0 end' \
  "$scratch/rows") || verdict=2
exit "$verdict"
