#!/usr/bin/env bash
# On these events GitHub checks out the default branch, whatever the pull request holds: green gates would be the base's.
set -euo pipefail
case "$EVENT" in
  pull_request_target | workflow_run | issue_comment)
    echo "::error title=Gates::On \`$EVENT\` the base branch is checked out, not what is to be merged; call this workflow on \`pull_request\`."
    exit 1
    ;;
esac
rm -rf -- "$FOLDER"
