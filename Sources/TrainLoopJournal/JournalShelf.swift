// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import TrainLoopCore

/// One folder of the journal, and the file in it that lines go to at present.
struct JournalShelf: Sendable {
    /// Younger than this a file is taken up again; as TrainLoop 0.9: ten minutes.
    static let fileAgeMilliseconds: Int64 = 600_000

    /// EEXIST, which Embedded Swift cannot import.
    private static let fileExists: Int32 = 17

    let path: String
    private var descriptor: Int32 = -1
    /// Which file the descriptor was opened for.
    private var identity: (device: UInt64, inode: UInt64) = (0, 0)
    private var stem: Int64 = 0
    /// Files with this stem or an older one are not for us: we tore a line in it, or somebody else did.
    private var avoidedStem: Int64 = -1

    init(path: String) {
        self.path = path
    }

    mutating func append(_ bytes: [UInt8], now: Timestamp, _ options: JournalAppender.Options) -> JournalError? {
        if let error = open(now: now, options) { return error }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBufferPointer { bytes in
                trainloop_write(descriptor, bytes.baseAddress.map { $0 + written }, Int64(bytes.count - written))
            }
            guard count > 0 else { return giveUp(errorNumber: Int32(-count), written: written, of: bytes.count) }
            written += Int(count)
        }
        guard options.isDurable else { return nil }
        let status = trainloop_sync(descriptor)
        return status < 0 ? error("bring to the disk", Self.file(path, stem), -status, "") : nil
    }

    mutating func close() {
        if descriptor >= 0 { trainloop_close(descriptor) }
        descriptor = -1
    }

    static func file(_ path: String, _ stem: Int64) -> String { "\(path)/\(stem).jsonl" }

    // MARK: - The file that lines go to

    private mutating func open(now: Timestamp, _ options: JournalAppender.Options) -> JournalError? {
        let time = now.millisecondsSinceEpoch
        if descriptor >= 0 {
            let facts = Self.facts(descriptor)
            if facts.map({ $0.device == identity.device && $0.inode == identity.inode }) != true {
                // A daemon closes every descriptor that it finds: the number may be another file's or a connection's by
                // now, which is neither ours to write to nor ours to close.
                descriptor = -1
            } else if isYoung(stem, at: time), canTakeMore(facts, options) {
                return nil
            }
        }
        close()
        // A file that a wrong clock named hides no other.
        let newest = trainloop_newest_stem(path, time + Self.fileAgeMilliseconds)
        if newest > avoidedStem, isYoung(newest, at: time) {
            let candidate = trainloop_open_append(Self.file(path, newest))
            if candidate >= 0 {
                let facts = Self.facts(candidate)
                if canTakeMore(facts, options), Self.endsWithLineFeed(candidate, facts) {
                    take(candidate, newest)
                    return nil
                }
                trainloop_close(candidate)
            }
        }
        return create(at: max(time, isYoung(newest, at: time) ? newest + 1 : time), options)
    }

    private mutating func create(at first: Int64, _ options: JournalAppender.Options) -> JournalError? {
        let made = trainloop_make_folder(path)
        guard made == 0 else { return error("make the folder", path, -made, "") }
        // Another process may take the same millisecond; it cannot take a thousand of them.
        for candidate in first..<first + 1000 {
            let opened = trainloop_create_append(Self.file(path, candidate))
            if opened >= 0 {
                take(opened, candidate)
                if options.isDurable { _ = trainloop_sync_folder(path) }
                return nil
            }
            guard opened == -Self.fileExists else { return error("make", Self.file(path, candidate), -opened, "") }
        }
        return error("make a file in", path, Self.fileExists, "")
    }

    private func isYoung(_ stem: Int64, at time: Int64) -> Bool {
        stem >= 0 && time - stem < Self.fileAgeMilliseconds && stem - time < Self.fileAgeMilliseconds
    }

    private mutating func take(_ opened: Int32, _ stem: Int64) {
        descriptor = opened
        self.stem = stem
        identity = Self.facts(opened).map { ($0.device, $0.inode) } ?? (0, 0)
    }

    private static func facts(_ descriptor: Int32) -> trainloop_facts? {
        var facts = trainloop_facts()
        return trainloop_read_facts(descriptor, &facts) == 0 ? facts : nil
    }

    private func canTakeMore(_ facts: trainloop_facts?, _ options: JournalAppender.Options) -> Bool {
        guard let facts else { return false }
        return facts.links > 0 && facts.size < Int64(options.maximumFileByteCount)
    }

    /// A file whose last line is torn is left alone: a line glued to it would be lost with it.
    private static func endsWithLineFeed(_ descriptor: Int32, _ facts: trainloop_facts?) -> Bool {
        guard let facts else { return false }
        return facts.size == 0 || trainloop_byte_at(descriptor, facts.size - 1) == 0x0a
    }

    // MARK: - When it goes wrong

    private mutating func giveUp(errorNumber: Int32, written: Int, of count: Int) -> JournalError {
        let file = Self.file(path, stem)
        if written > 0 {
            // Others may append to this file right now: end our part of the line for them, and do not come back.
            let lineFeed: [UInt8] = [0x0a]
            _ = lineFeed.withUnsafeBufferPointer { trainloop_write(descriptor, $0.baseAddress, 1) }
            avoidedStem = stem
        }
        close()
        return error("append to", file, errorNumber, "; \(written) of \(count) bytes were written")
    }

    private func error(_ action: String, _ place: String, _ number: Int32, _ detail: String) -> JournalError {
        let reason = String(cString: trainloop_error_text(number))
        return JournalError(
            message: "cannot \(action) \(place): \(reason) (\(number))\(detail). Free space there, or name another "
                + "folder with TRAINLOOP_DATA_FOLDER.",
            errorNumber: number)
    }
}
