#!/usr/bin/env bash
# Installs every peer of the interop tests; goes on when one fails, and says which. Debian's packages come one after
# the other, for apt holds a lock; what is built from source follows.
set -uo pipefail
cd "$(dirname "$0")"
status=0
for script in docker-registry skopeo haproxy softhsm prometheus chromium duckdb trino chdb conformance cosign rekor-tiles timestamp-server tesseract fulcio gh model-signing sigstore-python mlflow zizmor actionlint act; do
  if bash "$script.sh"; then echo "peer installed: $script"; else echo "peer NOT installed: $script"; status=1; fi
done
exit $status
