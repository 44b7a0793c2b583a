#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
#
# Compiles the core and the appending half of the journal as Embedded Swift, without linking: no Foundation, no Codable, no `any` of value types, no untyped
# throws, no hashing. The same sources are a normal target of the package and the inside of small native extensions.
#
# Usage: scripts/check-embedded.sh        (from any directory; SWIFTC names another compiler)
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
compile() {
    module=$1
    shift
    "${SWIFTC:-swiftc}" -parse-as-library -swift-version 6 -wmo -O \
        -enable-experimental-feature Embedded \
        -enable-upcoming-feature ExistentialAny \
        -enable-upcoming-feature InternalImportsByDefault \
        -enable-upcoming-feature MemberImportVisibility \
        -module-name "$module" -package-name trainloop -emit-module-path "$out/$module.swiftmodule" -I "$out" \
        -c "$@" -o "$out/$module.o"
}

# shellcheck disable=SC2046  # the core's file names have no spaces
compile TrainLoopCore $(find "$root/Sources/TrainLoopCore" -name '*.swift' | sort)

journal="$root/Sources/TrainLoopJournal"
printf 'module CTrainLoopSystem { header "%s" export * }\n' \
    "$root/Sources/CTrainLoopSystem/include/CTrainLoopSystem.h" > "$out/module.modulemap"
compile TrainLoopJournal -Xcc "-fmodule-map-file=$out/module.modulemap" \
    "$journal/JournalAppender.swift" "$journal/JournalShelf.swift" "$journal/JournalError.swift" \
    "$journal/BlobShelf.swift"

# What the object asks of the linker: anything of Unicode tables, number parsing or locks shows here. (Hashing comes in
# with the conformance that every plain enum gets; the linker drops it again.)
if command -v nm >/dev/null 2>&1; then
    if nm -u "$out/TrainLoopCore.o" "$out/TrainLoopJournal.o" | grep -E 'pthread|_swift_stdlib_(getNormData|getScalar|getComposition|isExecutable|strtod)'; then
        echo "check-embedded: the object files need the symbols above, which Embedded Swift does not have" >&2
        exit 1
    fi
fi
echo "check-embedded: ok"
