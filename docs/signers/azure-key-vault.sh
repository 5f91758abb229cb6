#!/bin/sh
# Signs with a P-256, P-384 or P-521 key in Azure Key Vault or a managed HSM, by the Azure CLI. It takes KEY_ID, the
# key's URL, besides what the CLI itself needs, such as AZURE_CONFIG_DIR.
set -eu
case "$1" in
  public-key)
    file=$(mktemp -u)
    trap 'rm -f "$file"' EXIT
    az keyvault key download --id "$KEY_ID" --encoding PEM --file "$file" >&2
    cat "$file"
    ;;
  sign)
    case "$SLUICE_SIGN_ALGORITHM" in
      ecdsa-p256-sha256) algorithm=ES256 ;;
      ecdsa-p384-sha384) algorithm=ES384 ;;
      ecdsa-p521-sha512) algorithm=ES512 ;;
    esac
    az keyvault key sign --id "$KEY_ID" --algorithm "$algorithm" --digest "$SLUICE_SIGN_DIGEST" \
      --query signature --output tsv
    ;;
esac
