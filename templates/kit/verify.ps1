# Looks whether AWS holds what verify/expected.json says: users, groups, policies, roles, and who may assume them.
# Every call only reads. Sessions that --assume gets are thrown away at once. Nothing secret is printed or saved.
# For Windows PowerShell 5.1 and PowerShell 7, with the AWS CLI. Options and results are those of verify.sh.
$ErrorActionPreference = 'Stop'

$usage = @'
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
'@

function Stop-Verify([string]$Text) {
    [Console]::Error.WriteLine("verify.ps1: $Text")
    exit 2
}

# ---- Text and documents ----

function Get-Sorted($Items) {
    $list = [string[]]@($Items)
    [Array]::Sort($list, [StringComparer]::Ordinal)
    return $list
}

# Sorted, and each once.
function Get-Distinct($Items) {
    $last = $null
    foreach ($item in (Get-Sorted $Items)) {
        if ($item -cne $last) { $item }
        $last = $item
    }
}

# Those of the one that are not in the other.
function Get-Without($Items, $Others) {
    foreach ($item in $Items) { if ($Others -cnotcontains $item) { $item } }
}

function Get-Few($Items) {
    $list = @($Items)
    if ($list.Count -le 3) { return ($list -join ', ') }
    return ($list[0..2] -join ', ') + " and $($list.Count - 3) more"
}

function Get-Wrapped([string]$Text, [int]$Width) {
    $line = ''
    foreach ($word in $Text.Split(' ')) {
        while ($word -ne '') {
            $part = $word.Substring(0, [Math]::Min($Width, $word.Length))
            $word = $word.Substring($part.Length)
            if ($line -eq '') {
                $line = $part
            } elseif ($line.Length + 1 + $part.Length -le $Width) {
                $line = "$line $part"
            } else {
                $line
                $line = $part
            }
        }
    }
    if ($line -ne '') { $line }
}

# A document as text. Order does not matter, nor does a list of one: IAM means the same.
function Get-Canonical($Value) {
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [string]) { return '"' + $Value.Replace('\', '\\').Replace('"', '\"') + '"' }
    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $parts = @(foreach ($member in $Value.PSObject.Properties) { (Get-Canonical $member.Name) + ':' + (Get-Canonical $member.Value) })
        return '{' + (@(Get-Sorted $parts) -join ',') + '}'
    }
    if ($Value -is [array]) {
        $parts = @(foreach ($item in $Value) { Get-Canonical $item })
        if ($parts.Count -eq 1) { return $parts[0] }
        return '[' + (@(Get-Sorted $parts) -join ',') + ']'
    }
    return [Convert]::ToString($Value, [Globalization.CultureInfo]::InvariantCulture)
}

# A document with its places filled in.
function Get-Filled($Value, [hashtable]$Places) {
    if ($Value -is [string]) {
        foreach ($place in $Places.Keys) { $Value = $Value.Replace('${' + $place + '}', $Places[$place]) }
        return $Value
    }
    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $filled = New-Object System.Management.Automation.PSObject
        foreach ($member in $Value.PSObject.Properties) {
            $name = Get-Filled $member.Name $Places
            Add-Member -InputObject $filled -MemberType NoteProperty -Name $name -Value (Get-Filled $member.Value $Places)
        }
        return $filled
    }
    if ($Value -is [array]) { return , @(foreach ($item in $Value) { Get-Filled $item $Places }) }
    return $Value
}

function Get-Action($Document) {
    Get-Distinct @(foreach ($statement in $Document.Statement) {
            foreach ($action in $statement.Action) { $action }
            foreach ($action in $statement.NotAction) { $action }
        })
}

function Get-Principal($Document) {
    Get-Distinct @(foreach ($statement in $Document.Statement) {
            $principal = $statement.Principal
            if ($principal -is [string]) {
                $principal
            } elseif ($null -ne $principal) {
                foreach ($member in $principal.PSObject.Properties) {
                    foreach ($value in $member.Value) { "$($member.Name) $value" }
                }
            }
        })
}

# ---- The plan ----

