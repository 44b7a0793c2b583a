// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopJournal

/// The records of both shelves of a folder, from the one that ended last on.
///
/// Several files may have grown at once: they are read side by side, and a file is opened when it can hold what comes next.
struct FolderTail {
    /// Oldest first.
    private var unopened: [JournalFile]
    private var open: [FileTail] = []
    private let follower: FolderFollower?
    /// What could not be read so far.
    private(set) var damages: [JournalDamage] = []

    /// - Parameters:
    ///   - folder: the data folder's path.
    ///   - follower: gives what comes after.
    init(_ folder: String, upTo follower: FolderFollower? = nil) {
        self.follower = follower
        unopened = []
        for shelf in ["calls", "events"] {
            do {
                unopened += try JournalFile.all(in: folder, shelf: shelf)
            } catch {
                damages.append(error)
            }
        }
        unopened.sort { $0.stem < $1.stem }
    }

    /// The next record and when it ended, in milliseconds since the epoch, or nil when all have been given.
    mutating func next() -> (record: StoredRecord, time: Int64)? {
        while true {
            let latest = open.indices.max { open[$0].time < open[$1].time }
            if let file = unopened.last, latest.map({ open[$0].time < file.lastEndMilliseconds }) ?? true {
                unopened.removeLast()
                open.append(FileTail(file, end: follower?.place(in: file)))
                advance(open.count - 1)
                continue
            }
            guard let latest else { return nil }
            defer { advance(latest) }
            return open[latest].head.map { ($0, open[latest].time) }
        }
    }

    private mutating func advance(_ index: Int) {
        open[index].advance()
        damages += open[index].takeDamages()
        if open[index].head == nil { open.remove(at: index) }
    }
}

/// The records of one file, from the last on.
private struct FileTail {
    private let path: String
    private var reader: BackwardLineReader
    private var waiting: [StoredRecord] = []
    private var damages: [JournalDamage] = []
    /// How many of the reader's damages have been taken.
    private var takenCount = 0
    private(set) var head: StoredRecord?
    /// When the head ended; where it does not say, as the one behind it in the file.
    private(set) var time = Int64.max

    init(_ file: JournalFile, end: Int64?) {
        path = file.path
        reader = BackwardLineReader(file, end: end)
    }

    mutating func advance() {
        while waiting.isEmpty, let line = reader.next() {
            waiting = StoredRecord.records(in: line.bytes, path: path, byteOffset: line.byteOffset) {
                damages.append($0)
            }
        }
        head = waiting.popLast()
        if let head, head.completedAt > 0 { time = head.completedAt }
    }

    /// What was found since the last call.
    mutating func takeDamages() -> [JournalDamage] {
        defer { (damages, takenCount) = ([], reader.damages.count) }
        return damages + reader.damages.dropFirst(takenCount)
    }
}
