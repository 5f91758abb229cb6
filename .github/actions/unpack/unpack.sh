#!/usr/bin/env bash
# An artifact is made by code that no gate has seen. It may add files to the checkout; rules, workflows, waivers and
# whatever else lies there already stay as the commit has them.
set -euo pipefail
# Names come from whoever built the artifact: a line break in one must not begin a command of its own.
refuse() {
  local message="${1//'%'/%25}"
  message="${message//$'\r'/%0D}"
  echo "::error title=Unpack::${message//$'\n'/%0A}"
  exit 1
}

target="$(realpath -- "$DIRECTORY")"
config="$(realpath --canonicalize-missing --relative-to="$target" -- "$target/$CONFIG")"
cd -- "$FROM"
odd="$(find . -mindepth 1 ! -type d ! -type f -print -quit)"
[ -z "$odd" ] || refuse "The artifact holds ${odd#./}, which is neither a file nor a folder; expected files alone."

taken=()
while IFS= read -r -d '' file; do
  file="${file#./}"
  # In any case of letters: on some machines .GIT is .git; a file .git may name a folder elsewhere.
  case "/${file,,}/" in
    */.git/* | */.github/*) refuse "The artifact holds $file; what lies in .git or .github comes from the commit alone." ;;
  esac
  [ "$file" != "$config" ] || refuse "The artifact holds $file, the configuration; it comes from the commit alone."
  # -e follows links, and a link that leads nowhere is there all the same.
  if [ -e "$target/$file" ] || [ -L "$target/$file" ]; then taken+=("$file"); fi
done < <(find . -type f -print0)
if [ ${#taken[@]} -gt 0 ]; then
  refuse "The artifact would replace ${#taken[@]} files of the commit, such as ${taken[0]}; build into a folder that git does not track."
fi

while IFS= read -r -d '' file; do
  folder="$target/$(dirname -- "${file#./}")"
  real="$(realpath --canonicalize-missing -- "$folder")"
  case "$real/" in
    "$target"/*) ;;
    *) refuse "${file#./} would lie outside of the model's folder, by a link in the checkout." ;;
  esac
  mkdir -p -- "$real"
  cp -- "$file" "$real/"
done < <(find . -type f -print0)
echo "Unpacked $(find . -type f | wc -l) files."
