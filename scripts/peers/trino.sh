#!/usr/bin/env bash
# Installs a Trino server with its memory connector from Maven Central, at pinned versions and digests, for the interop
# tests. 476 is the last release whose server archive is published there. It needs Java 24 or later.
set -euo pipefail

version=476
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
folder="$peers/trino-$version"

if [ -x "$folder/java" ] && [ -d "$folder/server/lib" ]; then
  echo "trino $version is installed"
  exit 0
fi

# The first Java of 24 or later, of those that this machine has.
java=
for candidate in "${JAVA_HOME:-}/bin/java" /usr/lib/jvm/*/bin/java "$(command -v java || true)"; do
  [ -x "$candidate" ] || continue
  major=$("$candidate" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  if [ "${major:-0}" -ge 24 ]; then java=$candidate; break; fi
done
[ -n "$java" ] || { echo "trino $version needs Java 24 or later, and there is none in JAVA_HOME or /usr/lib/jvm" >&2; exit 1; }

# fetch <artifact> <type> <sha256>: by Maven, whose settings may name a mirror.
fetch() {
  nice -n 10 timeout 900 mvn -q -B "-Dmaven.repo.local=$folder.new/m2" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    "-Dartifact=io.trino:$1:$version:$2" "-DoutputDirectory=$folder.new"
  echo "$3  $folder.new/$1-$version.$2" | sha256sum --check --quiet
}

rm -rf "$folder" "$folder.new"
mkdir -p "$folder.new/plugin"
fetch trino-server-core tar.gz 0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158
fetch trino-memory zip bade81c52e2f7177a7b867aee1b10fae48fefda9c38f3ec6aeb006fdde5f0378
core="trino-server-core-$version"
tar -xzf "$folder.new/$core.tar.gz" -C "$folder.new" --no-same-owner "$core/lib" "$core/plugin/password-authenticators"
unzip -q "$folder.new/trino-memory-$version.zip" -d "$folder.new"
mv "$folder.new/$core/plugin/password-authenticators" "$folder.new/plugin/password-authenticators"
mv "$folder.new/trino-memory-$version" "$folder.new/plugin/memory"
mv "$folder.new/$core" "$folder.new/server"
rm -rf "$folder.new/m2" "$folder.new"/*.tar.gz "$folder.new"/*.zip
ln -s "$java" "$folder.new/java"
mv "$folder.new" "$folder"
echo "trino $version installed"