function Get-Policy([string]$Arn, $Document) {
    $at = $Arn.IndexOf(':policy/') + ':policy/'.Length
    @{ kind = 'policy'; name = $Arn.Substring($at); arn = $Arn; document = $Document }
}

function Get-Role([string]$Account) {
    foreach ($own in $plan.accounts.$Account) {
        $role = @{}
        foreach ($member in $plan.shapes[$own.shape].PSObject.Properties) { $role[$member.Name] = $member.Value }
        foreach ($member in $own.PSObject.Properties) { $role[$member.Name] = $member.Value }
        $places = @{
            account     = $Account
            role        = $role.role
            path        = $role.path
            user        = [string]$role.user
            external_id = [string]$role.external_id
        }
        foreach ($name in 'boundary', 'trust', 'inline', 'managed') { $role[$name] = Get-Filled $role[$name] $places }
        $role
    }
}

function Get-Planned([string]$Account) {
    if ($plan.hub -eq $Account) {
        foreach ($user in $plan.users) {
            @{ kind = 'user'; name = $user.name; path = $user.path; boundary = $user.boundary; inline = $user.inline
                attached = $user.attached; groups = $user.groups
            }
        }
        foreach ($group in $plan.groups) {
            @{ kind = 'group'; name = $group.name; path = $group.path; inline = $group.inline
                attached = $group.attached; members = $group.members
            }
        }
        foreach ($policy in $plan.policies) { Get-Policy $policy.arn $policy.document }
    }
    foreach ($role in Get-Role $Account) {
        @{ kind = 'role'; name = $role.role; path = $role.path; boundary = $role.boundary; session = $role.session
            trust = $role.trust; inline = $role.inline
            attached = @(foreach ($member in $role.managed.PSObject.Properties) { $member.Name })
        }
        foreach ($member in $role.managed.PSObject.Properties) { Get-Policy $member.Name $member.Value }
    }
}

# Asks AWS only for what the plan has in the account.
function Get-Query($Planned) {
    $names = @{}
    foreach ($kind in 'user', 'group', 'role', 'policy') {
        $key = if ($kind -eq 'policy') { 'arn' } else { 'name' }
        $quoted = @(foreach ($one in $Planned) { if ($one.kind -eq $kind) { "'" + $one[$key] + "'" } }) + @("''")
        $names[$kind] = '[' + ($quoted -join ',') + ']'
    }
    $fields = 'path:Path,attached:AttachedManagedPolicies[].PolicyArn,boundary:PermissionsBoundary.PermissionsBoundaryArn'
    # The blank makes Windows PowerShell put quotes around it, so that no | reaches the command line of an aws.cmd.
    '{user:UserDetailList[?contains(' + $names.user + ',UserName)||GroupList[?contains(' + $names.group + ',@)]]' +
    '.{name:UserName,groups:GroupList,inline:UserPolicyList,' + $fields + '}, ' +
    'group:GroupDetailList[?contains(' + $names.group + ',GroupName)].{name:GroupName,inline:GroupPolicyList,' + $fields + '},' +
    'role:RoleDetailList[?contains(' + $names.role + ',RoleName)]' +
    '.{name:RoleName,trust:AssumeRolePolicyDocument,inline:RolePolicyList,' + $fields + '},' +
    'policy:Policies[?contains(' + $names.policy + ',Arn)].{arn:Arn,document:PolicyVersionList[?IsDefaultVersion].Document|[0]}}'
}

# ---- AWS and the table ----

# Runs the AWS CLI. What it gives is in $script:out; why it failed, in $script:said.
function Invoke-Aws([string[]]$Arguments) {
    $ErrorActionPreference = 'Continue'
    $all = @($Arguments) + @('--region', $script:region, '--output', 'json')
    if ($script:profileName -ne '') { $all += @('--profile', $script:profileName) }
    $given = @(& aws @all 2>&1)
    $code = $LASTEXITCODE
    $errors = @($given | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
    $script:out = @($given | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] }) -join "`n"
    $script:said = ''
    if ($code -eq 0) { return $true }
    $script:said = (($errors -join ' ') -replace '\s+', ' ').Trim()
    if ($script:said -eq '') { $script:said = 'the AWS CLI failed and does not say why' }
    return $false
}

