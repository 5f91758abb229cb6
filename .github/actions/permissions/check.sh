#!/usr/bin/env bash
# GitHub tells no job what its token may do, so each permission is told by what it brings: `id-token: write` brings
# the address of the token service (docs, OIDC reference), `packages: write` lets an upload to ghcr.io begin
# (distribution-spec 1.1, "Pushing blobs"); the upload is given up at once.
set -uo pipefail
missing=()

# GitHub makes an environment that does not exist as it goes, without reviewers: a blank more in a name asks nobody.
if [ -n "${ENVIRONMENT:-}" ] && ! [[ "$ENVIRONMENT" =~ ^[a-z0-9][a-z0-9-]{0,62}$ ]]; then
  echo "::error title=Environment::\`environment\` is no name of an environment in sluice.yaml: expected lower-case letters, digits and \`-\`, and nothing around them."
  exit 1
fi

if [ -z "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
  missing+=("id-token: write # to sign by the identity of the workflow")
fi

if [[ "$REFERENCE" =~ ^ghcr\.io/([a-z0-9._/-]+)(:[^@]*)?(@.*)?$ ]]; then
  repository="${BASH_REMATCH[1]}"
  # The password goes in by a file descriptor: arguments can be read by every process of the machine.
  bearer=$(curl -sS --max-time 20 --config <(printf 'user = "%s:%s"\n' "$GITHUB_ACTOR" "$TOKEN") \
    "https://ghcr.io/token?service=ghcr.io&scope=repository:$repository:pull,push" | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
  answer=$(curl -sS --max-time 20 --config <(printf 'header = "Authorization: Bearer %s"\n' "$bearer") -o /dev/null \
    -X POST -w '%{http_code} %header{location}' "https://ghcr.io/v2/$repository/blobs/uploads/")
  case "$answer" in
    401* | 403*) missing+=("packages: write # to keep evidence and copies at ghcr.io/$repository") ;;
    202*) curl -sS --max-time 20 --config <(printf 'header = "Authorization: Bearer %s"\n' "$bearer") -o /dev/null \
      -X DELETE "https://ghcr.io/v2/$repository/blobs/uploads/$(basename "${answer#202 }")" || true ;;
    *) echo "Whether the token may push to ghcr.io/$repository could not be told (answer: $(printf '%s' "${answer:-none}" | tr -cd ' -~' | cut -c1-100))." ;;
  esac
fi

if [ ${#missing[@]} -eq 0 ]; then
  echo "The calling job grants what this workflow needs."
  exit 0
fi
for line in "${missing[@]}"; do
  echo "::error title=The calling job grants too little::Add \`${line%% #*}\` to \`permissions\` of the job that calls this workflow (${line#*# })."
done
{
  echo "### ❌ The calling job grants too little"
  echo "Add to the job that calls this workflow, and run it again:"
  printf '```yaml\npermissions:\n  contents: read # to check the repository out\n'
  printf '  %s\n' "${missing[@]}"
  printf '```\n'
} >> "$GITHUB_STEP_SUMMARY"
exit 1
