#!/usr/bin/env bash
# Installs pandas, scikit-learn, SciPy and pyarrow at pinned versions: what the benchmarks of the evaluation and the
# simulations are held against.
set -euo pipefail

packages=(pandas==3.1.1 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6 pyarrow==26.0.1)
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
venv="$peers/scientific-python-1"

if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pandas, sklearn, scipy, pyarrow' >/dev/null 2>&1; then
  echo "scientific python is installed"
  exit 0
fi
rm -rf "$venv"
mkdir -p "$peers"
python3 -m venv "$venv"
nice -n 10 "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
"$venv/bin/python" -c 'import pandas, sklearn, scipy, pyarrow'
echo "scientific python installed"