# A line of the table: account, result, what, and why.
function Write-Row([string]$Account, [string]$Result, [string]$What, [string]$Why) {
    $script:rows += , ([ordered]@{ account = $Account; result = $Result; what = $What; why = $Why })
    if ($script:format -ne 'text') { return }
    $text = if ($Why -eq '') { $What } else { "${What}: $Why" }
    $lines = @(Get-Wrapped $text 53) -join ("`n" + ' ' * 27)
    Write-Output ('{0,-12}  {1,-9}  {2}' -f $Account, $Result, $lines)
}

# ---- Check ----

function Compare-Value([string]$Account, [string]$What, $Planned, $There) {
    if ([string]$Planned -ceq [string]$There) { return }
    $before = if ([string]$Planned -eq '') { 'none' } else { $Planned }
    $now = if ([string]$There -eq '') { 'none' } else { $There }
    Write-Row $Account 'DIFFERENT' $What "planned $before, there $now"
}

function Compare-Document([string]$Account, [string]$What, $Planned, $There) {
    if ((Get-Canonical $Planned) -ceq (Get-Canonical $There)) { return }
    if ($What.EndsWith(': trust')) {
        $before = @(Get-Principal $Planned)
        $now = @(Get-Principal $There)
        $why = 'other actions or conditions than planned'
    } else {
        $before = @(Get-Action $Planned)
        $now = @(Get-Action $There)
        $why = 'other resources, conditions or Sids than planned'
    }
    $more = @(Get-Without $now $before)
    $less = @(Get-Without $before $now)
    $parts = @()
    if ($more.Count -gt 0) { $parts += 'not planned: ' + (Get-Few $more) }
    if ($less.Count -gt 0) { $parts += 'missing: ' + (Get-Few $less) }
    if ($parts.Count -gt 0) { $why = $parts -join '; ' }
    Write-Row $Account 'DIFFERENT' $What $why
}

function Compare-Name([string]$Account, [string]$What, $Planned, $There) {
    foreach ($name in @(Get-Without $Planned $There)) { Write-Row $Account 'MISSING' "$What $name" '' }
    foreach ($name in @(Get-Without $There $Planned)) { Write-Row $Account 'EXTRA' "$What $name" '' }
}

function Compare-Planned([string]$Account, $Planned, $Found, [hashtable]$Sessions) {
    $what = "$($Planned.kind) $($Planned.name)"
    $there = $null
    foreach ($one in $Found.($Planned.kind)) {
        $same = if ($Planned.kind -eq 'policy') { $one.arn -ceq $Planned.arn } else { $one.name -ceq $Planned.name }
        if ($same) { $there = $one }
    }
    if ($null -eq $there) {
        Write-Row $Account 'MISSING' $what ''
        return
    }
    $before = $script:rows.Count
    if ($Planned.kind -eq 'policy') {
        Compare-Document $Account "${what}: text" $Planned.document $there.document
    } else {
        Compare-Value $Account "${what}: path" $Planned.path $there.path
        if ($Planned.ContainsKey('boundary')) {
            Compare-Value $Account "${what}: permissions boundary" $Planned.boundary $there.boundary
        }
        if ($null -ne $Planned.session) {
            $session = $Sessions[$Planned.name]
            if ($session.failed) {
                Write-Row $Account 'FAILED' "${what}: longest session" $session.failed
            } else {
                Compare-Value $Account "${what}: longest session in seconds" $Planned.session $session.seconds
            }
        }
        if ($null -ne $Planned.trust) { Compare-Document $Account "${what}: trust" $Planned.trust $there.trust }
        $documents = New-Object System.Collections.Hashtable ([StringComparer]::Ordinal)
        foreach ($policy in $there.inline) { $documents[$policy.PolicyName] = $policy.PolicyDocument }
        $names = @(foreach ($member in $Planned.inline.PSObject.Properties) { $member.Name })
        Compare-Name $Account "${what}: inline policy" $names @(Get-Sorted @($documents.Keys))
        foreach ($member in $Planned.inline.PSObject.Properties) {
            if ($documents.ContainsKey($member.Name)) {
                Compare-Document $Account "${what}: inline policy $($member.Name)" $member.Value $documents[$member.Name]
            }
        }
        Compare-Name $Account "${what}: attached policy" $Planned.attached $there.attached
        if ($null -ne $Planned.groups) { Compare-Name $Account "${what}: in group" $Planned.groups $there.groups }
        if ($null -ne $Planned.members) {
            $members = @(foreach ($user in $Found.user) { if ($user.groups -ccontains $Planned.name) { $user.name } })
            Compare-Name $Account "${what}: member" $Planned.members $members
        }
    }
    if ($script:rows.Count -eq $before) { Write-Row $Account 'ok' $what '' }
}

