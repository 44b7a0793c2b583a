// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Takes one content coding off a body, piece by piece (RFC 9110, 8.4.1).
///
/// Used by one owner at a time.
package protocol ContentDecoder: AnyObject {
    /// Decodes `bytes` and hands over what they give, in pieces of at most `decodedPieceByteCount`.
    ///
    /// - Parameter output: returns false to stop early, when nobody wants more.
    /// - Returns: false when the bytes are not of this coding; what was handed over before still stands.
    func decode(_ bytes: [UInt8], output: (ArraySlice<UInt8>) -> Bool) -> Bool
}

/// Large enough that the calls do not count, small enough to live on: 64 KiB.
let decodedPieceByteCount = 65_536

/// Content codings by name, and what this machine can decode.
package enum ContentCoding {
    /// One decoder for all codings of a body, or nil when this machine has none for one of them.
    ///
    /// - Parameter names: the codings in the order in which they were applied, as `Content-Encoding` lists them.
    package static func decoder(_ names: [String]) -> (any ContentDecoder)? {
        let decoders = names.reversed().compactMap { decoder($0) }
        return decoders.count == names.count ? ContentDecoderChain(decoders) : nil
    }

    private static func decoder(_ name: String) -> (any ContentDecoder)? {
        switch name {
        case "gzip", "x-gzip": InflateDecoder(.gzip)
        case "deflate": InflateDecoder(.deflate)
        case "br": BrotliDecoder()
        case "zstd": ZstdDecoder()
        default: nil
        }
    }

    /// The codings clients ask for today that this machine cannot decode: `br` and `zstd` where their library is absent.
    package static var undecodable: [String] {
        ["br", "zstd"].filter { decoder([$0]) == nil }
    }
}

/// A chain of decoders, for a body that was coded more than once.
private final class ContentDecoderChain: ContentDecoder {
    private let decoders: [any ContentDecoder]

    init(_ decoders: [any ContentDecoder]) {
        self.decoders = decoders
    }

    func decode(_ bytes: [UInt8], output: (ArraySlice<UInt8>) -> Bool) -> Bool {
        decode(bytes, from: decoders.startIndex, output: output)
    }

    private func decode(_ bytes: [UInt8], from index: Int, output: (ArraySlice<UInt8>) -> Bool) -> Bool {
        guard index < decoders.endIndex else { return output(bytes[...]) }
        var isValid = true
        let isOwnValid = decoders[index].decode(bytes) { piece in
            isValid = decode(Array(piece), from: index + 1, output: output)
            return isValid
        }
        return isOwnValid && isValid
    }
}
