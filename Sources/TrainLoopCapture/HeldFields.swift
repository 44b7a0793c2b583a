// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// The header fields of a message as its client holds them; the recorder's queue makes bytes of them.
package struct HeldFields: Sendable {
    /// What holding them costs.
    package let byteCount: Int
    package let fields: @Sendable () -> [HeaderField]

    /// - Parameters:
    ///   - count: how many they are.
    ///   - textByteCount: bytes of all names and values.
    package init(count: Int, textByteCount: Int, _ fields: @escaping @Sendable () -> [HeaderField]) {
        byteCount = WireEvent.byteCount(fieldCount: count, textByteCount: textByteCount)
        self.fields = fields
    }
}
