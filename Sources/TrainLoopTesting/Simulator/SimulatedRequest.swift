// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A request as the simulator received it.
public struct SimulatedRequest: Sendable {
    /// Such as `POST`.
    public var method: String
    /// Path and query, as sent.
    public var path: String
    /// In the order and case in which they were sent.
    public var fields: [(name: String, value: String)]
    /// As sent, its transfer coding taken off.
    public var body: [UInt8]

    /// The first field of that name, in any case.
    public func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
