// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What becomes of media, in base64 or bytes, in a record.
public enum MediaPolicy: Sendable {
    /// It stays in the record, as it was sent; bytes in base64.
    case keep
    /// It goes to a file named by its hash, and the record refers to it.
    case blob
    /// The record tells its type, length and hash, and nothing has its content.
    case drop
}
