// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The hosts of the providers in use today, captured where the configuration names no others.
package enum DefaultHosts {
    package static let patterns: [String] = ["api.openai.com", "api.anthropic.com"]
}
