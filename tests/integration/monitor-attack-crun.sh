#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same as monitor-attack.sh with crun, whose containers can be watched only where there is nothing but cgroup2.
# shellcheck disable=SC2034
bare=crun
. "$(dirname "$0")/monitor-attack.sh"
