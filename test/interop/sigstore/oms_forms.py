"""Signs or verifies a model with model_signing's library, in forms that its command line does not offer.

usage: oms_forms.py sign|verify MODEL SIGNATURE KEY METHOD HASH SHARD_SIZE
"""

import pathlib
import sys

import model_signing

verb, model, signature, key, method, algorithm, size = sys.argv[1:]
paths = [pathlib.Path(signature)]
hashing = model_signing.hashing.Config()
if method == "shards":
    hashing.use_shard_serialization(hashing_algorithm=algorithm, shard_size=int(size))
else:
    hashing.use_file_serialization(hashing_algorithm=algorithm)
hashing.set_ignored_paths(paths=paths, ignore_git_paths=True)

if verb == "sign":
    model_signing.signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(hashing).sign(model, signature)
else:
    model_signing.verifying.Config().use_elliptic_key_verifier(public_key=key).set_hashing_config(hashing).verify(model, signature)
