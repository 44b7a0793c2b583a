// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import TrainLoopCore

/// The folder `blobs/sha256` of a data folder: one file for each content, named by its hash, whoever writes it.
///
/// A file appears whole or not at all: it is written under another name and renamed. A process that dies meanwhile leaves
/// a file whose name begins with a dot, which nothing refers to.
package struct BlobShelf: Sendable {
    /// EIO, which Embedded Swift cannot import: what a `write` that takes nothing and says nothing comes to.
    private static let inputOutputError: Int64 = 5

    private let path: String

    package init(folder: String) {
        path = "\(folder)/blobs/sha256"
    }

    /// Where the content with this hash lies or would lie: `ab/cdef...`.
    package func file(hash: String) -> String {
        "\(subfolder(hash))/\(String(decoding: hash.utf8.dropFirst(2), as: UTF8.self))"
    }

    private func subfolder(_ hash: String) -> String {
        "\(path)/\(String(decoding: hash.utf8.prefix(2), as: UTF8.self))"
    }

    /// - Returns: nil when the content is in its file, also when it was there before.
    func store(_ blob: EventLine.Blob, isDurable: Bool) -> JournalError? {
        let file = file(hash: blob.hash)
        if Self.isWhole(file, byteCount: blob.bytes.count) { return nil }
        let folder = subfolder(blob.hash)
        let temporary = "\(folder)/.\(trainloop_process_identifier())-\(trainloop_random()).tmp"
        var descriptor = trainloop_create_append(temporary)
        if descriptor < 0 {
            let made = trainloop_make_folder(folder)
            guard made == 0 else { return error("make the folder", folder, -made) }
            descriptor = trainloop_create_append(temporary)
        }
        guard descriptor >= 0 else { return error("make", temporary, -descriptor) }
        var number = Self.write(blob.bytes, to: descriptor)
        if number == 0, isDurable { number = -trainloop_sync(descriptor) }
        trainloop_close(descriptor)
        if number == 0 { number = -trainloop_rename(temporary, file) }
        guard number == 0 else {
            _ = trainloop_unlink(temporary)
            return error("write", file, number)
        }
        if isDurable { _ = trainloop_sync_folder(folder) }
        return nil
    }

    private static func isWhole(_ file: String, byteCount: Int) -> Bool {
        let descriptor = trainloop_open_read(file)
        guard descriptor >= 0 else { return false }
        defer { trainloop_close(descriptor) }
        var facts = trainloop_facts()
        return trainloop_read_facts(descriptor, &facts) == 0 && facts.size == Int64(byteCount)
    }

    /// - Returns: 0, or the error number.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBufferPointer { bytes in
                trainloop_write(descriptor, bytes.baseAddress.map { $0 + written }, Int64(bytes.count - written))
            }
            guard count > 0 else { return Int32(clamping: count < 0 ? -count : inputOutputError) }
            written += Int(count)
        }
        return 0
    }

    private func error(_ action: String, _ place: String, _ number: Int32) -> JournalError {
        JournalError(
            message:
                "cannot \(action) \(place): \(String(cString: trainloop_error_text(number))) (\(number)). The record "
                + "says which media is lost. Free space there, or keep media in the records with TRAINLOOP_MEDIA=keep.",
            errorNumber: number)
    }
}
