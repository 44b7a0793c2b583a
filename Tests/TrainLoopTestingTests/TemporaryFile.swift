// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file with a text, for who takes paths only.
struct TemporaryFile {
    let path: String

    struct Failure: Error {
        var code: Int32
    }

    init(_ text: String) throws {
        var template = Array("/tmp/trainloop-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { close(descriptor) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure(code: errno) }
    }

    func remove() {
        unlink(path)
    }
}
