#!/usr/bin/env bash
# Makes sure that there is a Chromium for the browser tests: installs Debian's
# where that is possible, and says what to do where it is not.
set -euo pipefail

have() { [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] || command -v chromium chromium-browser google-chrome >/dev/null 2>&1; }

have && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium for the browser tests."
  install() { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; }
  install || install || true
  have && exit 0
fi
echo "The browser tests need Chromium: install it (apt-get install --no-install-recommends chromium) or set CHROMIUM to its path." >&2
exit 2
