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

    /// Media that the line refers to.
    public struct Blob: Sendable {
        /// SHA-256 of the bytes, 64 lower case digits.
        public let hash: String
        public let bytes: [UInt8]

        public init(hash: String, bytes: [UInt8]) {
            self.hash = hash
            self.bytes = bytes
        }
    }

    /// The JSON object and a final line feed; no other CR or LF; valid UTF-8.
    public var bytes: [UInt8]
    /// To be stored before the line is, each once.
    public var blobs: [Blob]
    public var shelf: Shelf
    public var parse: Parse
    /// True when a bound cut something off.
    public var isTruncated: Bool
    /// Facts for the registry: tag, file and line of the caller as in the record.
    public var tag: String
    public var locationFile: String
    public var locationLine: String

    public init(
        bytes: [UInt8], blobs: [Blob] = [], shelf: Shelf, parse: Parse, isTruncated: Bool, tag: String,
        locationFile: String, locationLine: String
    ) {
        self.bytes = bytes
        self.blobs = blobs
        self.shelf = shelf
        self.parse = parse
        self.isTruncated = isTruncated
        self.tag = tag
        self.locationFile = locationFile
        self.locationLine = locationLine
    }

    /// Says in the line which blobs could not be stored: their `blob:sha256:<hash>` becomes `lost:sha256:<hash>`.
    package mutating func lose(_ lost: [Blob]) {
        let beginning = Array("blob:sha256:".utf8)
        let word = Array("lost".utf8)
        let hashCount = 64
        bytes.withUnsafeMutableBufferPointer { bytes in
            var index = 0
            while index &+ beginning.count &+ hashCount <= bytes.count {
                let hash = bytes[(index &+ beginning.count)..<(index &+ beginning.count &+ hashCount)]
                if bytes[index] == beginning[0], bytes[index..<hash.startIndex].elementsEqual(beginning),
                    lost.contains(where: { $0.hash.utf8.elementsEqual(hash) })
                {
                    for offset in word.indices { bytes[index &+ offset] = word[offset] }
                }
                index &+= 1
            }
        }
    }
}
