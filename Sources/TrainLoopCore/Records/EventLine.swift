// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One line of JSON Lines, and what the journal and the counts need to know about it.
public struct EventLine: Sendable {
    /// In which folder the line lies.
    public enum Shelf: Sendable {
        /// `events/`: completed calls whose reply is text or tool calls.
        case events
        /// `calls/`: every other exchange.
        case calls
    }

    /// How far the exchange was understood.
    public enum Parse: Sendable {
        case full
        case partial
        case raw
    }

    /// The JSON object and a final line feed; no other CR or LF; valid UTF-8.
    public var bytes: [UInt8]
    public var shelf: Shelf
    public var parse: Parse
    /// True when a bound cut something off.
    public var isTruncated: Bool
    /// Facts for the registry: tag, file and line of the caller as in the record.
    public var tag: String
    public var locationFile: String
    public var locationLine: String

    public init(
        bytes: [UInt8], shelf: Shelf, parse: Parse, isTruncated: Bool, tag: String, locationFile: String,
        locationLine: String
    ) {
        self.bytes = bytes
        self.shelf = shelf
        self.parse = parse
        self.isTruncated = isTruncated
        self.tag = tag
        self.locationFile = locationFile
        self.locationLine = locationLine
    }
}
