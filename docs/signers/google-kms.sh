#!/bin/sh
# Signs with a key in Google Cloud KMS (EC_SIGN_P256_SHA256 or EC_SIGN_P384_SHA384), by gcloud. It takes KMS_KEY, the
# full name of the key's version, projects/…/cryptoKeyVersions/1, besides what gcloud itself needs, such as
# CLOUDSDK_CONFIG or GOOGLE_APPLICATION_CREDENTIALS.
set -eu
case "$1" in
  public-key) gcloud kms keys versions get-public-key "$KMS_KEY" ;;
  sign)
    case "$SLUICE_SIGN_ALGORITHM" in
      ecdsa-p256-sha256) digest=sha256 ;;
      ecdsa-p384-sha384) digest=sha384 ;;
    esac
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cat >"$folder/message"
    gcloud kms asymmetric-sign --version "$KMS_KEY" --digest-algorithm "$digest" \
      --input-file "$folder/message" --signature-file "$folder/signature" >&2
    # Documented as base64, and DER in some versions, whose first octet is 30.
    case "$(od -An -tx1 -N1 "$folder/signature")" in
      *30) openssl base64 <"$folder/signature" ;;
      *) cat "$folder/signature" ;;
    esac
    ;;
esac
