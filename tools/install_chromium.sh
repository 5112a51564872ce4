#!/bin/sh
# Installs the distribution's Chromium where it is missing and that needs no question: as root, with
# apt-get. Never fails; takes at most five minutes.
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then exit 0; fi
echo "Installing Chromium for the tests of the report page"
export DEBIAN_FRONTEND=noninteractive
timeout -k 10 300 sh -c 'apt-get update && apt-get install --yes --no-install-recommends chromium' \
  </dev/null >/dev/null 2>&1 || echo "Going on without Chromium"
