#!/usr/bin/env bash
# Writes a config.json with Docker's `auths` (docs, docker login) into the job's temporary folder, so that nothing of
# the runner's own is read or changed, and nothing stays when the job is over.
set -euo pipefail
auths=()
add() {
  auths+=("$(printf '"%s":{"auth":"%s"}' "$1" "$(printf '%s:%s' "$2" "$3" | base64 | tr -d '\n')")")
}

if [ -n "$REGISTRY" ]; then
  if ! [[ "$REGISTRY" =~ ^[A-Za-z0-9.:-]+$ ]]; then
    echo "::error title=Registry login::\`registry\` is not a host: expected such as \`registry.example.com\` or \`registry.example.com:5000\`."
    exit 1
  fi
  if [ -z "$REGISTRY_USER" ] || [ -z "$REGISTRY_PASSWORD" ]; then
    echo "::error title=Registry login::\`registry\` is set, and the input \`registry-user\` or the secret \`registry-password\` is not; pass both to the workflow."
    exit 1
  fi
  add "$REGISTRY" "$REGISTRY_USER" "$REGISTRY_PASSWORD"
fi
# A digest, or nothing, names no registry: what is then read and written stands in the configuration.
names_github() {
  [[ "$REFERENCE" == ghcr.io/* ]] && return
  [ -n "$CONFIG" ] && [ -f "$CONFIG" ] && grep --quiet --extended-regexp '(^|[^A-Za-z0-9.-])ghcr\.io/' -- "$CONFIG"
}
if [ "$REGISTRY" != ghcr.io ] && names_github; then
  add ghcr.io "$GITHUB_ACTOR" "$TOKEN"
fi
if [ ${#auths[@]} -eq 0 ]; then
  echo "This reference needs no credentials that this job has."
  exit 0
fi
folder="$RUNNER_TEMP/sluice-registry"
mkdir -p -m 700 "$folder"
(umask 077 && printf '{"auths":{%s}}\n' "$(IFS=,; echo "${auths[*]}")" > "$folder/config.json")
echo "DOCKER_CONFIG=$folder" >> "$GITHUB_ENV"
echo "Logged in to ${#auths[@]} $([ ${#auths[@]} -eq 1 ] && echo registry || echo registries)."
