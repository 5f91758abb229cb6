#!/bin/sh
# Signs with a key in AWS KMS (ECC_NIST_P256, P384 or P521, usage SIGN_VERIFY), by the AWS CLI 2. It takes KMS_KEY, the
# key's id, ARN or alias, besides what the CLI itself needs: AWS_REGION, and credentials by their variables.
set -eu
case "$1" in
  public-key)
    aws kms get-public-key --key-id "$KMS_KEY" --query PublicKey --output text |
      openssl base64 -d -A | openssl pkey -pubin -inform DER
    ;;
  sign)
    case "$SLUICE_SIGN_ALGORITHM" in
      ecdsa-p256-sha256) algorithm=ECDSA_SHA_256 ;;
      ecdsa-p384-sha384) algorithm=ECDSA_SHA_384 ;;
      ecdsa-p521-sha512) algorithm=ECDSA_SHA_512 ;;
    esac
    aws kms sign --key-id "$KMS_KEY" --message "$SLUICE_SIGN_DIGEST" --message-type DIGEST \
      --signing-algorithm "$algorithm" --query Signature --output text
    ;;
esac
