#!/bin/sh
# Install one image's packages, hashes checked, without the tests that the large ones bring along
# (an eighth of the image; nothing imports them).
set -eu
uv pip install --require-hashes --requirement "$1"
find "$VIRTUAL_ENV"/lib/python*/site-packages -type d \
    -regex '.*/\(matplotlib\|numpy\|pandas\|pyarrow\|scipy\|sklearn\)/.*tests' -prune \
    -exec rm -rf {} +