# Checks an account against the plan, with three calls: one for each role, and one for everything else.
function Test-Account([string]$Account) {
    $planned = @(Get-Planned $Account)
    if ($planned.Count -eq 0) {
        Write-Row $Account 'FAILED' $who 'the plan has nothing in this account'
        return
    }
    $sessions = @{}
    foreach ($role in $planned) {
        if ($role.kind -ne 'role' -or $null -eq $role.session) { continue }
        if (Invoke-Aws @('iam', 'get-role', '--role-name', $role.name, '--query', 'Role.MaxSessionDuration')) {
            $sessions[$role.name] = @{ seconds = $script:out.Trim() }
        } else {
            $sessions[$role.name] = @{ failed = $script:said }
        }
    }
    $kinds = @(if ($Account -eq $plan.hub) { 'User'; 'Group' })
    $call = @('iam', 'get-account-authorization-details', '--filter') + $kinds + @('Role', 'LocalManagedPolicy', '--query', (Get-Query $planned))
    if (-not (Invoke-Aws $call)) {
        Write-Row $Account 'FAILED' $who $script:said
        return
    }
    try {
        $found = $script:out | ConvertFrom-Json
    } catch {
        Write-Row $Account 'FAILED' $who "what the AWS CLI gives cannot be read: $($_.Exception.Message)"
        return
    }
    foreach ($one in $planned) { Compare-Planned $Account $one $found $sessions }
}

# ---- Assume and collect ----

# Assumes each role of the user whose credentials these are. The session stays in the AWS CLI and is lost with it.
function Test-Assume([string]$Account, [string]$User) {
    $some = $false
    foreach ($target in @($plan.accounts.PSObject.Properties | ForEach-Object { $_.Name })) {
        if (-not (Test-Wanted $target)) { continue }
        foreach ($role in Get-Role $target) {
            if (-not $role.assumed -or ($null -ne $role.user -and $role.user -cne $User)) { continue }
            $some = $true
            $name = "role $($role.role)"
            $call = @('sts', 'assume-role', '--role-arn', "arn:$($plan.partition):iam::${target}:role$($role.path)$($role.role)",
                '--role-session-name', 'landgrant-verify', '--duration-seconds', '900', '--query', 'AssumedRoleUser.Arn')
            if ($role.external_id -match '^(-|fileb?:|https?:)') {
                # The AWS CLI would read a file or an address, or take it for an option.
                Write-Row $target 'FAILED' $name 'the AWS CLI cannot send its external id as it is; try it from the product'
                continue
            }
            if ($role.external_id) { $call += @('--external-id', $role.external_id) }
            if (Invoke-Aws $call) {
                Write-Row $target 'ok' "${name}: assumed" ''
            } elseif ($script:said.Contains('AccessDenied')) {
                Write-Row $target 'DIFFERENT' "${name}: cannot be assumed" $script:said
            } else {
                Write-Row $target 'FAILED' $name $script:said
            }
        }
    }
    if (-not $some) {
        Write-Row $Account 'FAILED' $who "$User is no user for which the plan has a role here; use the key of a user of the hub"
    }
}

