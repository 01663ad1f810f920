#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same as monitor-attack.sh in the tier base, on kernels that have a better one.
# shellcheck disable=SC2034
tier=base
. "$(dirname "$0")/monitor-attack.sh"
