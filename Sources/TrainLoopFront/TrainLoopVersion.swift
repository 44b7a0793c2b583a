// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The version of all that is built from these sources, as in CHANGELOG.md; Python/pyproject.toml reads it from here.
package enum TrainLoopVersion {
    package static let text = "0.1.0"
}
