// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What becomes of base64 media in a record.
public enum MediaPolicy: Sendable {
    /// It stays in the record, as it was sent.
    case keep
    /// It goes to a file named by its hash, and the record refers to it.
    case blob
    /// The record tells its type, length and hash, and nothing has its content.
    case drop
}
