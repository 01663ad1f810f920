#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same as crio.sh with crun, CRI-O's own choice, which takes a machine with both cgroup versions only without cgroup2.
# shellcheck disable=SC2034
real=crun
export SANDBOX_NO_CGROUP2=1
. "$(dirname "$0")/crio.sh"
