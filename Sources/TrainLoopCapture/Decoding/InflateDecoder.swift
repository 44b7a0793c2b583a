// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopZlib

/// `gzip` and `deflate`, by zlib.
final class InflateDecoder: ContentDecoder {
    enum Format {
        case gzip
        /// A zlib stream (RFC 9110), or a bare deflate stream, which some servers send under that name.
        case deflate
    }

    private let stream: UnsafeMutablePointer<z_stream>
    private let format: Format
    private var isStarted = false
    private var isFinished = false
    /// The first byte of a deflate body, until the second tells which kind it is.
    private var firstByte: UInt8?

    init(_ format: Format) {
        self.format = format
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
    }

    deinit {
        if isStarted { inflateEnd(stream) }
        stream.deallocate()
    }

    func decode(_ bytes: [UInt8], output: (ArraySlice<UInt8>) -> Bool) -> Bool {
        guard !bytes.isEmpty else { return true }
        guard !isStarted else { return inflateAll(bytes, output) }
        switch format {
        case .gzip:
            return start(windowBits: 15 + 16) && inflateAll(bytes, output)
        case .deflate:
            let bytes = firstByte.map { [$0] + bytes } ?? bytes
            guard bytes.count > 1 else {
                firstByte = bytes[0]
                return true
            }
            // RFC 1950: method 8 in the low bits, and the two bytes together a multiple of 31.
            let isZlib = bytes[0] & 0x0f == 8 && (UInt16(bytes[0]) << 8 | UInt16(bytes[1])) % 31 == 0
            return start(windowBits: isZlib ? 15 : -15) && inflateAll(bytes, output)
        }
    }

    private func start(windowBits: Int32) -> Bool {
        isStarted =
            inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        return isStarted
    }

    private func inflateAll(_ bytes: [UInt8], _ output: (ArraySlice<UInt8>) -> Bool) -> Bool {
        var input = bytes
        var piece = [UInt8](repeating: 0, count: decodedPieceByteCount)
        return input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(clamping: input.count)
            repeat {
                if isFinished {
                    // More after the end: another gzip member (RFC 1952, 2.2), or padding that is no one's.
                    guard format == .gzip, stream.pointee.next_in.pointee == 0x1f, inflateReset(stream) == Z_OK
                    else { return true }
                    isFinished = false
                }
                let (status, count) = inflatePiece(&piece)
                if count > 0, !output(piece[..<count]) { return true }
                isFinished = status == Z_STREAM_END
                // Z_BUF_ERROR only says that there was nothing to do until more comes.
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return false }
                if count < piece.count, stream.pointee.avail_in == 0 { return true }
                if status == Z_BUF_ERROR { return true }
            } while true
        }
    }

    private func inflatePiece(_ piece: inout [UInt8]) -> (status: Int32, count: Int) {
        piece.withUnsafeMutableBufferPointer { piece in
            stream.pointee.next_out = piece.baseAddress
            stream.pointee.avail_out = UInt32(clamping: piece.count)
            let status = inflate(stream, Z_NO_FLUSH)
            return (status, piece.count - Int(stream.pointee.avail_out))
        }
    }
}
