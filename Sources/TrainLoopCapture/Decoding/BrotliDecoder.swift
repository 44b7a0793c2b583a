// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// `br` (RFC 7932), by libbrotlidec where it is installed.
final class BrotliDecoder: ContentDecoder {
    private let library: Library
    private let state: OpaquePointer
    private var isFinished = false

    init?() {
        guard let library = Library.shared, let state = library.create(nil, nil, nil) else { return nil }
        self.library = library
        self.state = state
    }

    deinit {
        library.destroy(state)
    }

    func decode(_ bytes: [UInt8], output: (ArraySlice<UInt8>) -> Bool) -> Bool {
        guard !isFinished else { return true }
        var piece = [UInt8](repeating: 0, count: decodedPieceByteCount)
        return bytes.withUnsafeBufferPointer { input in
            var inputCount = input.count
            var nextInput = input.baseAddress
            while true {
                let (result, count) = piece.withUnsafeMutableBufferPointer { piece in
                    var room = piece.count
                    var nextOutput = piece.baseAddress
                    let result = library.decompress(state, &inputCount, &nextInput, &room, &nextOutput, nil)
                    return (result, piece.count - room)
                }
                if count > 0, !output(piece[..<count]) { return true }
                switch result {
                case 1:  // BROTLI_DECODER_RESULT_SUCCESS
                    isFinished = true
                    return true
                case 2: return true  // BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT
                case 3: continue  // BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT
                default: return false
                }
            }
        }
    }

    /// The three functions of libbrotlidec, as declared in brotli/decode.h.
    private struct Library: Sendable {
        typealias Create =
            @convention(c) @Sendable (OpaquePointer?, OpaquePointer?, UnsafeMutableRawPointer?) -> OpaquePointer?
        typealias Destroy = @convention(c) @Sendable (OpaquePointer?) -> Void
        typealias Decompress =
            @convention(c) @Sendable (
                OpaquePointer?, UnsafeMutablePointer<Int>, UnsafeMutablePointer<UnsafePointer<UInt8>?>,
                UnsafeMutablePointer<Int>, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
                UnsafeMutablePointer<Int>?
            ) -> CInt

        let create: Create
        let destroy: Destroy
        let decompress: Decompress

        static let shared: Library? = {
            guard let library = DynamicLibrary(["libbrotlidec.so.1", "libbrotlidec.1.dylib"]),
                let create = library.function("BrotliDecoderCreateInstance", as: Create.self),
                let destroy = library.function("BrotliDecoderDestroyInstance", as: Destroy.self),
                let decompress = library.function("BrotliDecoderDecompressStream", as: Decompress.self)
            else { return nil }
            return Library(create: create, destroy: destroy, decompress: decompress)
        }()
    }
}
