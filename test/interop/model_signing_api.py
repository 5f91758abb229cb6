"""Signs and verifies by the library of model_signing, whose command line knows whole files by SHA-256 alone.

Reads one JSON object from standard input: `verb` (sign, verify, verify-guessing), `model`, `signature`, `method`,
`hash`, `shardSize`, `ignore`, and `key` or `certificate` and `chain`. Exits with 1 and the reason when it refuses.
"""

import json
import pathlib
import sys

from model_signing import hashing, signing, verifying


def hashing_config(asked):
    config = hashing.Config()
    if asked.get("method") == "shards":
        config.use_shard_serialization(hashing_algorithm=asked["hash"], shard_size=asked["shardSize"])
    else:
        config.use_file_serialization(hashing_algorithm=asked.get("hash", "sha256"))
    return config.set_ignored_paths(paths=asked.get("ignore", []))


def sign(asked):
    config = signing.Config()
    if "certificate" in asked:
        config.use_certificate_signer(
            private_key=asked["key"], signing_certificate=asked["certificate"], certificate_chain=asked["chain"]
        )
    else:
        config.use_elliptic_key_signer(private_key=asked["key"])
    config.set_hashing_config(hashing_config(asked)).sign(asked["model"], asked["signature"])


def verify(asked):
    config = verifying.Config()
    if "chain" in asked:
        config.use_certificate_verifier(certificate_chain=asked["chain"])
    else:
        config.use_elliptic_key_verifier(public_key=asked["key"])
    if asked["verb"] == "verify":
        config.set_hashing_config(hashing_config(asked))
    config.set_ignore_unsigned_files(asked.get("ignoreUnsigned", False))
    config.verify(pathlib.Path(asked["model"]), pathlib.Path(asked["signature"]))


asked = json.load(sys.stdin)
try:
    sign(asked) if asked["verb"] == "sign" else verify(asked)
except Exception as error:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(1)
