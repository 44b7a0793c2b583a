// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCapture

/// What the application says of the calls that a task makes.
struct TaskLabels: Sendable {
    var tag: String?
    var session: String?
    var user: String?
    var meta: [String: String] = [:]

    @TaskLocal static var current = TaskLabels()

    func adding(tag: String?, session: String?, user: String?, meta: [String: String]) -> TaskLabels {
        TaskLabels(
            tag: tag ?? self.tag, session: session ?? self.session, user: user ?? self.user,
            meta: self.meta.merging(meta) { _, new in new })
    }
}

extension CallLabels {
    /// The labels of a call that the current task makes.
    package static func ofTask(
        fileID: String, line: Int, seesArrivals: Bool = true, responseForm: ContentForm
    ) -> CallLabels {
        let current = TaskLabels.current
        return CallLabels(
            tag: current.tag, session: current.session ?? "", user: current.user ?? "",
            meta: current.meta.isEmpty
                ? [] : current.meta.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) },
            location: (file: fileID, line: line), seesArrivals: seesArrivals, responseForm: responseForm)
    }
}

extension TrainLoop {
    /// Gives every call that `operation` makes a tag; a request's own header `X-Trainloop-Tag` wins over it.
    public static func withTag<Result>(
        _ tag: String, operation: () throws -> Result
    ) rethrows -> Result {
        try with(tag: tag, operation: operation)
    }

    /// Gives every call that `operation` makes a tag; a request's own header `X-Trainloop-Tag` wins over it.
    public static func withTag<Result>(
        _ tag: String, isolation: isolated (any Actor)? = #isolation, operation: () async throws -> Result
    ) async rethrows -> Result {
        try await with(tag: tag, isolation: isolation, operation: operation)
    }

    /// Says where the calls that `operation` makes belong: the words go into each record.
    ///
    /// They hold for this task and its children. What is nil here stays as it is around this call.
    ///
    /// - Parameters:
    ///   - tag: the tag of the calls; the record's `tag`.
    ///   - session: the conversation or job that the calls are part of; the record's `session.id`.
    ///   - user: on whose behalf they are made; the record's `session.userId`.
    ///   - meta: anything else; the record's `meta`.
    ///   - operation: what makes the calls.
    public static func with<Result>(
        tag: String? = nil, session: String? = nil, user: String? = nil, meta: [String: String] = [:],
        operation: () throws -> Result
    ) rethrows -> Result {
        let labels = TaskLabels.current.adding(tag: tag, session: session, user: user, meta: meta)
        return try TaskLabels.$current.withValue(labels, operation: operation)
    }

    /// Says where the calls that `operation` makes belong: the words go into each record.
    ///
    /// They hold for this task and its children. What is nil here stays as it is around this call.
    ///
    /// - Parameters:
    ///   - tag: the tag of the calls; the record's `tag`.
    ///   - session: the conversation or job that the calls are part of; the record's `session.id`.
    ///   - user: on whose behalf they are made; the record's `session.userId`.
    ///   - meta: anything else; the record's `meta`.
    ///   - isolation: the actor on which `operation` runs: the caller's own.
    ///   - operation: what makes the calls.
    public static func with<Result>(
        tag: String? = nil, session: String? = nil, user: String? = nil, meta: [String: String] = [:],
        isolation: isolated (any Actor)? = #isolation, operation: () async throws -> Result
    ) async rethrows -> Result {
        let labels = TaskLabels.current.adding(tag: tag, session: session, user: user, meta: meta)
        return try await TaskLabels.$current.withValue(labels, operation: operation)
    }
}
