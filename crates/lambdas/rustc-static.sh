#!/bin/sh
# The compiler for the workspace's own crates in a deployment build (RUSTC_WORKSPACE_WRAPPER). A static binary has no table of
# relocations, which would be a tenth of it and would be applied at each start. RUSTFLAGS would also reach dependencies that
# are built as shared libraries, which must be relocatable.
exec "$@" -C relocation-model=static
