// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem

/// Reads the lines of one file from its end, in blocks: the last lines of a large file cost no more than those of a small.
package struct BackwardLineReader {
    private let blockByteCount: Int
    private let file: JournalFile
    private let descriptor: DescriptorHandle?
    /// Everything from here on has been taken into `pending` or given out.
    private var position: Int64
    /// Bytes behind `position` that are not yet given out.
    private var pending: [UInt8] = []
    private var isAtTail = true
    /// What stood where no whole line stands.
    package private(set) var damages: [JournalDamage] = []

    /// - Parameters:
    ///   - end: where the file is taken to end; nil for the end as it is now.
    ///   - blockByteCount: bytes a read; tests use small ones.
    package init(_ file: JournalFile, end: Int64? = nil, blockByteCount: Int = 65_536) {
        self.file = file
        self.blockByteCount = max(1, blockByteCount)
        do {
            let opened = try DescriptorHandle(file.path)
            descriptor = opened
            position = min(end ?? .max, opened.byteCount)
        } catch {
            descriptor = nil
            position = 0
            damages = [error]
        }
    }

    /// The next line towards the beginning, without its line feed, or nil when there is none.
    ///
    /// - Returns: the bytes and where they begin in the file. Whether they are JSON is the caller's question.
    package mutating func next() -> (bytes: ArraySlice<UInt8>, byteOffset: Int64)? {
        while true {
            if isAtTail, fillPending() || !pending.isEmpty {
                dropTail()
                continue
            }
            if let lineFeed = pending.dropLast().lastIndex(of: 0x0a) {
                // A copy: a slice would keep the whole block for as long as the line is kept.
                let line = Array(pending[(lineFeed + 1)...].dropLast())
                let offset = position + Int64(lineFeed) + 1
                pending.removeSubrange((lineFeed + 1)...)
                guard !line.isEmpty else { continue }
                return (line[...], offset)
            }
            if fillPending() { continue }
            guard pending.count > 1 else { return nil }
            defer { pending = [] }
            return (pending.dropLast(), position)
        }
    }

    /// What follows the last line feed is no whole line.
    private mutating func dropTail() {
        while pending.last != 0x0a {
            guard let lineFeed = pending.lastIndex(of: 0x0a) else {
                if fillPending() { continue }
                noteTail(pending.count, at: position)
                pending = []
                break
            }
            noteTail(pending.count - lineFeed - 1, at: position + Int64(lineFeed) + 1)
            pending.removeSubrange((lineFeed + 1)...)
        }
        isAtTail = false
    }

    private mutating func noteTail(_ byteCount: Int, at offset: Int64) {
        guard byteCount > 0 else { return }
        damages.append(JournalDamage(path: file.path, byteOffset: offset, byteCount: byteCount, isTail: true))
    }

    /// Takes the block before `position` in front of what is pending.
    private mutating func fillPending() -> Bool {
        guard let descriptor, position > 0 else {
            isAtTail = isAtTail && !pending.isEmpty
            return false
        }
        // A long line is read in ever larger blocks, so that its cost stays linear.
        let count = min(position, Int64(max(blockByteCount, pending.count)))
        let block = descriptor.read(Int(count), at: position - count)
        guard Int64(block.count) == count else { return false }
        position -= count
        pending.insert(contentsOf: block, at: 0)
        return true
    }
}

/// Reads the lines of one file from a place on, and again when it has grown.
package struct ForwardLineReader {
    private let file: JournalFile
    private var descriptor: DescriptorHandle?
    private var position: Int64
    private var pending: [UInt8] = []
    /// How much of `pending` has been given out.
    private var givenCount = 0
    /// The file, where it cannot be opened.
    package private(set) var damages: [JournalDamage] = []

    /// - Parameter byteOffset: where to begin; nil for the end of the last line that is whole now.
    package init(_ file: JournalFile, from byteOffset: Int64? = 0) {
        self.file = file
        do {
            let opened = try DescriptorHandle(file.path)
            descriptor = opened
            position = byteOffset ?? opened.lineEnd
        } catch {
            position = byteOffset ?? 0
            damages = [error]
        }
    }

    /// Where in the file the next line begins.
    package var byteOffset: Int64 { position - Int64(pending.count - givenCount) }

    /// The next whole line, without its line feed, or nil when there is none yet.
    package mutating func next() -> (bytes: ArraySlice<UInt8>, byteOffset: Int64)? {
        var searched = givenCount
        while true {
            if let lineFeed = pending[searched...].firstIndex(of: 0x0a) {
                // A copy: a slice would keep the whole block for as long as the line is kept.
                let line = Array(pending[givenCount..<lineFeed])
                let offset = byteOffset
                givenCount = lineFeed + 1
                searched = givenCount
                guard !line.isEmpty else { continue }
                return (line[...], offset)
            }
            pending.removeSubrange(..<givenCount)
            givenCount = 0
            searched = pending.count
            let block = descriptor?.read(max(65_536, pending.count), at: position) ?? []
            guard !block.isEmpty else { return nil }
            position += Int64(block.count)
            pending += block
        }
    }
}

/// An open file to read, closed with its last owner.
private final class DescriptorHandle {
    private let descriptor: Int32

    init(_ path: String) throws(JournalDamage) {
        descriptor = trainloop_open_read(path)
        if descriptor < 0 { throw JournalDamage(path: path, openError: -descriptor) }
    }

    deinit {
        trainloop_close(descriptor)
    }

    var byteCount: Int64 {
        var facts = trainloop_facts()
        return trainloop_read_facts(descriptor, &facts) == 0 ? facts.size : 0
    }

    /// Where the last whole line ends: a line that is being written at this moment begins there.
    var lineEnd: Int64 {
        var end = byteCount
        while end > 0 {
            let start = max(0, end - 65_536)
            if let lineFeed = read(Int(end - start), at: start).lastIndex(of: 0x0a) {
                return start + Int64(lineFeed) + 1
            }
            end = start
        }
        return 0
    }

    /// Up to `count` bytes at `offset`; fewer only at the end of the file or after an error.
    func read(_ count: Int, at offset: Int64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = trainloop_read_at(
                    descriptor, buffer.baseAddress.map { $0 + filled }, Int64(count - filled), offset + Int64(filled))
                guard got > 0 else { return }
                filled += Int(got)
            }
        }
    }
}
