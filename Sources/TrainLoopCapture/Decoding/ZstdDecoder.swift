// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// `zstd` (RFC 8878), by libzstd where it is installed.
final class ZstdDecoder: ContentDecoder {
    private let library: Library
    private let stream: OpaquePointer

    init?() {
        guard let library = Library.shared, let stream = library.create() else { return nil }
        self.library = library
        self.stream = stream
    }

    deinit {
        _ = library.free(stream)
    }

    func decode(_ bytes: [UInt8], output: (ArraySlice<UInt8>) -> Bool) -> Bool {
        var piece = [UInt8](repeating: 0, count: decodedPieceByteCount)
        return bytes.withUnsafeBytes { bytes in
            var input = Library.InBuffer(source: bytes.baseAddress, byteCount: bytes.count, position: 0)
            while true {
                let (status, count) = piece.withUnsafeMutableBytes { piece in
                    var output = Library.OutBuffer(
                        destination: piece.baseAddress, byteCount: piece.count, position: 0)
                    let status = withUnsafeMutablePointer(to: &output) { output in
                        withUnsafeMutablePointer(to: &input) { library.decompress(stream, output, $0) }
                    }
                    return (status, output.position)
                }
                if count > 0, !output(piece[..<count]) { return true }
                if library.isError(status) != 0 { return false }
                if input.position == input.byteCount, count < piece.count { return true }
            }
        }
    }

    /// The functions of libzstd, as declared in zstd.h.
    private struct Library: Sendable {
        /// ZSTD_inBuffer.
        struct InBuffer {
            var source: UnsafeRawPointer?
            var byteCount: Int
            var position: Int
        }

        /// ZSTD_outBuffer.
        struct OutBuffer {
            var destination: UnsafeMutableRawPointer?
            var byteCount: Int
            var position: Int
        }

        typealias Create = @convention(c) @Sendable () -> OpaquePointer?
        typealias Free = @convention(c) @Sendable (OpaquePointer?) -> Int
        typealias Decompress =
            @convention(c) @Sendable (OpaquePointer?, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int
        typealias IsError = @convention(c) @Sendable (Int) -> CUnsignedInt

        let create: Create
        let free: Free
        let decompress: Decompress
        let isError: IsError

        static let shared: Library? = {
            guard let library = DynamicLibrary(["libzstd.so.1", "libzstd.1.dylib"]),
                let create = library.function("ZSTD_createDStream", as: Create.self),
                let free = library.function("ZSTD_freeDStream", as: Free.self),
                let decompress = library.function("ZSTD_decompressStream", as: Decompress.self),
                let isError = library.function("ZSTD_isError", as: IsError.self)
            else { return nil }
            return Library(create: create, free: free, decompress: decompress, isError: isError)
        }()
    }
}
