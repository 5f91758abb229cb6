#!/usr/bin/env bash
# The digests go from job to job as outputs, the files as an artifact, which every job of the run may replace.
set -euo pipefail
cd -- "$FOLDER"
found="$(find . -type f -print0 | LC_ALL=C sort -z | xargs -0 --no-run-if-empty sha256sum --)"
if [ -z "$DIGESTS" ]; then
  # A delimiter that no digest is; names are those of the gates' own files.
  printf 'digests<<SLUICE-HANDOVER\n%s\nSLUICE-HANDOVER\n' "$found" >> "$GITHUB_OUTPUT"
  exit 0
fi
said="$(printf '%s\n' "$DIGESTS" | sed '/^$/d' | LC_ALL=C sort)"
if [ "$(printf '%s\n' "$found" | LC_ALL=C sort)" != "$said" ]; then
  echo "::error title=Handover::What lies there is not what the gates made: another job of this run replaced it, added to it or took from it."
  # Digests and names on lines that begin with a sign, so that no name begins a command.
  diff <(printf '%s\n' "$said") <(printf '%s\n' "$found" | LC_ALL=C sort) | sed 's/^/| /' || true
  exit 1
fi
echo "$(printf '%s\n' "$said" | wc -l) files are what the gates made."
