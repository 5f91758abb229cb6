"""Fetches the flights: one file of one npm package, at one version, checked against its digests."""

import base64
import hashlib
import subprocess
import tarfile
from pathlib import Path

PACKAGE = "vega-datasets@3.2.1"
INTEGRITY = "lTSwZA6yq6qSU2YZm+6bqILiIvTPPxn4itir7jPGFmHIdPvUfQ9pCzzcrklYywMJgLUbaIeSkZQdiJd6wBxPug=="
MEMBER = "package/data/flights-3m.parquet"
SHA256 = "dbeb920c90f59b6ccaff823dcc3d08f25a97fa1ce128d93f40be4e931f5900b0"


def fetch(cache: Path) -> Path:
    """Returns the path of flights-3m.parquet below `cache`, downloading it by npm if it is not there."""
    file = cache / "flights-3m.parquet"
    if not file.exists():
        file.write_bytes(_unpack(_download(cache)))
    if hashlib.sha256(file.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{file} is not the file this model is trained on: delete it and run again")
    return file


def _download(cache: Path) -> Path:
    """The package's tarball; npm checks it against the registry, this against the digest above."""
    cache.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        ["npm", "pack", PACKAGE, "--silent", "--pack-destination", str(cache)],
        check=True, capture_output=True, text=True,
    )
    tarball = cache / packed.stdout.strip().splitlines()[-1]
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if digest != INTEGRITY:
        raise SystemExit(f"{PACKAGE} has changed: found sha512-{digest}")
    return tarball


def _unpack(tarball: Path) -> bytes:
    """The one member that is wanted, read in memory: nothing else is written to disk."""
    with tarfile.open(tarball) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{PACKAGE} holds no {MEMBER}")
        return member.read()
