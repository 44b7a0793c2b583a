// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The version of all that this package makes, as in CHANGELOG.md.
package enum TrainLoopVersion {
    package static let text = "0.1.0"
}
