#!/bin/sh
# Signs with a P-256, P-384 or P-521 key in a PKCS#11 token, by OpenSC's pkcs11-tool. It takes PKCS11_MODULE (path of
# the token's library), PKCS11_TOKEN and PKCS11_KEY (labels) and PKCS11_PIN; and PKCS11_PUBLIC_KEY, a PEM file, where the
# tool cannot read the public key from the token, as 0.23 cannot P-384.
set -eu
token() { pkcs11-tool --module "$PKCS11_MODULE" --token-label "$PKCS11_TOKEN" --label "$PKCS11_KEY" "$@"; }
case "$1" in
  public-key)
    if [ -n "${PKCS11_PUBLIC_KEY:-}" ]; then
      cat "$PKCS11_PUBLIC_KEY"
    else
      token --read-object --type pubkey | openssl pkey -pubin -inform DER
    fi
    ;;
  sign)
    # By a file, so that a wrong PIN ends the script: of a pipe only the last program's failure does.
    signature=$(mktemp)
    trap 'rm -f "$signature"' EXIT
    printf %s "$SLUICE_SIGN_DIGEST" | openssl base64 -d -A |
      token --login --pin env:PKCS11_PIN --sign --mechanism ECDSA --signature-format openssl --output-file "$signature"
    openssl base64 -in "$signature"
    ;;
esac
