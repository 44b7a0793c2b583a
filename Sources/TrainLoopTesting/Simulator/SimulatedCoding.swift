// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopZlib

/// Content codings as a server applies them.
///
/// gzip and deflate by zlib; br and zstd in the forms of their formats that store bytes as they are, since a simulator
/// needs the coding and not the compression.
enum SimulatedCoding {
    static func encode(_ bytes: [UInt8], _ coding: String) -> [UInt8]? {
        switch coding {
        case "gzip": deflated(bytes, windowBits: 15 + 16)
        case "deflate": deflated(bytes, windowBits: 15)
        case "br": brotli(bytes)
        case "zstd": zstd(bytes)
        default: nil
        }
    }

    private static func deflated(_ bytes: [UInt8], windowBits: Int32) -> [UInt8]? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
        let capacity = output.count
        return input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(clamping: input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(clamping: capacity)
                guard deflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
                return Array(output[..<(capacity - Int(stream.avail_out))])
            }
        }
    }

    /// Uncompressed meta-blocks of at most 65,536 bytes (RFC 7932, 9.2), window of 16 bits, then an empty last one.
    private static func brotli(_ bytes: [UInt8]) -> [UInt8] {
        var coded: [UInt8] = []
        // The first block's header shares its first byte with the stream's: WBITS is one zero bit.
        var isFirst = true
        for start in stride(from: 0, to: bytes.count, by: 65_536) {
            let block = bytes[start..<min(start + 65_536, bytes.count)]
            // ISLAST 0, MNIBBLES 0 (four nibbles), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
            let header = UInt32(block.count - 1) << 3 | 1 << 19
            let bits = isFirst ? header << 1 : header
            coded += [UInt8(bits & 0xff), UInt8(bits >> 8 & 0xff), UInt8(bits >> 16 & 0xff)]
            coded += block
            isFirst = false
        }
        // ISLAST 1, ISLASTEMPTY 1.
        return coded + [isFirst ? 0b110 : 0b11]
    }

    /// Raw blocks in one frame without checksum (RFC 8878, 3.1.1).
    private static func zstd(_ bytes: [UInt8]) -> [UInt8] {
        // Single segment with an eight-byte content size.
        var coded: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0b1110_0000]
        coded += (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) }
        let blockSize = 100_000
        for start in stride(from: 0, through: max(0, bytes.count - 1), by: blockSize) {
            let block = bytes[start..<min(start + blockSize, bytes.count)]
            let isLast = start + blockSize >= bytes.count
            let header = block.count << 3 | (isLast ? 1 : 0)
            coded += [UInt8(header & 0xff), UInt8(header >> 8 & 0xff), UInt8(header >> 16 & 0xff)]
            coded += block
        }
        return coded
    }
}