function Save-Output([string]$Account, [string]$Name) {
    try {
        $path = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($folder)
        [void][System.IO.Directory]::CreateDirectory($path)
        $file = [System.IO.Path]::Combine($path, $Name)
        [System.IO.File]::WriteAllText($file, $script:out + "`n", (New-Object System.Text.UTF8Encoding $false))
        Write-Row $Account 'ok' "saved $folder/$Name" ''
    } catch {
        Write-Row $Account 'FAILED' "cannot write $folder/$Name" $_.Exception.Message
    }
}

# Saves what the audit reads: a snapshot, and in the hub the credential report.
function Save-Account([string]$Account) {
    if (Invoke-Aws @('iam', 'get-account-authorization-details', '--filter', 'User', 'Group', 'Role', 'LocalManagedPolicy')) {
        Save-Output $Account "$Account.json"
    } else {
        Write-Row $Account 'FAILED' 'snapshot' $script:said
    }
    if ($Account -ne $plan.hub) { return }
    $done = $false
    for ($try = 0; $try -le 30 -and -not $done; $try++) {
        if ($try -gt 0) { Start-Sleep -Seconds 2 }
        if (-not (Invoke-Aws @('iam', 'generate-credential-report', '--query', 'State'))) { break }
        $done = $script:out.Contains('COMPLETE')
    }
    if ($done -and (Invoke-Aws @('iam', 'get-credential-report'))) {
        Save-Output $Account 'credentials.json'
    } else {
        $why = if ($script:said) { $script:said } else { 'AWS is still at it; try again later' }
        Write-Row $Account 'FAILED' 'credential report' $why
    }
}

# ---- Accounts ----

# Whether an account is one that is asked for.
function Test-Wanted([string]$Account) {
    return ($accounts.Count -eq 0 -or $accounts -contains $Account)
}

# Goes to one account: whose credentials are these, and are they the right ones?
function Enter-Account([string]$Name, [string]$Wanted) {
    $script:profileName = $Name
    $who = if ($Name -eq '') { 'the credentials' } else { "profile $Name" }
    if (-not (Invoke-Aws @('sts', 'get-caller-identity', '--query', '{account:Account,arn:Arn}'))) {
        Write-Row $Wanted 'FAILED' $who $script:said
        return
    }
    $identity = $script:out | ConvertFrom-Json
    $account = [string]$identity.account
    if ($Wanted -ne '' -and $account -ne $Wanted) {
        Write-Row $Wanted 'FAILED' $who "it is of account $account"
    } elseif ($mode -eq 'assume') {
        Test-Assume $account $identity.arn
    } elseif (-not (Test-Wanted $account)) {
        Write-Row $account 'FAILED' $who 'it is of this account, which --account does not name'
    } else {
        $script:seen += $account
        if ($mode -eq 'collect') { Save-Account $account } else { Test-Account $account }
    }
}

function Write-Result {
    $counts = [ordered]@{}
    foreach ($result in 'ok', 'DIFFERENT', 'MISSING', 'EXTRA', 'FAILED') {
        $counts[$result] = @($rows | Where-Object { $_.result -ceq $result }).Count
    }
    $unseen = @()
    $told = @($seen) + @($rows | ForEach-Object { $_.account })
    if ($mode -ne 'assume') { $unseen = @($every | Where-Object { (Test-Wanted $_) -and $told -notcontains $_ }) }
    if ($format -eq 'json') {
        Write-Output (ConvertTo-Json -Depth 5 ([ordered]@{ schema = 'landgrant/verified/v1'; deployment = $plan.deployment
                    rows = @($rows); counts = $counts; not_looked_at = $unseen
                }))
        return
    }
    Write-Output ''
    Write-Output (@(foreach ($result in $counts.Keys) { if ($counts[$result] -gt 0 -or $result -eq 'ok') { "$($counts[$result]) $result" } }) -join ', ')
    if ($counts['FAILED'] -gt 0 -or $rows.Count -eq 0) {
        Write-Output 'Not everything could be looked at.'
    } elseif ($counts['ok'] -lt $rows.Count) {
        Write-Output 'Not all is as planned.'
    } elseif ($mode -eq 'check') {
        Write-Output 'All of this is as planned.'
    }
    if ($unseen.Count -gt 0) {
        Get-Wrapped "Not looked at: $(Get-Few $unseen). --profiles goes over all accounts." 80
    }
    if ($mode -eq 'collect') {
        $next = "Next: landgrant audit --snapshot '$folder'"
        if (@($rows | Where-Object { $_.what.EndsWith('/credentials.json') }).Count -gt 0) {
            $next += " --credential-report '$($plan.hub)=$folder/credentials.json'"
        }
        Write-Output $next
    }
}

