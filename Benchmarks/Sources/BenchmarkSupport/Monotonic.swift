// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore

/// The clock that all processes of one machine share.
package enum Monotonic {
    /// Nanoseconds since the machine started.
    package static func now() -> UInt64 {
        NIODeadline.now().uptimeNanoseconds
    }
}