# ---- Options ----

$mode = 'check'
$format = 'text'
$folder = ''
$pattern = ''
$region = if ($env:AWS_REGION) { $env:AWS_REGION } else { $env:AWS_DEFAULT_REGION }
$profiles = @()
$accounts = @()
$given = @($args)
for ($at = 0; $at -lt $given.Count; $at++) {
    $option = [string]$given[$at]
    $name = $option.TrimStart('-').ToLowerInvariant()
    if (-not $option.StartsWith('-') -or 'help', 'h', 'assume', 'profile', 'profiles', 'account', 'collect', 'region', 'format' -notcontains $name) {
        Stop-Verify "$option is no option; see --help"
    }
    if ($name -eq 'help' -or $name -eq 'h') {
        Write-Output $usage
        exit 0
    }
    if ($name -eq 'assume') {
        $mode = 'assume'
        continue
    }
    $at++
    if ($at -ge $given.Count) { Stop-Verify "$option needs a value; see --help" }
    $value = $given[$at]
    # PowerShell takes digits without quotes for a number, and drops the zeros before it.
    if ($name -eq 'account' -and $value -isnot [string]) { $value = '{0:D12}' -f [long]$value }
    switch ($name) {
        'profile' { $profiles += [string]$value }
        'profiles' { $pattern = [string]$value }
        'account' { $accounts += [string]$value }
        'collect' {
            $mode = 'collect'
            $folder = [string]$value
        }
        'region' { $region = [string]$value }
        'format' { $format = [string]$value }
    }
}
if (@('text', 'json') -cnotcontains $format) { Stop-Verify '--format is text or json' }
if ($pattern -ne '' -and -not $pattern.Contains('{account}')) {
    Stop-Verify "--profiles needs {account} in it, such as 'acme-{account}'"
}
if (-not (Get-Command aws -CommandType Application -ErrorAction SilentlyContinue)) {
    Stop-Verify 'the AWS CLI is missing: https://aws.amazon.com/cli/ has it, and AWS CloudShell'
}
$expected = [System.IO.Path]::Combine($PSScriptRoot, 'verify', 'expected.json')
if (-not (Test-Path -LiteralPath $expected)) { Stop-Verify "$expected is missing; it belongs beside this script" }
$plan = [System.IO.File]::ReadAllText($expected) | ConvertFrom-Json
if ($plan.schema -ne 'landgrant/verify/v1') { Stop-Verify "$expected is of another version of Landgrant than this script" }
if (-not $region) { $region = $plan.region }
$every = @(Get-Distinct @(@($plan.accounts.PSObject.Properties | ForEach-Object { $_.Name }) + @($plan.hub | Where-Object { $_ })))
$rows = @()
$seen = @()
$profileName = ''
$out = ''
$said = ''

if ($format -eq 'text') { Write-Output ('{0,-12}  {1,-9}  {2}' -f 'ACCOUNT', 'RESULT', 'WHAT') }
if ($pattern -ne '') {
    foreach ($account in $every) { if (Test-Wanted $account) { Enter-Account $pattern.Replace('{account}', $account) $account } }
} elseif ($profiles.Count -gt 0) {
    foreach ($name in $profiles) { Enter-Account $name '' }
} else {
    Enter-Account '' ''
}
Write-Result
if ($rows.Count -eq 0 -or @($rows | Where-Object { $_.result -ceq 'FAILED' }).Count -gt 0) { exit 2 }
if (@($rows | Where-Object { $_.result -cne 'ok' }).Count -gt 0) { exit 1 }
exit 0
